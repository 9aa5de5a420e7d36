"""Right-angled lines between boxes: tries the usual ways round and keeps the one that crosses least."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise, product

Point = tuple[int, int]
Segment = tuple[Point, Point]

SHAPE, CROSSING, SHARED, BEND, SIDE = 100_000, 10_000, 4_000, 60, 25
"""What a line costs: through a shape, across a line, along a line, for each bend, for an odd way out."""
MARGIN = 8  # pixels that a line keeps from the shapes it passes
ASIDE = (28, 20, 36, 12)  # pixels beside a shape where a line may turn


@dataclass(frozen=True)
class Box:
    """A shape's place: top left corner, width and height, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def centre(self) -> Point:
        """Its middle."""
        return self.x + self.width // 2, self.y + self.height // 2

    @property
    def right(self) -> int:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return self.y + self.height

    def port(self, side: str) -> Point:
        """The middle of a side: ``left``, ``right``, ``top`` or ``bottom``."""
        x, y = self.centre
        return {
            "left": (self.x, y),
            "right": (self.right, y),
            "top": (x, self.y),
            "bottom": (x, self.bottom),
        }[side]

    def meets(self, segment: Segment, margin: int = 0) -> bool:
        """Whether an upright or level segment passes through the shape, or nearer than ``margin``."""
        (x1, y1), (x2, y2) = segment
        across = min(x1, x2) < self.right + margin and max(x1, x2) > self.x - margin
        return across and min(y1, y2) < self.bottom + margin and max(y1, y2) > self.y - margin

    def overlaps(self, other: "Box") -> bool:
        """Whether two shapes share any place."""
        apart = self.right <= other.x or other.right <= self.x
        return not (apart or self.bottom <= other.y or other.bottom <= self.y)


@dataclass
class Line:
    """A flow to draw, then drawn: its ends by name, the sides it may leave by, its points."""

    id: str
    source: str
    target: str
    sides: tuple[str, ...] = ("right", "bottom", "top")
    points: list[Point] = field(default_factory=list)

    def segments(self) -> Iterator[Segment]:
        """Its straight parts, in order."""
        return pairwise(self.points)


@dataclass
class Router:
    """Draws lines between boxes; ``host`` gives the shape on whose border an event sits."""

    boxes: dict[str, Box]
    hosts: dict[str, str]
    lines: list[Line] = field(default_factory=list)

    def draw(self, lines: Iterable[Line], *, rounds: int = 4) -> None:
        """Find the points of every line, then look at each again now that the others stand."""
        self.lines = list(lines)
        for _ in range(rounds):
            for line in self.lines:
                line.points = min(self._ways(line), key=lambda points: self._cost(line, points))

    def _ways(self, line: Line) -> Iterator[list[Point]]:
        source, target = self.boxes[line.source], self.boxes[line.target]
        for out, into in product(line.sides, ("left", "top", "bottom")):
            a, b = source.port(out), target.port(into)
            yield from (_tidy([a, *middle, b]) for middle in _middles(a, out, b, into))

    def _cost(self, line: Line, points: list[Point]) -> float:
        segments = list(pairwise(points))
        cost = BEND * (len(points) - 2) + sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in segments) / 4
        cost += SIDE * line.sides.index(self._side(line, points))
        own = {line.source, line.target, self.hosts.get(line.source)}
        for name, box in self.boxes.items():
            margin = 0 if name in own else MARGIN
            inner = Box(box.x + 1, box.y + 1, box.width - 2, box.height - 2) if name in own else box
            cost += SHAPE * sum(inner.meets(segment, margin) for segment in segments)
        for other in self.lines:
            if other is not line:
                cost += sum(_conflict(a, b, line, other) for a in segments for b in other.segments())
        return cost

    def _side(self, line: Line, points: list[Point]) -> str:
        box = self.boxes[line.source]
        return next(side for side in line.sides if box.port(side) == points[0])


def crossings(lines: Iterable[Line]) -> list[tuple[str, str]]:
    """The pairs of lines that cross, or run along each other without a common end."""
    kept = list(lines)
    return [
        (one.id, other.id)
        for number, one in enumerate(kept)
        for other in kept[number + 1 :]
        if any(_conflict(a, b, one, other) >= CROSSING for a in one.segments() for b in other.segments())
    ]


def _conflict(a: Segment, b: Segment, one: Line, other: Line) -> int:
    """What two segments of two lines cost each other."""
    if not _touch(a, b):
        return 0
    level_a, level_b = a[0][1] == a[1][1], b[0][1] == b[1][1]
    if level_a != level_b and one.source != other.source and one.target != other.target:
        return CROSSING
    if one.target == other.target:
        return 0 if level_a == level_b else SHARED // 4
    if one.source == other.source:
        return SHARED if level_a == level_b else SHARED // 4
    return CROSSING


def _touch(a: Segment, b: Segment) -> bool:
    (ax1, ay1), (ax2, ay2) = sorted(a)
    (bx1, by1), (bx2, by2) = sorted(b)
    ay1, ay2, by1, by2 = *sorted((ay1, ay2)), *sorted((by1, by2))
    return ax1 <= bx2 and bx1 <= ax2 and ay1 <= by2 and by1 <= ay2


def _middles(a: Point, out: str, b: Point, into: str) -> Iterator[list[Point]]:
    """Corners between two ends: none, one, or two beside either of them."""
    upright_out, upright_in = out in {"top", "bottom"}, into in {"top", "bottom"}
    if _leaves(a, out, b) and _enters(b, into, a) and (a[0] == b[0] or a[1] == b[1]):
        yield []
    corner = (a[0], b[1]) if upright_out else (b[0], a[1])
    if upright_out != upright_in and _leaves(a, out, corner) and _enters(b, into, corner):
        yield [corner]
    if upright_out != upright_in:
        return
    for step in ASIDE:
        for turn in _turns(a, b, out, into, step):
            yield [(a[0], turn), (b[0], turn)] if upright_out else [(turn, a[1]), (turn, b[1])]


def _turns(a: Point, b: Point, out: str, into: str, step: int) -> Iterator[int]:
    """Where a line with two corners may turn, before the target or beyond both ends."""
    if out in {"top", "bottom"}:
        if out == into:
            yield (min(a[1], b[1]) - step) if out == "top" else (max(a[1], b[1]) + step)
        elif (out == "bottom") == (a[1] < b[1]):
            yield from (b[1] - step, a[1] + step) if out == "bottom" else (b[1] + step, a[1] - step)
    elif out == "right" and into == "left" and a[0] < b[0]:
        yield from (b[0] - step, a[0] + step)


def _leaves(a: Point, side: str, to: Point) -> bool:
    return {"right": to[0] > a[0], "left": to[0] < a[0], "top": to[1] < a[1], "bottom": to[1] > a[1]}[side]


def _enters(b: Point, side: str, coming: Point) -> bool:
    return {
        "right": coming[0] > b[0],
        "left": coming[0] < b[0],
        "top": coming[1] < b[1],
        "bottom": coming[1] > b[1],
    }[side]


def _tidy(points: list[Point]) -> list[Point]:
    """Drop corners that turn nowhere."""
    kept = [points[0]]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        if not (before[0] == here[0] == after[0] or before[1] == here[1] == after[1]):
            kept.append(here)
    return [*kept, points[-1]]
