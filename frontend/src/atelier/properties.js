// What may be set on each kind of element: a table of groups, each a list of fields. Every field reads the
// element, shows a control and writes through the command stack, as one undo step.
import { is } from "bpmn-js/lib/util/ModelUtil";

import { element as el } from "../studio/drafts.js";
import { delayWords, renamedDelay } from "./durations.js";
import { isMadeUp } from "./ids.js";
import { extension, property, RESERVED, slug } from "./model.js";
import { checkbox, choice, field, pickerField, several, textInput } from "./widgets.js";

const sentence = (text, kind = "") => el("p", { class: `verdict ${kind}` }, text);
/** A link to the editor of what is chosen, when there is one for its folder. */
const opened = (ctx, folder, name, text) =>
  (ctx.links[folder] ? el("a", { class: "field__link", href: ctx.links[folder].replace("__nom__", encodeURIComponent(name)) }, text) : null);
const isUser = ({ object }) => is(object, "bpmn:UserTask");
const definitionOf = (object, type) => (object.get?.("eventDefinitions") ?? []).find((item) => item.$type === type);
const rolesOf = ({ roles, role_names: names, external }) =>
  `Rôles : ${(names ?? roles).join(", ") || "aucun"}${external ? ". Répond par un lien personnel." : "."}`;
const list = (text) => text.split(",").map((part) => part.trim()).filter(Boolean);

/** One of our own properties (spiffworkflow:property), in one of several kinds of control. */
const own = {
  text: (name, label, options = {}) => (ctx) =>
    field(label, textInput(property(ctx.object, name), (value) => ctx.put(name, value), options), options),
  delay: (name, label, kind, options = {}) => (ctx) =>
    ctx.expressions.delay(label, property(ctx.object, name), kind, (value) => ctx.put(name, value), options),
  expression: (name, label, kind, options = {}) => (ctx) =>
    ctx.expressions.field(label, property(ctx.object, name), kind, (value) => ctx.put(name, value), { rows: 1, ...options }),
};

function nameField(ctx) {
  const { object, editing, element } = ctx;
  const multiline = !["bpmn:Process", "bpmn:Participant", "bpmn:Lane"].includes(object.$type);
  const label = is(object, "bpmn:SequenceFlow") ? "Réponse écrite sur la flèche" : splits(object) ? "Question" : "Nom";
  if (is(object, "bpmn:TextAnnotation")) {
    return field("Note", textInput(object.text ?? "", (text) => editing.set(element, object, { text }), { multiline: true }));
  }
  const frame = element.businessObject !== object && element.businessObject?.$type === "bpmn:Participant" ? element.businessObject : null;
  const commit = (name) => editing.together(() => {
    if (frame && (frame.name ?? "") === (object.name ?? "")) editing.set(element, frame, { name: name || undefined });
    editing.set(element, object, { name: name || undefined });
  });
  const shown = [field(frame ? "Nom du parcours" : label, textInput(object.name ?? "", commit, { multiline: multiline && !is(object, "bpmn:SequenceFlow"), lines: false }))];
  if (frame) {
    shown.push(field("Titre écrit sur le dessin", textInput(frame.name ?? "", (name) => editing.set(element, frame, { name: name || undefined }))));
  }
  return shown;
}

function idField(ctx) {
  const { object, editing, element, released } = ctx;
  const input = textInput(object.id, (id) => {
    const wanted = /^[A-Za-z_][\w.-]*$/.test(id) ? id : slug(id);
    const taken = editing.ids().has(wanted) && wanted !== object.id;
    if (!wanted || taken || RESERVED.has(wanted)) {
      input.value = object.id;
      return notes.replaceChildren(sentence(taken
        ? `« ${wanted} » sert déjà à un autre élément de ce diagramme. Choisissez un autre identifiant.`
        : `« ${id} » ne peut pas être un identifiant. Écrivez des lettres sans accent et des « _ ».`, "verdict--wrong"));
    }
    return editing.rename(element, object, wanted);
  }, { className: "expression__text" });
  const notes = el("div", {});
  if (released.has(object.id)) {
    notes.append(sentence("Cet identifiant est publié : des parcours en cours, des indicateurs et des réglages peuvent le citer. Ne le changez que s’il le faut vraiment."));
  } else if (isMadeUp(object.id)) {
    notes.append(sentence("Cet identifiant prendra un sens dès que l’élément aura un nom."));
  }
  return field("Identifiant", input, { after: [notes] });
}

