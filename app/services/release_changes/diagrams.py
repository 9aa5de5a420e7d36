"""Two states of a diagram: its elements by id with their properties, its drawing apart."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from app.engine.diagram import FLOW_NODES
from app.expressions.safe_xml import parse_xml
from app.services.release_changes.model import (
    NO_BREAK,
    Change,
    Subject,
    added,
    properties,
    quoted,
    removed,
    whole,
)

_MODEL: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_DI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
_OWN: Final = frozenset(
    {*FLOW_NODES, "sequenceFlow", "lane", "process", "participant", "message", "signal", "error"}
)
"""Kinds told by themselves; anything below one of them is a property of it."""
_LEFT_OUT: Final = frozenset({"incoming", "outgoing", "flowNodeRef", "laneSet"})
_NOTES: Final = frozenset({"textAnnotation", "association", "group", "dataObject", "dataObjectReference"})
_KINDS: Final = {
    "userTask": "L'étape", "manualTask": "L'étape", "serviceTask": "L'étape automatique",
    "sendTask": "L'étape automatique", "receiveTask": "L'attente", "businessRuleTask": "La décision",
    "callActivity": "L'appel", "subProcess": "Le groupe d'étapes", "exclusiveGateway": "Le choix",
    "inclusiveGateway": "Le choix", "parallelGateway": "Le croisement", "eventBasedGateway": "L'attente",
    "startEvent": "Le début", "endEvent": "La fin", "intermediateCatchEvent": "L'attente",
    "intermediateThrowEvent": "L'envoi", "boundaryEvent": "L'échéance ou l'événement", "lane": "Le couloir",
    "sequenceFlow": "La flèche", "process": "Le processus", "participant": "Le cadre",
    "message": "Le message", "signal": "Le signal", "textAnnotation": "La note",
}  # fmt: skip
_FEMININE: Final = frozenset({"La", "L'étape", "L'attente", "L'échéance"})
_WORDS: Final = {
    "genre": "genre",
    "name": "nom",
    "couloir": "couloir",
    "formulaire": "formulaire",
    "delai": "délai",
    "rappel": "rappel",
    "escalade": "alerte de retard",
    "manquement": "manquement",
    "resultats": "résultats gardés",
    "operation": "opération",
    "resultat": "résultat gardé sous",
    "condition": "condition",
    "sourceRef": "départ",
    "targetRef": "arrivée",
    "default": "flèche par défaut",
    "table": "table de décision",
    "calledElement": "processus appelé",
    "attachedToRef": "étape surveillée",
    "cancelActivity": "interrompt l'étape",
    "documentation": "documentation",
    "echeance": "échéance",
    "evenement": "événement",
    "consigne": "consigne",
    "isExecutable": "exécutable",
    "processRef": "processus",
}
_COSMETIC: Final = frozenset({"documentation"})


@dataclass
class _Thing:
    kind: str
    name: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """Return how a sentence begins about it."""
        word = _KINDS.get(self.kind, "L'élément")
        return f"{word} {quoted(self.name)}" if self.name else word

    @property
    def mark(self) -> str:
        """Return the agreement of a participle with it."""
        word = _KINDS.get(self.kind, "").split(" ")[0]
        return "e" if word in _FEMININE else ""


def compare(before: bytes, after: bytes) -> list[Change]:
    """Return what differs between two states of a diagram.

    Raises:
        UnsafeXml: one of them cannot be read.
    """
    old_root, new_root = parse_xml(before), parse_xml(after)
    old, new = dict(_things(old_root)), dict(_things(new_root))
    _name_ends(old)
    _name_ends(new)
    found: list[Change] = []
    for key in [*new, *(key for key in old if key not in new)]:
        if key not in old:
            thing = new[key]
            told = f"{thing.said} est ajouté{thing.mark}."
            found.append(added(key, thing.name, told, cosmetic=thing.kind in _NOTES))
        elif key not in new:
            thing = old[key]
            told = f"{thing.said} est retiré{thing.mark}."
            found.append(removed(key, thing.name, told, cosmetic=thing.kind in _NOTES))
        else:
            said = _Thing(new[key].kind, old[key].name or new[key].name).said
            about = Subject(key, said, _WORDS, _COSMETIC)
            found += properties(about, old[key].values, new[key].values)
    return found + _drawing(old_root, new_root)


def _things(root: Any) -> Iterator[tuple[str, _Thing]]:
    lanes = {}
    for reference in root.iter(f"{_MODEL}flowNodeRef"):
        lane = reference.getparent()
        lanes[(reference.text or "").strip()] = lane.get("name") or lane.get("id") or ""
    named = {
        node.get("id"): node.get("name") or ""
        for kind in ("message", "signal", "error", "escalation")
        for node in root.iter(f"{_MODEL}{kind}")
    }
    for node in root.iter():
        if not isinstance(node.tag, str) or not node.tag.startswith(_MODEL) or not node.get("id"):
            continue
        kind = etree.QName(node).localname
        if kind not in _OWN and kind not in _NOTES:
            continue
        thing = _Thing(kind, node.get("name") or "")
        thing.values = {"genre": kind, **dict(_values(node, named))}
        if node.get("id") in lanes:
            thing.values["couloir"] = lanes[node.get("id")]
        yield str(node.get("id")), thing


def _values(node: Any, named: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the properties of an element, by names that people know where there are some."""
    for key, value in node.attrib.items():
        if key != "id":
            yield etree.QName(key).localname, value
    for child in node:
        if isinstance(child.tag, str):
            yield from _inner(child, named)


