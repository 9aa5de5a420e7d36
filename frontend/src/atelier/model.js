// Reading and changing a diagram. Every change goes through the command stack, several of them as one undo step.
import { getBusinessObject } from "bpmn-js/lib/util/ModelUtil";

const PREFIX = "spiffworkflow";

export const objectOf = (element) => {
  const object = getBusinessObject(element);
  return object.$type === "bpmn:Participant" && object.processRef ? object.processRef : object;
};

const extensionsOf = (object) => object.get("extensionElements")?.get("values") ?? [];
export const extension = (object, type) => extensionsOf(object).find((item) => item.$type === `${PREFIX}:${type}`);

export function property(object, name) {
  return extension(object, "Properties")?.get("values").find((item) => item.name === name)?.value ?? "";
}

/** Everything that changes a diagram, for the panel, the ids and the lists. */
export class Editing {
  constructor(modeler) {
    this.modeling = modeler.get("modeling");
    this.factory = modeler.get("bpmnFactory");
    this.moddle = modeler.get("moddle");
    this.registry = modeler.get("elementRegistry");
    this.canvas = modeler.get("canvas");
    this.stack = modeler.get("commandStack");
    this.replacer = modeler.get("bpmnReplace");
    this.modeler = modeler;
    modeler.get("meaningfulIds").editing = this;
    this.stack.register("relais.together", { preExecute: ({ run }) => run() });
  }

  /** Do several changes as one undo step. */
  together(run) {
    this.stack.execute("relais.together", { run });
  }

  get definitions() {
    return this.modeler.getDefinitions();
  }

  set(element, object, values) {
    if (object === getBusinessObject(element)) this.modeling.updateProperties(element, values);
    else this.modeling.updateModdleProperties(element, object, values);
  }

