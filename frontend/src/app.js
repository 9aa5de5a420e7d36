// Small comforts for every page. Each page works without them.
import "./js/inbox.js";
import "./js/review.js";
import "./js/takeover.js";
import "./js/rounds.js";
import "./js/signature.js";
import "./js/communes.js";

const all = (selector, root = document) => root.querySelectorAll(selector);

// Menu on narrow screens. Without scripts the navigation is simply shown (CSS, `scripting`).
for (const button of all("[data-menu-toggle]")) {
  const header = button.closest(".site-header");
  const show = (open) => {
    header.toggleAttribute("data-open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => show(!header.hasAttribute("data-open")));
  header.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && header.hasAttribute("data-open")) {
      show(false);
      button.focus();
    }
  });
}

// A panel that opens over the page closes when one leaves it.
for (const panel of all("details[data-closes]")) {
  const leave = (event) => {
    if (panel.open && !panel.contains(event.target)) panel.open = false;
  };
  document.addEventListener("click", leave);
  document.addEventListener("focusin", leave);
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.open) {
      panel.open = false;
      panel.querySelector("summary").focus();
    }
  });
}

// On a narrow screen the tabs scroll sideways: the current one is shown.
for (const tab of all(".tab-list [aria-current]")) {
  const list = tab.closest(".tab-list");
  list.scrollLeft = tab.offsetLeft - list.offsetLeft - (list.clientWidth - tab.offsetWidth) / 2;
}

// After a refused form the summary of errors is read first; its links lead into the field itself.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();
for (const link of all(".error-summary a[href^='#']")) {
  link.addEventListener("click", (event) => {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) return;
    event.preventDefault();
    const field = target.matches("input, select, textarea") ? target : target.querySelector("input, select, textarea");
    (target.closest(".field, .fieldset") ?? target).scrollIntoView({ block: "center" });
    (field ?? target).focus({ preventScroll: true });
  });
}

// Only what cannot be undone asks; the sentence says what will happen (data-confirm).
function ask(sentence, verb, kind) {
  const dialog = document.createElement("dialog");
  dialog.className = "confirm";
  const text = document.createElement("p");
  text.id = "confirm-text";
  text.textContent = sentence;
  const group = document.createElement("form");
  group.method = "dialog";
  group.className = "button-group";
  for (const [label, value, className] of [[verb, "yes", `button ${kind}`], ["Ne rien changer", "no", "button"]]) {
    group.append(Object.assign(document.createElement("button"), { className, value, textContent: label }));
  }
  group.lastElementChild.autofocus = true;
  dialog.setAttribute("aria-labelledby", text.id);
  dialog.append(text, group);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-confirm]");
  if (!button || button.dataset.confirmed) return;
  event.preventDefault();
  const kind = button.classList.contains("button--danger") ? "button--danger" : "button--primary";
  if (await ask(button.dataset.confirm, button.textContent.trim(), kind)) {
    button.dataset.confirmed = "yes";
    button.click();
  }
  delete button.dataset.confirmed;
});

// One submission at a time. The buttons are marked, not disabled: a disabled button is not sent with its form.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.submitter?.hasAttribute("formtarget")) return; // shown elsewhere: this page stays as it is
  // The attribute is read, not the property, which a field named "method" would hide.
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
  for (const button of all("button:not([type=button])", form)) button.setAttribute("aria-disabled", "true");
});

// Back from another page (the browser may show the kept page): the form can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of all("form[data-sending]")) {
    delete form.dataset.sending;
    for (const button of all("button[aria-disabled]", form)) button.removeAttribute("aria-disabled");
  }
});
