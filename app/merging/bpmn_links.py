"""What a diagram says twice, written from the facts: ways in and out of steps, steps of lanes."""

from collections.abc import Mapping
from typing import Final

from lxml import etree

from app.merging.xml_items import Node, local
from app.merging.xml_write import insert, remove

_BEFORE: Final = ("documentation", "extensionElements", "auditing", "monitoring", "categoryValueRef")
_NODES: Final = ("Task", "task", "Event", "Gateway", "subProcess", "callActivity", "transaction")
Facts = Mapping[str, Mapping[str, str]]


def rebuild(tree: Node, facts: Facts) -> None:
    """Make the references of steps and lanes say what the flows and the steps say."""
    said = any(local(element.tag) in ("incoming", "outgoing") for element in tree.iter())
    for node in list(tree.iter()):  # the walk would end at a reference that is taken out
        tag = local(node.tag)
        if said and tag.endswith(_NODES) and node.get("id"):
            _ways(node, facts)
        if tag == "lane":
            _members(node, facts)


def _ways(node: Node, facts: Facts) -> None:
    key = node.get("id")
    for tag, end in (("incoming", "@targetRef"), ("outgoing", "@sourceRef")):
        wanted = [flow for flow, said in facts.items() if said.get(end) == key and _is_flow(node, flow)]
        _listed(node, tag, wanted)


def _is_flow(node: Node, key: str) -> bool:
    holder = node.getparent()
    if holder is None:
        return False
    return any(local(child.tag) == "sequenceFlow" and child.get("id") == key for child in holder)


def _members(lane: Node, facts: Facts) -> None:
    wanted = [key for key, said in facts.items() if lane.get("id") in said.get("@lane", "").split()]
    _listed(lane, "flowNodeRef", wanted)


def _listed(holder: Node, tag: str, wanted: list[str]) -> None:
    """Make the children ``tag`` of an element name exactly ``wanted``; those that stay keep their place."""
    said = [child for child in holder if local(child.tag) == tag]
    kept = [(child.text or "").strip() for child in said]
    if sorted(kept) == sorted(wanted):
        return
    for child, key in zip(said, kept, strict=True):
        if key not in wanted:
            remove(child)
    last = max(
        (n for n, child in enumerate(holder) if local(child.tag) in (tag, *_BEFORE, *_earlier(tag))),
        default=-1,
    )
    for key in wanted:
        if key not in kept:
            made = etree.Element(f"{{{etree.QName(holder).namespace}}}{tag}", nsmap=None)
            made.text = key
            last += 1
            insert(holder, made, last)


def _earlier(tag: str) -> tuple[str, ...]:
    return ("incoming",) if tag == "outgoing" else ()
