// The bar over the drawing: what its buttons and keys do.
import { element } from "../studio/drafts.js";

function download(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const anchor = Object.assign(document.createElement("a"), { href: address, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

export function wireTools({ root, modeler, draft, lint, read, name, open }) {
  const actions = modeler.get("editorActions");
  const canvas = modeler.get("canvas");
  const selection = modeler.get("selection");
  const stack = modeler.get("commandStack");
  const bar = root.querySelector("[data-bar]");
  const keyboard = root.querySelector("[data-keyboard]");

  /** Show the whole drawing beside the palette, which covers the left of it; never larger than life, nor below `least`. */
  function fit(least = 0) {
    const { inner, outer } = canvas.viewbox();
    const palette = root.querySelector(".djs-palette")?.offsetWidth ?? 0;
    const [left, gap] = [palette + 24, 16];
    const whole = Math.min((outer.width - left - gap) / inner.width, (outer.height - 2 * gap) / inner.height);
    const scale = Math.min(1, Math.max(least, whole));
    canvas.viewbox({ x: inner.x - left / scale, y: inner.y - gap / scale, width: outer.width / scale, height: outer.height / scale });
  }

  /** With the mouse what is pasted follows the pointer until a click puts it down; with keys it lands in the middle. */
  function paste(event) {
    const clipboard = modeler.get("clipboard");
    if (clipboard.isEmpty()) return;
    if (event?.detail) {
      modeler.get("copyPaste").paste();
      return;
    }
    const chosen = selection.get();
    const { x, y, width, height } = canvas.viewbox();
    const pool = canvas.getRootElement().children.find((child) => child.type === "bpmn:Participant");
    const into = chosen.length === 1 && chosen[0].type === "bpmn:Lane" ? chosen[0].parent : pool ?? canvas.getRootElement();
    const pasted = modeler.get("copyPaste").paste({ element: into, point: { x: x + width / 2, y: y + height / 2 }, hints: {} });
    if (pasted?.length) selection.select(pasted);
  }

  /** The key that pressed the button comes up in the search, which would take Enter for an answer. */
  function find() {
    const swallow = (event) => event.key === "Enter" && event.stopPropagation();
    addEventListener("keyup", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("keyup", swallow, { capture: true }), 400);
    setTimeout(() => modeler.get("searchPad").open());
  }

  const does = {
    undo: () => stack.undo(), redo: () => stack.redo(),
    copy: () => selection.get().length && actions.trigger("copy"), paste,
    find, fit: () => fit(),
    "zoom-in": () => actions.trigger("stepZoom", { value: 1 }), "zoom-out": () => actions.trigger("stepZoom", { value: -1 }),
    save: () => draft.save(), keys: () => keyboard.showModal(),
    problems: () => root.querySelector("#problemes-titre").focus(),
    svg: async () => download(`${name}.svg`, await onPaper(), "image/svg+xml"),
    bpmn: async () => download(`${name}.bpmn`, await read(), "application/xml"),
    print: async () => printed(await onPaper()),
  };

  /** The drawing in ink on paper, whatever the theme of the screen. */
  async function onPaper() {
    const { svg } = await modeler.saveSVG();
    const shown = getComputedStyle(root);
    const ink = { "--diagram-fill": "#fff", "--diagram-stroke": "#22242a", "--diagram-label": "#19212b" };
    return Object.entries(ink).reduce((text, [name, colour]) => {
      const screen = shown.getPropertyValue(name).trim();
      return screen ? text.replaceAll(screen, colour) : text;
    }, svg);
  }

  /** The drawing alone, as wide as the sheet: the page's print style shows only it. */
  function printed(svg) {
    const figure = document.createElement("img");
    figure.className = "atelier-print";
    figure.alt = "";
    figure.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    figure.addEventListener("load", () => {
      window.print();
      URL.revokeObjectURL(figure.src);
      figure.remove();
    });
    root.append(figure);
  }

  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    const [what, how] = button.dataset.do.split(":");
    if (how && what === "align") actions.trigger("alignElements", { type: how });
    else if (how) actions.trigger("distributeElements", { type: how });
    else does[what](event);
    const menu = button.closest("details");
    if (menu) menu.open = false;
  });

  bar.querySelector("[data-import]").addEventListener("change", async ({ target }) => {
    const file = target.files[0];
    target.value = "";
    target.closest("details").open = false;
    if (file && (await agreed(file.name))) open(await file.text());
  });

  /** Another file takes the place of this one: asked first, since « annuler » does not bring it back. */
  function agreed(other) {
    const answer = (value, label, kind) => element("button", { class: `button ${kind}`, value }, label);
    const dialog = element("dialog", { class: "atelier-dialog", "aria-labelledby": "remplacer-titre" },
      element("h2", { id: "remplacer-titre" }, `Remplacer ce diagramme par « ${other} » ?`),
      element("p", {}, "Le diagramme que vous voyez reste dans l’historique du fichier. Ce qui doit être adapté pour Relais se lira sous le dessin."),
      element("form", { method: "dialog", class: "button-group" },
        answer("yes", "Remplacer", "button--primary"), answer("no", "Ne rien changer", "")));
    root.append(dialog);
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    }));
  }

  const enabled = () => {
    bar.querySelector('[data-do="undo"]').setAttribute("aria-disabled", String(!stack.canUndo()));
    bar.querySelector('[data-do="redo"]').setAttribute("aria-disabled", String(!stack.canRedo()));
    const many = selection.get().length;
    for (const button of bar.querySelectorAll('[data-do^="align:"]')) button.disabled = many < 2;
    for (const button of bar.querySelectorAll('[data-do^="distribute:"]')) button.disabled = many < 3;
  };
  modeler.on(["commandStack.changed", "selection.changed", "import.done"], enabled);
  enabled();

  root.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    let done = true;
    if (event.key === "F8") lint.next(event.shiftKey ? -1 : 1);
    else if (command && key === "s") draft.save();
    else if (typing) done = false;
    else if (event.key === "?") does.keys();
    else if (command && key === "f") does.find();
    else if (command && key === "v" && !event.target.closest(".djs-container")) paste();
    else if (command && !event.shiftKey && key === "z") does.undo();
    else if (command && (key === "y" || (event.shiftKey && key === "z"))) does.redo();
    else done = false;
    if (done) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);

  return { fit };
}
