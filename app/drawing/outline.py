"""A diagram as a list: its elements in the order in which they come, each with what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from app.drawing.file import HOLDERS, MODEL, File, local, ours, space, tag
from app.drawing.happenings import Repeat, event_of, repeat_of


@dataclass(frozen=True)
class Way:
    """A flow out of an element: the answer written on it, its condition, where it leads."""

    id: str
    name: str
    condition: str
    target: str
    default: bool


@dataclass(frozen=True)
class Step:
    """One element. ``parameters`` are those of its verb, as written; ``timer`` is an expression.

    ``waits_for`` is the name of what it waits for or sends, ``event`` what that is (``message``, ``signal``).
    ``incoming`` counts the flows that lead to it; ``host`` is the element on whose border it stands.
    """

    id: str
    kind: str
    name: str
    documentation: str = ""
    lane: str = ""
    host: str = ""
    interrupting: bool = True
    properties: Mapping[str, str] = field(default_factory=dict)
    instructions: str = ""
    verb: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    result: str = ""
    decision: str = ""
    called: str = ""
    timer: str | None = None
    waits_for: str = ""
    event: str = ""
    repeat: Repeat | None = None
    within: str = ""
    incoming: int = 0
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True)
class Outline:
    """A diagram: its process, its lanes (id → name), its elements in order."""

    process: str
    name: str
    documentation: str
    lanes: Mapping[str, str]
    steps: tuple[Step, ...]

    def step(self, ident: str) -> Step | None:
        """Return the element of that id."""
        return next((step for step in self.steps if step.id == ident), None)


def outline(text: str) -> tuple[Outline, ...]:
    """Read every process of a BPMN file.

    Raises:
        DrawingFault: it cannot be read.
    """
    file = File(text)
    return tuple(_process(file, node) for node in file.root.iter(tag("process")))


def _process(file: File, process: etree._Element) -> Outline:
    return Outline(
        process=process.get("id", ""),
        name=process.get("name", ""),
        documentation=said(process, "documentation"),
        lanes={
            str(lane.get("id")): str(lane.get("name") or lane.get("id")) for lane in process.iter(tag("lane"))
        },
        steps=tuple(_steps(file, process, "")),
    )


def _steps(file: File, holder: etree._Element, within: str) -> list[Step]:
    nodes = {node.get("id", ""): node for node in file.nodes(holder)}
    found: list[Step] = []
    for ident in _ordered(file, nodes):
        found.append(_step(file, nodes[ident], within))
        if local(nodes[ident]) in HOLDERS:
            found += _steps(file, nodes[ident], ident)
    return found


def _ordered(file: File, nodes: Mapping[str, etree._Element]) -> list[str]:
    """Return ids along the flows, what stands on a border after its host, the rest last."""
    queue = [ident for ident, node in nodes.items() if local(node) == "startEvent"]
    seen: dict[str, None] = {}
    while queue:
        ident = queue.pop(0)
        if ident in seen or ident not in nodes:
            continue
        seen[ident] = None
        borders = [event.get("id", "") for event in file.attached(ident)]
        queue += [*borders, *(flow.get("targetRef", "") for flow in file.out_of(ident))]
    return [*seen, *(ident for ident in nodes if ident not in seen)]


def _step(file: File, node: etree._Element, within: str) -> Step:
    ident = node.get("id", "")
    lane = file.lane_of(ident)
    verb = _extension(node, "serviceTaskOperator")
    return Step(
        id=ident,
        kind=local(node),
        name=node.get("name", ""),
        documentation=said(node, "documentation"),
        lane=lane.get("id", "") if lane is not None else "",
        host=node.get("attachedToRef", ""),
        interrupting=node.get("cancelActivity", "true") == "true",
        properties={item.get("name", ""): item.get("value", "") for item in node.iter(ours("property"))}
        if local(node) not in HOLDERS
        else _own_properties(node),
        instructions=_text(_extension(node, "instructionsForEndUser")),
        verb=verb.get("id", "") if verb is not None else "",
        parameters={item.get("id", ""): item.get("value", "") for item in verb.iter(ours("parameter"))}
        if verb is not None
        else {},
        result=verb.get("resultVariable", "") if verb is not None else "",
        decision=_text(_extension(node, "calledDecisionId")),
        called=node.get("calledElement", ""),
        timer=timer_of(node),
        waits_for=_event(file, node),
        event=event_of(node),
        repeat=repeat_of(node),
        within=within,
        incoming=len(file.into(ident)),
        ways=tuple(_way(flow, node) for flow in file.out_of(ident)),
    )


def _own_properties(node: etree._Element) -> dict[str, str]:
    holder = node.find(tag("extensionElements"))
    if holder is None:
        return {}
    return {item.get("name", ""): item.get("value", "") for item in holder.iter(ours("property"))}


def timer_of(node: etree._Element) -> str | None:
    """Return what a timer waits for, empty when nothing is written, None when the element has no timer."""
    definition = node.find(tag("timerEventDefinition"))
    if definition is None:
        return None
    body = next((child for child in definition if local(child).startswith("time")), None)
    return (body.text or "").strip() if body is not None else ""


def _event(file: File, node: etree._Element) -> str:
    """Return the name of the message or signal that an event waits for or sends."""
    names = {
        item.get("id"): item.get("name") or ""
        for item in file.root
        if local(item) in ("message", "signal", "error", "escalation")
    }
    for child in node:
        if local(child).endswith("EventDefinition"):
            for kind in ("messageRef", "signalRef", "errorRef", "escalationRef"):
                if child.get(kind):
                    return names.get(child.get(kind), "")
    return names.get(node.get("messageRef"), "") if node.get("messageRef") else ""


def _way(flow: etree._Element, source: etree._Element) -> Way:
    return Way(
        id=flow.get("id", ""),
        name=flow.get("name", ""),
        condition=said(flow, "conditionExpression"),
        target=flow.get("targetRef", ""),
        default=source.get("default") == flow.get("id"),
    )


def said(node: etree._Element, name: str) -> str:
    """Return the text of a child, stripped."""
    return (node.findtext(tag(name)) or "").strip()


def _extension(node: etree._Element, name: str) -> etree._Element | None:
    holder = node.find(tag("extensionElements"))
    return holder.find(ours(name)) if holder is not None else None


def _text(node: etree._Element | None) -> str:
    return (node.text or "").strip() if node is not None and space(node) != MODEL else ""
