// The page of a diagram: the modeler in French, our properties, the checker's verdict while drawing, the draft.
import "./atelier.css";
import Modeler from "bpmn-js/lib/Modeler";

import { element as el, loadVocabulary, openDraft, presentWords } from "../studio/drafts.js";
import { shareClipboard } from "./clipboard.js";
import { compareDiagrams, copiedDiagram } from "./compare.js";
import { Expressions } from "./expression.js";
import { frenchModule, words } from "./french.js";
import { idsModule } from "./ids.js";
import { fullyDrawn } from "./layout.js";
import { Lint } from "./lint.js";
import { menusModule } from "./menus.js";
import { wirePalette } from "./palette.js";
import { Editing } from "./model.js";
import { Panel } from "./panel.js";
import { searchModule } from "./search.js";
import { drawingOrderModule, losses, orderKeeper, same, withNamespaces } from "./roundtrip.js";
import spiffworkflow from "./spiffworkflow.json";
import { wireTools } from "./tools.js";

const FONT = '"Source Sans 3", sans-serif';
const READABLE = 0.75; // scale below which names can no longer be read: a part is shown at first
const EMPTY = {
  forms: [], lanes: [], verbs: [], decisions: [], processes: [], messages: [], signals: [], variables: [], functions: [],
  texts: { messages: [], documents: [] },
};

function makeModeler(container) {
  const colour = (name) => getComputedStyle(container).getPropertyValue(name).trim();
  return new Modeler({
    container,
    additionalModules: [frenchModule, drawingOrderModule, idsModule, menusModule, searchModule],
    moddleExtensions: { spiffworkflow },
    bpmnRenderer: { defaultFillColor: colour("--diagram-fill"), defaultStrokeColor: colour("--diagram-stroke"), defaultLabelColor: colour("--diagram-label") },
    // the sizes for which files keep the width of their labels
    textRenderer: { defaultStyle: { fontFamily: FONT, fontSize: 12 }, externalStyle: { fontFamily: FONT, fontSize: 11 } },
  });
}

/** The text of a diagram in the modeler: what was read, when nothing that counts has changed. */
export class Sheet {
  constructor(modeler) {
    this.modeler = modeler;
  }

  async open(text) {
    const whole = fullyDrawn(text);
    const { warnings } = await this.modeler.importXML(whole.text);
    this.original = text;
    this.placed = whole.added;
    this.keepOrder = orderKeeper(this.modeler.getDefinitions());
    return warnings;
  }

  async write() {
    this.keepOrder();
    const { xml } = await this.modeler.saveXML({ format: true });
    return withNamespaces(this.original, xml);
  }

  async text() {
    const touched = this.placed || this.modeler.get("commandStack").canUndo();
    if (!touched) return this.original; // measures of labels aside, it is as it was
    const written = await this.write();
    return same(this.original, written) ? this.original : written;
  }
}

const refused = {
  "no diagram to display": "Ce fichier n’a pas de dessin : ses étapes n’ont pas de position. Ouvrez-le dans l’outil qui l’a fait, placez ses éléments, puis reprenez-le ici.",
  "no process or collaboration to display": "Ce fichier ne contient aucun parcours à dessiner.",
};

function reasonOf(fault) {
  const known = Object.keys(refused).find((words) => fault.message.includes(words));
  return refused[known] ?? "Ce fichier ne se lit pas comme un diagramme BPMN 2.0. Exportez-le de nouveau en BPMN 2.0, puis reprenez-le.";
}

