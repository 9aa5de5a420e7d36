"""Points and boxes of a drawing."""

from typing import NamedTuple


class Point(NamedTuple):
    """A place, in pixels."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle, in pixels: top left corner, width and height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def centre(self) -> Point:
        """Its middle."""
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    def overlaps(self, other: "Box", *, slack: float = 0) -> bool:
        """Whether two boxes share a place more than ``slack`` pixels wide and high."""
        across = min(self.right, other.right) - max(self.x, other.x)
        down = min(self.bottom, other.bottom) - max(self.y, other.y)
        return across > slack and down > slack

    def holds(self, point: tuple[float, float]) -> bool:
        """Whether a point lies inside, or on the edge."""
        return self.x <= point[0] <= self.right and self.y <= point[1] <= self.bottom
