// What may be set on a step that a person does.
import { is } from "bpmn-js/lib/util/ModelUtil";

import { element as el } from "../../studio/drafts.js";
import { property } from "../model.js";
import { choice, field, pickerField, several } from "../widgets.js";
import { formOptions, list, opened, rolesOf, sentence } from "./common.js";

export const formField = (ctx) => pickerField("Formulaire", property(ctx.object, "formulaire"), formOptions(ctx),
  (value) => ctx.put("formulaire", value), {
    link: ({ value }) => opened(ctx, "forms", value, "Ouvrir ce formulaire"),
  });

export function laneField(ctx) {
  const lanes = ctx.lanesAround();
  if (!lanes.length) return sentence("Cette étape n’est dans aucun couloir : personne ne la recevra. Placez-la dans un couloir.", "verdict--wrong");
  const here = ctx.laneOf();
  const told = ctx.vocabulary.lanes.find(({ id }) => id === here?.businessObject.id);
  const roles = told ? rolesOf(told) : "";
  return field("Couloir (qui répond)", choice(here?.id ?? "", lanes.map((lane) => ({ value: lane.id, label: lane.businessObject.name || lane.id })),
    (value) => ctx.moveToLane(lanes.find((lane) => lane.id === value)), { none: here ? null : "—" }),
  { after: [roles && el("p", { class: "field__hint" }, roles)] });
}

export function resultsField(ctx) {
  const form = ctx.vocabulary.forms.find(({ id }) => id === property(ctx.object, "formulaire"));
  const offered = (form?.fields ?? []).map(({ key, label, class: classe }) => ({
    value: `${form.id}.${key}`, label: label || key, detail: classe && classe !== "technique" ? `${form.id}.${key} · ${classe}` : `${form.id}.${key}`,
  }));
  return several("Réponses qui servent à la suite", list(property(ctx.object, "resultats")), offered,
    (values) => ctx.put("resultats", values.join(", ")),
    { help: "Les conditions et les délais des étapes suivantes ne lisent que celles-ci." });
}

export const heldSteps = (ctx) => {
  const steps = ctx.editing.registry.filter((item) => is(item, "bpmn:UserTask") && item !== ctx.element)
    .map(({ businessObject: { id, name } }) => ({ value: id, label: name || id, detail: id }));
  return several("Étapes dont l’échéance attend pendant celle-ci", list(property(ctx.object, "arrete_delais")), steps,
    (values) => ctx.put("arrete_delais", values.join(", ")),
    { help: "Elles restent à répondre, rien ne les relance, et leur échéance recule du temps attendu." });
};

export const laneChoices = ({ vocabulary }) => vocabulary.lanes.map(({ id, name }) => ({ value: id, label: name }));
export const messageChoices = ({ vocabulary }) => (vocabulary.texts?.messages ?? []).map((name) => ({ value: name, label: name, detail: "" }));

export const textLink = (ctx, kind) => ({ value }) => opened(ctx, kind, value, "Ouvrir ce texte");

export function meetingField(ctx) {
  const form = ctx.vocabulary.forms.find(({ id }) => id === property(ctx.object, "formulaire"));
  const tables = (form?.fields ?? []).filter(({ type }) => type === "tableau").map(({ key, label }) => ({ value: key, label: label || key }));
  return field("Se tient en séance sur le tableau", choice(property(ctx.object, "seance"), tables, (value) => ctx.put("seance", value), { none: "non" }),
    { help: "Une situation à la fois, sur la page « Revue »." });
}
