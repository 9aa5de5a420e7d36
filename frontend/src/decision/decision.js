// The page of a decision table: the table editor in French, the checker's verdict, the line that is tried, the draft.
import "./decision.css";
import EditingManager from "dmn-js-shared/lib/base/EditingManager";
import TableEditor from "dmn-js-decision-table/lib/Editor";
import { HIT_POLICIES } from "dmn-js-decision-table/lib/features/hit-policy/HitPolicies";
import { is } from "dmn-js-shared/lib/util/ModelUtil";

import { ask, element as el, openDraft } from "../studio/drafts.js";
import { frenchModule, translate } from "./french.js";

const RUN = new Set(["FIRST", "UNIQUE", "COLLECT"]); // what Relais runs (app/decisions/table.py)

class Tables extends EditingManager {
  _getViewProviders() {
    return [{
      id: "decisionTable",
      constructor: TableEditor,
      opens: (element) => is(element, "dmn:Decision") && is(element.decisionLogic, "dmn:DecisionTable"),
    }];
  }
}

function onlyWhatRuns() {
  for (let place = HIT_POLICIES.length - 1; place >= 0; place -= 1) {
    const policy = HIT_POLICIES[place];
    if (!RUN.has(policy.value.hitPolicy) || policy.value.aggregation) HIT_POLICIES.splice(place, 1);
    else policy.label = translate(policy.label);
  }
}

/** The text of the file: what was read as long as nothing that counts has changed. */
class Sheet {
  constructor(editor, wanted) {
    this.editor = editor;
    this.wanted = wanted;
  }

  async open(text) {
    await this.editor.importXML(text, { open: false });
    const views = this.editor.getViews();
    const view = views.find((one) => one.element.id === this.wanted) ?? views.find((one) => one.type === "decisionTable");
    await this.editor.open(view);
    this.original = text;
    this.baseline = (await this.editor.saveXML({ format: true })).xml;
  }

  async text() {
    const { xml } = await this.editor.saveXML({ format: true });
    return xml === this.baseline ? this.original : xml;
  }
}

function shownProblems(list, problems, file) {
  const own = problems.filter((one) => one.path === file);
  if (!own.length) {
    list.replaceChildren(el("p", {}, "Rien : chaque cas trouve sa règle, et aucune règle n’en cache une autre."));
    return;
  }
  list.replaceChildren(el("ul", { class: "studio-problems" }, ...own.map((one) => el("li", {},
    el("span", { class: `studio-problems__kind${one.severity === "error" ? " studio-problems__kind--error" : ""}` }, one.severity === "error" ? "Erreur" : "Avertissement"),
    el("p", {}, one.message)))));
}

// A few titles of dmn-js pass by its translations: they are put into French once drawn, and after each redraw.
function sayInFrench(canvas) {
  const put = () => {
    for (const item of canvas.querySelectorAll("[title]")) {
      const said = translate(item.title);
      if (said !== item.title) item.title = said;
    }
  };
  new MutationObserver(put).observe(canvas, { childList: true, subtree: true });
  put();
}

async function begin(root) {
  const settings = JSON.parse(root.dataset.decision);
  const { token } = root.dataset;
  const canvas = root.querySelector("[data-canvas]");
  const problems = root.querySelector("[data-problems]");
  onlyWhatRuns();
  const editor = new Tables({
    container: canvas,
    common: { additionalModules: [frenchModule] },
    decisionTable: { additionalModules: [frenchModule] },
  });
  const sheet = new Sheet(editor, settings.table);
  root.querySelector("[data-editor]").hidden = false;
  await sheet.open(settings.text);

  const draft = openDraft({
    ...settings, token,
    read: () => sheet.text(),
    show: async (text) => { await sheet.open(text); listen(); },
    status: root.querySelector("[data-saved]"),
    presence: root.querySelector("[data-presence]"),
    onProblems: (found) => { if (found) shownProblems(problems, found, settings.file); },
  });

  const active = () => editor.getActiveViewer();
  function listen() {
    active().on("elements.changed", () => {
      for (const cell of canvas.querySelectorAll(".rule-matched")) cell.classList.remove("rule-matched");
      draft.changed();
    });
  }
  listen();
  sayInFrench(canvas);

  root.querySelector("[data-editor]").addEventListener("click", (event) => {
    const wanted = event.target.closest("[data-do]")?.dataset.do;
    if (wanted === "undo" || wanted === "redo") active().get("commandStack")[wanted]();
    if (wanted === "rule") active().get("editorActions").trigger("addRule");
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      draft.save();
    }
  });

  const trial = root.querySelector("[data-trial]");
  const outcome = root.querySelector("[data-outcome]");
  trial?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = [...trial.querySelectorAll("[name=valeur]")].map((field) => field.value);
    const { status, body } = await ask(settings.trial, {
      method: "POST", token, body: { text: await sheet.text(), table: settings.table, valeurs: values },
    });
    for (const cell of canvas.querySelectorAll(".rule-matched")) cell.classList.remove("rule-matched");
    if (status !== 200) {
      outcome.replaceChildren(el("p", {}, body.message ?? "Le serveur n’a pas pu répondre. Recommencez dans un instant."));
      return;
    }
    outcome.replaceChildren(
      el("p", {}, el("strong", {}, body.sentence)),
      el("dl", {}, ...body.results.map((one) => el("div", {}, el("dt", {}, one.label), el("dd", {}, one.value)))),
    );
    for (const rule of body.rules) {
      for (const cell of canvas.querySelectorAll(`[data-row-id="${CSS.escape(rule)}"]`)) cell.classList.add("rule-matched");
    }
  });
  // The same table as a form stands one link away; here the editor replaces it.
  root.querySelector("[data-plain]")?.remove();
}

const root = document.querySelector("[data-decision]");
if (root?.querySelector("[data-canvas]")) {
  begin(root).catch((fault) => {
    root.querySelector("[data-editor]")?.remove();
    console.warn("L’éditeur de table ne s’ouvre pas :", fault.message);
  });
}
