"""Each kind of element as SVG, after the conventions of BPMN 2.0 and of bpmn.io's editor."""

from collections.abc import Callable
from typing import Final

from app.documents.bpmn_picture.geometry import Box
from app.documents.bpmn_picture.marks import ElementMark, fill
from app.documents.bpmn_picture.reading import Shape
from app.documents.bpmn_picture.svg import at, block
from app.documents.bpmn_picture.symbols import (
    PAPER,
    TASK_ICONS,
    event_mark,
    foot_mark,
    gateway_mark,
)
from app.documents.bpmn_picture.words import LINE, Block, fit, wrap
from app.documents.svg import figure, tag

CONTAINERS: Final = ("participant", "lane", "group")
CHANGED: Final = "#0b5cad"
_OUTLINED: Final = 3.0
_BAND: Final = 30.0
_PAD: Final = 6.0
_NOTE: Final = 10.0
"""Size of the words of a mark inside a task."""
_SUBS: Final = ("subProcess", "transaction", "adHocSubProcess")
_LABEL: Final = 11.0
_LABEL_ROOM: Final = 90.0
_FULL_SIZE: Final = 36
"""The usual diameter of an event: marks are drawn for it, and shrink with it."""


def inside_name(shape: Shape) -> bool:
    """Say whether a shape's name stands inside it."""
    return not (
        shape.kind.endswith(("Event", "Gateway"))
        or shape.kind.startswith("data")
        or shape.kind in (*CONTAINERS, "textAnnotation")
    )


def is_container(shape: Shape) -> bool:
    """Say whether other elements are drawn inside a shape."""
    return shape.kind in CONTAINERS or (shape.kind in _SUBS and shape.expanded)


def outside_label(shape: Shape, note: str) -> tuple[Block, list[Box]] | None:
    """Return the name that stands beside a shape, with a mark's words below it, and where it may stand.

    The file says where; when it does not, below, above, then beside the shape.
    """
    if inside_name(shape) or shape.kind in (*CONTAINERS, "textAnnotation"):
        return None
    place = shape.label
    room = max(place.width * 1.1 + 2, 40.0) if place else _LABEL_ROOM
    lines = (*wrap(shape.name, room, _LABEL), *(wrap(note, max(room, _LABEL_ROOM), _LABEL) if note else ()))
    if not lines:
        return None
    words = Block(lines, _LABEL)
    box, wide, high = shape.box, words.width, words.height
    if place is None:
        middle, below, above = box.centre.x - wide / 2, box.bottom + 4, box.y - high - 4
        corners = ((middle, below), (middle, above), (box.centre.x + 12, below), (box.centre.x + 12, above))
        sides = ((box.centre.x - 12 - wide, below), (box.centre.x - 12 - wide, above))
        return words, [Box(left, top, wide, high) for left, top in (*corners, *sides)]
    top = place.bottom - high if place.bottom <= box.y + 2 else place.y  # above the shape, it grows upwards
    return words, [Box(place.centre.x - wide / 2, top, wide, high)]


def draw(shape: Shape, mark: ElementMark) -> str:
    """Return a shape with what is written inside it; its outside label and badge come later."""
    for kinds, drawn in _BY_KIND:
        if shape.kind.endswith(kinds):
            return drawn(shape, mark)
    return _activity(shape, mark)


