// The panel: the groups that fit what is chosen, written again after each change, the focus kept where it was.
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";

import { element as el } from "../studio/drafts.js";
import { kindOf } from "./french.js";
import { objectOf } from "./model.js";
import { GROUPS } from "./properties.js";
import { offered } from "./widgets.js";

const FOLDED = "relais:atelier:groupes"; // which groups this person keeps open or closed

const signatures = new WeakMap(); // field → what it showed of the element when it was made

/** What a field shows, whatever the numbers of its ids. */
function signature(node) {
  const controls = [...node.querySelectorAll("input, select, textarea")];
  return node.outerHTML.replace(/atelier-\d+/g, "") + JSON.stringify(controls.map((one) => [one.value, one.checked, offered.get(one)]));
}

export class Panel {
  constructor({ modeler, editing, root, vocabulary, expressions, links, released }) {
    Object.assign(this, { modeler, editing, root, vocabulary, expressions, links, released: new Set(released) });
    this.selection = modeler.get("selection");
    this.canvas = modeler.get("canvas");
    try {
      this.folded = JSON.parse(localStorage.getItem(FOLDED)) ?? {};
    } catch {
      this.folded = {};
    }
    modeler.on("selection.changed", () => this.show());
    modeler.on("commandStack.changed", () => this.show());
    modeler.on("import.done", () => this.show());
  }

  /** What the panel is about: the one thing chosen, else the process. */
  target() {
    const chosen = this.selection.get();
    if (chosen.length > 1) return null;
    if (chosen.length === 1) return chosen[0].labelTarget ?? chosen[0];
    const root = this.canvas.getRootElement();
    if (is(root, "bpmn:Collaboration")) {
      const pools = root.children.filter((child) => is(child, "bpmn:Participant") && getBusinessObject(child).processRef);
      return pools.length === 1 ? pools[0] : root;
    }
    return root;
  }

  context(element) {
    const { editing, vocabulary, expressions, links, released } = this;
    const object = objectOf(element);
    expressions.local = (this.process(element)?.get("properties") ?? []).map(({ id }) => id);
    return {
      element, object, editing, vocabulary, expressions, links, released,
      put: (name, value) => editing.setProperty(element, object, name, value),
      choose: (other) => this.selection.select(other),
      process: () => this.process(element),
      listNamed: (name) => this.listNamed(element, name),
      lanesAround: () => this.lanesAround(element),
      laneOf: () => this.laneOf(element),
      moveToLane: (lane) => this.moveToLane(element, lane),
    };
  }

  process(element) {
    let object = objectOf(element);
    while (object && object.$type !== "bpmn:Process") object = object.$parent;
    return object;
  }

  /** The list of a repeated step: declared in the process, or known elsewhere and declared now. */
  listNamed(element, name) {
    const process = this.process(element);
    const known = process.get("properties").find(({ id }) => id === name);
    if (known) return known;
    const made = this.editing.factory.create("bpmn:Property", { id: name, name });
    made.$parent = process;
    this.editing.modeling.updateModdleProperties(element, process, { properties: [...process.get("properties"), made] });
    return made;
  }

  lanesAround(element) {
    let pool = element.parent;
    while (pool && !is(pool, "bpmn:Participant")) pool = pool.parent;
    const found = [];
    const walk = (shape) => {
      for (const child of shape?.children ?? []) if (is(child, "bpmn:Lane")) (found.push(child), walk(child));
    };
    walk(pool);
    return found.filter((lane) => !lane.children.some((child) => is(child, "bpmn:Lane")));
  }

  laneOf(element) {
    return this.lanesAround(element).find((lane) => lane.businessObject.get("flowNodeRef").includes(element.businessObject));
  }

  moveToLane(element, lane) {
    const dy = Math.round(lane.y + lane.height / 2 - (element.y + element.height / 2));
    const moved = [element, ...(element.attachers ?? [])];
    this.editing.modeling.moveElements(moved, { x: 0, y: dy }, element.parent, { primaryShape: element });
    this.canvas.scrollToElement(element);
  }

