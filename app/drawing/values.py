"""What an element says of itself: its name, who does it, its form, its delays, what runs, when it goes on."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from app.drawing.file import DrawingFault, File, drop, expect_plain, insert_child, local, ours, tag
from app.drawing.happenings import Repeat, name_event, repeat
from app.drawing.layout import Box, Layout

_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_TIMED: Final = re.compile(r"""["']P""")


@dataclass(frozen=True)
class Values:
    """What to set; None leaves a value as it is, an empty text takes it out.

    ``properties`` are our own, by name; ``conditions`` and ``answers`` (the words on a flow) are by the
    flow's id; ``default`` is the flow taken when no condition holds. ``event`` is the name of the message
    or signal that is waited for or sent.
    """

    name: str | None = None
    documentation: str | None = None
    lane: str | None = None
    properties: Mapping[str, str] | None = None
    instructions: str | None = None
    verb: str | None = None
    parameters: Mapping[str, str] | None = None
    result: str | None = None
    decision: str | None = None
    called: str | None = None
    timer: str | None = None
    interrupting: bool | None = None
    event: str | None = None
    repeat: Repeat | None = None
    answers: Mapping[str, str] | None = None
    conditions: Mapping[str, str] | None = None
    default: str | None = None


def change(text: str, ident: str, new: Values) -> str:
    """Return the file with an element that says what ``new`` says; unchanged, the very same text.

    Raises:
        DrawingFault: no such element, or a lane that is not there.
    """
    expect_plain(*_texts(new))
    file = File(text)
    node = file.element(ident)
    before = etree.tostring(file.root, method="c14n")
    if new.name is not None:
        _attribute(node, "name", " ".join(new.name.split()))
    if new.documentation is not None:
        _child(node, "documentation", new.documentation.strip())
    if new.lane is not None:
        _to_lane(file, node, new.lane)
    _extensions(node, new)
    if new.called is not None:
        _attribute(node, "calledElement", new.called.strip())
    if new.timer is not None:
        _timer(node, new.timer.strip())
    if new.interrupting is not None and local(node) == "boundaryEvent":
        _attribute(node, "cancelActivity", "" if new.interrupting else "false")
    if new.event is not None:
        name_event(file, node, new.event)
    if new.repeat is not None:
        repeat(file, node, new.repeat)
    _flows(file, node, new)
    if etree.tostring(file.root, method="c14n") == before:
        return text
    return file.text()


def _texts(new: Values) -> Iterator[str]:
    """Yield every text of a change, names of properties included."""
    for value in vars(new).values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            for pair in value.items():
                yield from pair


def _attribute(node: etree._Element, name: str, value: str) -> None:
    if value:
        node.set(name, value)
    elif name in node.attrib:
        del node.attrib[name]


def _child(node: etree._Element, name: str, value: str) -> None:
    """Write the text of a child, which is taken out when it says nothing."""
    child = node.find(tag(name))
    if child is None:
        if not value:
            return
        child = etree.Element(tag(name))
        insert_child(node, child)
    if not value:
        drop(child)
    elif (child.text or "").strip() != value:
        child.text = value


def _to_lane(file: File, node: etree._Element, lane_id: str) -> None:
    """Move an element to a lane, on the drawing too; its lines follow."""
    ident = node.get("id", "")
    here = file.lane_of(ident)
    if here is not None and here.get("id") == lane_id:
        return
    lane = next((one for one in file.root.iter(tag("lane")) if one.get("id") == lane_id), None)
    if lane is None:
        raise DrawingFault("Ce couloir n'est pas dans le diagramme. Choisissez-en un de la liste.")
    file.put_in_lane(ident, lane)
    layout = Layout(file)
    box, frame = layout.box(ident), layout.box(lane_id)
    if box is None or frame is None:
        return
    middle = frame.middle[1] - box.height / 2
    moved = layout.free(Box(box.x, middle, box.width, box.height), frame)
    layout.place(ident, moved)
    for event in file.attached(ident):
        border = event.get("id", "")
        file.put_in_lane(border, lane)
        small = layout.box(border)
        if small is not None:
            layout.place(border, Box(small.x, moved.bottom - small.height / 2, small.width, small.height))
    for flow in (*file.into(ident), *file.out_of(ident)):
        layout.join(flow.get("id", ""), flow.get("sourceRef", ""), flow.get("targetRef", ""))
    for event in file.attached(ident):
        for flow in file.out_of(event.get("id", "")):
            layout.join(flow.get("id", ""), flow.get("sourceRef", ""), flow.get("targetRef", ""))