def _inner(node: Any, named: dict[str, str]) -> Iterator[tuple[str, str]]:
    kind = etree.QName(node).localname
    if kind in _LEFT_OUT or (kind in _OWN and node.tag.startswith(_MODEL)) or kind in _NOTES:
        return
    if kind == "property":
        yield node.get("name") or "propriété", node.get("value") or ""
        return
    if kind == "parameter":
        yield f"paramètre {node.get('id') or node.get('name') or ''}", node.get("value") or _text(node)
        return
    yield from _own(kind, node, named)
    for child in node:
        if isinstance(child.tag, str):
            yield from _inner(child, named)


def _own(kind: str, node: Any, named: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what an inner element says by itself."""
    if kind == "serviceTaskOperator":
        yield "operation", node.get("id") or ""
        if node.get("resultVariable"):
            yield "resultat", node.get("resultVariable")
    elif kind.endswith("EventDefinition"):
        reference = next((value for key, value in node.attrib.items() if key.endswith("Ref")), "")
        said = (kind.removesuffix("EventDefinition"), named.get(reference, ""))
        yield "evenement", " ".join(filter(None, said))
    else:
        key = _KNOWN.get(kind, kind)
        if _text(node):
            yield key, _text(node)
        for name, value in node.attrib.items():
            if etree.QName(name).localname not in ("id", "type"):
                yield f"{key} {etree.QName(name).localname}", value


def _text(node: Any) -> str:
    return (node.text or "").strip()


_KNOWN: Final = {
    "conditionExpression": "condition", "timeDate": "echeance", "timeDuration": "echeance",
    "calledDecisionId": "table", "instructionsForEndUser": "consigne", "documentation": "documentation",
}  # fmt: skip


def _name_ends(things: dict[str, _Thing]) -> None:
    """Let a flow say its ends by their names, and be named after them when it has no word of its own."""
    for thing in things.values():
        if thing.kind != "sequenceFlow":
            continue
        ends = [things.get(thing.values.get(key, "")) for key in ("sourceRef", "targetRef")]
        names = [end.name if end is not None else "" for end in ends]
        thing.name = f"{thing.name} : {names[0]} → {names[1]}" if thing.name else " → ".join(names)


def _drawing(before: Any, after: Any) -> list[Change]:
    old, new = dict(_shapes(before)), dict(_shapes(after))
    moved = [key for key in new if key in old and old[key] != new[key]]
    if not moved:
        return []
    plural = "s" if len(moved) > 1 else ""
    told = f"{len(moved)}{NO_BREAK}élément{plural} déplacé{plural} ou redessiné{plural}."
    return [whole("", "dessin", told, cosmetic=True)]


def _shapes(root: Any) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    for node in root.iter(f"{{{_DI}}}BPMNShape", f"{{{_DI}}}BPMNEdge"):
        drawn = tuple(
            tuple(item.get(key, "") for key in ("x", "y", "width", "height"))
            for item in node.iter()
            if isinstance(item.tag, str) and etree.QName(item).localname in ("Bounds", "waypoint")
        )
        yield node.get("bpmnElement", ""), drawn
