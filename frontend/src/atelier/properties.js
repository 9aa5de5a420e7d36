// What may be set on each kind of element: a table of groups, each a list of fields. Every field reads the
// element, shows a control and writes through the command stack, as one undo step.
import { is } from "bpmn-js/lib/util/ModelUtil";

import { extension, property } from "./model.js";
import { choice, field, pickerField, textInput } from "./widgets.js";
import { definitionOf, documentation, idField, isUser, nameField, own, splits } from "./fields/common.js";
import { formField, heldSteps, laneChoices, laneField, meetingField, messageChoices, resultsField, textLink } from "./fields/people.js";
import { calledField, decisionField, verbFields } from "./fields/automatic.js";
import { conditionFields, conditionalField, interruptingField, namedField, timerFields, waysOut } from "./fields/events.js";
import { executable, foreignAttributes, foreignExtensions, foreignFields, frequencyFields, hasFrequency, laneIdentity, payload, repeatFields } from "./fields/others.js";

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
