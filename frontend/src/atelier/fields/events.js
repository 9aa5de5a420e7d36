// What may be set on events, gateways and flows.
import { is } from "bpmn-js/lib/util/ModelUtil";

import { element as el } from "../../studio/drafts.js";
import { delayWords, renamedDelay } from "../durations.js";
import { checkbox, choice, field, pickerField } from "../widgets.js";
import { definitionOf, sentence } from "./common.js";

export function timerFields(ctx) {
  const { object, editing, element } = ctx;
  const definition = definitionOf(object, "bpmn:TimerEventDefinition");
  const cycle = definition.timeCycle?.body;
  const body = definition.timeDuration?.body ?? definition.timeDate?.body ?? "";
  const commit = (text) => editing.setTimer(element, definition, /^["']P/.test(text) ? "timeDuration" : "timeDate", text);
  const shown = [ctx.expressions.delay("Attend", body, "minuteur", commit, { required: true, help: "Une durée depuis l’arrivée, ou une date calculée." })];
  if (cycle) {
    shown.push(sentence(`Ce minuteur se répète (« ${cycle} ») : Relais ne l’accepte pas. Écrivez une durée ci-dessus, ou dessinez une boucle.`, "verdict--wrong"));
  }
  const wanted = renamedDelay(object.name, body);
  if (wanted) {
    shown.push(el("p", { class: "verdict verdict--wrong" }, `Le nom dit « ${object.name} », le minuteur ${delayWords(body)}. `,
      el("button", { type: "button", class: "button button--small", onclick: () => editing.set(element, object, { name: wanted }) }, `Renommer « ${wanted} »`)));
  }
  return shown;
}

export function interruptingField(ctx) {
  const { object, editing, element } = ctx;
  return checkbox("Arrête l’étape en cours", object.cancelActivity !== false, (checked) => editing.set(element, object, { cancelActivity: checked }),
    "Sinon l’étape reste à faire et la suite se fait en plus.");
}

export function namedField(kind, type, label) {
  return (ctx) => {
    const definition = definitionOf(ctx.object, `bpmn:${kind}EventDefinition`) ?? ctx.object;
    const attribute = `${kind.toLowerCase()}Ref`;
    const known = (ctx.vocabulary[`${kind.toLowerCase()}s`] ?? []).map((one) => ({ value: one.name, label: one.name, detail: "" }));
    return pickerField(label, definition.get(attribute)?.name ?? "", known,
      (name) => ctx.editing.setNamed(ctx.element, definition, attribute, type, name),
      { help: "Le même nom de chaque côté : qui l’envoie et qui l’attend. Écrivez un nom nouveau pour le créer." });
  };
}

export function conditionalField(ctx) {
  const definition = definitionOf(ctx.object, "bpmn:ConditionalEventDefinition");
  return ctx.expressions.field("Se produit quand", definition.condition?.body ?? "", "condition",
    (text) => ctx.editing.setExpression(ctx.element, definition, "condition", text));
}

export function conditionFields(ctx) {
  const { object, editing, element } = ctx;
  const source = object.sourceRef;
  const isDefault = source.default === object;
  const setDefault = (checked) => editing.together(() => {
    const gateway = element.source;
    if (checked && object.conditionExpression) editing.set(element, object, { conditionExpression: undefined });
    editing.set(gateway, source, { default: checked ? object : undefined });
  });
  const shown = [checkbox("Sortie par défaut", isDefault, setDefault, "Prise quand aucune condition n’est vraie.")];
  if (!isDefault) {
    shown.push(ctx.expressions.field("Prise quand", object.conditionExpression?.body ?? "", "condition",
      (text) => editing.setExpression(element, object, "conditionExpression", text),
      { help: "Par exemple : rendez_vous.issue == \"fixe\". Elle lit les réponses que les étapes gardent." }));
  }
  return shown;
}

export function waysOut(ctx) {
  const { object, editing, element } = ctx;
  const flows = element.outgoing.filter((flow) => is(flow, "bpmn:SequenceFlow"));
  if (flows.length < 2) return [sentence("Tirez au moins deux flèches depuis ce choix.")];
  const rows = flows.map((flow) => {
    const { businessObject } = flow;
    const says = object.default === businessObject ? "par défaut" : businessObject.conditionExpression?.body || "condition à écrire";
    return el("li", {}, el("button", { type: "button", class: "way", onclick: () => ctx.choose(flow) },
      el("span", {}, `${businessObject.name || "sans nom"} → ${businessObject.targetRef?.name || businessObject.targetRef?.id}`),
      el("code", {}, says)));
  });
  const options = flows.map(({ businessObject: { id, name, targetRef } }) => ({ value: id, label: name || `vers ${targetRef?.name || targetRef?.id}` }));
  const setDefault = (id) => editing.together(() => {
    const flow = flows.find((one) => one.businessObject.id === id);
    if (flow?.businessObject.conditionExpression) editing.set(flow, flow.businessObject, { conditionExpression: undefined });
    editing.set(element, object, { default: flow?.businessObject });
  });
  return [el("ul", { class: "ways" }, ...rows), field("Sortie par défaut", choice(object.default?.id ?? "", options, setDefault), { help: "Prise quand aucune condition n’est vraie." })];
}
