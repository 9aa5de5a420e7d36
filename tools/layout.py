"""Give every diagram of a folder its positions: one row of shapes per lane, columns from left to right.

    python -m tools.layout bpmn/base

Only the drawing (BPMNDI) is rewritten, never the process; the text is what bpmn.io's modeler saves, so
that opening and saving a file there changes nothing. No layout tool knows lanes, hence this one.
"""

import argparse
import re
from pathlib import Path

from lxml import etree

from tools.drawing import ROW, Drawing, Node, read
from tools.labels import Label, place_labels
from tools.routing import Box, Line, Router

NAMESPACES = {
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
SIZES = {"gateway": (50, 50), "event": (36, 36), "task": (100, 80)}
PITCH = 160  # pixels between two columns
LEFT, TOP, BANNER = 160, 80, 30  # where the pool starts, and the width of its banner and of a lane's
_DRAWING = re.compile(r" *<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>\n", re.DOTALL)


def arrange(drawing: Drawing) -> None:
    """Choose columns (the longest way from the start) and rows (the first way drawn keeps the first row)."""
    starts = [node.id for node in drawing.nodes.values() if node.kind == "startEvent"]
    for start in starts:
        _mark_returns(drawing, start, ())
        _push_right(drawing, start, 0)
    for start in starts:
        _set_rows(drawing, start)
    for node in drawing.nodes.values():
        if node.host:
            host = drawing.nodes[node.host]
            node.column, node.row = host.column, host.row


def _mark_returns(drawing: Drawing, node: str, path: tuple[str, ...]) -> None:
    for flow in drawing.leaving(node):
        flow.back = flow.target in {*path, node}
        if not flow.back:
            _mark_returns(drawing, flow.target, (*path, node))


def _push_right(drawing: Drawing, node: str, column: int) -> None:
    here = drawing.nodes[node]
    here.column = max(here.column, column)
    for flow in drawing.leaving(node):
        if not flow.back:
            _push_right(drawing, flow.target, here.column + 1)


def _set_rows(drawing: Drawing, node: str) -> None:
    """Place the run of steps that starts at ``node`` on the first free row, then what leaves it."""
    run = [drawing.nodes[node]]
    while step := _next_in_lane(drawing, run[-1]):
        run.append(step)
        drawing.placed.add(step.id)
    lane, columns = run[0].lane, range(run[0].column, run[-1].column + 1)
    row = next(row for row in range(9) if not any((lane, row, column) in drawing.taken for column in columns))
    drawing.placed.add(node)
    drawing.taken.update((lane, row, column) for column in columns)
    for step in run:
        step.row = row
    for step in reversed(run):  # the way onward before the ways aside
        for flow in drawing.leaving(step.id):
            if flow.target not in drawing.placed:
                _set_rows(drawing, flow.target)


def _next_in_lane(drawing: Drawing, node: Node) -> Node | None:
    onward = next((flow for flow in drawing.leaving(node.id) if not flow.back), None)
    if onward is None or onward.target in drawing.placed or drawing.nodes[onward.source].host:
        return None
    step = drawing.nodes[onward.target]
    return step if step.lane == node.lane else None


def boxes(drawing: Drawing) -> tuple[dict[str, Box], dict[str, Box]]:
    """Return the places of the shapes, and of the pool and its lanes."""
    frames, y = {}, TOP
    width = BANNER + PITCH * (1 + max(node.column for node in drawing.nodes.values()))
    for lane in drawing.lanes:
        frames[lane] = Box(LEFT + BANNER, y, width, drawing.height(lane))
        y = frames[lane].bottom
    frames[drawing.pool] = Box(LEFT, TOP, width + BANNER, y - TOP)
    shapes = {}
    for node in drawing.nodes.values():
        if node.host is None:
            frame, (w, h) = frames[node.lane], SIZES[node.shape]
            x = frame.x + BANNER // 2 + PITCH * node.column + PITCH // 2
            top = frame.centre[1] - ROW * drawing.rows(node.lane) // 2 + ROW * node.row
            shapes[node.id] = Box(x - w // 2, top + (ROW - h) // 2, w, h)
    for node in drawing.nodes.values():
        if node.host is not None:
            shapes[node.id] = _on_border(drawing, node, shapes[node.host])
    return shapes, frames


def _on_border(drawing: Drawing, event: Node, host: Box) -> Box:
    w, h = SIZES["event"]
    beside = [item for item in drawing.nodes.values() if item.host == event.host]
    up = _goes_up(drawing, event)
    before = [item for item in beside[: beside.index(event)] if _goes_up(drawing, item) == up]
    x = host.right - 18 - w // 2 - 50 * len(before)
    return Box(x, (host.y if up else host.bottom) - h // 2, w, h)


def _goes_up(drawing: Drawing, event: Node) -> bool:
    target = next(flow.target for flow in drawing.flows if flow.source == event.id)
    return drawing.depth(target) < drawing.depth(event.id)


def lines(drawing: Drawing) -> list[Line]:
    """Return the flows with the sides they may leave by: the first way out goes right, the others aside."""
    found, seen = [], set()
    for flow in drawing.flows:
        node = drawing.nodes[flow.source]
        sides: tuple[str, ...] = ("right", "bottom", "top")
        if node.host:
            sides = ("top",) if _goes_up(drawing, node) else ("bottom",)
        elif flow.back or node.id in seen:
            sides = ("bottom", "top", "right")
        seen.add(node.id)
        found.append(Line(flow.id, flow.source, flow.target, sides))
    return found


def drawn(root: etree._Element) -> str:
    """Return the BPMNDI of a file, indented as bpmn.io does."""
    drawing = read(root)
    arrange(drawing)
    shapes, frames = boxes(drawing)
    router = Router(shapes, {node.id: node.host for node in drawing.nodes.values() if node.host})
    router.draw(lines(drawing))
    labels = [
        Label(node.id, node.name, node.shape) for node in drawing.nodes.values() if node.shape != "task"
    ]
    labels += [Label(flow.id, flow.name, "flow") for flow in drawing.flows if flow.name]
    places = place_labels(labels, shapes, [*router.lines, *_borders(frames)])
    out = [_shape(drawing.pool, frames[drawing.pool], ' isHorizontal="true"')]
    out += [
        _shape(lane, frames[lane], ' isHorizontal="true"') for lane in reversed(drawing.lanes)
    ]  # bpmn.io's order
    nodes = list(drawing.nodes.values())
    borders = [node for node in reversed(nodes) if node.host]
    for node in [*(node for node in nodes if not node.host), *borders]:
        marker = ' isMarkerVisible="true"' if node.kind == "exclusiveGateway" else ""
        out.append(_shape(node.id, shapes[node.id], marker, places.get(node.id)))
    out += [_edge(line, places.get(line.id)) for line in router.lines]
    body = "".join(out)
    return (
        '  <bpmndi:BPMNDiagram id="dessin">\n'
        f'    <bpmndi:BPMNPlane id="plan" bpmnElement="{drawing.collaboration}">\n'
        f"{body}    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n"
    )


def _borders(frames: dict[str, Box]) -> list[Line]:
    """The lines between lanes, which words should not cover either."""
    return [Line("", "", "", points=[(box.x, box.y), (box.right, box.y)]) for box in frames.values()]


def _bounds(box: Box) -> str:
    return f'<dc:Bounds x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" />\n'


def _label(box: Box | None) -> str:
    if box is None:
        return ""
    return f"        <bpmndi:BPMNLabel>\n          {_bounds(box)}        </bpmndi:BPMNLabel>\n"


def _shape(key: str, box: Box, extra: str, label: Box | None = None) -> str:
    head = f'      <bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}"{extra}>\n'
    return f"{head}        {_bounds(box)}{_label(label)}      </bpmndi:BPMNShape>\n"


def _edge(line: Line, label: Box | None) -> str:
    points = "".join(f'        <di:waypoint x="{x}" y="{y}" />\n' for x, y in line.points)
    head = f'      <bpmndi:BPMNEdge id="{line.id}_di" bpmnElement="{line.id}">\n'
    return f"{head}{points}{_label(label)}      </bpmndi:BPMNEdge>\n"


def redrawn(before: str) -> str:
    """Return the text of a file with its drawing made anew."""
    text = _DRAWING.sub("", before)
    for prefix, uri in reversed(NAMESPACES.items()):
        if f"xmlns:{prefix}=" not in text:
            text = text.replace('/MODEL"', f'/MODEL" xmlns:{prefix}="{uri}"', 1)
    drawing = drawn(etree.fromstring(text.encode()))
    return text.replace("</bpmn:definitions>", f"{drawing}</bpmn:definitions>")


def main() -> None:
    """Redraw every diagram of the folders named."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    for folder in parser.parse_args().folders:
        for path in sorted(folder.glob("*.bpmn")):
            before = path.read_text("utf-8")
            after = redrawn(before)
            path.write_text(after, "utf-8")
            print(f"{path}: {'inchangé' if after == before else 'redessiné'}")


if __name__ == "__main__":
    main()
