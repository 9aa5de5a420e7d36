"""A diagram read as a drawing: shapes in a grid of lanes and columns, and the flows between them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ROW = 140  # pixels between two rows of a lane
LETTER = 6.1  # pixels of one letter of a lane's name


@dataclass
class Node:
    """A drawn element and its place in the grid: lane, row in that lane, column."""

    id: str
    name: str
    kind: str
    lane: str
    host: str | None = None
    column: int = 0
    row: int = 0

    @property
    def shape(self) -> str:
        """``task``, ``event`` or ``gateway``."""
        return next((word for word in ("gateway", "event") if self.kind.lower().endswith(word)), "task")


@dataclass
class Flow:
    """A sequence flow, and whether it goes back to a step already passed."""

    id: str
    name: str
    source: str
    target: str
    back: bool = False


@dataclass
class Drawing:
    """One process in its pool, as read from a file; ``lanes`` gives each lane's name."""

    collaboration: str
    pool: str
    lanes: dict[str, str]
    nodes: dict[str, Node]
    flows: list[Flow]
    placed: set[str] = field(default_factory=set)
    taken: set[tuple[str, int, int]] = field(default_factory=set)

    def leaving(self, node: str) -> Iterator[Flow]:
        """Flows that leave ``node`` or an event on its border, in the order of the file."""
        borders = [item.id for item in self.nodes.values() if item.host == node]
        return (flow for source in (node, *borders) for flow in self.flows if flow.source == source)

    def rows(self, lane: str) -> int:
        """How many rows of shapes a lane holds."""
        return 1 + max(node.row for node in self.nodes.values() if node.lane == lane)

    def height(self, lane: str) -> int:
        """The height of a lane, in pixels: room for its rows, and for its name on one line."""
        return max(ROW * self.rows(lane), 10 * math.ceil(len(self.lanes[lane]) * LETTER / 10 + 1))

    def depth(self, node: str) -> int:
        """How far down a node's lane stands."""
        return list(self.lanes).index(self.nodes[node].lane)


def read(root: etree._Element) -> Drawing:
    """Return the drawing of the only pool of a file."""
    process, collaboration = _child(root, "process"), _child(root, "collaboration")
    lanes = list(process.iter(f"{BPMN}lane"))
    lane_of = {ref.text: lane.get("id", "") for lane in lanes for ref in lane.iter(f"{BPMN}flowNodeRef")}
    nodes = {}
    for item in process:
        key = item.get("id", "")
        if key in lane_of:
            kind = etree.QName(item).localname
            nodes[key] = Node(key, item.get("name", ""), kind, lane_of[key], item.get("attachedToRef"))
    flows = [
        Flow(item.get("id", ""), item.get("name", ""), item.get("sourceRef", ""), item.get("targetRef", ""))
        for item in process.iter(f"{BPMN}sequenceFlow")
    ]
    names = {lane.get("id", ""): lane.get("name", "") for lane in lanes}
    pool = _child(collaboration, "participant").get("id", "")
    return Drawing(collaboration.get("id", ""), pool, names, nodes, flows)


def _child(element: etree._Element, tag: str) -> etree._Element:
    found = element.find(f"{BPMN}{tag}")
    if found is None:
        raise ValueError(f"no {tag} in this file")
    return found
