"""Where the words outside shapes go: beside their shape or line, on nothing else."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tools.routing import Box, Line

WIDTH, LETTER, HEIGHT = 90, 5.2, 13  # how bpmn.io sets a label: greatest width, a letter, a line (pixels)
GAP = 4
_CHOICE = ("gateway", "event", "flow")  # who has the fewest places to go chooses first


@dataclass(frozen=True)
class Label:
    """The words of an event, a gateway or a flow."""

    id: str
    text: str
    kind: str


def size(text: str) -> tuple[int, int]:
    """Return the width and height of a label once wrapped."""
    rows, longest, row = 1, 0.0, 0.0
    for word in text.replace(" ?", "\u00a0?").split(" "):
        wide = len(word) * LETTER
        if row and row + LETTER + wide > WIDTH:
            rows, row = rows + 1, wide
        else:
            row += wide + (LETTER if row else 0)
        longest = max(longest, row)
    return max(20, min(WIDTH, round(longest * 1.05) + 4)), rows * HEIGHT


def place_labels(labels: Iterable[Label], shapes: Mapping[str, Box], lines: list[Line]) -> dict[str, Box]:
    """Return the place of each label: the first usual place that covers nothing, else the least bad."""
    by_line = {line.id: line for line in lines}
    placed: dict[str, Box] = {}
    for label in sorted(labels, key=lambda label: _CHOICE.index(label.kind)):
        if not label.text:
            continue
        spots = (
            _beside_line(label, by_line[label.id])
            if label.kind == "flow"
            else _beside(label, shapes[label.id])
        )
        placed[label.id] = min(spots, key=lambda box: _covered(box, shapes, lines, placed))
    return placed


def _covered(box: Box, shapes: Mapping[str, Box], lines: list[Line], placed: Mapping[str, Box]) -> int:
    hidden = sum(3 for shape in shapes.values() if box.overlaps(shape))
    hidden += sum(3 for other in placed.values() if box.overlaps(other))
    return hidden + sum(1 for line in lines for segment in line.segments() if box.meets(segment))


def _beside(label: Label, shape: Box) -> Iterator[Box]:
    w, h = size(label.text)
    x, y = shape.centre
    below, above = shape.bottom + GAP, shape.y - GAP - h
    order = (above, below) if label.kind == "gateway" else (below, above)
    yield from (Box(x - w // 2, spot, w, h) for spot in order)
    yield Box(shape.right + GAP, y - h - 2, w, h)
    yield Box(shape.right + GAP, y + 3, w, h)
    yield Box(shape.x - GAP - w, y + 3, w, h)
    for spot in order:
        yield Box(shape.right + GAP, spot, w, h)
        yield Box(shape.x - GAP - w, spot, w, h)
    yield Box(shape.right + GAP, y + GAP, w, h)
    yield Box(shape.x - GAP - w, y + GAP, w, h)


def _beside_line(label: Label, line: Line) -> Iterator[Box]:
    w, h = size(label.text)
    for (x1, y1), (x2, y2) in line.segments():
        if y1 == y2:
            near = x1 + 6 if x2 > x1 else x1 - 6 - w
            for x in (near, (x1 + x2 - w) // 2):
                yield Box(x, y1 - GAP - h, w, h)
                yield Box(x, y1 + GAP, w, h)
        else:
            near = y1 + 6 if y2 > y1 else y1 - 6 - h
            for y in (near, (y1 + y2 - h) // 2):
                yield Box(x1 + GAP, y, w, h)
                yield Box(x1 - GAP - w, y, w, h)
