// A field for an expression: immediate verdict of the server, and a picker of what may be named there.
import { ask, element as el } from "../studio/drafts.js";
import { delayWords, readDelay, UNITS, writeDelay } from "./durations.js";
import { matches, newId } from "./widgets.js";

const THINK = 350; // milliseconds without typing before the server is asked

const asked = new Map(); // what the server said of an expression: the same text has the same verdict

export class Expressions {
  constructor({ studio, token, vocabulary }) {
    this.address = `${studio}/expression`;
    this.token = token;
    this.vocabulary = vocabulary;
  }

  verdict(text, kind) {
    const key = `${kind}\n${text}`;
    if (!asked.has(key)) {
      const answer = ask(this.address, { method: "POST", token: this.token, body: { text, kind } }).then(({ status, body }) => {
        if (status !== 200) throw new Error(body.message ?? "");
        return body;
      });
      answer.catch(() => asked.delete(key));
      asked.set(key, answer);
    }
    return asked.get(key);
  }

  /** The server's words, with what people call the answers that are read. */
  told({ ok, message, reads = [] }) {
    const labelOf = (name) => this.vocabulary.variables.find((one) => one.name === name)?.label || name;
    return ok && reads.length ? `Lit ${[...new Set(reads.map(labelOf))].map((label) => `« ${label} »`).join(", ")}.` : message;
  }

  /** Names that nobody gives in this programme: the whole check says where; this says it while typing. */
  unknown(reads) {
    const known = this.vocabulary.variables ?? [];
    if (!known.length) return [];
    const names = new Set(known.flatMap(({ name }) => [name, name.split(".")[0]]));
    const lists = new Set(this.local ?? []);
    const asked = new Map((this.vocabulary.forms ?? []).map(({ id, fields }) => [id, new Set(fields.map(({ key }) => key))]));
    return reads.filter((name) => {
      const [root, key] = name.split(".");
      if (names.has(name) || lists.has(root)) return false;
      return asked.has(root) && key ? !asked.get(root).has(key) : !names.has(root);
    });
  }

