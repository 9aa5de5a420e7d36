// What may be set on a step that Relais does: verb, decision table, called process.
import { element as el } from "../../studio/drafts.js";
import { extension, slug } from "../model.js";
import { choice, field, pickerField, textInput } from "../widgets.js";
import { opened, sentence } from "./common.js";
import { textLink } from "./people.js";

export function verbFields(ctx) {
  const { object, editing, element, vocabulary } = ctx;
  const operator = extension(object, "ServiceTaskOperator");
  const verbs = vocabulary.verbs.map(({ name, label }) => ({ value: name, label, detail: name }));
  const verb = vocabulary.verbs.find(({ name }) => name === operator?.id);
  const chosen = pickerField("Ce que fait Relais", operator?.id ?? "", verbs, (name) => {
    const next = vocabulary.verbs.find((one) => one.name === name);
    editing.setVerb(element, object, name, new Set((next?.parameters ?? []).map((one) => one.name)));
  }, { help: verb?.help, free: false });
  if (!verb) return [chosen];
  const given = new Map((operator.get("parameters")?.get("values") ?? []).map(({ id, value }) => [id, value]));
  const fields = verb.parameters.map((parameter) => parameterField(ctx, parameter, given.get(parameter.name) ?? ""));
  for (const [name, value] of given) {
    if (verb.parameters.some((parameter) => parameter.name === name)) continue;
    fields.push(el("div", { class: "field" }, sentence(`Cette opération ne prend pas « ${name} » (${value}).`, "verdict--wrong"),
      el("button", { type: "button", class: "button button--small", onclick: () => editing.setParameter(element, object, name, "") }, `Retirer « ${name} »`)));
  }
  const gives = verb.results.map(({ name, label }) => `${name} : ${label}`).join(" ; ");
  fields.push(field("Nom de ce qu’elle donne", textInput(operator.resultVariable ?? "", (value) => editing.setResult(element, object, slug(value))),
    { help: gives ? `La suite le lit sous ce nom. Donne ${gives}.` : "La suite du parcours le lit sous ce nom." }));
  return [chosen, ...fields];
}

const quoted = /^"([^"\\]*)"$/;

/** A parameter: a closed choice where the verb knows the answers, an expression otherwise or when one is written. */
function parameterField(ctx, { name, label, type, required, choices, help }, value) {
  const { editing, element, object } = ctx;
  const commit = (text) => editing.setParameter(element, object, name, text);
  const title = `${label}${required ? "" : " (facultatif)"}`;
  const plain = quoted.exec(value)?.[1];
  const wanted = required && !value ? [sentence("À remplir.", "verdict--wrong")] : [];
  if (choices?.length && type !== "liste" && (value === "" || plain !== undefined)) {
    const told = help?.replace(/ ?Il faut un texte[^.]*\./, ""); // the choice writes the quotes
    return pickerField(title, plain ?? "", choices.map((one) => ({ value: one.value, label: one.label, detail: one.value === one.label ? "" : one.value })),
      (text) => commit(text === "" ? "" : /[.()[\]]/.test(text) && !choices.some((one) => one.value === text) ? text : JSON.stringify(text)),
      { help: told, link: name === "message" ? textLink(ctx, "messages") : name === "modele" ? textLink(ctx, "documents") : null });
  }
  if (type === "oui_non" && /^(true|false|)$/.test(value)) {
    return field(title, choice(value, [{ value: "true", label: "oui" }, { value: "false", label: "non" }], commit), { help });
  }
  if (type === "texte" && (plain !== undefined || value === "") && !choices?.length) {
    const shown = ctx.expressions.field(title, value, "valeur", commit, { rows: 1, help: /guillemets/.test(help ?? "") ? help : `${help ?? ""} Un texte s’écrit entre guillemets.`.trim(), placeholder: '"…"' });
    shown.append(...wanted);
    return shown;
  }
  const shown = ctx.expressions.field(title, value, "valeur", commit, { rows: 1, help });
  shown.append(...wanted);
  return shown;
}

export function decisionField(ctx) {
  const { vocabulary, object, editing, element } = ctx;
  const current = extension(object, "CalledDecisionId")?.body ?? "";
  const table = vocabulary.decisions.find(({ id }) => id === current);
  const told = table ? el("p", { class: "field__hint" },
    `D’après : ${table.inputs.map(({ label, expression }) => label || expression).join(", ")}. Donne : ${table.outputs.map(({ name }) => `${table.id}.${name}`).join(", ")}.`) : null;
  const shown = pickerField("Table de décision", current, vocabulary.decisions.map(({ id, name }) => ({ value: id, label: name || id, detail: id })),
    (id) => editing.setBody(element, object, "CalledDecisionId", id), {
      link: () => (table?.file ? opened(ctx, "dmn", stem(table.file), "Ouvrir cette table") : null),
    });
  if (told) shown.append(told);
  return shown;
}

const stem = (file) => file.split("/").at(-1).replace(/\.\w+$/, "");

export function calledField(ctx) {
  const { vocabulary, object, editing, element } = ctx;
  const processes = vocabulary.processes.map(({ id, name }) => ({ value: id, label: name, detail: id }));
  const target = vocabulary.processes.find(({ id }) => id === object.calledElement);
  return pickerField("Parcours appelé", object.calledElement ?? "", processes, (id) => editing.set(element, object, { calledElement: id || undefined }), {
    link: () => (target?.file ? opened(ctx, "bpmn", stem(target.file), "Ouvrir ce parcours") : null),
  });
}
