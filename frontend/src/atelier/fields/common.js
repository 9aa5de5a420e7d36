// What every field of the panel shares: sentences, links, our own properties, the name, the id, the reason.
import { is } from "bpmn-js/lib/util/ModelUtil";

import { element as el } from "../../studio/drafts.js";
import { isMadeUp } from "../ids.js";
import { property, RESERVED, slug } from "../model.js";
import { field, textInput } from "../widgets.js";

export const sentence = (text, kind = "") => el("p", { class: `verdict ${kind}` }, text);
/** A link to the editor of what is chosen, when there is one for its folder. */
export const opened = (ctx, folder, name, text) =>
  (ctx.links[folder] ? el("a", { class: "field__link", href: ctx.links[folder].replace("__nom__", encodeURIComponent(name)) }, text) : null);
export const isUser = ({ object }) => is(object, "bpmn:UserTask");
export const definitionOf = (object, type) => (object.get?.("eventDefinitions") ?? []).find((item) => item.$type === type);
export const rolesOf = ({ roles, role_names: names, external }) =>
  `Rôles : ${(names ?? roles).join(", ") || "aucun"}${external ? ". Répond par un lien personnel." : "."}`;
export const list = (text) => text.split(",").map((part) => part.trim()).filter(Boolean);

/** One of our own properties (spiffworkflow:property), in one of several kinds of control. */
export const own = {
  text: (name, label, options = {}) => (ctx) =>
    field(label, textInput(property(ctx.object, name), (value) => ctx.put(name, value), options), options),
  delay: (name, label, kind, options = {}) => (ctx) =>
    ctx.expressions.delay(label, property(ctx.object, name), kind, (value) => ctx.put(name, value), options),
  expression: (name, label, kind, options = {}) => (ctx) =>
    ctx.expressions.field(label, property(ctx.object, name), kind, (value) => ctx.put(name, value), { rows: 1, ...options }),
};

/** Whether several conditions leave this gateway. */
export const splits = (object) => is(object, "bpmn:ExclusiveGateway") || is(object, "bpmn:InclusiveGateway");

export function nameField(ctx) {
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

export function idField(ctx) {
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

export const documentation = (ctx) => field("Pourquoi cette étape existe", textInput(
  ctx.object.get("documentation")[0]?.text ?? "", (text) => ctx.editing.setDocumentation(ctx.element, ctx.object, text), { multiline: true }),
{ help: "Lu dans le manuel du dispositif. Citez la source : article, convention, décision." });

export const formOptions = ({ vocabulary }) => vocabulary.forms.map(({ id, title }) => ({ value: id, label: title, detail: id }));
