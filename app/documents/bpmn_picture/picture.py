"""Puts a drawing together: containers, flows, elements, then the words, each where there is room."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from app.documents.bpmn_picture import flows as lines
from app.documents.bpmn_picture.geometry import Box, Point
from app.documents.bpmn_picture.marks import ElementMark, FlowMark
from app.documents.bpmn_picture.reading import Drawing, Edge, Shape, read
from app.documents.bpmn_picture.shapes import draw, is_container, outside_label
from app.documents.bpmn_picture.svg import block, told
from app.documents.bpmn_picture.symbols import INK, PAPER
from app.documents.bpmn_picture.words import FONT, Block, fit, width, wrap
from app.documents.svg import clean, figure, tag

NEVER: Final = "jamais"
_NO_DRAWING: Final = (
    "Ce fichier ne contient pas de dessin. Ouvrez-le dans un éditeur BPMN, placez ses éléments, "
    "puis enregistrez-le."
)
_MARGIN: Final = 14.0
_BADGE: Final = 11.0
_BADGE_INK: Final = "#164a86"
_NEVER_INK: Final = "#7a1f1f"
_PLAIN_ELEMENT: Final = ElementMark()
_UNSAFE_ID: Final = re.compile(r"[^A-Za-z0-9_-]")


def picture(
    diagram: bytes,
    *,
    elements: Mapping[str, ElementMark] | None = None,
    flows: Mapping[str, FlowMark] | None = None,
    title: str = "",
    ident: str = "dessin",
) -> str:
    """Return a diagram as one ``<svg>``, drawn from the positions in its file.

    Args:
        diagram: the BPMN file.
        elements: what is said of elements, by id; ids that the file does not draw are ignored.
        flows: what is said of flows, by id.
        title: its accessible name; the diagram's own name when empty.
        ident: begins the ids inside, so that several pictures can stand in one page.

    Returns:
        the SVG; when the file has no positions, one that says so and what to do.

    Raises:
        UnsafeXml: not XML, or XML that must not be read.
    """
    drawing = read(diagram)
    name = title or drawing.name or "Diagramme"
    if not drawing.shapes:
        return _nothing(name, ident)
    return _Canvas(drawing, elements or {}, flows or {}).svg(name, ident)


def _nothing(name: str, ident: str) -> str:
    words = fit(_NO_DRAWING, 440, 80, sizes=(14,))
    frame = tag("rect", x=1, y=1, width=478, height=88, rx=6, fill=PAPER, stroke=INK, stroke_dasharray="6 5")
    return _document(
        frame + block(words, 240, 45 - words.height / 2), Box(0, 0, 480, 90), name, _NO_DRAWING, ident
    )


def _document(body: str, room: Box, name: str, summary: str, ident: str) -> str:
    safe = _UNSAFE_ID.sub("-", ident) or "dessin"
    head = tag("title", clean(name), id=f"{safe}-titre") + tag("desc", clean(summary), id=f"{safe}-desc")
    paper = tag("rect", x=room.x, y=room.y, width=room.width, height=room.height, fill=PAPER)
    drawn = tag(
        "g", body, fill="none", stroke=INK, stroke_width="1.5", stroke_linejoin="round", font_family=FONT
    )
    return tag(
        "svg",
        head + paper + drawn,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=" ".join(figure(value) for value in room),
        width=figure(room.width),
        height=figure(room.height),
        role="img",
        aria_labelledby=f"{safe}-titre {safe}-desc",
    )


class _Canvas:
    """One drawing under way: what is drawn, and the room already taken by words and shapes."""

    def __init__(
        self, drawing: Drawing, elements: Mapping[str, ElementMark], flows: Mapping[str, FlowMark]
    ) -> None:
        self._drawing = drawing
        self._elements = elements
        self._flows = flows
        self._taken: list[Box] = []
        self._pieces = [(edge.element, piece.box) for edge in drawing.edges for piece in lines.segments(edge)]

    def svg(self, name: str, ident: str) -> str:
        """Return the whole picture."""
        holders = sorted(
            (shape for shape in self._drawing.shapes if is_container(shape)),
            key=lambda shape: (
                shape.kind not in ("participant", "lane"),
                -shape.box.width * shape.box.height,
            ),
        )
        nodes = sorted(
            (shape for shape in self._drawing.shapes if not is_container(shape)),
            key=lambda shape: shape.kind == "boundaryEvent",
        )
        self._taken.extend(shape.box for shape in nodes)
        parts = [self._shape(shape) for shape in holders]
        parts += [self._flow(edge) for edge in self._drawing.edges]
        parts += [self._shape(shape) for shape in nodes]
        parts += [self._name(shape) for shape in nodes]
        parts += [self._flow_name(edge) for edge in self._drawing.edges]
        parts += [self._badge(shape) for shape in nodes]
        parts += [self._flow_count(edge) for edge in self._drawing.edges]
        return _document("".join(parts), self._room(), name, self._summary(nodes), ident)

    def _summary(self, nodes: list[Shape]) -> str:
        flows = [edge for edge in self._drawing.edges if edge.kind == "sequenceFlow"]
        never = sum(1 for edge in flows if (mark := self._flows.get(edge.element)) and mark.never)
        sentence = f"Dessin de {len(nodes)} éléments et {len(flows)} passages de l'un à l'autre."
        return (
            f"{sentence} {never} n'ont jamais servi."
            if never > 1
            else (f"{sentence} Un passage n'a jamais servi." if never else sentence)
        )

    def _room(self) -> Box:
        boxes = [
            *self._taken,
            *(shape.box for shape in self._drawing.shapes),
            *(box for _, box in self._pieces),
        ]
        left, top = min(box.x for box in boxes), min(box.y for box in boxes)
        right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
        return Box(left - _MARGIN, top - _MARGIN, right - left + 2 * _MARGIN, bottom - top + 2 * _MARGIN)

    def _mark(self, shape: Shape) -> ElementMark:
        return self._elements.get(shape.element, _PLAIN_ELEMENT)

    def _shape(self, shape: Shape) -> str:
        mark = self._mark(shape)
        said = mark.told or mark.label
        return told(f"{shape.name or shape.element} : {said}" if said else shape.name, draw(shape, mark))

    def _flow(self, edge: Edge) -> str:
        mark = self._flows.get(edge.element)
        return told(mark.told if mark else "", lines.draw(edge, mark))

    def _name(self, shape: Shape) -> str:
        found = outside_label(shape, self._mark(shape).label)
        if found is None:
            return ""
        words, candidates = found
        place = self._clearest(candidates)
        return block(words, place.centre.x, place.y, halo=True)

    def _clearest(self, candidates: list[Box]) -> Box:
        """Take the place that hides least; the first, when several are as good."""
        place = min(candidates, key=lambda box: self._hidden(box, None, ""))
        self._taken.append(place)
        return place

    def _flow_name(self, edge: Edge) -> str:
        if not edge.name:
            return ""
        if edge.label:
            words = Block(wrap(edge.name, max(edge.label.width * 1.1 + 2, 30.0), 11), 11)
            place = Box(edge.label.centre.x - words.width / 2, edge.label.y, words.width, words.height)
            self._taken.append(place)
        else:
            words = Block(wrap(edge.name, 90, 11), 11)
            place = self._clearest(_beside(edge, words))
        return block(words, place.centre.x, place.y, halo=True)

    def _badge(self, shape: Shape) -> str:
        count = self._mark(shape).count
        if not count:
            return ""
        box = shape.box
        wide = width(count, _BADGE) + 10
        corners = (
            Point(box.right, box.y),
            Point(box.right, box.bottom),
            Point(box.x, box.y),
            Point(box.x, box.bottom),
        )
        return self._pill(
            count,
            wide,
            ((corner, rank * 0.4) for rank, corner in enumerate(corners)),
            shape.box,
            shape.element,
        )

    def _flow_count(self, edge: Edge) -> str:
        mark = self._flows.get(edge.element)
        if mark is None or not (mark.count or mark.never):
            return ""
        words = NEVER if mark.never else mark.count
        wide = width(words, _BADGE) + 8
        return self._pill(words, wide, lines.places(edge), None, edge.element, flow=True, never=mark.never)

    def _pill(
        self,
        words: str,
        wide: float,
        candidates: Iterable[tuple[Point, float]],
        own: Box | None,
        element: str,
        *,
        flow: bool = False,
        never: bool = False,
    ) -> str:
        """Write a few figures on a small ground, at the place that hides least."""
        boxes = [(Box(point.x - wide / 2, point.y - 8, wide, 16), cost) for point, cost in candidates]
        place = min(boxes, key=lambda found: found[1] + self._hidden(found[0], own, element))[0]
        self._taken.append(place)
        ground = tag(
            "rect",
            x=place.x,
            y=place.y,
            width=place.width,
            height=place.height,
            rx=8,
            fill=PAPER if flow else _BADGE_INK,
            stroke=_NEVER_INK if never else "#9aa4b2" if flow else PAPER,
            stroke_width="1",
        )
        ink = _NEVER_INK if never else INK if flow else PAPER
        written = block(Block((words,), _BADGE), place.centre.x, place.y + 1.5, weight=600)
        return ground + written.replace(f'fill="{INK}"', f'fill="{ink}"')

    def _hidden(self, place: Box, own: Box | None, element: str) -> float:
        """Return how much a place would hide: shapes and words weigh more than lines."""
        words = sum(10 for box in self._taken if box is not own and box.overlaps(place))
        crossed = sum(2 for flow, box in self._pieces if flow != element and box.overlaps(place))
        return words + crossed


def _beside(edge: Edge, words: Block) -> list[Box]:
    """Return where the name of a flow may stand when its file does not say: near its beginning, beside it."""
    wide, high = words.width, words.height
    first = next(iter(lines.segments(edge)), None)
    if first is None:
        return [Box(edge.points[0].x, edge.points[0].y, wide, high)]
    x, y = first.start
    if abs(first.end.x - x) >= abs(first.end.y - y):
        left = x + 6 if first.end.x >= x else x - 6 - wide
        return [Box(left, top, wide, high) for top in (y - high - 3, y + 3)]
    top = y + 6 if first.end.y >= y else y - 6 - high
    return [Box(left, top, wide, high) for left in (x + 5, x - 5 - wide)]