  /** A text control, its verdict and its picker. kind: condition | delai | duree | date | valeur. */
  control(value, kind, commit, { rows = 2, label = "" } = {}) {
    const input = el("textarea", { class: "textarea expression__text", rows: String(rows), spellcheck: "false", autocomplete: "off", id: newId() });
    input.value = value;
    const verdict = el("p", { class: "verdict", role: "status" });
    let timer = 0;
    const judge = async () => {
      const text = input.value.trim();
      if (!text) return Object.assign(verdict, { textContent: "", className: "verdict" });
      try {
        const said = await this.verdict(text, kind);
        if (input.value.trim() !== text) return null; // another text is being judged by now
        const unknown = said.ok ? this.unknown(said.reads ?? []) : [];
        verdict.className = `verdict ${said.ok && !unknown.length ? "verdict--right" : "verdict--wrong"}`;
        verdict.textContent = unknown.length
          ? `Rien ne donne « ${unknown.join(" », « ")} » dans ce dispositif. Vérifiez le nom, ou déclarez-le dans les résultats d’une étape.`
          : kind === "valeur" && delayWords(text) ? `Donne ${delayWords(text)}.` : this.told(said);
      } catch {
        Object.assign(verdict, { textContent: "", className: "verdict" }); // the whole check will tell
      }
      return null;
    };
    let committed = value.trim(); // once: a key and leaving the field may both say it
    const finish = () => {
      const typed = input.value.trim();
      if (typed === committed) return;
      committed = typed;
      commit(typed);
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(judge, THINK);
    });
    input.addEventListener("change", finish);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        finish();
      }
    });
    if (value) judge();
    return { input, nodes: [verdict, this.inserter(input, kind, label)], judge };
  }

  /** « Insérer… » : the variables and functions known here, with a search; the choice goes where the cursor is. */
  inserter(input, kind, label) {
    const search = el("input", { class: "input", type: "search", "aria-label": "Chercher une réponse ou une fonction", placeholder: "Chercher une réponse, une fonction…" });
    const list = el("ul", { class: "inserter__list" });
    const { variables = [], functions = [] } = this.vocabulary;
    const offered = [
      ...variables.filter((one) => kind !== "condition" || one.conditions !== false)
        .map((one) => ({ value: one.name, label: one.label || one.name, detail: one.from ?? "" })),
      ...functions.map((one) => ({ value: one.name, label: one.signature, detail: one.help, insert: one.example || one.signature })),
    ];
    const fill = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const found = offered.filter((option) => matches(option, words)).slice(0, 80);
      list.replaceChildren(...found.map((option) => el("li", {}, el("button", {
        type: "button", class: "inserter__choice", onclick: () => insert(option.insert ?? option.value),
      }, el("span", { class: "inserter__name" }, option.label),
        el("small", {}, option.insert ? option.detail : [option.value, option.detail].filter(Boolean).join(" · "))))));
      if (!found.length) list.append(el("li", { class: "picker__none" }, "Rien de ce nom."));
    };
    const details = el("details", { class: "inserter" },
      el("summary", { "aria-label": label ? `Insérer une réponse ou une fonction : ${label}` : null }, "Insérer une réponse ou une fonction"), search, list);
    details.addEventListener("toggle", () => details.open && (fill(), search.focus()));
    details.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && details.open) {
        details.open = false;
        input.focus();
      }
    });
    search.addEventListener("input", fill);
    const insert = (text) => {
      const at = input.selectionEnd ?? input.value.length;
      const before = input.value.slice(0, input.selectionStart ?? at);
      const space = before && !/[\s(]$/.test(before) ? " " : "";
      input.value = before + space + text + input.value.slice(at);
      details.open = false;
      input.focus();
      input.setSelectionRange((before + space + text).length, (before + space + text).length);
      input.dispatchEvent(new Event("input"));
    };
    return details;
  }

  field(label, value, kind, commit, { help, rows, placeholder } = {}) {
    const { input, nodes } = this.control(value, kind, commit, { rows, label });
    if (placeholder) input.placeholder = placeholder;
    const hint = help ? el("p", { class: "field__hint", id: `${input.id}-aide` }, help) : null;
    if (hint) input.setAttribute("aria-describedby", hint.id);
    return el("div", { class: "field" }, el("label", { class: "field__label", for: input.id }, label), hint, input, ...nodes);
  }

  /** A delay: number and unit, or an expression. `units` narrows the choice; none may be chosen unless required. */
  delay(label, value, kind, commit, { help, units = UNITS.map(({ unit }) => unit), required = false } = {}) {
    const id = newId();
    const { unit, number } = readDelay(value);
    const count = el("input", { class: "input input--short", type: "number", min: "0", max: "9999", step: "1", id, value: number === "" ? null : String(number) });
    const select = el("select", { class: "select", "aria-label": `${label} : unité` },
      required ? null : el("option", { value: "" }, "aucun"),
      ...UNITS.filter((one) => units.includes(one.unit)).map((one) => el("option", { value: one.unit }, one.many)),
      el("option", { value: "expression" }, "une expression"));
    select.value = unit;
    const plain = () => select.value && select.value !== "expression";
    const written = el("div", { class: "expression" });
    const { input, nodes } = this.control(value, kind, commit, { rows: 1, label });
    input.setAttribute("aria-label", `${label} : expression`);
    written.append(input, ...nodes);
    const show = () => {
      count.hidden = !plain();
      written.hidden = select.value !== "expression";
    };
    let committed = value;
    const finish = () => {
      if (plain() && /^\d+$/.test(count.value)) {
        const text = writeDelay(select.value, Number(count.value));
        if (text === committed) return;
        committed = text;
        commit(text);
      }
    };
    select.addEventListener("change", () => {
      show();
      if (select.value === "") {
        if (value) commit("");
      } else if (plain()) {
        if (count.value) finish();
        else count.focus();
      } else input.focus();
    });
    count.addEventListener("change", finish);
    count.addEventListener("keydown", (event) => event.key === "Enter" && finish());
    show();
    const gives = el("p", { class: "verdict", role: "status" });
    if (value && plain()) {
      this.verdict(value, kind).then((said) => {
        gives.textContent = said.message;
        gives.className = `verdict ${said.ok ? "verdict--right" : "verdict--wrong"}`;
      }, () => {});
    }
    const hint = help ? el("p", { class: "field__hint", id: `${id}-aide` }, help) : null;
    if (hint) count.setAttribute("aria-describedby", hint.id);
    return el("div", { class: "field" }, el("label", { class: "field__label", for: id }, label), hint,
      el("div", { class: "delay" }, count, select), gives, written);
  }
}
