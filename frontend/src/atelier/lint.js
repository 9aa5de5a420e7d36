// The problems of the diagram, as the checker of the server tells them: a mark on the element, a list, a count.
import { element as el } from "../studio/drafts.js";
import { isMadeUp } from "./ids.js";

const LAYER = "problem";
// Where a problem is mended: groups of the panel, in order of trial.
const GROUPS = {
  "unknown-form": ["personne"], "no-lane": ["personne"], "unknown-lane": ["delais", "personne"], "unknown-held-step": ["delais"],
  "bad-meeting": ["seance"], "invitation-inside": ["seance"], "breach-without-due": ["delais"],
  "missing-time": ["minuteur", "delais"], "time-cycle": ["minuteur"], "unquoted-duration": ["minuteur", "delais", "condition"],
  "bad-duration": ["minuteur", "delais"], "bad-expression": ["condition", "minuteur", "delais", "operation", "conditionnel"],
  "no-operation": ["operation"], "unknown-operation": ["operation"], "unknown-parameter": ["operation"],
  "missing-parameter": ["operation"], "bad-parameter": ["operation"], "unknown-template": ["operation", "seance"],
  "unknown-audience": ["operation"], "unknown-quota": ["operation"], "unknown-envelope": ["operation"], "unknown-nature": ["operation"],
  "unknown-decision": ["table"], "unknown-call": ["appel"], "unknown-message": ["message", "signal"], "unnamed-event": ["message", "signal", "minuteur"],
  "gateway-without-default": ["sorties"], "condition-reads-answer": ["condition"], "protected-condition": ["condition"],
  "unknown-name": ["condition", "delais", "minuteur", "operation"], "unknown-field": ["condition", "personne", "delais", "operation"],
  "unknown-setting": ["condition", "delais", "minuteur", "operation"], "read-before-written": ["condition", "delais", "minuteur", "operation"],
  "bad-frequency": ["frequence"], "frequency-nowhere": ["frequence"], "frequency-without-warning": ["frequence"],
  "foreign-extension": ["ailleurs"], "duplicate-id": ["identite"], "reserved-id": ["identite"], "missing-id": ["identite"], "not-executable": ["parcours"],
};
const MARKERS = { error: "has-error", warning: "has-warning" };

export class Lint {
  constructor({ modeler, root, bar, file, panel, links }) {
    Object.assign(this, { modeler, root, file, panel, links });
    this.overlays = modeler.get("overlays");
    this.registry = modeler.get("elementRegistry");
    this.canvas = modeler.get("canvas");
    this.selection = modeler.get("selection");
    this.list = root.querySelector("[data-problem-list]");
    this.verdict = root.querySelector("[data-verdict]");
    this.section = root.querySelector("[data-problems]");
    this.count = bar.querySelector("[data-count]");
    this.problems = [];
    this.at = -1;
    panel.annotate((element, holder) => this.note(element, holder));
    modeler.on("import.done", () => this.marked.clear());
  }

  marked = new Map();

  /** Show a verdict; null with a sentence when the server could not give one. */
  show(problems, fault) {
    this.section.hidden = false;
    this.count.hidden = false;
    if (problems === null) {
      this.verdict.textContent = `Vérification impossible pour le moment. ${fault}`;
      return;
    }
    const mine = problems.filter(({ path }) => path === this.file);
    const elsewhere = problems.filter(({ path }) => path !== this.file);
    this.problems = mine;
    this.mark(mine);
    const errors = mine.filter(({ severity }) => severity === "error").length;
    const warnings = mine.length - errors;
    const said = [errors && `${errors} erreur${errors > 1 ? "s" : ""}`, warnings && `${warnings} avertissement${warnings > 1 ? "s" : ""}`].filter(Boolean);
    this.count.textContent = said.length ? said.join(", ") : "Rien à corriger";
    this.count.dataset.state = errors ? "error" : warnings ? "warning" : "right";
    const others = elsewhere.length
      ? ` Les autres fichiers du brouillon en ont ${elsewhere.length} : la page « Publier » les montre.` : "";
    this.verdict.textContent = (mine.length ? "Choisissez un problème pour aller à l’élément ; F8 passe au suivant." : "Rien à corriger dans ce diagramme.") + others;
    this.list.replaceChildren(...mine.map((problem, index) => this.row(problem, index)));
    this.panel.refreshNotes();
  }

  row(problem, index) {
    const shape = this.registry.get(problem.element);
    const name = shape?.businessObject.name || (shape ? (isMadeUp(problem.element) ? "Sans nom" : problem.element) : "Le fichier");
    return el("li", { class: `problem problem--${problem.severity}` },
      el("button", { type: "button", class: "problem__go", onclick: () => this.go(index) },
        el("strong", {}, problem.severity === "error" ? "Erreur" : "Avertissement"), el("span", { class: "problem__name" }, name),
        el("span", {}, problem.message)));
  }

  mark(problems) {
    this.overlays.remove({ type: LAYER });
    for (const [id, marker] of this.marked) if (this.registry.get(id)) this.canvas.removeMarker(id, marker);
    this.marked.clear();
    const byElement = new Map();
    for (const problem of problems) {
      if (!this.registry.get(problem.element)) continue;
      byElement.set(problem.element, [...(byElement.get(problem.element) ?? []), problem]);
    }
    for (const [id, found] of byElement) this.flag(id, found);
  }

  flag(id, found) {
    const worst = found.some(({ severity }) => severity === "error") ? "error" : "warning";
    const text = found.map(({ message }) => message).join("\n");
    const shape = this.registry.get(id);
    const button = el("button", {
      type: "button", class: `lint lint--${worst}`, title: text, tabindex: "-1",
      "aria-label": `${worst === "error" ? "Erreur" : "Avertissement"} : ${text}`,
      onclick: () => this.go(this.problems.indexOf(found[0])),
    }, worst === "error" ? "!" : "?", found.length > 1 ? el("small", {}, String(found.length)) : null);
    const place = shape.waypoints ? { top: -12, left: -8 } : { top: -12, left: -10 };
    this.overlays.add(id, LAYER, { position: place, html: button, show: { minZoom: 0.2 } });
    this.canvas.addMarker(id, MARKERS[worst]);
    this.marked.set(id, MARKERS[worst]);
  }

  note(element, holder) {
    const found = this.problems.filter((problem) => problem.element === element.id || problem.element === element.businessObject?.processRef?.id);
    if (!found.length) return;
    holder.firstElementChild.after(el("ul", { class: "panel__problems" }, ...found.map(({ severity, message }) =>
      el("li", { class: `verdict ${severity === "error" ? "verdict--wrong" : "verdict--doubt"}` }, message))));
  }

  /** Lead to a problem: its element in view and chosen, the focus in its panel. */
  go(index) {
    const problem = this.problems[index];
    if (!problem) return;
    this.at = index;
    const shape = this.registry.get(problem.element);
    if (shape) {
      this.canvas.scrollToElement(shape, { top: 80, bottom: 80, left: 120, right: 80 });
      this.selection.select(shape);
    } else {
      this.selection.select([]);
    }
    this.panel.render();
    this.panel.first(GROUPS[problem.code]);
  }

  next(step) {
    if (!this.problems.length) return;
    this.go((this.at + step + this.problems.length) % this.problems.length);
  }
}
