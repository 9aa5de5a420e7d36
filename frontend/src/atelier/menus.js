// The palette and the menus offer what Relais runs, in the order a designer needs it; the rest is left out.
import ContextPad from "diagram-js/lib/features/context-pad/ContextPad";
import ReplaceMenuProvider from "bpmn-js/lib/features/popup-menu/ReplaceMenuProvider";
import PaletteProvider from "bpmn-js/lib/features/palette/PaletteProvider";
import ContextPadProvider from "bpmn-js/lib/features/context-pad/ContextPadProvider";

const REFUSED = /script|transaction|ad-hoc|event-subprocess|complex|cancel|compensation|link|escalation|error|conditional|collection|data-store|expanded-pool|collapsed-pool|manual-task|send-task|receive-task|toggle-loop/;
const NEEDLESS = ["create.data-object", "create.data-store", "create.task", "create.group"];

class Replacing extends ReplaceMenuProvider {
  getPopupMenuEntries(target) {
    return kept(super.getPopupMenuEntries(target));
  }

  getPopupMenuHeaderEntries(target) {
    return kept(super.getPopupMenuHeaderEntries(target));
  }
}
Replacing.$inject = ReplaceMenuProvider.$inject;

function kept(entries) {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => !REFUSED.test(name)));
}

class Palette extends PaletteProvider {
  getPaletteEntries() {
    const entries = super.getPaletteEntries();
    for (const name of NEEDLESS) delete entries[name];
    const [create, factory] = [this._create, this._elementFactory];
    const entry = (type, className, title) => {
      const start = (event) => create.start(event, factory.createShape({ type }));
      return { group: "activity", className, title, action: { dragstart: start, click: start } };
    };
    return {
      ...entries,
      "create.user-task": entry("bpmn:UserTask", "bpmn-icon-user-task", "Placer une étape d’une personne"),
      "create.service-task": entry("bpmn:ServiceTask", "bpmn-icon-service-task", "Placer une opération automatique"),
      "create.decision": entry("bpmn:BusinessRuleTask", "bpmn-icon-business-rule-task", "Placer une table de décision"),
      "create.call": entry("bpmn:CallActivity", "bpmn-icon-call-activity", "Placer l’appel d’un autre parcours"),
    };
  }
}
Palette.$inject = PaletteProvider.$inject;

class Pad extends ContextPadProvider {
  getContextPadEntries(element) {
    const entries = super.getContextPadEntries(element);
    for (const name of ["append.condition-intermediate-event", "append.compensation-activity", "append.receive-task"]) delete entries[name];
    return entries;
  }
}
Pad.$inject = ContextPadProvider.$inject;

/** bpmn-js still asks for the pad in a way that diagram-js warns about in the console at each use. */
class QuietPad extends ContextPad {
  getPad(target) {
    const { isOpen, _current: current } = this;
    const same = isOpen.call(this) && current.target === target;
    return { html: same ? current.html : this._createHtml(target) };
  }
}
QuietPad.$inject = ContextPad.$inject;

export const menusModule = {
  contextPad: ["type", QuietPad],
  replaceMenuProvider: ["type", Replacing],
  paletteProvider: ["type", Palette],
  contextPadProvider: ["type", Pad],
};
