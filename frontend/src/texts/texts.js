// The editor of messages and documents: fields picked into the text, the preview that follows, Ctrl+S.
const form = document.querySelector("[data-text-editor]");
const written = "input[type=text][data-field], textarea[data-field]";

function put(target, before, after = "") {
  const { selectionStart: from, selectionEnd: to, value } = target;
  const chosen = value.slice(from, to);
  target.setRangeText(`${before}${chosen}${after}`, from, to, "end");
  if (!chosen && after) target.setSelectionRange(from + before.length, from + before.length);
  target.focus();
  target.dispatchEvent(new Event("input", { bubbles: true }));
}

function follow(form, preview) {
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => form.requestSubmit(preview), 900);
  });
  form.requestSubmit(preview);
}

if (form) {
  const preview = form.querySelector("[data-preview]");
  let last = form.querySelector("textarea[data-field]");
  let dirty = false;
  form.addEventListener("focusin", (event) => {
    if (event.target.matches(written)) last = event.target;
  });
  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-find]")) return;
    dirty = true;
  });
  form.addEventListener("submit", (event) => {
    if (!event.submitter?.hasAttribute("formtarget")) dirty = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-save]"));
    }
  });
  for (const button of form.querySelectorAll("[data-pick]")) {
    button.addEventListener("click", () => put(last, `{{ ${button.dataset.pick} }}`));
  }
  for (const button of form.querySelectorAll("[data-wrap]")) {
    button.addEventListener("click", () => {
      const body = form.querySelector("textarea[data-field]");
      put(body, button.dataset.wrap, button.dataset.end ?? "");
    });
  }
  for (const tools of form.querySelectorAll("[data-tools]")) tools.hidden = false;
  const find = form.querySelector("[data-find]");
  find?.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    for (const group of form.querySelectorAll("[data-fields]")) {
      let shown = 0;
      for (const item of group.querySelectorAll("li")) {
        item.hidden = wanted !== "" && !item.textContent.toLowerCase().includes(wanted);
        shown += item.hidden ? 0 : 1;
      }
      group.hidden = shown === 0;
      if (wanted) group.open = shown > 0;
    }
  });
  follow(form, preview);
}
