"""Facts written back into a tree: only what differs is touched, the rest keeps its bytes."""

import copy
import re
from collections.abc import Collection, Mapping
from typing import Final

from lxml import etree

from app.merging.xml_items import PLACE, Node, find, is_item, local, named, segments, split

_HEAD: Final = re.compile(rb"\s*<\?xml[^>]*\?>\s*")
_FIRST: Final = ("documentation", "description", "extensionElements")
"""What stands before the rest in an element (BPMN, DMN)."""
_STEP: Final = "  "


def write_fact(owner: Node, fact: str, value: str | None) -> None:
    """Give a fact its value; None takes it away, with the element that held it when nothing is left there."""
    if fact == PLACE:
        return
    path, attribute = split(fact)
    target = owner if not path else (find(owner, path) if value is None else _ensured(owner, path))
    if target is None:
        return
    if attribute == "#":
        if value is None:
            _drop_if_empty(owner, path, target)
        else:
            target.text = value if value or not len(target) else target.text
    elif value is None:
        target.attrib.pop(attribute, "")
        if path:
            _drop_if_empty(owner, path, target)
    else:
        target.set(attribute, value)


def _drop_if_empty(owner: Node, path: str, target: Node) -> None:
    """Remove an element whose fact is gone; those around it too, when they hold nothing more."""
    if not path:
        target.text = None
        return
    kept = set(target.attrib) - {"name", "id"} or len(target)
    if kept:
        return
    parts = segments(path)
    remove(target)
    for depth in range(len(parts) - 1, 0, -1):
        around = find(owner, "/".join(parts[:depth]))
        if around is None or len(around) or around.attrib or (around.text or "").strip():
            return
        remove(around)


def _ensured(owner: Node, path: str) -> Node:
    """Return the element of a path, made where it is missing."""
    here = owner
    for segment in segments(path):
        found = next((child for child, name in named(here) if name == segment), None)
        if found is None:
            tag, _, mark = segment.partition("[") if not segment.startswith("{") else _tag(segment)
            found = etree.Element(tag, nsmap=None)
            mark = mark.rstrip("]")
            if mark and not mark.isdigit():
                found.set("name" if local(tag) == "property" else "id", mark)
            insert(here, found, _place(here, tag))
        here = found
    return here


def _tag(segment: str) -> tuple[str, str, str]:
    end = segment.index("}")
    rest, sign, mark = segment[end:].partition("[")
    return segment[:end] + rest, sign, mark


def _place(parent: Node, tag: str) -> int:
    name = local(tag)
    if name not in _FIRST:
        return len(parent)
    order = _FIRST[: _FIRST.index(name)]
    return sum(1 for child in parent if local(child.tag) in order)


def insert(parent: Node, child: Node, position: int) -> None:
    """Put a child in its place with the indentation of its neighbours."""
    level = sum(1 for _ in parent.iterancestors()) + 1
    inner, outer = "\n" + _STEP * level, "\n" + _STEP * (level - 1)
    etree.indent(child, space=_STEP, level=level)
    if not len(parent):
        parent.text, child.tail = inner, outer
    elif position >= len(parent):
        parent[-1].tail, child.tail = inner, outer
    else:
        child.tail = inner
    parent.insert(position, child)


def remove(element: Node) -> None:
    """Take an element away and keep the indentation of what follows."""
    parent = element.getparent()
    if parent is None:
        return
    before, tail = element.getprevious(), element.tail
    last = element.getnext() is None
    parent.remove(element)
    if last and before is not None:
        before.tail = tail
    elif last and not len(parent) and not (parent.text or "").strip():
        parent.text = None


def bare(element: Node, *, dropping: Collection[str]) -> Node:
    """Return a copy of an element without its children that are things, or that follow from the rest."""
    made = copy.deepcopy(element)
    made.tail = None
    for child in list(made):
        if isinstance(child.tag, str) and (is_item(child) or local(child.tag) in dropping):
            made.remove(child)
    if not len(made) and not (made.text or "").strip():
        made.text = None
    return made


def after(parent: Node, order: list[str], key: str, keys: Mapping[str, Node]) -> int:
    """Return where ``key`` goes among its siblings: after the nearest one before it in ``order``."""
    for other in reversed(order[: order.index(key)]):
        node = keys.get(other)
        if node is not None and node.getparent() is parent:
            return parent.index(node) + 1
    return sum(1 for child in parent if not child.get("id"))


def as_bytes(root: Node, original: bytes) -> bytes:
    """Return a tree as text, with the declaration and the habits of the file it comes from."""
    etree.cleanup_namespaces(root, keep_ns_prefixes=[prefix for prefix in root.nsmap if prefix])
    body = etree.tostring(root, encoding="UTF-8")
    body = _HEAD.sub(b"", body, count=1)
    if b" />" in original and original.count(b" />") * 2 > original.count(b"/>"):
        body = re.sub(rb"(?<! )/>", b" />", body)
    head = _HEAD.match(original)
    declared = b'<?xml version="1.0" encoding="UTF-8"?>\n' if head is not None else b""
    return declared + body.rstrip() + (b"\n" if original.endswith(b"\n") else b"")
