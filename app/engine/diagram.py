"""Finding one's way in a BPMN file: tags, our extensions, the id a person looks for."""

from collections.abc import Iterator
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.util import full_tag

SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
"""Namespace of the extensions, as SpiffWorkflow reads them."""

ACTIVITIES = (
    "task",
    "userTask",
    "manualTask",
    "serviceTask",
    "businessRuleTask",
    "sendTask",
    "receiveTask",
    "callActivity",
    "subProcess",
)
"""Elements in which work is done."""

PEOPLE = frozenset({"userTask", "manualTask"})
"""Steps that a person answers."""

FLOW_NODES = (
    "startEvent",
    "endEvent",
    *ACTIVITIES,
    "exclusiveGateway",
    "inclusiveGateway",
    "parallelGateway",
    "eventBasedGateway",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
)

DEADLINES = ("delai", "rappel", "escalade", "manquement")
"""Properties of a person's step that set its deadlines."""

_HOLDERS = frozenset({"process", "subProcess", "adHocSubProcess", "transaction", "definitions"})


def is_true(value: str) -> bool:
    """Read a boolean attribute, in either of the two ways XML writes it."""
    return value.strip() in ("true", "1")


def owner_id(node: Any) -> str | None:
    """Return the id of the element that a node belongs to, for a person who looks for it."""
    while node is not None:
        parent = node.getparent()
        if node.get("id") and (parent is None or local(parent) in _HOLDERS):
            return str(node.get("id"))
        node = parent
    return None


def local(node: Any) -> str:
    """Return a node's tag without its namespace; empty for comments."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def bpmn(node: Any, *tags: str) -> Iterator[Any]:
    """Yield the BPMN descendants of a node with one of these tags, in document order."""
    yield from node.iter(*(full_tag(tag) for tag in tags))


def ours(node: Any, *tags: str) -> Iterator[Any]:
    """Yield the extension descendants of a node with one of these tags."""
    yield from node.iter(*(f"{{{SPIFF}}}{tag}" for tag in tags))


def extension(node: Any, name: str) -> Any:
    """Return an element's own extension of that name, None without one."""
    return node.find(f"{full_tag('extensionElements')}/{{{SPIFF}}}{name}")


def extension_text(node: Any, name: str) -> str | None:
    """Return the text of an extension element of ours, inside ``node``, else None."""
    if node is None:
        return None
    found = node.find(f".//{{{SPIFF}}}{name}")
    return found.text if found is not None else None
