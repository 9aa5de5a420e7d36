// Repeated steps, promised frequency, lanes, process, and what another tool wrote.
import { is } from "bpmn-js/lib/util/ModelUtil";

import { element as el } from "../../studio/drafts.js";
import { extension, property, slug } from "../model.js";
import { checkbox, choice, field, pickerField, textInput } from "../widgets.js";
import { definitionOf, formOptions, list, own, rolesOf } from "./common.js";

export function repeatFields(ctx) {
  const { object, editing, element, vocabulary } = ctx;
  const loop = object.get("loopCharacteristics");
  const kinds = [{ value: "parallel", label: "toutes ensemble" }, { value: "sequential", label: "l’une après l’autre" }];
  const current = loop ? (loop.isSequential ? "sequential" : "parallel") : "";
  const shown = [field("Une fois pour chaque élément d’une liste", choice(current, kinds, (value) =>
    editing.setMultiInstance(element, object, value ? { sequential: value === "sequential" } : { list: null }), { none: "non" }))];
  if (!loop) return shown;
  const known = [...(ctx.process()?.get("properties") ?? []).map(({ id }) => ({ value: id, label: id, detail: "liste de ce parcours" })),
    ...vocabulary.variables.filter(({ type }) => type === "liste" || type === "tableau").map(({ name, label }) => ({ value: name, label: label || name, detail: name }))];
  shown.push(pickerField("La liste", loop.loopDataInputRef?.id ?? "", known, (name) => editing.together(() =>
    editing.setMultiInstance(element, object, { list: name ? ctx.listNamed(name) : undefined }))));
  shown.push(field("Nom d’un élément de la liste", textInput(loop.inputDataItem?.id ?? "", (name) => editing.setMultiInstance(element, object, { item: slug(name) })),
    { help: "Les étapes de la branche lisent l’élément sous ce nom." }));
  return shown;
}

export const hasFrequency = ({ object }) => is(object, "bpmn:SubProcess") || is(object, "bpmn:UserTask")
  || (is(object, "bpmn:StartEvent") && definitionOf(object, "bpmn:TimerEventDefinition"));

export function frequencyFields(ctx) {
  const { object, vocabulary } = ctx;
  const windows = ["semaine", "mois", "trimestre", "annee"].map((value) => ({ value, label: value === "annee" ? "année" : value }));
  const currentWindow = property(object, "frequence_fenetre");
  const shown = [own.expression("frequence", "Au moins", "valeur", { help: "Combien par période : 2, ou un réglage (reglages.visites_mois)." })(ctx)];
  if (!property(object, "frequence")) return shown;
  const form = vocabulary.forms.find(({ id }) => id === property(object, "frequence_compte"));
  const dates = (form?.fields ?? []).filter(({ type }) => type === "date").map(({ key, label }) => ({ value: key, label: label || key }));
  return [...shown,
    own.text("frequence_nom", "Ce qui se compte, en un mot", { help: "Par exemple : visites." })(ctx),
    /^["']/.test(currentWindow) ? own.text("frequence_fenetre", "Par")(ctx)
      : field("Par", choice(currentWindow, windows, (value) => ctx.put("frequence_fenetre", value))),
    pickerField("Compte les réponses au formulaire", property(object, "frequence_compte"), formOptions(ctx), (value) => ctx.put("frequence_compte", value)),
    field("Date qui fait foi", choice(property(object, "frequence_date"), dates, (value) => ctx.put("frequence_date", value), { none: "le jour de la réponse" })),
    own.expression("frequence_si", "Seulement quand", "valeur", { help: "Les champs s’écrivent par leur clé : issue == \"realisee\"." })(ctx),
    own.expression("frequence_dont", "Dont au moins", "valeur")(ctx),
    own.expression("frequence_dont_si", "qui vérifient", "valeur")(ctx),
    own.text("frequence_dont_nom", "en un mot", { help: "Par exemple : à domicile." })(ctx),
    own.expression("frequence_alerte", "Prévenir", "valeur", { help: "jours_apres(fenetre.debut, 19) : le 20 ; \"P10D\" : dix jours avant la fin." })(ctx),
    field("Au prorata d’une période entamée", choice(property(object, "frequence_prorata"), [{ value: "non", label: "non" }],
      (value) => ctx.put("frequence_prorata", value), { none: "oui" })),
  ];
}

export function laneIdentity(ctx) {
  const { object, editing, element, vocabulary } = ctx;
  const lanes = vocabulary.lanes.map(({ id, name, roles }) => ({ value: id, label: name, detail: `${id} · ${roles.join(", ")}` }));
  const told = vocabulary.lanes.find(({ id }) => id === object.id);
  const shown = pickerField("Qui répond", object.id, lanes, (id) => {
    const chosen = vocabulary.lanes.find((lane) => lane.id === id);
    if (chosen) editing.set(element, object, { id: chosen.id, name: chosen.name });
  }, { help: "Un couloir de [couloirs] dans les réglages ; ils disent quels rôles y répondent.", free: false });
  if (told) shown.append(el("p", { class: "field__hint" }, rolesOf(told)));
  return shown;
}

export const executable = (ctx) => checkbox("Exécutable", ctx.object.isExecutable === true,
  (checked) => ctx.editing.set(ctx.element, ctx.object, { isExecutable: checked }), "Sans cela, Relais ne peut pas conduire ce parcours.");

export const payload = (ctx) => field("Ce que le message porte", textInput(extension(ctx.object, "MessagePayload")?.body ?? "",
  (text) => ctx.editing.setBody(ctx.element, ctx.object, "MessagePayload", text), { className: "expression__text" }));

export const foreignAttributes = ({ $attrs = {} }) => Object.keys($attrs).filter((name) => name.includes(":") && !/^(xmlns|xsi|spiffworkflow|bioc|color):/.test(name));
export const foreignExtensions = (object) => (object.get?.("extensionElements")?.get("values") ?? []).filter(({ $type }) => !$type.startsWith("spiffworkflow:"));

export function foreignFields(ctx) {
  const { object, editing, element } = ctx;
  const rows = [
    ...foreignAttributes(object).map((name) => [`${name} = ${object.$attrs[name]}`, () => editing.set(element, object, { [name]: undefined })]),
    ...foreignExtensions(object).map((item) => [item.$type, () => editing.dropExtension(element, object, item)]),
  ];
  return [el("ul", { class: "ways" }, ...rows.map(([label, remove]) => el("li", {}, el("code", {}, label), " ",
    el("button", { type: "button", class: "button button--small", onclick: remove, "aria-label": `Retirer ${label}` }, "Retirer"))))];
}