const documentation = (ctx) => field("Pourquoi cette étape existe", textInput(
  ctx.object.get("documentation")[0]?.text ?? "", (text) => ctx.editing.setDocumentation(ctx.element, ctx.object, text), { multiline: true }),
{ help: "Lu dans le manuel du dispositif. Citez la source : article, convention, décision." });

// --- Steps of people ---------------------------------------------------------------------------------------------------

const formOptions = ({ vocabulary }) => vocabulary.forms.map(({ id, title }) => ({ value: id, label: title, detail: id }));

const formField = (ctx) => pickerField("Formulaire", property(ctx.object, "formulaire"), formOptions(ctx),
  (value) => ctx.put("formulaire", value), {
    link: ({ value }) => opened(ctx, "forms", value, "Ouvrir ce formulaire"),
  });

function laneField(ctx) {
  const lanes = ctx.lanesAround();
  if (!lanes.length) return sentence("Cette étape n’est dans aucun couloir : personne ne la recevra. Placez-la dans un couloir.", "verdict--wrong");
  const here = ctx.laneOf();
  const told = ctx.vocabulary.lanes.find(({ id }) => id === here?.businessObject.id);
  const roles = told ? rolesOf(told) : "";
  return field("Couloir (qui répond)", choice(here?.id ?? "", lanes.map((lane) => ({ value: lane.id, label: lane.businessObject.name || lane.id })),
    (value) => ctx.moveToLane(lanes.find((lane) => lane.id === value)), { none: here ? null : "—" }),
  { after: [roles && el("p", { class: "field__hint" }, roles)] });
}

function resultsField(ctx) {
  const form = ctx.vocabulary.forms.find(({ id }) => id === property(ctx.object, "formulaire"));
  const offered = (form?.fields ?? []).map(({ key, label, class: classe }) => ({
    value: `${form.id}.${key}`, label: label || key, detail: classe && classe !== "technique" ? `${form.id}.${key} · ${classe}` : `${form.id}.${key}`,
  }));
  return several("Réponses qui servent à la suite", list(property(ctx.object, "resultats")), offered,
    (values) => ctx.put("resultats", values.join(", ")),
    { help: "Les conditions et les délais des étapes suivantes ne lisent que celles-ci." });
}

const heldSteps = (ctx) => {
  const steps = ctx.editing.registry.filter((item) => is(item, "bpmn:UserTask") && item !== ctx.element)
    .map(({ businessObject: { id, name } }) => ({ value: id, label: name || id, detail: id }));
  return several("Étapes dont l’échéance attend pendant celle-ci", list(property(ctx.object, "arrete_delais")), steps,
    (values) => ctx.put("arrete_delais", values.join(", ")),
    { help: "Elles restent à répondre, rien ne les relance, et leur échéance recule du temps attendu." });
};

const laneChoices = ({ vocabulary }) => vocabulary.lanes.map(({ id, name }) => ({ value: id, label: name }));
const messageChoices = ({ vocabulary }) => (vocabulary.texts?.messages ?? []).map((name) => ({ value: name, label: name, detail: "" }));

const textLink = (ctx, kind) => ({ value }) => opened(ctx, kind, value, "Ouvrir ce texte");

function meetingField(ctx) {
  const form = ctx.vocabulary.forms.find(({ id }) => id === property(ctx.object, "formulaire"));
  const tables = (form?.fields ?? []).filter(({ type }) => type === "tableau").map(({ key, label }) => ({ value: key, label: label || key }));
  return field("Se tient en séance sur le tableau", choice(property(ctx.object, "seance"), tables, (value) => ctx.put("seance", value), { none: "non" }),
    { help: "Une situation à la fois, sur la page « Revue »." });
}

// --- Automatic steps ---------------------------------------------------------------------------------------------------

