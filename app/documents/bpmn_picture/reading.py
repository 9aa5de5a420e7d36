"""From a diagram's XML to what is drawn: shapes, edges, and the words on them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from lxml import etree

from app.documents.bpmn_picture.geometry import Box, Point
from app.expressions.safe_xml import parse_xml

_FAR: Final = 100_000
"""Beyond this many pixels a drawing is a mistake, or a trap."""

_EVENT: Final = "EventDefinition"
_LOOPS: Final = {"multiInstanceLoopCharacteristics": "parallel", "standardLoopCharacteristics": "loop"}


@dataclass(frozen=True)
class Shape:
    """A drawn element. ``kind`` is its BPMN tag, ``event`` what it waits for or throws.

    ``crossed`` asks for the cross of an exclusive gateway; ``unasked`` marks an event sub-process.
    """

    element: str
    kind: str
    name: str
    box: Box
    label: Box | None = None
    horizontal: bool = True
    expanded: bool = False
    crossed: bool = False
    event: str | None = None
    interrupting: bool = True
    loop: str | None = None
    unasked: bool = False


@dataclass(frozen=True)
class Edge:
    """A drawn flow or association. ``mark`` is ``default``, ``conditional`` or empty."""

    element: str
    kind: str
    name: str
    points: tuple[Point, ...]
    label: Box | None = None
    mark: str = ""
    source: str = ""


@dataclass(frozen=True)
class Drawing:
    """Everything a file draws, and the name of what it draws."""

    name: str
    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]


def read(diagram: bytes) -> Drawing:
    """Read a BPMN file; shapes and edges with impossible figures are left out.

    Several planes in one file (a sub-process unfolded apart) come one below the other.

    Raises:
        UnsafeXml: not XML, or XML that must not be read.
    """
    root = parse_xml(diagram)
    known = _elements(root)
    shapes: list[Shape] = []
    edges: list[Edge] = []
    lowest = 0.0
    for plane in _named(root, "BPMNPlane"):
        found = [shape for node in _named(plane, "BPMNShape") if (shape := _shape(node, known))]
        lines = [edge for node in _named(plane, "BPMNEdge") if (edge := _edge(node, known))]
        if not found:
            continue
        down = lowest + 40 - min(shape.box.y for shape in found) if shapes else 0.0
        shapes.extend(_lower_shape(shape, down) for shape in found)
        edges.extend(_lower_edge(edge, down) for edge in lines)
        lowest = max(shape.box.bottom for shape in shapes)
    return Drawing(name=_name(root), shapes=tuple(shapes), edges=tuple(edges))


def _elements(root: Any) -> dict[str, Any]:
    """Return the BPMN elements by id; what tools add inside extensions may repeat an id."""
    found: dict[str, Any] = {}
    holders = [root]
    while holders:
        holder = holders.pop()
        for node in holder:
            tag = _tag(node)
            if not tag or tag in ("extensionElements", "BPMNDiagram"):
                continue
            if node.get("id"):
                found.setdefault(node.get("id"), node)
            holders.append(node)
    return found


def _tag(node: Any) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _named(node: Any, *tags: str) -> Iterator[Any]:
    return (child for child in node.iter() if _tag(child) in tags)


def _name(root: Any) -> str:
    """Return what the diagram is called: its only pool, else its first process."""
    for tag in ("participant", "process", "collaboration"):
        names = [node.get("name") for node in _named(root, tag) if node.get("name")]
        if names:
            return str(names[0])
    return ""


def _shape(node: Any, known: Mapping[str, Any]) -> Shape | None:
    element = _reference(node.get("bpmnElement"))
    drawn = known.get(element)
    box = _box(_first(node, "Bounds"))
    if drawn is None or box is None:
        return None
    kind = _tag(drawn)
    return Shape(
        element=element,
        kind=kind,
        name=_words(drawn),
        box=box,
        label=_label(node),
        horizontal=node.get("isHorizontal", "true") != "false",
        expanded=_unfolded(node, drawn),
        crossed=node.get("isMarkerVisible") == "true",
        event=_event(drawn),
        interrupting=(drawn.get("cancelActivity") or drawn.get("isInterrupting") or "true") == "true",
        loop=_loop(drawn),
        unasked=drawn.get("triggeredByEvent") == "true",
    )


def _unfolded(node: Any, drawn: Any) -> bool:
    """Say whether what is inside is drawn inside; a pool without a process is a closed box."""
    if _tag(drawn) == "participant":
        return drawn.get("processRef") is not None
    return bool(node.get("isExpanded") == "true")


def _words(drawn: Any) -> str:
    if _tag(drawn) == "textAnnotation":
        text = _first(drawn, "text")
        return " ".join(text.itertext()).strip() if text is not None else ""
    return str(drawn.get("name") or "")


def _event(drawn: Any) -> str | None:
    kinds = [_tag(child).removesuffix(_EVENT) for child in drawn if _tag(child).endswith(_EVENT)]
    if len(kinds) > 1:
        return "parallelMultiple" if drawn.get("parallelMultiple") == "true" else "multiple"
    return kinds[0] if kinds else None


def _loop(drawn: Any) -> str | None:
    for child in drawn:
        kind = _LOOPS.get(_tag(child))
        if kind:
            return "sequential" if child.get("isSequential") == "true" else kind
    return None


def _edge(node: Any, known: Mapping[str, Any]) -> Edge | None:
    element = _reference(node.get("bpmnElement"))
    drawn = known.get(element)
    points = tuple(point for child in node if _tag(child) == "waypoint" if (point := _point(child)))
    if drawn is None or len(points) < 2:
        return None
    source = str(drawn.get("sourceRef") or "")
    return Edge(
        element=element,
        kind=_tag(drawn),
        name=str(drawn.get("name") or ""),
        points=points,
        label=_label(node),
        mark=_mark(drawn, known.get(source)),
        source=source,
    )


def _mark(flow: Any, source: Any) -> str:
    """Say what stands at the beginning of a flow; the conditions of a gateway carry no diamond."""
    if source is None:
        return ""
    if source.get("default") == flow.get("id"):
        return "default"
    conditional = _first(flow, "conditionExpression") is not None
    return "conditional" if conditional and not _tag(source).endswith("Gateway") else ""


def _label(node: Any) -> Box | None:
    label = _first(node, "BPMNLabel")
    return _box(_first(label, "Bounds")) if label is not None else None


def _first(node: Any, tag: str) -> Any:
    return next((child for child in node if _tag(child) == tag), None)


def _reference(value: str | None) -> str:
    """Return an id without the prefix that some editors write before it."""
    return (value or "").rpartition(":")[2]


def _box(node: Any) -> Box | None:
    if node is None:
        return None
    figures = [_number(node.get(name)) for name in Box._fields]
    if any(figure is None for figure in figures):
        return None
    box = Box(*(figure or 0.0 for figure in figures))
    return box if box.width > 0 and box.height > 0 else None


def _point(node: Any) -> Point | None:
    x, y = _number(node.get("x")), _number(node.get("y"))
    return Point(x, y) if x is not None and y is not None else None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if isfinite(value) and abs(value) < _FAR else None


def _lower_box(box: Box, down: float) -> Box:
    return box._replace(y=box.y + down)


def _lower_shape(shape: Shape, down: float) -> Shape:
    if not down:
        return shape
    label = _lower_box(shape.label, down) if shape.label else None
    return Shape(**{**vars(shape), "box": _lower_box(shape.box, down), "label": label})


def _lower_edge(edge: Edge, down: float) -> Edge:
    if not down:
        return edge
    label = _lower_box(edge.label, down) if edge.label else None
    points = tuple(Point(point.x, point.y + down) for point in edge.points)
    return Edge(**{**vars(edge), "points": points, "label": label})
