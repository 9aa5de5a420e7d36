// A meeting by the keyboard: arrows go from one situation to the next, figures choose, Ctrl+Enter saves.
const way = document.querySelector("[data-meeting]");
if (way) {
  const form = document.querySelector("[data-decision]");
  const help = document.querySelector(".keys-help");
  if (help) help.hidden = false;
  let typed = false;
  if (form) form.addEventListener("input", () => (typed = true));
  if (form) form.addEventListener("submit", () => (typed = false));
  // What was typed and not saved is not left behind by a key or a click.
  addEventListener("beforeunload", (event) => typed && event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter" && form) return form.requestSubmit(form.querySelector("[value=suivante]"));
    const inField = event.target.closest("input:not([type=radio]), textarea, select");
    if (inField || event.altKey || event.ctrlKey || event.metaKey) return undefined;
    const turn = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const link = turn && event.target.type !== "radio" && way.querySelector(`a[rel=${turn}]`);
    if (link) return link.click();
    const choice = form && /^[1-9]$/.test(event.key) && form.querySelectorAll("input[type=radio]")[event.key - 1];
    if (choice && choice.name === form.querySelector("input[type=radio]").name) {
      choice.focus();
      choice.click();
    }
    return undefined;
  });
}