function verbFields(ctx) {
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

function decisionField(ctx) {
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

function calledField(ctx) {
  const { vocabulary, object, editing, element } = ctx;
  const processes = vocabulary.processes.map(({ id, name }) => ({ value: id, label: name, detail: id }));
  const target = vocabulary.processes.find(({ id }) => id === object.calledElement);
  return pickerField("Parcours appelé", object.calledElement ?? "", processes, (id) => editing.set(element, object, { calledElement: id || undefined }), {
    link: () => (target?.file ? opened(ctx, "bpmn", stem(target.file), "Ouvrir ce parcours") : null),
  });
}

// --- Events ------------------------------------------------------------------------------------------------------------

function timerFields(ctx) {
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

function interruptingField(ctx) {
  const { object, editing, element } = ctx;
  return checkbox("Arrête l’étape en cours", object.cancelActivity !== false, (checked) => editing.set(element, object, { cancelActivity: checked }),
    "Sinon l’étape reste à faire et la suite se fait en plus.");
}

function namedField(kind, type, label) {
  return (ctx) => {
    const definition = definitionOf(ctx.object, `bpmn:${kind}EventDefinition`) ?? ctx.object;
    const attribute = `${kind.toLowerCase()}Ref`;
    const known = (ctx.vocabulary[`${kind.toLowerCase()}s`] ?? []).map((one) => ({ value: one.name, label: one.name, detail: "" }));
    return pickerField(label, definition.get(attribute)?.name ?? "", known,
      (name) => ctx.editing.setNamed(ctx.element, definition, attribute, type, name),
      { help: "Le même nom de chaque côté : qui l’envoie et qui l’attend. Écrivez un nom nouveau pour le créer." });
  };
}

function conditionalField(ctx) {
  const definition = definitionOf(ctx.object, "bpmn:ConditionalEventDefinition");
  return ctx.expressions.field("Se produit quand", definition.condition?.body ?? "", "condition",
    (text) => ctx.editing.setExpression(ctx.element, definition, "condition", text));
}

// --- Flows and gateways ------------------------------------------------------------------------------------------------

const splits = (object) => is(object, "bpmn:ExclusiveGateway") || is(object, "bpmn:InclusiveGateway");

function conditionFields(ctx) {
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

function waysOut(ctx) {
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

// --- Repeating, duties, lanes, process ---------------------------------------------------------------------------------

function repeatFields(ctx) {
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

const hasFrequency = ({ object }) => is(object, "bpmn:SubProcess") || is(object, "bpmn:UserTask")
  || (is(object, "bpmn:StartEvent") && definitionOf(object, "bpmn:TimerEventDefinition"));

function frequencyFields(ctx) {
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

function laneIdentity(ctx) {
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

const executable = (ctx) => checkbox("Exécutable", ctx.object.isExecutable === true,
  (checked) => ctx.editing.set(ctx.element, ctx.object, { isExecutable: checked }), "Sans cela, Relais ne peut pas conduire ce parcours.");

const payload = (ctx) => field("Ce que le message porte", textInput(extension(ctx.object, "MessagePayload")?.body ?? "",
  (text) => ctx.editing.setBody(ctx.element, ctx.object, "MessagePayload", text), { className: "expression__text" }));

// --- What another tool wrote -------------------------------------------------------------------------------------------

const foreignAttributes = ({ $attrs = {} }) => Object.keys($attrs).filter((name) => name.includes(":") && !/^(xmlns|xsi|spiffworkflow|bioc|color):/.test(name));
const foreignExtensions = (object) => (object.get?.("extensionElements")?.get("values") ?? []).filter(({ $type }) => !$type.startsWith("spiffworkflow:"));

function foreignFields(ctx) {
  const { object, editing, element } = ctx;
  const rows = [
    ...foreignAttributes(object).map((name) => [`${name} = ${object.$attrs[name]}`, () => editing.set(element, object, { [name]: undefined })]),
    ...foreignExtensions(object).map((item) => [item.$type, () => editing.dropExtension(element, object, item)]),
  ];
  return [el("ul", { class: "ways" }, ...rows.map(([label, remove]) => el("li", {}, el("code", {}, label), " ",
    el("button", { type: "button", class: "button button--small", onclick: remove, "aria-label": `Retirer ${label}` }, "Retirer"))))];
}

/** The table: groups in the order of the panel. `open`: unfolded at first; `when`: for which elements. */
export const GROUPS = [
  { id: "etape", title: null, when: () => true, fields: [nameField] },
  { id: "couloir", title: null, when: ({ object }) => is(object, "bpmn:Lane"), fields: [laneIdentity] },
  { id: "personne", title: "Ce que la personne fait", open: true, when: isUser, fields: [
    formField, laneField,
    (ctx) => field("Consigne", textInput(extension(ctx.object, "InstructionsForEndUser")?.body ?? "",
      (text) => ctx.editing.setBody(ctx.element, ctx.object, "InstructionsForEndUser", text), { multiline: true }), { help: "Lue en tête de la page." }),
    own.text("bouton", "Bouton", { help: "Un verbe : « Confirmer le rendez-vous »." }), resultsField] },
  { id: "delais", title: "Délais et relances", open: true, when: isUser, fields: [
    own.delay("delai", "À faire en", "delai", { help: "Depuis l’arrivée de l’étape." }),
    own.delay("rappel", "Rappel après", "delai", { help: "Un seul, compté depuis l’arrivée." }),
    own.delay("escalade", "Retard signalé après", "duree", { help: "Compté depuis l’échéance." }),
    (ctx) => field("Signalé à", choice(property(ctx.object, "escalade_a"), laneChoices(ctx), (value) => ctx.put("escalade_a", value), { none: "qui agit dans la supervision" })),
    own.delay("manquement", "Engagement non tenu après", "duree", { help: "Compté depuis l’échéance ; quelqu’un devra dire pourquoi. 0 jour : dès l’échéance." }),
    heldSteps] },
  { id: "seance", title: "Séance et lien personnel", when: isUser, fields: [
    meetingField,
    (ctx) => pickerField("Message quand la séance change de date", property(ctx.object, "report"), messageChoices(ctx), (value) => ctx.put("report", value), { link: textLink(ctx, "messages") }),
    (ctx) => pickerField("Message qui porte le lien de cette étape", property(ctx.object, "invitation"), messageChoices(ctx), (value) => ctx.put("invitation", value),
      { help: "Par courriel, sinon par SMS à un portable. Pour le ménage : un couloir qui répond par un lien personnel.", link: textLink(ctx, "messages") }),
    (ctx) => property(ctx.object, "invitation") && field("Ce lien est pour", choice(property(ctx.object, "invitation_a"),
      [{ value: "donneur_alerte", label: "qui a signalé, sans compte" }], (value) => ctx.put("invitation_a", value), { none: "le ménage" }))] },
  { id: "operation", title: "Opération", open: true, when: ({ object }) => is(object, "bpmn:ServiceTask"), fields: [verbFields] },
  { id: "table", title: "Décision", open: true, when: ({ object }) => is(object, "bpmn:BusinessRuleTask"), fields: [decisionField] },
  { id: "appel", title: "Parcours appelé", open: true, when: ({ object }) => is(object, "bpmn:CallActivity"), fields: [calledField] },
  { id: "minuteur", title: "Minuteur", open: true, when: ({ object }) => definitionOf(object, "bpmn:TimerEventDefinition"), fields: [timerFields] },
  { id: "message", title: "Message", open: true,
    when: ({ object }) => definitionOf(object, "bpmn:MessageEventDefinition") || is(object, "bpmn:ReceiveTask") || is(object, "bpmn:SendTask"),
    fields: [namedField("Message", "bpmn:Message", "Message")] },
  { id: "charge", title: "Contenu du message", when: ({ object }) => extension(object, "MessagePayload"), fields: [payload] },
  { id: "signal", title: "Signal", open: true, when: ({ object }) => definitionOf(object, "bpmn:SignalEventDefinition"), fields: [namedField("Signal", "bpmn:Signal", "Signal")] },
  { id: "conditionnel", title: "Condition", open: true, when: ({ object }) => definitionOf(object, "bpmn:ConditionalEventDefinition"), fields: [conditionalField] },
  { id: "bordure", title: "Pendant l’étape", open: true, when: ({ object }) => is(object, "bpmn:BoundaryEvent"), fields: [interruptingField] },
  { id: "condition", title: "Condition", open: true, when: ({ object }) => is(object, "bpmn:SequenceFlow") && splits(object.sourceRef), fields: [conditionFields] },
  { id: "sorties", title: "Sorties", open: true, when: ({ object, element }) => splits(object) && element.outgoing, fields: [waysOut] },
  { id: "repetition", title: "Répétition", when: ({ object }) => is(object, "bpmn:Activity"), fields: [repeatFields] },
  { id: "frequence", title: "Fréquence promise", when: hasFrequency, fields: [frequencyFields] },
  { id: "parcours", title: "Parcours", open: true, when: ({ object }) => is(object, "bpmn:Process"), fields: [executable] },
  { id: "ailleurs", title: "Réglages d’un autre logiciel, sans effet ici", open: true,
    when: ({ object }) => foreignAttributes(object).length || foreignExtensions(object).length, fields: [foreignFields] },
  { id: "identite", title: "Identité et raison d’être", when: ({ object }) => !is(object, "bpmn:TextAnnotation") && !is(object, "bpmn:Lane") && object.get,
    fields: [idField, (ctx) => (is(ctx.object, "bpmn:BaseElement") ? documentation(ctx) : null)] },
];