  show() {
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => this.render());
  }

  render() {
    const element = this.target();
    const same = this.shown === element;
    this.shown = element;
    if (!element) {
      const count = this.selection.get().length;
      this.root.replaceChildren(el("p", { class: "panel__kind" }, `${count} éléments choisis`),
        el("p", { class: "muted" }, "Déplacez-les, copiez-les, alignez-les ensemble ; choisissez-en un seul pour voir ses propriétés."));
      return;
    }
    if (!objectOf(element)?.get) return void this.root.replaceChildren(); // nothing could be drawn
    const ctx = this.context(element);
    const groups = GROUPS.filter((group) => group.when(ctx)).map((group) => this.#group(group, ctx)).filter(Boolean);
    const kind = el("p", { class: "panel__kind" }, kindOf(ctx.object));
    if (same) {
      this.#patch(kind, groups);
    } else {
      this.root.replaceChildren(kind, ...groups);
      this.root.parentElement.scrollTop = 0;
    }
    this.refreshNotes();
  }

  /** Put in what changed and leave the rest alone: somebody may be typing in it. */
  #patch(kind, groups) {
    const focused = this.#focus();
    const top = this.root.parentElement.scrollTop;
    const before = [...this.root.querySelectorAll(".panel__group")];
    const sameGroups = before.length === groups.length && groups.every((group, index) => group.dataset.group === before[index].dataset.group);
    if (!sameGroups) {
      this.root.replaceChildren(kind, ...groups);
    } else {
      this.root.firstElementChild.replaceWith(kind);
      groups.forEach((group, index) => this.#patchGroup(before[index], group));
    }
    this.root.parentElement.scrollTop = top;
    if (!this.root.contains(document.activeElement)) this.#restore(focused);
  }

  #patchGroup(before, after) {
    const [old, now] = [before, after].map((group) => [...group.querySelectorAll(":scope > [data-field]")]);
    if (old.length !== now.length) {
      before.replaceChildren(...after.childNodes);
      return;
    }
    now.forEach((node, index) => {
      if (signatures.get(node) !== signatures.get(old[index])) old[index].replaceWith(node);
    });
  }

  #notes = null;

  /** Let the problems of the element stand at the head of its panel. */
  annotate(write) {
    this.#notes = write;
  }

  /** Write them anew, and nothing else: what is being typed below stays. */
  refreshNotes() {
    this.root.querySelector(".panel__problems")?.remove();
    if (this.shown && this.root.firstElementChild) this.#notes?.(this.shown, this.root);
  }

  #group({ id, title, open, fields }, ctx) {
    const nodes = fields.flatMap((make) => make(ctx)).filter(Boolean);
    nodes.forEach((node, index) => {
      node.dataset.field = `${id}-${index}`;
      signatures.set(node, signature(node));
    });
    if (!nodes.length) return null;
    if (!title) return el("div", { class: "panel__group", "data-group": id }, ...nodes);
    const details = el("details", { class: "panel__group", "data-group": id, open: this.folded[id] ?? open ?? false }, el("summary", {}, title), ...nodes);
    details.addEventListener("toggle", () => {
      this.folded[id] = details.open;
      try {
        localStorage.setItem(FOLDED, JSON.stringify(this.folded));
      } catch {
        // a browser that keeps nothing: the groups open as at first
      }
    });
    return details;
  }

  #focus() {
    const here = document.activeElement;
    if (!this.root.contains(here)) return null;
    const holder = here.closest("[data-field]");
    if (!holder) return null;
    const controls = [...holder.querySelectorAll("input, select, textarea, button, summary")];
    return { field: holder.dataset.field, index: controls.indexOf(here), start: here.selectionStart, end: here.selectionEnd };
  }

  #restore(focused) {
    if (!focused) return;
    const holder = this.root.querySelector(`[data-field="${focused.field}"]`);
    const control = holder && [...holder.querySelectorAll("input, select, textarea, button, summary")][focused.index];
    if (!control) return;
    control.focus({ preventScroll: true });
    if (typeof focused.start === "number" && control.setSelectionRange && control.type !== "number") {
      control.setSelectionRange(focused.start, focused.end);
    }
  }

  /** Put the focus where a problem is mended: the first of these groups that is shown, at what is wrong in it. */
  first(groups = []) {
    const group = groups.map((id) => this.root.querySelector(`[data-group="${id}"]`)).find(Boolean) ?? this.root;
    if (group.tagName === "DETAILS") group.open = true;
    const controls = "input, textarea, select, button";
    const wrong = [...group.querySelectorAll(".field")].find((holder) => holder.querySelector(".verdict--wrong"));
    (wrong ?? group).querySelector(controls)?.focus();
  }
}
