"""The text twin of a diagram: its elements in the order in which they come."""

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.parser.util import full_tag

from app.catalog import frequency
from app.engine.diagram import DEADLINES, FLOW_NODES, bpmn, local, ours
from app.engine.position import Described, Outgoing

LOOPS = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")


def describe_all(
    roots: Mapping[str, Any],
) -> tuple[dict[str, tuple[Described, ...]], dict[str, str], dict[str, str]]:
    """Return, over all files: process → its elements, element → name, sub-process → its process."""
    described: dict[str, tuple[Described, ...]] = {}
    names: dict[str, str] = {}
    owners: dict[str, str] = {}
    for root in roots.values():
        references = {
            node.get("id"): node.get("name")
            for node in bpmn(root, "message", "signal", "error", "escalation")
        }
        for process in bpmn(root, "process"):
            if process.get("isExecutable", "true") != "true":
                continue
            lanes = _lanes(process)
            described[process.get("id")] = tuple(_walk(process, lanes, references, None))
            for item in described[process.get("id")]:
                names[item.element] = item.name
                if item.kind == "subProcess":
                    owners[item.element] = process.get("id")
    return described, names, owners


def _lanes(process: Any) -> dict[str, tuple[str, str]]:
    lanes = {}
    for reference in bpmn(process, "flowNodeRef"):
        lane = reference.getparent()
        lanes[(reference.text or "").strip()] = (lane.get("id"), lane.get("name"))
    return lanes


def _walk(
    holder: Any, lanes: Mapping[str, tuple[str, str]], references: Mapping[str, str], within: str | None
) -> list[Described]:
    """Return the elements of a process or sub-process, from its start along the flows, then the rest."""
    nodes = {node.get("id"): node for node in holder if local(node) in FLOW_NODES}
    flows: dict[str, list[Any]] = {}
    for flow in holder.findall(full_tag("sequenceFlow")):
        flows.setdefault(flow.get("sourceRef"), []).append(flow)
    found: list[Described] = []
    for node in _ordered(nodes, flows):
        lane = lanes.get(node.get("id")) or (lanes.get(within) if within else None)
        found.append(_described(node, flows.get(node.get("id"), []), lane, references, within))
        if local(node) == "subProcess":
            inner = {**lanes}
            if lane is not None:
                inner[node.get("id")] = lane
            found.extend(_walk(node, inner, references, node.get("id")))
    return found


def _ordered(nodes: Mapping[str, Any], flows: Mapping[str, list[Any]]) -> list[Any]:
    attached: dict[str, list[str]] = {}
    for key, node in nodes.items():
        if local(node) == "boundaryEvent":
            attached.setdefault(node.get("attachedToRef"), []).append(key)
    queue = [key for key, node in nodes.items() if local(node) == "startEvent"]
    seen: dict[str, None] = {}
    while queue:
        key = queue.pop(0)
        if key in seen or key not in nodes:
            continue
        seen[key] = None
        queue.extend(attached.get(key, []))
        queue.extend(flow.get("targetRef") for flow in flows.get(key, []))
    return [nodes[key] for key in [*seen, *(key for key in nodes if key not in seen)]]


def _described(
    node: Any,
    flows: list[Any],
    lane: tuple[str, str] | None,
    references: Mapping[str, str],
    within: str | None,
) -> Described:
    extensions = node.find(full_tag("extensionElements"))
    properties = (
        {item.get("name"): item.get("value") for item in ours(extensions, "property")}
        if extensions is not None
        else {}
    )
    event, event_name, timer = _event(node, references)
    delays = {name: properties[name] for name in DEADLINES if properties.get(name)}
    if timer:
        delays["timer"] = timer
    rule = frequency.read(properties)
    if rule is not None:
        delays["frequence"] = frequency.told(rule)
    documentation = node.find(full_tag("documentation"))
    text = documentation.text if documentation is not None else None
    return Described(
        element=node.get("id"),
        kind=local(node),
        name=node.get("name") or node.get("id"),
        lane=lane[0] if lane else None,
        lane_name=lane[1] if lane else None,
        form=properties.get("formulaire"),
        event=event,
        event_name=event_name,
        attached_to=node.get("attachedToRef"),
        interrupting=node.get("cancelActivity", "true") == "true",
        called=node.get("calledElement"),
        within=within,
        multiple=any(node.find(full_tag(tag)) is not None for tag in LOOPS),
        documentation=text,
        delays=delays,
        outgoing=tuple(_outgoing(node, flow) for flow in flows),
        properties={name: value for name, value in properties.items() if name and value},
    )


def _event(node: Any, references: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """Return the kind of an element's event, its name and, for a timer, its text."""
    for child in node:
        kind = local(child)
        if not kind.endswith("EventDefinition"):
            continue
        reference = next((value for key, value in child.attrib.items() if key.endswith("Ref")), None)
        timer = next((item.text for item in bpmn(child, "timeDate", "timeDuration")), None)
        return kind.removesuffix("EventDefinition"), references.get(reference or ""), timer
    reference = node.get("messageRef")
    return ("message", references.get(reference), None) if reference else (None, None, None)


def _outgoing(node: Any, flow: Any) -> Outgoing:
    condition = flow.find(full_tag("conditionExpression"))
    return Outgoing(
        flow=flow.get("id"),
        label=flow.get("name"),
        condition=(condition.text or "").strip() if condition is not None else None,
        default=node.get("default") == flow.get("id"),
        target=flow.get("targetRef"),
    )
