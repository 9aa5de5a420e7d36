"""Where a diagram's elements are drawn: its shapes and lines, read from any BPMN file, nothing refused."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.documents.bpmn_picture.geometry import Box, Point
from app.engine.diagram import is_true, local


@dataclass
class Plane:
    """One drawing of a file. A box or a line is None when it cannot be read or has no size.

    ``open`` holds the sub-processes drawn with their content around it.
    """

    boxes: dict[str, Box | None] = field(default_factory=dict)
    lines: dict[str, list[Point] | None] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)


def planes(root: Any) -> list[Plane]:
    """Return the drawings of a file, each element once in each."""
    return [_plane(item) for item in root.iter() if local(item) == "BPMNPlane"]


def _plane(item: Any) -> Plane:
    plane = Plane()
    for child in item:
        element = (child.get("bpmnElement") or "").rpartition(":")[2]
        if local(child) == "BPMNShape":
            plane.boxes.setdefault(element, _box(child))
            if is_true(child.get("isExpanded", "false")):
                plane.open.add(element)
        elif local(child) == "BPMNEdge":
            plane.lines.setdefault(element, _line(child))
    return plane


def _box(shape: Any) -> Box | None:
    for bounds in shape:
        if local(bounds) == "Bounds":
            x, y, width, height = (_number(bounds.get(name)) for name in ("x", "y", "width", "height"))
            if x is None or y is None or width is None or height is None:
                return None
            return Box(x, y, width, height) if width > 0 and height > 0 else None
    return None


def _line(edge: Any) -> list[Point] | None:
    points = list(_points(edge))
    known = [Point(x, y) for x, y in points if x is not None and y is not None]
    return known if len(known) == len(points) >= 2 else None


def _points(edge: Any) -> Iterator[tuple[float | None, float | None]]:
    return ((_number(item.get("x")), _number(item.get("y"))) for item in edge if local(item) == "waypoint")


def _number(text: str | None) -> float | None:
    """A coordinate; None when it is missing, is no number, or has no end."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
