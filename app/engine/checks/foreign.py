"""Settings that other vendors' modelers write and that do nothing here: said, with what to use instead."""

from typing import Any, Final

from lxml import etree

from app.engine.checks.sheet import Sheet
from app.engine.diagram import local, owner_id

VENDORS: Final = {
    "http://camunda.org/schema/1.0/bpmn": "camunda",
    "http://camunda.org/schema/zeebe/1.0": "zeebe",
    "http://activiti.org/bpmn": "activiti",
    "http://flowable.org/bpmn": "flowable",
    "http://www.jboss.org/drools": "drools",
    "http://www.bizagi.com/bpmn20": "bizagi",
    "http://www.signavio.com": "signavio",
}
"""Modelers whose files carry settings of execution. Colours and layout of any vendor are left in peace."""

_ADVICE: Final = {
    "choisissez l'opération de l'étape automatique et ses paramètres": (
        "class", "delegateExpression", "expression", "type", "topic", "taskDefinition", "connector",
        "resultVariable", "field", "taskPriority",
    ),
    "nommez le formulaire dans la propriété « formulaire »": (
        "formKey", "formRef", "formData", "formDefinition", "formHandlerClass", "formProperty",
    ),
    "placez l'étape dans le couloir de ceux qui la font": (
        "assignee", "candidateUsers", "candidateGroups", "assignmentDefinition", "initiator",
    ),
    "écrivez le délai dans les propriétés « delai », « rappel » et « escalade »": (
        "dueDate", "followUpDate", "taskSchedule",
    ),
    "donnez l'identifiant de la table dans les propriétés de la règle": (
        "decisionRef", "decisionRefBinding", "mapDecisionResult", "calledDecision", "ruleFlowGroup",
    ),
    "nommez la liste et son élément dans la répétition de l'étape": (
        "collection", "elementVariable", "loopCharacteristics",
    ),
    "nommez ce que l'étape garde dans la propriété « resultats », ou ses paramètres": (
        "inputOutput", "ioMapping", "in", "out", "variable", "subscription",
    ),
    "dessinez une étape automatique à cet endroit": (
        "executionListener", "taskListener", "script", "executionListeners", "taskListeners",
        "errorEventDefinition",
    ),
}  # fmt: skip
_BY_NAME: Final = {name: advice for advice, names in _ADVICE.items() for name in names}


def check_foreign(sheet: Sheet) -> None:
    """Warn of what would do nothing, once for each element that no error names already."""
    found: dict[str | None, list[str]] = {}
    for node in sheet.elements():
        for name in _here(node):
            names = found.setdefault(owner_id(node), [])
            if name not in names:
                names.append(name)
    for element, names in found.items():
        if sheet.said(element, "no-operation", "no-decision", "script"):
            continue  # said there, with what to do
        shown = ", ".join(f"« {name} »" for name in names[:3])
        advice = dict.fromkeys(_BY_NAME[name.partition(":")[2]] for name in names)
        what = "ces réglages viennent" if len(names) > 1 else "ce réglage vient"
        does = "ne font rien ici. Retirez-les" if len(names) > 1 else "ne fait rien ici. Retirez-le"
        sheet.say_of(
            element,
            "foreign-extension",
            f"{shown} : {what} d'un autre logiciel et {does} et, au besoin, {' ; '.join(list(advice)[:3])}.",
            severity="warning",
        )


def foreign_names(node: Any) -> list[str]:
    """Return the settings of other vendors on an element and inside it, as ``camunda:class``."""
    return [name for inner in node.iter() if isinstance(inner.tag, str) for name in _here(inner)]


def _here(node: Any) -> list[str]:
    names = [etree.QName(key) for key in node.attrib] if node.attrib else []
    parent = node.getparent()
    if parent is not None and local(parent) == "extensionElements":
        names.append(etree.QName(node))
    return [
        f"{VENDORS[name.namespace]}:{name.localname}"
        for name in names
        if name.namespace in VENDORS and name.localname in _BY_NAME
    ]
