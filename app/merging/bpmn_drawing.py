"""The drawing of a merged diagram: each shape follows its element; ours stays where both moved one."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from app.merging.items_merge import Trio
from app.merging.ledger import Ledger
from app.merging.model import THEIRS, Spot, Told
from app.merging.xml_items import Node, local
from app.merging.xml_write import insert, remove

_SLACK: Final = 3.0
"""Pixels between the end of a line and the edge of its shape, at most, for the two to touch."""
_GAP: Final = 20.0
_TRIES: Final = 12
_HOLDERS: Final = frozenset({"participant", "lane", "laneSet", "subProcess", "transaction", "group"})


@dataclass(frozen=True)
class Box:
    """A rectangle of the drawing, in pixels."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: "Box") -> bool:
        """Whether the two cover each other."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is on this rectangle or touches it."""
        return (
            self.x - _SLACK <= x <= self.x + self.width + _SLACK
            and self.y - _SLACK <= y <= self.y + self.height + _SLACK
        )


def merge(
    tree: Node, base: Node, ours: Node, theirs: Node, *, ledger: Ledger, trio: Trio,
    kept: Mapping[str, Mapping[str, str]],
) -> None:  # fmt: skip
    """Bring into ``tree`` (our diagram, merged) the drawing of what the other side added or moved."""
    one, two, three = (_drawn(root) for root in (base, ours, theirs))
    here = _drawn(tree)
    moved: set[str] = set()
    for key, shape in list(here.items()):
        if key not in kept:
            remove(shape)
            del here[key]
        elif (
            key in three and key in one and _same(two.get(key), one[key]) and not _same(three[key], one[key])
        ):
            _replace(shape, three[key])
            moved.add(key)
    for key, shape in three.items():
        if key in kept and key not in here:
            _add(tree, theirs, shape)
            moved.add(key)
    for key, shape in one.items():
        if key in kept and key not in _drawn(tree):
            _add(tree, base, shape)
    here = _drawn(tree)
    _spread(here, {key for key in moved if key not in one}, trio)
    _dock(here, kept, trio)
    for key in sorted(moved & set(one)):
        spot = Spot(trio.file, key, "dessin", trio.named(key), "la place sur le dessin")
        said = f"{spot.element_name} change de place sur le dessin."
        ledger.tell(Told(spot, THEIRS, "changed", None, None, cosmetic=True, sentence=said))


def _drawn(root: Node) -> dict[str, Node]:
    return {
        str(shape.get("bpmnElement")): shape
        for shape in root.iter("{*}BPMNShape", "{*}BPMNEdge")
        if shape.get("bpmnElement")
    }


def _same(one: Node | None, other: Node | None) -> bool:
    return one is not None and other is not None and _canonical(one) == _canonical(other)


def _canonical(shape: Node) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (local(part.tag), sorted((str(name), str(value)) for name, value in part.attrib.items()))
        for part in shape.iter()
        if isinstance(part.tag, str)
    ]


def _replace(shape: Node, other: Node) -> None:
    parent = shape.getparent()
    if parent is None:
        return
    made = copy.deepcopy(other)
    made.tail = shape.tail
    parent.replace(shape, made)


def _add(tree: Node, source: Node, shape: Node) -> None:
    """Put a shape into the plane that it stands in on its side; the whole diagram when there is none here."""
    plane = shape.getparent()
    wanted = plane.get("bpmnElement") if plane is not None else None
    planes = list(tree.iter("{*}BPMNPlane"))
    found = next((other for other in planes if other.get("bpmnElement") == wanted), None)
    diagram = plane.getparent() if plane is not None else None
    if found is None and diagram is not None and _inner(source, wanted):
        insert(tree, copy.deepcopy(diagram), len(tree))
        return
    found = found if found is not None else (planes[0] if planes else None)
    if found is not None:
        made = copy.deepcopy(shape)
        made.tail = None
        insert(found, made, len(found))


def _inner(source: Node, key: str | None) -> bool:
    """Whether a plane draws the inside of a sub-process."""
    return any(element.get("id") == key and local(element.tag) == "subProcess" for element in source.iter())


