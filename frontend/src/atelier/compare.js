// Two states of the same diagram side by side, with what differs marked and told.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

import { element as el } from "../studio/drafts.js";
import { frenchModule } from "./french.js";
import spiffworkflow from "./spiffworkflow.json";

const parse = (text) => new DOMParser().parseFromString(text, "application/xml");

/** What each id says, the drawing apart: {id: [text, name]}. */
function sayings(text) {
  const found = new Map();
  const own = (node) => [...node.children].filter((child) => !child.hasAttribute("id") && !/^(incoming|outgoing|flowNodeRef)$/.test(child.localName));
  const written = (node) => [node.localName, ...[...node.attributes].map(({ name, value }) => `${name}=${value}`).sort(),
    ...(node.children.length ? own(node).map(written) : [node.textContent.trim()])].join("|");
  for (const node of parse(text).querySelectorAll("[id]")) {
    if (node.namespaceURI.includes("/BPMN/20100524/DI")) continue;
    found.set(node.getAttribute("id"), [written(node), node.getAttribute("name") || node.getAttribute("id")]);
  }
  return found;
}

function differences(here, there) {
  const [left, right] = [sayings(here), sayings(there)];
  const found = [];
  for (const [id, [text, name]] of left) {
    if (!right.has(id)) found.push({ id, name, how: "only" });
    else if (right.get(id)[0] !== text) found.push({ id, name, how: "changed" });
  }
  return found;
}

async function draw(text, holder, found) {
  const canvas = el("div", { class: "conflict__canvas" });
  holder.append(canvas);
  const viewer = new NavigatedViewer({ container: canvas, additionalModules: [frenchModule], moddleExtensions: { spiffworkflow } });
  try {
    await viewer.importXML(text);
    for (const { id, how } of found) {
      if (viewer.get("elementRegistry").get(id)) viewer.get("canvas").addMarker(id, how === "only" ? "is-added" : "is-changed");
    }
    viewer.get("canvas").zoom("fit-viewport", "auto");
  } catch {
    canvas.textContent = "Cet état ne se dessine pas.";
  }
  const words = { only: "n’est que de ce côté", changed: "diffère" };
  const shown = found.filter(({ name }) => name);
  holder.append(shown.length
    ? el("ul", {}, ...shown.slice(0, 12).map(({ name, how }) => el("li", {}, `« ${name} » ${words[how]}`)),
      shown.length > 12 ? el("li", {}, `et ${shown.length - 12} autres`) : null)
    : el("p", { class: "muted" }, "Aucun élément ne diffère ici : le dessin a bougé."));
}

/** For the conflict of drafts.js: two drawings, filled once they stand in the page. */
export function compareDiagrams(mine, theirs) {
  const [left, right] = [el("div", { class: "conflict__side" }), el("div", { class: "conflict__side" })];
  if (theirs) {
    requestAnimationFrame(() => {
      draw(mine, left, differences(mine, theirs));
      draw(theirs, right, differences(theirs, mine));
    });
  }
  return [left, right];
}

/** A copy under another name is another process: its id follows, else two diagrams would claim the same one. */
export function copiedDiagram(text, name) {
  const suffix = /-copie(-\d+)?\.bpmn$/.exec(name)?.[0].replace(".bpmn", "").replaceAll("-", "_") ?? "_copie";
  const ids = [...parse(text).querySelectorAll("*")].filter(({ localName }) => localName === "process").map((node) => node.getAttribute("id"));
  return ids.filter(Boolean).reduce((copy, id) => copy
    .replaceAll(`processRef="${id}"`, `processRef="${id}${suffix}"`)
    .replaceAll(`bpmnElement="${id}"`, `bpmnElement="${id}${suffix}"`)
    .replace(new RegExp(`(<(?:\\w+:)?process\\b[^>]*?\\bid=")${id}"`), `$1${id}${suffix}"`), text);
}