  #any(type, values, parent) {
    const made = this.factory.create(type, values);
    made.$parent = parent;
    return made;
  }

  #setExtensions(element, object, values) {
    const holder = object.get("extensionElements");
    if (holder) {
      if (values.length) this.modeling.updateModdleProperties(element, holder, { values });
      else this.set(element, object, { extensionElements: undefined });
      return;
    }
    if (!values.length) return;
    const made = this.#any("bpmn:ExtensionElements", {}, object);
    made.get("values").push(...values);
    for (const value of values) value.$parent = made;
    this.set(element, object, { extensionElements: made });
  }

  /** Take away something that another tool wrote. */
  dropExtension(element, object, item) {
    this.#setExtensions(element, object, extensionsOf(object).filter((other) => other !== item));
  }

  /** Set a text of its own element (instructionsForEndUser, calledDecisionId…); blank removes it. */
  setBody(element, object, type, body) {
    const found = extension(object, type);
    if (found && body) this.modeling.updateModdleProperties(element, found, { body });
    else if (found) this.#setExtensions(element, object, extensionsOf(object).filter((item) => item !== found));
    else if (body) this.#setExtensions(element, object, [...extensionsOf(object), this.#any(`${PREFIX}:${type}`, { body })]);
  }

  /** Set one of our own properties; blank removes it, and the list with the last one. */
  setProperty(element, object, name, value) {
    const list = extension(object, "Properties");
    const values = list?.get("values") ?? [];
    const found = values.find((item) => item.name === name);
    if (found && value) {
      this.modeling.updateModdleProperties(element, found, { value });
    } else if (found && values.length === 1) {
      this.#setExtensions(element, object, extensionsOf(object).filter((item) => item !== list));
    } else if (found) {
      this.modeling.updateModdleProperties(element, list, { values: values.filter((item) => item !== found) });
    } else if (value && list) {
      const made = this.#any(`${PREFIX}:Property`, { name, value }, list);
      this.modeling.updateModdleProperties(element, list, { values: [...values, made] });
    } else if (value) {
      const made = this.#any(`${PREFIX}:Properties`, {});
      made.get("values").push(this.#any(`${PREFIX}:Property`, { name, value }, made));
      this.#setExtensions(element, object, [made, ...extensionsOf(object)]);
    }
  }

  /** Choose the verb of an automatic step; parameters that it does not take leave with the former one. */
  setVerb(element, object, verb, kept) {
    const operator = extension(object, "ServiceTaskOperator");
    if (!verb) {
      this.#setExtensions(element, object, extensionsOf(object).filter((item) => item !== operator));
    } else if (operator) {
      const list = operator.get("parameters");
      this.together(() => {
        this.modeling.updateModdleProperties(element, operator, { id: verb });
        if (list) {
          const values = list.get("values").filter((item) => kept.has(item.id));
          this.modeling.updateModdleProperties(element, list, { values });
        }
      });
    } else {
      const made = this.#any(`${PREFIX}:ServiceTaskOperator`, { id: verb });
      made.set("parameters", this.#any(`${PREFIX}:Parameters`, {}, made));
      this.#setExtensions(element, object, [...extensionsOf(object), made]);
    }
  }

  setResult(element, object, variable) {
    const operator = extension(object, "ServiceTaskOperator");
    this.modeling.updateModdleProperties(element, operator, { resultVariable: variable || undefined });
  }

  setParameter(element, object, id, value) {
    const operator = extension(object, "ServiceTaskOperator");
    let list = operator.get("parameters");
    if (!list) {
      list = this.#any(`${PREFIX}:Parameters`, {}, operator);
      this.modeling.updateModdleProperties(element, operator, { parameters: list });
    }
    const values = list.get("values");
    const found = values.find((item) => item.id === id);
    if (found && value) this.modeling.updateModdleProperties(element, found, { value });
    else if (found) this.modeling.updateModdleProperties(element, list, { values: values.filter((item) => item !== found) });
    else if (value) {
      const made = this.#any(`${PREFIX}:Parameter`, { id, type: "any", value }, list);
      this.modeling.updateModdleProperties(element, list, { values: [...values, made] });
    }
  }

  setDocumentation(element, object, text) {
    const [first, ...others] = object.get("documentation");
    if (first && text) return this.modeling.updateModdleProperties(element, first, { text });
    const documentation = text ? [this.#any("bpmn:Documentation", { text }, object)] : others;
    return this.set(element, object, { documentation });
  }

  expression(body, parent) {
    return this.#any("bpmn:FormalExpression", { body }, parent);
  }

  setExpression(element, holder, name, body) {
    const found = holder.get(name);
    if (found && body) this.modeling.updateModdleProperties(element, found, { body });
    else this.set(element, holder, { [name]: body ? this.expression(body, holder) : undefined });
  }

  /** Write what a timer waits for: one of its three forms, the others leave. */
  setTimer(element, definition, form, body) {
    const found = definition.get(form);
    if (found && body) return this.modeling.updateModdleProperties(element, found, { body });
    const values = { timeDuration: undefined, timeDate: undefined, timeCycle: undefined };
    if (body) values[form] = this.expression(body, definition);
    return this.modeling.updateModdleProperties(element, definition, values);
  }

  /** Name the message, signal, error… of an event; the file's own declaration is found or made. */
  setNamed(element, holder, attribute, type, name) {
    if (!name) return this.set(element, holder, { [attribute]: undefined });
    const known = this.definitions.get("rootElements").find((item) => item.$type === type && item.name === name);
    if (known) return this.set(element, holder, { [attribute]: known });
    const made = this.#any(type, { id: this.freeId(`${type === "bpmn:Message" ? "message" : "signal"}_${slug(name)}`), name }, this.definitions);
    return this.together(() => {
      const root = this.canvas.getRootElement();
      const rootElements = [made, ...this.definitions.get("rootElements")];
      this.modeling.updateModdleProperties(root, this.definitions, { rootElements });
      this.set(element, holder, { [attribute]: made });
    });
  }

  setMultiInstance(element, object, { sequential, list, item }) {
    const found = object.get("loopCharacteristics");
    if (list === null) return this.set(element, object, { loopCharacteristics: undefined });
    if (!found) {
      const made = this.#any("bpmn:MultiInstanceLoopCharacteristics", { isSequential: Boolean(sequential) }, object);
      if (list) made.set("loopDataInputRef", list);
      if (item) made.set("inputDataItem", this.#any("bpmn:DataInput", { id: item }, made));
      return this.set(element, object, { loopCharacteristics: made });
    }
    return this.together(() => {
      const values = {};
      if (sequential !== undefined) values.isSequential = sequential || undefined;
      if (list !== undefined) values.loopDataInputRef = list || undefined;
      if (Object.keys(values).length) this.modeling.updateModdleProperties(element, found, values);
      if (item === undefined) return;
      const input = found.get("inputDataItem");
      if (input && item) this.modeling.updateModdleProperties(element, input, { id: item });
      else {
        const made = item ? this.#any("bpmn:DataInput", { id: item }, found) : undefined;
        this.modeling.updateModdleProperties(element, found, { inputDataItem: made });
      }
    });
  }

  /** Every id of the file, drawn or not. */
  ids() {
    const found = new Set(this.registry.getAll().map((item) => getBusinessObject(item)?.id));
    for (const root of this.definitions.get("rootElements")) found.add(root.id);
    for (const item of this.registry.getAll()) for (const inner of getBusinessObject(item)?.get?.("eventDefinitions") ?? []) found.add(inner.id);
    return found;
  }

  freeId(wanted, but) {
    const taken = this.ids();
    taken.delete(but);
    let id = wanted;
    for (let number = 2; taken.has(id) || RESERVED.has(id); number += 1) id = `${wanted}_${number}`;
    return id;
  }

  /** Give an element another id; what names it in this file follows. */
  rename(element, object, id) {
    const before = object.id;
    this.together(() => {
      this.set(element, object, { id });
      for (const item of this.registry.getAll()) {
        const other = getBusinessObject(item);
        const held = other?.get && property(other, "arrete_delais");
        if (!held) continue;
        const renamed = held.split(",").map((one) => (one.trim() === before ? id : one.trim())).join(", ");
        if (renamed !== held) this.setProperty(item, other, "arrete_delais", renamed);
      }
    });
  }
}

export const RESERVED = new Set(["Start", "End", "Root", "StartEventSplit", "StartEventJoin"]);

/** « Valider le diagnostic (2) » becomes valider_le_diagnostic_2. */
export function slug(name) {
  const plain = name.replace(/œ/g, "oe").replace(/æ/g, "ae").normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const words = plain.replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return (/^\d/.test(words) ? `e_${words}` : words).slice(0, 60).replace(/_+$/, "");
}
