"""Positions for a small diagram, however broken: one column an element, one band a lane.

Not pretty, but nothing covers anything: a fault in the process must not become a fault in the drawing.
"""

import re
from dataclasses import dataclass, field

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
NAMESPACES = {
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
NODES = ("Event", "Gateway", "Task", "task", "callActivity", "subProcess", "transaction", "adHocSubProcess")
HOLDERS = ("subProcess", "transaction", "adHocSubProcess")
BAND, GAP, LEFT, TOP = 240, 60, 100, 80  # pixels: a lane, between two columns, where the pool starts

Box = tuple[int, int, int, int]


@dataclass
class _Plan:
    boxes: dict[str, Box] = field(default_factory=dict)
    expanded: set[str] = field(default_factory=set)
    flows: list[tuple[str, str, str]] = field(default_factory=list)


def draw(text: str) -> str:
    """Return the text of a diagram with a drawing of all it holds; what is no diagram is left as it is."""
    try:
        root = etree.fromstring(text.encode())
    except (etree.XMLSyntaxError, ValueError):
        return text
    process = root.find(f"{BPMN}process")
    if root.tag != f"{BPMN}definitions" or process is None:
        return text
    plan = _Plan()
    _place(process, plan)
    participant = root.find(f"{BPMN}collaboration/{BPMN}participant")
    collaboration = root.find(f"{BPMN}collaboration")
    about = process.get("id") if collaboration is None else collaboration.get("id")
    right = max((x + w for x, _, w, _ in plan.boxes.values()), default=LEFT) + GAP
    lanes = [lane.get("id", "") for lane in process.iter(f"{BPMN}lane")]
    frames = {lane: (LEFT + 30, TOP + BAND * n, right - LEFT - 30, BAND) for n, lane in enumerate(lanes)}
    if participant is not None:
        frames[participant.get("id", "")] = (LEFT, TOP, right - LEFT, BAND * max(1, len(lanes)))
    shapes = [_shape(key, box, ' isHorizontal="true"') for key, box in frames.items()]
    for key, box in plan.boxes.items():
        shapes.append(_shape(key, box, ' isExpanded="true"' if key in plan.expanded else ""))
    shapes += [_edge(key, plan.boxes[a], plan.boxes[b]) for key, a, b in plan.flows]
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    drawing = (
        f'  <bpmndi:BPMNDiagram{spaces} id="dessin"><bpmndi:BPMNPlane id="plan" bpmnElement="{about}">\n'
        f"{''.join(shapes)}  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>\n"
    )
    return re.sub(r"(</(?:\w+:)?definitions>\s*)$", lambda end: drawing + end[1], text)


def _place(process: etree._Element, plan: _Plan) -> None:
    lanes = list(process.iter(f"{BPMN}lane"))
    band = {(ref.text or ""): n for n, lane in enumerate(lanes) for ref in lane.iter(f"{BPMN}flowNodeRef")}
    x = LEFT + 30 + GAP
    for node in _nodes(process):
        middle = TOP + BAND * band.get(node.get("id", ""), 0) + BAND // 2
        x += _put(node, x, middle, plan) + GAP
    _fasten(process, plan)


def _put(node: etree._Element, x: int, middle: int, plan: _Plan) -> int:
    """Place one element, and what it holds; return its width."""
    key, kind = node.get("id", ""), etree.QName(node).localname
    width, height = _size(kind)
    if kind in HOLDERS:
        inner, width, height = x + 20, 20, height + 40
        for child in _nodes(node):
            used = _put(child, inner, middle, plan)
            inner, width = inner + used + 30, width + used + 30
        _fasten(node, plan)
        plan.expanded.add(key)
        plan.boxes = {key: (x, middle - height // 2, width, height), **plan.boxes}
        return width
    plan.boxes[key] = (x, middle - height // 2, width, height)
    return width


def _size(kind: str) -> tuple[int, int]:
    if kind.endswith("Event"):
        return 36, 36
    return (50, 50) if kind.endswith("Gateway") else (100, 80)


def _nodes(holder: etree._Element) -> list[etree._Element]:
    found = [item for item in holder if isinstance(item.tag, str) and item.get("id")]
    found = [item for item in found if etree.QName(item).localname.endswith(NODES)]
    return [item for item in found if item.tag != f"{BPMN}boundaryEvent"]


def _fasten(holder: etree._Element, plan: _Plan) -> None:
    """Place the events on borders, then note the flows whose two ends are drawn."""
    for rank, event in enumerate(holder.findall(f"{BPMN}boundaryEvent")):
        x, y, _, height = plan.boxes.get(event.get("attachedToRef", ""), (LEFT + 100 * rank, 600, 0, 0))
        plan.boxes[event.get("id", "")] = (x + 10 + 40 * (rank % 2), y + height - 18, 36, 36)
    for flow in holder.findall(f"{BPMN}sequenceFlow"):
        key, ends = flow.get("id"), (flow.get("sourceRef", ""), flow.get("targetRef", ""))
        if key and all(end in plan.boxes for end in ends):
            plan.flows.append((key, *ends))


def _shape(key: str, box: Box, extra: str) -> str:
    x, y, width, height = box
    return (
        f'    <bpmndi:BPMNShape id="{key}_forme" bpmnElement="{key}"{extra}>'
        f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/></bpmndi:BPMNShape>\n'
    )


def _edge(key: str, source: Box, target: Box) -> str:
    start = (source[0] + source[2], source[1] + source[3] // 2)
    points = "".join(
        f'<di:waypoint x="{x}" y="{y}"/>' for x, y in (start, (target[0], target[1] + target[3] // 2))
    )
    return f'    <bpmndi:BPMNEdge id="{key}_trait" bpmnElement="{key}">{points}</bpmndi:BPMNEdge>\n'
