"""Where things stand on the drawing: boxes, lines, and room made for what is added."""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from app.drawing.file import DC, DD, DI, File, drop, local

SIZES: Final = {
    "exclusiveGateway": (50, 50), "inclusiveGateway": (50, 50), "parallelGateway": (50, 50),
    "intermediateCatchEvent": (36, 36), "intermediateThrowEvent": (36, 36), "boundaryEvent": (36, 36),
    "startEvent": (36, 36), "endEvent": (36, 36),
}  # fmt: skip
STEP: Final = (100, 80)
GAP: Final = 50
"""Space between two shapes on a line."""
_LABEL: Final = (90, 27)
_EDGE: Final = 12
Point = tuple[float, float]


@dataclass
class Box:
    """A rectangle of the drawing."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower side."""
        return self.y + self.height

    @property
    def middle(self) -> Point:
        """The middle."""
        return (self.x + self.width / 2, self.y + self.height / 2)

    def meets(self, other: "Box", margin: float = 0) -> bool:
        """Whether two boxes share some room."""
        return (
            self.x < other.right + margin
            and other.x < self.right + margin
            and self.y < other.bottom + margin
            and other.y < self.bottom + margin
        )


class Layout:
    """The drawing of a file; without one, nothing is drawn and nothing fails."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.plane = next(file.root.iter(f"{{{DI}}}BPMNPlane"), None)
        self._shapes = {one.get("bpmnElement", ""): one for one in file.root.iter(f"{{{DI}}}BPMNShape")}
        self._edges = {one.get("bpmnElement", ""): one for one in file.root.iter(f"{{{DI}}}BPMNEdge")}
        self.frames = {
            node.get("id", "")
            for node in file.root.iter()
            if local(node) in ("lane", "participant", "subProcess", "group")
        }

    def box(self, ident: str) -> Box | None:
        """Return where an element stands."""
        bounds = self._bounds(self._shapes.get(ident))
        return _box(bounds) if bounds is not None else None

    def place(self, ident: str, box: Box) -> None:
        """Draw an element, or move it with its label."""
        if self.plane is None:
            return
        shape = self._shapes.get(ident)
        if shape is None:
            shape = etree.SubElement(self.plane, f"{{{DI}}}BPMNShape", id=f"{ident}_di", bpmnElement=ident)
            etree.SubElement(shape, f"{{{DC}}}Bounds")
            self._shapes[ident] = shape
        bounds = self._bounds(shape)
        if bounds is not None:
            self._move_label(shape, box, _box(bounds) if bounds.get("x") else None)
            _write(bounds, box)

    def forget(self, ident: str) -> None:
        """Take an element out of the drawing."""
        for drawn in (self._shapes.pop(ident, None), self._edges.pop(ident, None)):
            if drawn is not None:
                drop(drawn)

    def line(self, ident: str) -> list[Point]:
        """Return the points of a flow."""
        edge = self._edges.get(ident)
        if edge is None:
            return []
        return [
            (float(point.get("x", "0")), float(point.get("y", "0")))
            for point in edge.iter(f"{{{DD}}}waypoint")
        ]

    def draw(self, ident: str, points: list[Point]) -> None:
        """Draw a flow through these points; its label follows its first one."""
        if self.plane is None or len(points) < 2:
            return
        edge = self._edges.get(ident)
        if edge is None:
            edge = etree.SubElement(self.plane, f"{{{DI}}}BPMNEdge", id=f"{ident}_di", bpmnElement=ident)
            self._edges[ident] = edge
        for point in list(edge.iter(f"{{{DD}}}waypoint")):
            drop(point)
        for number, (x, y) in enumerate(_straight(points)):
            point = etree.Element(f"{{{DD}}}waypoint", x=_figure(x), y=_figure(y))
            edge.insert(number, point)
        label = edge.find(f"{{{DI}}}BPMNLabel")
        if label is not None:
            drop(label)  # the editor puts it beside the new line

    def join(self, flow: str, source: str, target: str) -> None:
        """Draw a flow from one element to another, at right angles."""
        one, two = self.box(source), self.box(target)
        if one is not None and two is not None:
            self.draw(flow, route(one, two))

    def make_room(self, beyond: float, by: float) -> None:
        """Push everything that stands right of ``beyond`` further by ``by``; frames grow."""
        for ident, shape in self._shapes.items():
            bounds = self._bounds(shape)
            if bounds is None:
                continue
            box = _box(bounds)
            if ident in self.frames and box.x < beyond <= box.right:
                box.width += by
            elif box.x >= beyond:
                box.x += by
                self._shift_label(shape, by)
            _write(bounds, box)
        for edge in self._edges.values():
            for point in edge.iter(f"{{{DD}}}waypoint"):
                x = float(point.get("x", "0"))
                if x >= beyond:
                    point.set("x", _figure(x + by))
            label = edge.find(f"{{{DI}}}BPMNLabel")
            bounds = self._bounds(label)
            if bounds is not None and float(bounds.get("x", "0")) >= beyond:
                bounds.set("x", _figure(float(bounds.get("x", "0")) + by))

    def free(self, box: Box, within: Box | None) -> Box:
        """Return a box of that size near ``box`` that meets no shape, inside ``within`` as far as can be."""
        others = [
            other
            for ident in self._shapes
            if ident not in self.frames and (other := self.box(ident)) is not None
        ]
        for step in range(40):
            for sign in (1, -1):
                tried = Box(box.x, box.y + sign * step * 20, box.width, box.height)
                inside = within is None or (tried.y >= within.y + 10 and tried.bottom <= within.bottom - 10)
                if inside and not any(tried.meets(other, 10) for other in others):
                    return tried
        return box

    def _bounds(self, shape: etree._Element | None) -> etree._Element | None:
        return shape.find(f"{{{DC}}}Bounds") if shape is not None else None

    def _shift_label(self, shape: etree._Element, by: float) -> None:
        bounds = self._bounds(shape.find(f"{{{DI}}}BPMNLabel"))
        if bounds is not None:
            bounds.set("x", _figure(float(bounds.get("x", "0")) + by))

    def _move_label(self, shape: etree._Element, new: Box, old: Box | None) -> None:
        bounds = self._bounds(shape.find(f"{{{DI}}}BPMNLabel"))
        if bounds is not None and old is not None:
            bounds.set("x", _figure(float(bounds.get("x", "0")) + new.x - old.x))
            bounds.set("y", _figure(float(bounds.get("y", "0")) + new.y - old.y))


def route(one: Box, two: Box) -> list[Point]:
    """Return a way from one box to another at right angles."""
    (x1, y1), (x2, y2) = one.middle, two.middle
    if two.x >= one.right + 2:
        if abs(y1 - y2) < 1:
            return [(one.right, y1), (two.x, y2)]
        turn = (one.right + two.x) / 2
        return [(one.right, y1), (turn, y1), (turn, y2), (two.x, y2)]
    if two.y >= one.bottom + 2 or two.bottom <= one.y - 2:  # above or below
        down = two.y >= one.bottom
        start, end = (one.bottom, two.y) if down else (one.y, two.bottom)
        if abs(x1 - x2) < 1:
            return [(x1, start), (x2, end)]
        turn = (start + end) / 2
        return [(x1, start), (x1, turn), (x2, turn), (x2, end)]
    under = max(one.bottom, two.bottom) + 30  # back along the same line: around by below
    return [(x1, one.bottom), (x1, under), (x2, under), (x2, two.bottom)]


def size_of(kind: str) -> tuple[int, int]:
    """Return the width and the height of a kind of element."""
    return SIZES.get(kind, STEP)


def _straight(points: list[Point]) -> list[Point]:
    """Return the points without those that stand on the line of their neighbours."""
    kept: list[Point] = []
    for number, point in enumerate(points):
        if 0 < number < len(points) - 1:
            (x0, y0), (x1, y1) = kept[-1], points[number + 1]
            x, y = point
            if (abs(x0 - x) < 1 and abs(x - x1) < 1) or (abs(y0 - y) < 1 and abs(y - y1) < 1):
                continue
        kept.append(point)
    return kept


def _box(bounds: etree._Element) -> Box:
    return Box(*(float(bounds.get(name, "0")) for name in ("x", "y", "width", "height")))


def _write(bounds: etree._Element, box: Box) -> None:
    for name, value in (("x", box.x), ("y", box.y), ("width", box.width), ("height", box.height)):
        bounds.set(name, _figure(value))


def _figure(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.1f}"