def _rect(box: Box, radius: float, **attributes: object) -> str:
    return tag("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=radius or None, **attributes)


def _pool(shape: Shape, mark: ElementMark) -> str:
    del mark
    box = shape.box
    frame = _rect(box, 0, fill=PAPER if shape.kind == "participant" else "none")
    if shape.kind == "participant" and not shape.expanded:
        words = fit(shape.name, box.width - 20, box.height - 8)
        return frame + block(words, box.centre.x, box.centre.y - words.height / 2)
    if not shape.horizontal:
        words = fit(shape.name, box.width - 8, _BAND - 4)
        rule = tag("path", d=f"M{figure(box.x)} {figure(box.y + _BAND)}H{figure(box.right)}")
        return frame + rule + block(words, box.centre.x, box.y + (_BAND - words.height) / 2)
    words = fit(shape.name, box.height - 8, _BAND - 4)
    written = block(words, 0, -words.height / 2)
    turned = tag(
        "g", written, transform=f"translate({figure(box.x + _BAND / 2)} {figure(box.centre.y)}) rotate(-90)"
    )
    rule = tag("path", d=f"M{figure(box.x + _BAND)} {figure(box.y)}V{figure(box.bottom)}")
    return frame + rule + turned


def _activity(shape: Shape, mark: ElementMark) -> str:
    box = shape.box
    thick = 4.0 if shape.kind == "callActivity" else _OUTLINED if mark.changed else None
    outline = _rect(
        box,
        10,
        fill=fill(mark.heat),
        stroke_width=thick,
        stroke=CHANGED if mark.changed else None,
        stroke_dasharray="2 4" if shape.unasked else None,
    )
    if shape.kind == "transaction":
        outline += _rect(Box(box.x + 3, box.y + 3, box.width - 6, box.height - 6), 8)
    icon = TASK_ICONS.get(shape.kind, "")
    if icon:
        outline += at(box.x + 15, box.y + 15, tag("g", icon, stroke_width="1.2"))
    if shape.kind in _SUBS and shape.expanded:
        words = fit(shape.name, box.width - 2 * _PAD, 18)
        return outline + block(words, box.centre.x, box.y + _PAD)
    feet = _feet(shape)
    floor = box.bottom - (19 if feet else _PAD)
    note = ""
    if mark.label:
        small = fit(mark.label, box.width - 2 * _PAD, _NOTE * LINE, sizes=(_NOTE, 9))
        floor -= small.height
        note = block(small, box.centre.x, floor + 1)
    return outline + _name_inside(shape, floor, bool(icon)) + note + feet


def _name_inside(shape: Shape, floor: float, icon: bool) -> str:
    """Write a task's name in its middle; below the icon, when there the first line would meet it."""
    box = shape.box
    top = box.y + _PAD
    words = fit(shape.name, box.width - 2 * _PAD, floor - top)
    start = top + (floor - top - words.height) / 2
    if icon and start < box.y + 24 and box.centre.x - words.width / 2 < box.x + 25:
        top = box.y + 22
        words = fit(shape.name, box.width - 2 * _PAD, floor - top)
        start = top + max(0.0, (floor - top - words.height) / 2)
    return block(words, box.centre.x, start)


def _feet(shape: Shape) -> str:
    feet = [shape.loop] if shape.loop else []
    if shape.kind == "adHocSubProcess":
        feet.append("adhoc")
    if shape.kind == "callActivity" or (shape.kind in _SUBS and not shape.expanded):
        feet.append("folded")
    left = shape.box.centre.x - 10 * (len(feet) - 1)
    marks = (
        at(left + 20 * place, shape.box.bottom - 10, foot_mark(kind or "")) for place, kind in enumerate(feet)
    )
    return "".join(marks)


def _event(shape: Shape, mark: ElementMark) -> str:
    centre = shape.box.centre
    radius = min(shape.box.width, shape.box.height) / 2
    between = shape.kind in ("intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
    dash = None if shape.interrupting else "4 3"
    drawn = tag(
        "circle",
        cx=centre.x,
        cy=centre.y,
        r=radius,
        fill=fill(mark.heat),
        stroke_width=3.4 if shape.kind == "endEvent" else _OUTLINED if mark.changed else None,
        stroke=CHANGED if mark.changed else None,
        stroke_dasharray=dash,
    )
    if between:
        drawn += tag("circle", cx=centre.x, cy=centre.y, r=radius - 3, stroke_dasharray=dash)
    thrown = shape.kind in ("endEvent", "intermediateThrowEvent")
    if shape.event:
        symbol = event_mark(shape.event, thrown=thrown)
        scale = f"scale({figure(2 * radius / _FULL_SIZE)})"
        drawn += at(centre.x, centre.y, tag("g", symbol, transform=scale, stroke_width="1.2"))
    return drawn


def _gateway(shape: Shape, mark: ElementMark) -> str:
    box, centre = shape.box, shape.box.centre
    corners = ((centre.x, box.y), (box.right, centre.y), (centre.x, box.bottom), (box.x, centre.y))
    drawn = tag(
        "polygon",
        points=" ".join(f"{figure(x)},{figure(y)}" for x, y in corners),
        fill=fill(mark.heat),
        stroke=CHANGED if mark.changed else None,
        stroke_width=_OUTLINED if mark.changed else None,
    )
    return drawn + at(centre.x, centre.y, gateway_mark(shape.kind, crossed=shape.crossed))


def _data(shape: Shape, mark: ElementMark) -> str:
    box = shape.box
    if shape.kind == "dataStoreReference":
        return _store(box, mark)
    fold = min(box.width, box.height) / 3
    left, right, corner = figure(box.x), figure(box.right), figure(box.right - fold)
    top, turn = figure(box.y), figure(box.y + fold)
    outline = (
        f"M{left} {top}H{corner}L{right} {turn}V{figure(box.bottom)}H{left}ZM{corner} {top}V{turn}H{right}"
    )
    return tag("path", d=outline, fill=fill(mark.heat))


def _store(box: Box, mark: ElementMark) -> str:
    """Return a data store: a drum."""
    curve = min(box.height / 6, 10)
    left, right, top, foot = (
        figure(value) for value in (box.x, box.right, box.y + curve, box.bottom - curve)
    )
    arc = f"A{figure(box.width / 2)} {figure(curve)} 0 0"
    body = f"M{left} {top}{arc} 1 {right} {top}V{foot}{arc} 1 {left} {foot}Z"
    return tag("path", d=body, fill=fill(mark.heat)) + tag("path", d=f"M{left} {top}{arc} 0 {right} {top}")


def _group(shape: Shape, mark: ElementMark) -> str:
    del mark
    return _rect(shape.box, 10, fill="none", stroke_dasharray="10 6 1 6")


def _annotation(shape: Shape, mark: ElementMark) -> str:
    del mark
    box = shape.box
    words = fit(shape.name, box.width - 12, box.height - 4)
    bracket = (
        f"M{figure(box.x + 10)} {figure(box.y)}H{figure(box.x)}V{figure(box.bottom)}H{figure(box.x + 10)}"
    )
    return tag("path", d=bracket) + block(words, box.x + 7, box.y + 3, anchor="start")


_BY_KIND: Final[tuple[tuple[tuple[str, ...], Callable[[Shape, ElementMark], str]], ...]] = (
    (("participant", "lane"), _pool),
    (("Event",), _event),
    (("Gateway",), _gateway),
    (("dataObjectReference", "dataObject", "dataInput", "dataOutput", "dataStoreReference"), _data),
    (("textAnnotation",), _annotation),
    (("group",), _group),
)
"""How the tags that end like this are drawn; anything else is drawn as an activity."""
