"""The elements that the engine runs, with what each writes, and every place where an expression stands.

Only what can run is kept, and its attributes are read as the engine reads them: what the engine refuses is
said elsewhere, and nothing is said of the data that would have passed there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from app.catalog import frequency
from app.checker.diagrams.as_drawn import text_of
from app.engine.checks.frequencies import STAYS
from app.engine.diagram import DEADLINES, FLOW_NODES, PEOPLE, bpmn, extension_text, local, ours

State = Literal["arrival", "inside", "turn", "scope"]
"""When an expression is read: on reaching its element, inside it (with the item of a multi-instance), after
each turn of it, or at any moment of its process."""

LOOP_WORDS: Final = frozenset({"termines", "total"})
"""What the end condition of a multi-instance reads beside process data."""
_PAYLOADS: Final = ("messagePayload", "payloadExpression")
_VARIABLES: Final = ("messageVariable", "variableName")


@dataclass(frozen=True)
class Place:
    """An expression in a diagram.

    ``element`` is the id that people look for (a flow's for its condition); ``node`` the element at which it
    is read, in the state ``state``. ``passing`` tells whether it reads the passing view (every answer, the
    facts of the case) or process data alone. ``extra`` are names given at that moment only.
    """

    element: str
    node: str
    text: str
    passing: bool
    state: State = "arrival"
    extra: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Repeat:
    """A loop or a multi-instance around an element."""

    many: bool
    sequential: bool
    test_before: bool = False
    item: str | None = None
    output_item: str | None = None
    output_list: str | None = None


@dataclass(frozen=True)
class Node:
    """A flow node, its XML read into what matters for names."""

    id: str
    kind: str
    name: str
    xml: Any = field(repr=False, compare=False)

    @cached_property
    def properties(self) -> dict[str, str]:
        """Its own properties (``formulaire``, ``resultats``…)."""
        extensions = next((kid for kid in self.xml if local(kid) == "extensionElements"), None)
        found = ours(extensions, "property") if extensions is not None else ()
        return {item.get("name") or "": item.get("value") or "" for item in found}

    @property
    def form(self) -> str | None:
        """The form that people fill in here."""
        return self.properties.get("formulaire", "").strip() or None if self.kind in PEOPLE else None

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """The dotted names that a step of people declares."""
        declared = self.properties.get("resultats", "") if self.kind in PEOPLE else ""
        return tuple(name.strip() for name in declared.split(",") if name.strip())

    @cached_property
    def decision(self) -> str | None:
        """The table that a business rule task names."""
        if self.kind != "businessRuleTask":
            return None
        return (extension_text(self.xml, "calledDecisionId") or "").strip() or None

    @cached_property
    def result(self) -> str | None:
        """The variable that keeps the result of a verb."""
        if self.kind != "serviceTask":
            return None
        operator = next(ours(self.xml, "serviceTaskOperator"), None)
        return (operator.get("resultVariable") or "").strip() or None if operator is not None else None

    @cached_property
    def event(self) -> Any:
        """The XML of its event definition, None without one."""
        return next((kid for kid in self.xml if local(kid).endswith("EventDefinition")), None)

    @cached_property
    def caught(self) -> str | None:
        """The variable that keeps what an event brings."""
        catching = ("startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask")
        if self.kind not in catching:
            return None
        texts = (extension_text(self.xml, name) for name in _VARIABLES)
        return next((text.strip() for text in texts if text and text.strip()), None)

    @property
    def variables(self) -> tuple[str, ...]:
        """Every name it writes whole: a result, a decision, a payload, the item and the list of a loop."""
        names = [self.result, self.decision, self.caught]
        if self.repeat is not None:
            names += [self.repeat.item, self.repeat.output_list, self.repeat.output_item]
        return tuple(name for name in names if name)

    @property
    def called(self) -> str | None:
        """The process that a call activity calls."""
        return (self.xml.get("calledElement") or "") if self.kind == "callActivity" else None

    @property
    def host(self) -> str | None:
        """The activity to which a boundary event is attached."""
        return self.xml.get("attachedToRef") if self.kind == "boundaryEvent" else None

    @property
    def interrupting(self) -> bool:
        """Whether a boundary event ends its activity."""
        return str(self.xml.get("cancelActivity", "true")) == "true"

    @cached_property
    def repeat(self) -> Repeat | None:
        """The loop around it."""
        for kid in self.xml:
            if local(kid) == "standardLoopCharacteristics":
                before = kid.get("testBefore") == "true"
                return Repeat(many=False, sequential=True, test_before=before)
            if local(kid) == "multiInstanceLoopCharacteristics":
                item, output = (_id(kid, tag) for tag in ("inputDataItem", "outputDataItem"))
                listed = next((node.text for node in bpmn(kid, "loopDataOutputRef")), None)
                return Repeat(
                    many=True,
                    sequential=kid.get("isSequential") == "true",
                    item=item,
                    output_item=output,
                    output_list=(listed or "").strip() or None,
                )
        return None


def _id(holder: Any, tag: str) -> str | None:
    return next((node.get("id") for node in bpmn(holder, tag)), None)


@dataclass(frozen=True)
class Scope:
    """A process or an embedded sub-process: its own elements, not those of sub-processes inside."""

    id: str
    path: str
    process: str
    nodes: Mapping[str, Node]
    flows: tuple[tuple[str, str, str, str | None], ...]
    """``(id, source, target, condition)``, both ends being nodes of this scope."""
    sound: bool
    """Whether it has one start, and every flow and every boundary event stands between its elements."""

    def places(self) -> Iterator[Place]:
        """Yield every expression that stands in this scope."""
        for flow, source, _, condition in self.flows:
            if condition is not None:
                yield Place(flow, source, condition, passing=False)
        for node in self.nodes.values():
            yield from _of_step(node)
            yield from _of_repeat(node)
            yield from _of_event(node)


def scopes(path: str, root: Any) -> Iterator[Scope]:
    """Yield the executable processes of a diagram, each followed by its sub-processes."""
    for process in bpmn(root, "process"):
        if process.get("isExecutable", "true") == "true":
            yield from _scope(path, process, process.get("id") or "")


def _scope(path: str, holder: Any, process: str) -> Iterator[Scope]:
    nodes = {
        kid.get("id"): Node(kid.get("id"), local(kid), kid.get("name") or kid.get("id"), kid)
        for kid in holder
        if local(kid) in FLOW_NODES and kid.get("id")
    }
    drawn = [
        (kid.get("id") or "", kid.get("sourceRef"), kid.get("targetRef"), text_of(kid, "conditionExpression"))
        for kid in holder
        if local(kid) == "sequenceFlow"
    ]
    flows = tuple(flow for flow in drawn if flow[1] in nodes and flow[2] in nodes)
    events = [node for node in nodes.values() if node.kind == "boundaryEvent"]
    starts = [node for node in nodes.values() if node.kind == "startEvent"]
    sound = len(flows) == len(drawn) and len(starts) == 1 and all(event.host in nodes for event in events)
    yield Scope(holder.get("id") or "", path, process, nodes, flows, sound)
    for node in nodes.values():
        if node.kind == "subProcess":
            yield from _scope(path, node.xml, process)


def _of_step(node: Node) -> Iterator[Place]:
    if node.kind in PEOPLE:
        for name in DEADLINES:
            if node.properties.get(name, "").strip():
                yield Place(node.id, node.id, node.properties[name].strip(), passing=True, state="inside")
    if node.kind in STAYS:
        for name in (frequency.MINIMUM, frequency.WITHIN):
            if node.properties.get(name, "").strip():
                yield Place(node.id, node.id, node.properties[name].strip(), passing=True, state="inside")
    if node.kind == "serviceTask":
        for parameter in ours(node.xml, "parameter"):
            yield Place(node.id, node.id, parameter.get("value") or "", passing=True, state="inside")


def _of_repeat(node: Node) -> Iterator[Place]:
    for kid in node.xml:
        if not local(kid).endswith("LoopCharacteristics"):
            continue
        for tag in ("loopCardinality", "loopDataInputRef"):
            if text := text_of(kid, tag):
                yield Place(node.id, node.id, text, passing=False)
        if text := text_of(kid, "completionCondition"):
            yield Place(node.id, node.id, text, passing=False, state="turn", extra=LOOP_WORDS)
        if text := text_of(kid, "loopCondition"):
            yield Place(node.id, node.id, text, passing=False, state="turn")


def _of_event(node: Node) -> Iterator[Place]:
    if node.kind == "subProcess":
        return
    for kid in node.xml:
        if local(kid) == "timerEventDefinition":
            for tag in ("timeDate", "timeDuration"):
                if text := text_of(kid, tag):
                    yield Place(node.id, node.id, text, passing=True)
        elif local(kid) == "conditionalEventDefinition" and (text := text_of(kid, "condition")):
            yield Place(node.id, node.id, text, passing=False, state="scope")
    for tag in _PAYLOADS:
        for payload in ours(node.xml, tag):
            yield Place(node.id, node.id, (payload.text or "").strip(), passing=True)