def _box(shape: Node | None) -> Box | None:
    bounds = shape.find("{*}Bounds") if shape is not None else None
    if bounds is None:
        return None
    try:
        return Box(*(float(str(bounds.get(name))) for name in ("x", "y", "width", "height")))
    except ValueError:
        return None


def _spread(here: Mapping[str, Node], added: set[str], trio: Trio) -> None:
    """Move what came in and covers something else to the nearest free place below, then above."""
    nodes = {
        key: box
        for key, shape in here.items()
        if local(shape.tag) == "BPMNShape" and not _holder(trio, key) and (box := _box(shape)) is not None
    }
    for key in sorted(added & set(nodes)):
        host = trio.item(key).facts.get("@attachedToRef")
        others = [box for other, box in nodes.items() if other not in (key, host)]
        if host or not any(nodes[key].meets(box) for box in others):
            continue
        free = next(
            (box for box in _places(nodes[key]) if not any(box.meets(other) for other in others)), None
        )
        if free is not None:
            _shift(here[key], free.x - nodes[key].x, free.y - nodes[key].y)
            nodes[key] = free


def _holder(trio: Trio, key: str) -> bool:
    try:
        return trio.item(key).kind in _HOLDERS
    except KeyError:
        return True


def _places(box: Box) -> list[Box]:
    step = box.height / 2 + _GAP
    return [
        Box(box.x + across * (box.width + _GAP), box.y + sign * step * times, box.width, box.height)
        for times in range(1, _TRIES)
        for sign in (1, -1)
        for across in (0, 1)
    ]


def _shift(shape: Node, across: float, down: float) -> None:
    for part in shape.iter("{*}Bounds"):
        part.set("x", _figure(float(str(part.get("x"))) + across))
        part.set("y", _figure(float(str(part.get("y"))) + down))


def _figure(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.1f}"


def _dock(here: Mapping[str, Node], kept: Mapping[str, Mapping[str, str]], trio: Trio) -> None:
    """Draw again the lines that no longer touch both of their ends."""
    for key, edge in here.items():
        if local(edge.tag) != "BPMNEdge" or trio.item(key).kind != "sequenceFlow":
            continue
        facts = kept[key]
        ends = [_box(here.get(facts.get(name, ""))) for name in ("@sourceRef", "@targetRef")]
        points = edge.findall("{*}waypoint")
        if ends[0] is None or ends[1] is None or len(points) < 2:
            continue
        first, last = (
            (float(str(point.get("x"))), float(str(point.get("y")))) for point in (points[0], points[-1])
        )
        if not (ends[0].holds(*first) and ends[1].holds(*last)):
            _draw(edge, points, ends[0], ends[1])


def _draw(edge: Node, points: list[Node], start: Box, end: Box) -> None:
    tag = points[0].tag
    for point in points:
        remove(point)
    for label in edge.findall("{*}BPMNLabel"):
        remove(label)
    for number, (x, y) in enumerate(_route(start, end)):
        made = etree.Element(str(tag), nsmap=None)
        made.set("x", _figure(x))
        made.set("y", _figure(y))
        insert(edge, made, number)


def _route(start: Box, end: Box) -> list[tuple[float, float]]:
    """Return a line of right angles from one shape to the other."""
    down_start, down_end = start.y + start.height / 2, end.y + end.height / 2
    if end.x >= start.x + start.width:
        here, there = (start.x + start.width, down_start), (end.x, down_end)
        if abs(down_start - down_end) < 1:
            return [here, there]
        middle = (here[0] + there[0]) / 2
        return [here, (middle, here[1]), (middle, there[1]), there]
    below = end.y > start.y
    x_start, x_end = start.x + start.width / 2, end.x + end.width / 2
    leave = start.y + start.height if below else start.y
    enter = end.y if below else end.y + end.height
    if abs(x_start - x_end) < 1:
        return [(x_start, leave), (x_end, enter)]
    middle = (leave + enter) / 2
    return [(x_start, leave), (x_start, middle), (x_end, middle), (x_end, enter)]
