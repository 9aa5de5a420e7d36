// The palette by keyboard: one stop of Tab, arrows inside; Enter puts the element where the selection says.
import { is } from "bpmn-js/lib/util/ModelUtil";

const GAP = 50; // around what is put on an arrow

export function wirePalette({ modeler, editing, tell }) {
  const [selection, canvas, modeling, rules] = ["selection", "canvas", "modeling", "rules"].map((name) => modeler.get(name));
  const palette = modeler.get("palette");
  const create = modeler.get("create");
  let bar = null;
  let here = 0;

  const entries = () => [...bar.querySelectorAll('.entry[data-action^="create."]')];

  function dress() {
    if (!bar) return;
    const box = bar.querySelector(".djs-palette-entries");
    box.setAttribute("role", "toolbar");
    box.setAttribute("aria-label", "Ce qui se place");
    box.setAttribute("aria-orientation", "vertical");
    entries().forEach((entry, rank) => entry.setAttribute("tabindex", rank === Math.min(here, entries().length - 1) ? "0" : "-1"));
  }

  function walk(event) {
    const list = entries();
    const at = list.indexOf(event.target);
    if (at < 0) return;
    const next = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: list.length - 1 }[event.key];
    if (next !== undefined) {
      here = (next + list.length) % list.length;
      dress();
      list[here].focus();
    } else if (event.key === "Enter" || event.key === " ") {
      place(event.target, event);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** What an entry would have put under the mouse. */
  function made(entry, event) {
    let taken = null;
    const start = create.start;
    create.start = (_, elements) => { taken = [elements].flat(); };
    try {
      palette.triggerEntry(entry.dataset.action, "click", event);
    } finally {
      create.start = start;
    }
    return taken;
  }

  /** The arrow on which it goes: the one chosen, or the only one that leaves the step chosen. */
  function arrow() {
    const [one, ...others] = selection.get();
    if (!one || others.length) return null;
    if (is(one, "bpmn:SequenceFlow")) return one;
    const out = (one.outgoing ?? []).filter((flow) => is(flow, "bpmn:SequenceFlow"));
    return out.length === 1 && !is(one, "bpmn:Gateway") ? out[0] : null;
  }

  /** Push what follows to the right, so that nothing lies on something else. */
  function room(flow, width) {
    const { source, target } = flow;
    const edge = source.x + source.width;
    const lacks = width + 2 * GAP - Math.max(0, target.x - edge);
    if (lacks <= 0 || target.x <= edge) return;
    const tool = modeler.get("spaceTool");
    const all = canvas.getRootElement().children;
    const { movingShapes, resizingShapes } = tool.calculateAdjustments(all, "x", lacks, edge + 1);
    tool.makeSpace(movingShapes, resizingShapes, { x: lacks, y: 0 }, "e", edge + 1);
  }

  function onArrow(flow, shape) {
    room(flow, shape.width);
    const { source, waypoints } = flow;
    const [from, to] = [waypoints[0], waypoints.at(-1)];
    const level = source.y + source.height / 2;
    const straight = to.x - from.x >= shape.width;
    const point = straight ? { x: from.x + GAP + shape.width / 2, y: level }
      : { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
    modeling.createElements([shape], point, flow);
  }

  /** How to put elements in the middle of what is seen; nothing when they cannot stand there. */
  function inTheMiddle(elements) {
    const { x, y, width, height } = canvas.viewbox();
    const position = { x: x + width / 2, y: y + height / 2 };
    const root = canvas.getRootElement();
    const pool = root.children.find((child) => is(child, "bpmn:Participant"));
    const target = elements.some((one) => is(one, "bpmn:Participant")) ? root : pool ?? root;
    return rules.allowed("elements.create", { elements, position, target }) && (() => modeling.createElements(elements, position, target));
  }

  function way(elements) {
    const [first, ...more] = elements;
    const [one, ...others] = selection.get();
    const flow = arrow();
    if (flow && !more.length && rules.allowed("shape.create", { shape: first, target: flow })) return () => onArrow(flow, first);
    const follows = one && !others.length && !more.length && !flow && is(one, "bpmn:FlowNode") && !is(one, "bpmn:EndEvent");
    return follows ? () => modeler.get("autoPlace").append(one, first) : inTheMiddle(elements);
  }

  function place(entry, event) {
    const elements = made(entry, event);
    const put = elements && way(elements);
    if (!put) {
      tell.textContent = "Cet élément ne se place pas ici. Choisissez d’abord une étape ou une flèche : Ctrl+F en cherche une par son nom.";
      return;
    }
    editing.together(put);
    const [first] = elements;
    tell.textContent = `${entry.getAttribute("aria-label")} : c’est fait. Écrivez son nom, puis Entrée.`;
    selection.select(first);
    canvas.scrollToElement(first);
    modeler.get("directEditing").activate(first);
  }

  modeler.on("palette.changed", dress);
  bar = modeler.get("canvas").getContainer().querySelector(".djs-palette"); // made with the modeler
  bar.addEventListener("keydown", walk);
  dress();
}