function tellLosses(root, original, written, warnings, placed) {
  const holder = root.querySelector("[data-losses]");
  const found = losses(original, written);
  holder.hidden = !found.length && !warnings.length && !placed;
  if (holder.hidden) return;
  const told = placed ? [el("h2", {}, "Ce que l’éditeur a placé"), el("p", {},
    `Ce fichier ne disait pas où dessiner ${placed > 1 ? `${placed} éléments` : "un élément"} : Relais leur a donné une place. Déplacez-les à votre goût ; le dessin est gardé à la première modification, ou par « Enregistrer maintenant ».`)] : [];
  if (!found.length && !warnings.length) return void holder.replaceChildren(...told);
  const rows = found.slice(0, 30).map(({ what, element }) => el("li", {}, el("code", {}, what), element ? ` (« ${element} »)` : ""));
  holder.replaceChildren(
    ...told, el("h2", {}, "Ce que l’éditeur ne gardera pas de ce fichier"),
    el("p", {}, "Tant que vous ne changez rien, le fichier reste tel quel. À la première modification, ceci est retiré :"),
    el("ul", {}, ...rows, found.length > 30 ? el("li", {}, `et ${found.length - 30} autres`) : null,
      ...warnings.slice(0, 10).filter(() => !found.length).map(({ message }) => el("li", {}, el("code", {}, message.split("\n")[0])))),
  );
}

async function start(root) {
  const settings = JSON.parse(root.dataset.atelier);
  const token = root.dataset.token;
  const canvasHolder = root.querySelector("[data-canvas]");
  canvasHolder.replaceChildren();
  const modeler = makeModeler(canvasHolder);
  const editing = new Editing(modeler);
  wirePalette({ modeler, editing, tell: root.querySelector("[data-told]") });
  const sheet = new Sheet(modeler);
  const vocabulary = { ...EMPTY };
  const known = loadVocabulary(settings.studio).catch(() => ({})); // the drawing does not wait for it
  const expressions = new Expressions({ studio: settings.studio, token, vocabulary });
  const fields = root.querySelector("[data-fields]");
  const panel = new Panel({ modeler, editing, root: fields, vocabulary, expressions, links: settings.links, released: settings.released });
  const bar = root.querySelector("[data-bar]");
  const lint = new Lint({ modeler, root, bar, file: settings.file, panel });

  const say = (sentence) => canvasHolder.append(el("p", { class: "atelier__refused", role: "alert" }, `${sentence} `,
    settings.list ? el("a", { href: settings.list }, "Lire le parcours en liste") : null));
  async function show(text) {
    const readable = await drawnFrom(text);
    root.dataset.shown = String(Number(root.dataset.shown ?? 0) + 1);
    return readable;
  }

  async function drawnFrom(text) {
    canvasHolder.querySelector(".atelier__refused")?.remove();
    try {
      const warnings = await sheet.open(text);
      tellLosses(root, text, await sheet.write(), warnings, sheet.placed);
      tools?.fit(READABLE);
      return true;
    } catch (fault) {
      say(reasonOf(fault));
      return false;
    }
  }

  const draft = openDraft({
    ...settings, token, read: () => sheet.text(), show, compare: compareDiagrams, asCopy: copiedDiagram,
    status: root.querySelector("[data-saved]"), presence: root.querySelector("[data-presence]"),
    presentWords: (people) => presentWords(people, "ce diagramme"),
    onProblems: (problems, fault) => lint.show(problems, fault),
  });

  let tools = null;
  const readable = await show(settings.text);
  async function takeIn(text) {
    const before = await sheet.text().catch(() => settings.text);
    if (await show(text)) return draft.changed();
    const refusal = canvasHolder.querySelector(".atelier__refused");
    await drawnFrom(before); // what was there stays there
    canvasHolder.append(refusal);
    return null;
  }
  tools = wireTools({ root, modeler, draft, lint, read: () => sheet.text(), name: settings.name, open: takeIn });
  bar.hidden = false;
  root.querySelector("[data-panel]").hidden = false;
  if (readable) {
    tools.fit(READABLE);
    shareClipboard(modeler);
    modeler.on("commandStack.changed", () => draft.changed());
    panel.show();
  }
  draft.check();
  Object.assign(vocabulary, await known);
  panel.show();
  root.dataset.ready = readable ? "yes" : "refused";
  // For tests: every file of a programme through the same doors as a person's, without a page each.
  root.relais = { modeler, sheet, draft, editing, words };
}

for (const root of document.querySelectorAll("[data-atelier]")) {
  document.fonts.load(`13px ${FONT}`).catch(() => {}).then(() => start(root));
}
