"""What people call the parts of a diagram, a table, a form: the words of sentences and conflicts."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from app.catalog.durations import duration
from app.merging.ledger import quoted
from app.merging.xml_items import Item, Items, local, segments, split

KINDS: Final = {
    "userTask": "l'étape", "manualTask": "l'étape", "serviceTask": "l'action automatique",
    "sendTask": "l'envoi", "receiveTask": "l'attente", "businessRuleTask": "la décision automatique",
    "callActivity": "le sous-parcours", "subProcess": "le sous-parcours", "task": "l'étape",
    "exclusiveGateway": "le choix", "inclusiveGateway": "le choix",
    "parallelGateway": "le passage en parallèle", "eventBasedGateway": "l'attente",
    "startEvent": "le début", "endEvent": "la fin", "intermediateCatchEvent": "l'attente",
    "intermediateThrowEvent": "l'événement", "boundaryEvent": "l'échéance", "sequenceFlow": "le passage",
    "lane": "le couloir", "laneSet": "les couloirs", "participant": "le cadre", "process": "le processus",
    "collaboration": "le cadre", "message": "le message", "signal": "le signal", "error": "l'erreur",
    "escalation": "l'escalade", "textAnnotation": "la note", "association": "le trait", "group": "le groupe",
    "dataObjectReference": "la donnée", "dataObject": "la donnée", "definitions": "le fichier",
    "decision": "la table", "decisionTable": "la table", "input": "la colonne", "output": "la colonne",
    "rule": "la règle", "inputExpression": "la colonne",
}  # fmt: skip
"""Kinds of elements, with their article."""
ATTRIBUTES: Final = {
    "@name": "le nom", "@label": "le nom", "@lane": "le couloir", "@sourceRef": "le départ",
    "@targetRef": "l'arrivée", "@default": "le passage par défaut", "@attachedToRef": "l'étape surveillée",
    "@cancelActivity": "l'effet sur l'étape", "@calledElement": "le processus appelé",
    "@messageRef": "le message", "@signalRef": "le signal", "@hitPolicy": "la façon de choisir la règle",
    "@typeRef": "le type", "@isExecutable": "l'exécution", "#": "le texte",
    "^": "l'emplacement",
}  # fmt: skip
PARTS: Final = {
    "documentation": "l'explication", "description": "l'explication", "conditionExpression": "la condition",
    "timeDuration": "la durée", "timeDate": "la date", "timeCycle": "la répétition",
    "instructionsForEndUser": "les consignes", "calledDecisionId": "la table de décision", "text": "le texte",
    "allowedValues": "les valeurs permises", "outputValues": "les valeurs permises",
    "inputValues": "les valeurs permises", "serviceTaskOperator": "l'action",
    "loopCardinality": "le nombre de fois", "completionCondition": "la condition de fin",
}  # fmt: skip
PROPERTIES: Final = {
    "formulaire": "le formulaire", "resultats": "les résultats gardés", "bouton": "le bouton",
    "delai": "le délai", "rappel": "le rappel", "escalade": "l'escalade", "manquement": "le manquement",
    "invitation": "l'invitation", "priorite": "la priorité", "frequence": "la fréquence",
}  # fmt: skip
_MARKED: Final = re.compile(r"\[([^\]]*)\]$")
_REFERENCES: Final = frozenset({"@sourceRef", "@targetRef", "@attachedToRef", "@default", "@lane", "^"})


def attribute(fact: str, columns: Mapping[str, str] | None = None) -> str:
    """Return what people call a fact of an element."""
    if fact in ATTRIBUTES:
        return ATTRIBUTES[fact]
    if fact.startswith("cell:"):
        return f"la colonne {quoted((columns or {}).get(fact[5:], fact[5:]))}"
    path, name = split(fact)
    last = segments(path)[-1] if path else ""
    mark = _MARKED.search(last)
    kind = local(last.partition("[")[0] if not last.startswith("{") else _MARKED.sub("", last))
    if kind == "property" and mark:
        return PROPERTIES.get(mark[1], f"la propriété « {mark[1]} »")
    if kind == "parameter" and mark:
        return f"le paramètre « {mark[1]} »"
    if kind in PARTS:
        return PARTS[kind]
    return f"l'attribut « {name if name != '#' else kind} »"


def element(item: Item, items: Items) -> str:
    """Return what people call an element, with its article: « l'étape « Réaliser la visite » »."""
    kind = KINDS.get(item.kind, "l'élément")
    if item.name:
        return f"{kind} « {item.name} »"
    if item.kind == "sequenceFlow":
        ends = [_bare(items, item.facts.get(end)) for end in ("@sourceRef", "@targetRef")]
        return f"{kind} de {ends[0]} à {ends[1]}"
    if item.kind == "inputExpression" and item.parent in items:
        return element(items[item.parent], items)
    if item.kind == "rule":
        rules = [key for key, other in items.items() if other.kind == "rule" and other.parent == item.parent]
        words = next((v for k, v in item.facts.items() if k.endswith("description") and v), "")
        return f"{kind} n° {rules.index(item.key) + 1}" + (f" « {words} »" if words else "")
    if item.kind.endswith("EventDefinition") and item.parent in items:
        return element(items[item.parent], items)
    return f"{kind} « {item.key} »"


def _bare(items: Items, key: str | None) -> str:
    found = items.get(key or "")
    return f"« {found.name or found.key} »" if found is not None else f"« {key} »"


def teller(fact: str, *versions: Items) -> Callable[[str | None], str]:
    """Return how the values of a fact are said: an element by its name, a delay in words."""

    def say(value: str | None) -> str:
        if value is None:
            return "rien"
        if fact in _REFERENCES:
            names = [
                next((_bare(v, key) for v in versions if key in v), f"« {key} »") for key in value.split()
            ]
            return ", ".join(names) or "rien"
        words = duration(value)
        return words if words is not None else quoted(value)

    return say
