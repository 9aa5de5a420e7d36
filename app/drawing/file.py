"""A BPMN file opened to be changed: its elements by id, its drawing by element, ids nobody bears."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from lxml import etree

from app.errors import RelaisError
from app.expressions.safe_xml import UnsafeXml, parse_xml, writable

MODEL: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
DC: Final = "http://www.omg.org/spec/DD/20100524/DC"
DD: Final = "http://www.omg.org/spec/DD/20100524/DI"
OURS: Final = "http://spiffworkflow.org/bpmn/schema/1.0/core"
NODES: Final = frozenset(
    {
        "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
        "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "businessRuleTask", "scriptTask",
        "task", "callActivity", "subProcess", "transaction", "adHocSubProcess", "exclusiveGateway",
        "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway",
    }
)  # fmt: skip
HOLDERS: Final = ("process", "subProcess", "transaction", "adHocSubProcess")
ORDER: Final = ("documentation", "extensionElements", "incoming", "outgoing")
"""Children that come first in an element, in this order (BPMN's own)."""
_WORD: Final = re.compile(r"[^a-z0-9]+")
RESERVED: Final = frozenset({"start", "end", "root"})
"""Names that the engine keeps for itself, whatever their capitals."""


class DrawingFault(RelaisError):
    """A change that cannot be made; the sentence says why and what to do."""

    sentence_template = "{cause}"

    def __init__(self, cause: str) -> None:
        super().__init__(cause=cause)


class Unwritable(DrawingFault):
    """A text that no XML file can hold: typed by nobody."""


class File:
    """A BPMN file as a tree.

    Raises:
        DrawingFault: it cannot be read.
    """

    def __init__(self, text: str) -> None:
        self.before = text
        try:
            self.root = parse_xml(text.encode())
        except UnsafeXml as fault:
            raise DrawingFault(str(fault)) from fault
        self._ids = {value for node in self.root.iter() if (value := node.get("id")) is not None}

    def element(self, ident: str) -> etree._Element:
        """Return an element of a process, or a process.

        Raises:
            DrawingFault: none of that id.
        """
        for node in self.root.iter():
            if node.get("id") == ident and space(node) == MODEL:
                return node
        raise DrawingFault("Cet élément n'est plus dans le diagramme. Rechargez la page.")

    def nodes(self, holder: etree._Element) -> Iterator[etree._Element]:
        """Yield the elements that stand right in a process or a sub-process."""
        return (node for node in holder if local(node) in NODES)

    def flows(self, holder: etree._Element) -> list[etree._Element]:
        """Return the flows that stand right in a process or a sub-process."""
        return list(holder.iterchildren(tag("sequenceFlow")))

    def into(self, ident: str) -> list[etree._Element]:
        """Return the flows that lead to an element."""
        return [flow for flow in self.root.iter(tag("sequenceFlow")) if flow.get("targetRef") == ident]

    def out_of(self, ident: str) -> list[etree._Element]:
        """Return the flows that leave an element."""
        return [flow for flow in self.root.iter(tag("sequenceFlow")) if flow.get("sourceRef") == ident]

    def attached(self, ident: str) -> list[etree._Element]:
        """Return the events on the border of an element."""
        return [node for node in self.root.iter(tag("boundaryEvent")) if node.get("attachedToRef") == ident]

    def lane_of(self, ident: str) -> etree._Element | None:
        """Return the lane in which an element stands."""
        for reference in self.root.iter(tag("flowNodeRef")):
            if (reference.text or "").strip() == ident:
                return reference.getparent()
        return None

    def put_in_lane(self, ident: str, lane: etree._Element | None) -> None:
        """Let an element stand in a lane, and in no other."""
        for reference in list(self.root.iter(tag("flowNodeRef"))):
            if (reference.text or "").strip() == ident:
                drop(reference)
        if lane is not None:
            reference = etree.SubElement(lane, tag("flowNodeRef"))
            reference.text = ident

    def new_id(self, words: str, fallback: str) -> str:
        """Return an id made of words that no element bears."""
        stem = slug(words) or fallback
        made, number = stem, 2
        while made in self._ids or made in RESERVED:
            made, number = f"{stem}_{number}", number + 1
        self._ids.add(made)
        return made

    def text(self) -> str:
        """Return the file as it stands now."""
        etree.indent(self.root, space="  ")
        written = etree.tostring(self.root.getroottree(), encoding="unicode")
        declared = self.before.lstrip("\ufeff").lstrip().startswith("<?xml")
        head = self.before[: self.before.index("?>") + 2] + "\n" if declared else ""
        return f"{head}{written}\n"


def expect_plain(*texts: str | None) -> None:
    """Refuse what no XML file can hold: control characters, halves of a character.

    Raises:
        Unwritable: one of the texts holds some.
    """
    if any(text is not None and not writable(text) for text in texts):
        raise Unwritable(
            "Ce texte contient un caractère invisible qu'un diagramme ne peut pas garder. Tapez-le de "
            "nouveau, sans le coller."
        )


def insert_child(parent: etree._Element, child: etree._Element) -> None:
    """Put a child among those that come first, in BPMN's order."""
    rank = ORDER.index(local(child)) if local(child) in ORDER else len(ORDER)
    place = 0
    for number, other in enumerate(parent):
        if local(other) in ORDER and ORDER.index(local(other)) <= rank:
            place = number + 1
    parent.insert(place, child)


def drop(node: etree._Element) -> None:
    """Take an element out of its parent."""
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def slug(words: str) -> str:
    """Return words as an id: « Valider de nouveau » gives ``valider_de_nouveau``."""
    plain = unicodedata.normalize("NFKD", words.lower()).encode("ascii", "ignore").decode()
    made = _WORD.sub("_", plain).strip("_")[:50].strip("_")
    return made if not made or made[0].isalpha() else f"e_{made}"


def local(node: etree._Element) -> str:
    """Return an element's name without its namespace, empty for a comment."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def space(node: etree._Element) -> str | None:
    """Return an element's namespace."""
    return etree.QName(node).namespace if isinstance(node.tag, str) else None


def tag(name: str) -> str:
    """Return the name of a BPMN element with its namespace."""
    return f"{{{MODEL}}}{name}"


def ours(name: str) -> str:
    """Return the name of one of our extensions with its namespace."""
    return f"{{{OURS}}}{name}"
