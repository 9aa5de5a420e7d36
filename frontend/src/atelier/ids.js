// New elements take an id that means something from their name: « Valider la visite » → valider_la_visite.
// Only ids that the modeler made up are replaced: the others may be known elsewhere.
import CommandInterceptor from "diagram-js/lib/command/CommandInterceptor";
import { getBusinessObject } from "bpmn-js/lib/util/ModelUtil";

import { slug } from "./model.js";

const MADE_UP = /^(?:[A-Z][A-Za-z]*)_[0-9a-z]{7}$/;
export const isMadeUp = (id) => MADE_UP.test(id ?? "");

class MeaningfulIds extends CommandInterceptor {
  static $inject = ["eventBus", "modeling"];

  constructor(eventBus, modeling) {
    super(eventBus);
    this.modeling = modeling;
    this.editing = null; // set once the page knows every id of the file
    const named = ({ context }) => this.name(context.element);
    this.postExecuted(["element.updateLabel", "element.updateProperties"], named);
    this.postExecuted("elements.create", ({ context }) => context.elements.forEach((element) => this.name(element)));
    this.postExecuted("connection.create", ({ context }) => this.name(context.connection));
  }

  free(wanted) {
    return this.editing.freeId(wanted);
  }

  name(shape) {
    const element = shape?.labelTarget ?? shape;
    const object = element && getBusinessObject(element);
    if (!this.editing || !object?.id || !element.parent) return;
    if (object.$type === "bpmn:SequenceFlow") return this.flow(element, object);
    if (!isMadeUp(object.id) || !object.name) return;
    const wanted = slug(object.name);
    if (!wanted) return;
    this.give(element, this.free(wanted));
    for (const definition of object.get("eventDefinitions") ?? []) {
      if (isMadeUp(definition.id)) {
        const id = this.free(`${object.id}_${definition.$type === "bpmn:TimerEventDefinition" ? "delai" : "cause"}`);
        this.modeling.updateModdleProperties(element, definition, { id });
      }
    }
    for (const flow of [...(element.incoming ?? []), ...(element.outgoing ?? [])]) this.flow(flow, getBusinessObject(flow));
  }

  flow(element, object) {
    if (object?.$type !== "bpmn:SequenceFlow" || !isMadeUp(object.id)) return;
    const [from, to] = [object.sourceRef?.id, object.targetRef?.id];
    if (!from || !to || isMadeUp(from) || isMadeUp(to)) return;
    this.give(element, this.free(`${from}_vers_${to}`));
  }

  /** Name an element and its drawing. */
  give(element, id) {
    const drawing = element.di?.id === `${element.id}_di` ? { di: { id: `${id}_di` } } : {};
    this.modeling.updateProperties(element, { id, ...drawing });
  }
}

export const idsModule = { __init__: ["meaningfulIds"], meaningfulIds: ["type", MeaningfulIds] };
