// What is copied in a diagram can be pasted in another, in another tab too: the browser keeps it as text.
const KEPT = "relais:atelier:copie";

/** Values written as JSON become elements of the model again; what has an id is made once. */
function reviver(moddle) {
  const made = new Map();
  return (key, object) => {
    if (typeof object !== "object" || object === null || typeof object.$type !== "string") return object;
    const { $type, ...values } = object;
    const name = `${$type} ${values.id}`; // a step and its verb may bear the same id
    if (values.id && made.has(name)) return made.get(name);
    const created = moddle.create($type, values);
    if (values.id) made.set(name, created);
    return created;
  };
}

export function shareClipboard(modeler) {
  const clipboard = modeler.get("clipboard");
  const take = (text) => {
    try {
      if (text) clipboard.set(JSON.parse(text, reviver(modeler.get("moddle"))));
    } catch {
      // written by another version of the editor: there is simply nothing to paste
    }
  };
  const store = (write) => {
    try {
      return write();
    } catch {
      return null; // too large, or nothing may be kept: the copy stays within this diagram
    }
  };
  modeler.on("copyPaste.elementsCopied", ({ tree, hints }) => {
    if (hints?.clip !== false) store(() => localStorage.setItem(KEPT, JSON.stringify(tree)));
  });
  window.addEventListener("storage", ({ key, newValue }) => key === KEPT && take(newValue));
  take(store(() => localStorage.getItem(KEPT)));
}
