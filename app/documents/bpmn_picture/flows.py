"""Flows: lines with their heads and tails, as wide as they are busy, dashed when nobody went there."""

from collections.abc import Iterator, Sequence
from math import hypot
from typing import Final, NamedTuple

from app.documents.bpmn_picture.geometry import Box, Point
from app.documents.bpmn_picture.marks import FlowMark
from app.documents.bpmn_picture.reading import Edge
from app.documents.bpmn_picture.shapes import CHANGED
from app.documents.bpmn_picture.symbols import INK, PAPER
from app.documents.svg import figure, tag

THIN: Final = 1.5
_WIDEST: Final = 5.0
_SEEN: Final = "#3d4a5f"
_NEVER: Final = "#7a1f1f"
_SEGMENT: Final = 3.0
"""How far around a line other words keep away, in pixels."""


class Segment(NamedTuple):
    """A straight piece of a flow."""

    start: Point
    end: Point

    @property
    def length(self) -> float:
        """Its length in pixels."""
        return hypot(self.end.x - self.start.x, self.end.y - self.start.y)

    @property
    def box(self) -> Box:
        """The room it takes."""
        left, right = sorted((self.start.x, self.end.x))
        top, bottom = sorted((self.start.y, self.end.y))
        return Box(left - _SEGMENT, top - _SEGMENT, right - left + 2 * _SEGMENT, bottom - top + 2 * _SEGMENT)

    def at(self, share: float) -> Point:
        """The point that lies at a share of its length."""
        return Point(
            self.start.x + (self.end.x - self.start.x) * share,
            self.start.y + (self.end.y - self.start.y) * share,
        )


def segments(edge: Edge) -> tuple[Segment, ...]:
    """Return the straight pieces of a flow that have a length."""
    pairs = (Segment(start, end) for start, end in zip(edge.points, edge.points[1:], strict=False))
    return tuple(piece for piece in pairs if piece.length > 0)


def places(edge: Edge) -> Iterator[tuple[Point, float]]:
    """Yield where words about a flow may stand, each with what it costs: the middle of its longest piece
    first."""
    pieces = sorted(segments(edge), key=lambda piece: -piece.length)
    for rank, piece in enumerate(pieces):
        for step, share in enumerate((0.5, 0.4, 0.6, 0.3, 0.7)):
            yield piece.at(share), rank * 2 + step * 0.5


def draw(edge: Edge, mark: FlowMark | None) -> str:
    """Return a flow's line, head and tail."""
    pieces = segments(edge)
    if not pieces:
        return ""
    if edge.kind == "messageFlow":
        first, last = pieces[0], pieces[-1]
        return (
            _line(edge.points, colour=INK, thick=THIN, dash="8 5")
            + tag("circle", cx=first.start.x, cy=first.start.y, r=4, fill=PAPER)
            + _head(last, 10, INK, hollow=True)
        )
    if edge.kind != "sequenceFlow":
        line = _line(edge.points, colour=INK, thick=THIN, dash="1 4")
        return line + (_open_head(pieces[-1]) if edge.kind.startswith("data") else "")
    return _sequence(edge, pieces, mark or FlowMark())


def _sequence(edge: Edge, pieces: Sequence[Segment], mark: FlowMark) -> str:
    thick = THIN + (_WIDEST - THIN) * min(max(mark.share, 0.0), 1.0)
    colour = _NEVER if mark.never else CHANGED if mark.changed else _SEEN if mark.count else INK
    long = 9 + thick
    last = pieces[-1]
    short = Point(*last.at(max(0.0, 1 - 0.7 * long / last.length)))
    points = (*edge.points[:-1], short)
    drawn = _line(points, colour=colour, thick=thick, dash="6 5" if mark.never else None)
    return drawn + _head(last, long, colour) + _tail(edge.mark, pieces[0])


def _line(points: Sequence[Point], *, colour: str, thick: float, dash: str | None) -> str:
    path = "M" + "L".join(f"{figure(point.x)} {figure(point.y)}" for point in points)
    return tag("path", d=path, stroke=colour, stroke_width=float(thick), stroke_dasharray=dash)


def _head(last: Segment, long: float, colour: str, *, hollow: bool = False) -> str:
    x, y = (last.end.x - last.start.x) / last.length, (last.end.y - last.start.y) / last.length
    back, half = Point(last.end.x - x * long, last.end.y - y * long), long * 0.42
    corners = (last.end, (back.x - y * half, back.y + x * half), (back.x + y * half, back.y - x * half))
    return tag(
        "polygon",
        points=" ".join(f"{figure(left)},{figure(top)}" for left, top in corners),
        fill=PAPER if hollow else colour,
        stroke=colour,
        stroke_width="1",
    )


def _open_head(last: Segment) -> str:
    x, y = (last.end.x - last.start.x) / last.length, (last.end.y - last.start.y) / last.length
    back = Point(last.end.x - x * 8, last.end.y - y * 8)
    path = (
        f"M{figure(back.x - y * 4)} {figure(back.y + x * 4)}L{figure(last.end.x)} {figure(last.end.y)}"
        f"L{figure(back.x + y * 4)} {figure(back.y - x * 4)}"
    )
    return tag("path", d=path)


def _tail(kind: str, first: Segment) -> str:
    """Return the slash of a default flow or the diamond of a conditional one, near its beginning."""
    if not kind:
        return ""
    x, y = (first.end.x - first.start.x) / first.length, (first.end.y - first.start.y) / first.length
    if kind == "default":
        middle = Point(first.start.x + x * 9, first.start.y + y * 9)
        path = (
            f"M{figure(middle.x - (x + y) * 3.8)} {figure(middle.y - (y - x) * 3.8)}"
            f"L{figure(middle.x + (x + y) * 3.8)} {figure(middle.y + (y - x) * 3.8)}"
        )
        return tag("path", d=path)
    start = first.start
    corners = (
        start,
        (start.x + x * 8 - y * 4.5, start.y + y * 8 + x * 4.5),
        (start.x + x * 16, start.y + y * 16),
        (start.x + x * 8 + y * 4.5, start.y + y * 8 - x * 4.5),
    )
    return tag(
        "polygon", points=" ".join(f"{figure(left)},{figure(top)}" for left, top in corners), fill=PAPER
    )