def _extensions(node: etree._Element, new: Values) -> None:
    holder = node.find(tag("extensionElements"))
    wanted = (new.properties, new.instructions, new.verb, new.parameters, new.result, new.decision)
    if all(value is None for value in wanted):
        return
    if holder is None:
        holder = etree.Element(tag("extensionElements"))
        insert_child(node, holder)
    if new.properties is not None:
        _properties(holder, new.properties)
    if new.instructions is not None:
        _body(holder, "instructionsForEndUser", new.instructions.strip())
    if new.decision is not None:
        _body(holder, "calledDecisionId", new.decision.strip())
    if (new.verb, new.parameters, new.result) != (None, None, None):
        _verb(holder, new)
    if not len(holder):
        drop(holder)


def _properties(holder: etree._Element, values: Mapping[str, str]) -> None:
    rows = holder.find(ours("properties"))
    if rows is None:
        if not any(value.strip() for value in values.values()):
            return
        rows = etree.Element(ours("properties"))
        holder.insert(0, rows)
    known = {row.get("name", ""): row for row in rows.iterchildren(ours("property"))}
    for name, value in values.items():
        plain = value.strip()
        row = known.get(name)
        if row is None and plain:
            etree.SubElement(rows, ours("property"), name=name, value=plain)
        elif row is not None and plain:
            row.set("value", plain)
        elif row is not None:
            drop(row)
    if not len(rows):
        drop(rows)


def _body(holder: etree._Element, name: str, value: str) -> None:
    child = holder.find(ours(name))
    if child is None and value:
        child = etree.SubElement(holder, ours(name))
    if child is not None:
        if value:
            child.text = value
        else:
            drop(child)


def _verb(holder: etree._Element, new: Values) -> None:
    operator = holder.find(ours("serviceTaskOperator"))
    if new.verb == "":
        if operator is not None:
            drop(operator)
        return
    if operator is None:
        if not new.verb:
            return
        operator = etree.SubElement(holder, ours("serviceTaskOperator"))
    if new.verb:
        operator.set("id", new.verb)
    if new.result is not None:
        _attribute(operator, "resultVariable", new.result.strip())
    if new.parameters is not None:
        _parameters(operator, new.parameters)


def _parameters(operator: etree._Element, values: Mapping[str, str]) -> None:
    """Write the parameters; those that are not named go: they belonged to another verb."""
    rows = operator.find(ours("parameters"))
    if rows is None:
        rows = etree.SubElement(operator, ours("parameters"))
    known = {row.get("id", ""): row for row in rows.iterchildren(ours("parameter"))}
    for gone in [row for name, row in known.items() if not values.get(name, "").strip()]:
        drop(gone)
    for name, value in values.items():
        plain = value.strip()
        if not plain:
            continue
        if name in known:
            known[name].set("value", plain)
        else:
            etree.SubElement(rows, ours("parameter"), id=name, type="any", value=plain)
    if not len(rows):
        drop(rows)


def _timer(node: etree._Element, value: str) -> None:
    """Write what a timer waits for: a quoted duration, or an expression that gives an instant."""
    definition = node.find(tag("timerEventDefinition"))
    if definition is None:
        raise DrawingFault("Cet événement n'attend pas un délai.")
    kind = "timeDuration" if _TIMED.match(value) else "timeDate"
    bodies = [child for child in definition if local(child).startswith("time")]
    if bodies and local(bodies[0]) == kind and (bodies[0].text or "").strip() == value:
        return
    for child in bodies:
        drop(child)
    body = etree.SubElement(definition, tag(kind))
    body.set(_TYPE, "bpmn:tFormalExpression")
    body.text = value


def _flows(file: File, node: etree._Element, new: Values) -> None:
    flows = {flow.get("id", ""): flow for flow in file.out_of(node.get("id", ""))}
    for ident, words in (new.answers or {}).items():
        if ident in flows:
            _attribute(flows[ident], "name", " ".join(words.split()))
    for ident, condition in (new.conditions or {}).items():
        if ident in flows:
            _condition(flows[ident], condition.strip())
    if new.default is not None and (not new.default or new.default in flows):
        _attribute(node, "default", new.default)


def _condition(flow: etree._Element, value: str) -> None:
    child = flow.find(tag("conditionExpression"))
    if child is None:
        if not value:
            return
        child = etree.SubElement(flow, tag("conditionExpression"))
        child.set(_TYPE, "bpmn:tFormalExpression")
    if value:
        if (child.text or "").strip() != value:
            child.text = value
    else:
        drop(child)
