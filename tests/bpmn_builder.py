"""Small BPMN files from Python calls, without a drawing: ``process("p").user("a").end("fin").xml()``.

Elements are chained in the order of the calls; ``at(id)`` goes on from another element and ``to(id)``
joins one already made. Every method takes the element's id first.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"


def _attributes(**values: object) -> str:
    return "".join(f" {key}={quoteattr(str(value))}" for key, value in values.items() if value is not None)


def timer(expression: str, kind: str = "timeDuration") -> str:
    return f"<timerEventDefinition><{kind}>{escape(expression)}</{kind}></timerEventDefinition>"


def message(name: str, variable: str | None = None, payload: str | None = None) -> str:
    inner = ""
    if variable:
        inner += f"<spiffworkflow:messageVariable>{variable}</spiffworkflow:messageVariable>"
    if payload:
        inner += f"<spiffworkflow:messagePayload>{escape(payload)}</spiffworkflow:messagePayload>"
    extension = f"<extensionElements>{inner}</extensionElements>" if inner else ""
    return f'<messageEventDefinition messageRef="message_{name}">{extension}</messageEventDefinition>'


def signal(name: str) -> str:
    return f'<signalEventDefinition signalRef="signal_{name}"/>'


def condition(expression: str) -> str:
    inner = f"<condition>{escape(expression)}</condition>"
    return f"<conditionalEventDefinition>{inner}</conditionalEventDefinition>"


def error(code: str) -> str:
    return f'<errorEventDefinition errorRef="error_{code}"/>'


TERMINATE = "<terminateEventDefinition/>"


def many(
    collection: str | None = None,
    item: str | None = None,
    *,
    cardinality: str | None = None,
    output: tuple[str, str] | None = None,
    sequential: bool = False,
    until: str | None = None,
) -> str:
    """Multi-instance: ``output`` is (list variable, item variable)."""
    parts = ""
    if cardinality is not None:
        parts += f"<loopCardinality>{escape(cardinality)}</loopCardinality>"
    if collection is not None:
        parts += f"<loopDataInputRef>{escape(collection)}</loopDataInputRef>"
    if output is not None:
        parts += f"<loopDataOutputRef>{output[0]}</loopDataOutputRef>"
    if item is not None:
        parts += f'<inputDataItem id="{item}"/>'
    if output is not None:
        parts += f'<outputDataItem id="{output[1]}"/>'
    if until is not None:
        parts += f"<completionCondition>{escape(until)}</completionCondition>"
    flag = "true" if sequential else "false"
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{flag}">{parts}</multiInstanceLoopCharacteristics>'
    )


def loop(while_: str | None = None, maximum: int | None = None, *, before: bool = False) -> str:
    inner = f"<loopCondition>{escape(while_)}</loopCondition>" if while_ is not None else ""
    attributes = _attributes(loopMaximum=maximum, testBefore="true" if before else None)
    return f"<standardLoopCharacteristics{attributes}>{inner}</standardLoopCharacteristics>"


class Block:
    """A process or a sub-process being written."""

    def __init__(self, id: str, *, executable: bool = True, name: str | None = None) -> None:  # noqa: A002
        self.id = id
        self.name = name
        self.executable = executable
        self.nodes: list[str] = []
        self.flows: list[str] = []
        self.lanes: dict[str, tuple[str, list[str]]] = {}
        self.last: str | None = None
        self._condition: str | None = None
        self._flow_name: str | None = None

    def at(self, element: str) -> Block:
        """Go on from ``element``."""
        self.last = element
        return self

    def when(self, expression: str, label: str | None = None) -> Block:
        """Put a condition on the next flow."""
        self._condition, self._flow_name = expression, label
        return self

    def to(self, element: str) -> Block:
        """Draw a flow from the last element to ``element`` and go on from there."""
        self._flow(element)
        self.last = element
        return self

    def _flow(self, target: str) -> None:
        if not self.last:
            return
        inner = ""
        if self._condition is not None:
            inner = f"<conditionExpression>{escape(self._condition)}</conditionExpression>"
        attributes = _attributes(
            id=f"{self.last}_vers_{target}", sourceRef=self.last, targetRef=target, name=self._flow_name
        )
        self.flows.append(f"<sequenceFlow{attributes}>{inner}</sequenceFlow>")
        self._condition = self._flow_name = None

    def node(
        self, tag: str, element: str, inner: str = "", *, lane: str | None = None, **extra: object
    ) -> Block:
        """Add any element and the flow that leads to it."""
        self._flow(element)
        self.last = element
        return self.put(tag, element, inner, lane=lane, **extra)

    def put(
        self, tag: str, element: str, inner: str = "", *, lane: str | None = None, **extra: object
    ) -> Block:
        """Add an element without a flow to it."""
        self.nodes.append(f"<{tag}{_attributes(id=element, **extra)}>{inner}</{tag}>")
        if lane is not None:
            self.lanes.setdefault(lane, (lane.title(), []))[1].append(element)
        return self

    def start(self, element: str = "debut", event: str = "") -> Block:
        return self.node("startEvent", element, event)

    def end(self, element: str = "fin", event: str = "") -> Block:
        return self.node("endEvent", element, event)

    def user(
        self,
        element: str,
        inner: str = "",
        *,
        lane: str | None = None,
        name: str | None = None,
        **properties: str,
    ) -> Block:
        rows = "".join(
            f"<spiffworkflow:property{_attributes(name=key, value=value)}/>"
            for key, value in properties.items()
        )
        extension = (
            f"<extensionElements><spiffworkflow:properties>{rows}</spiffworkflow:properties></extensionElements>"
            if rows
            else ""
        )
        return self.node("userTask", element, extension + inner, lane=lane, name=name)

    def service(
        self, element: str, operation: str, result: str | None = None, inner: str = "", **parameters: str
    ) -> Block:
        rows = "".join(
            f"<spiffworkflow:parameter{_attributes(id=key, type='any', value=value)}/>"
            for key, value in parameters.items()
        )
        operator = (
            f"<spiffworkflow:serviceTaskOperator{_attributes(id=operation, resultVariable=result)}>"
            f"<spiffworkflow:parameters>{rows}</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
        )
        return self.node("serviceTask", element, f"<extensionElements>{operator}</extensionElements>{inner}")

    def rule(self, element: str, decision: str) -> Block:
        called = f"<spiffworkflow:calledDecisionId>{decision}</spiffworkflow:calledDecisionId>"
        return self.node("businessRuleTask", element, f"<extensionElements>{called}</extensionElements>")

    def call(self, element: str, process_id: str, inner: str = "") -> Block:
        return self.node("callActivity", element, inner, calledElement=process_id)

    def xor(self, element: str, default: str | None = None) -> Block:
        return self.node(
            "exclusiveGateway", element, default=f"{element}_vers_{default}" if default else None
        )

    def inclusive(self, element: str, default: str | None = None) -> Block:
        return self.node(
            "inclusiveGateway", element, default=f"{element}_vers_{default}" if default else None
        )

    def parallel(self, element: str) -> Block:
        return self.node("parallelGateway", element)

    def event_gateway(self, element: str) -> Block:
        return self.node("eventBasedGateway", element)

    def catch(self, element: str, event: str) -> Block:
        return self.node("intermediateCatchEvent", element, event)

    def throw(self, element: str, event: str = "") -> Block:
        return self.node("intermediateThrowEvent", element, event)

    def boundary(self, element: str, activity: str, event: str, *, interrupting: bool = True) -> Block:
        """Add a boundary event and go on from it."""
        self.put(
            "boundaryEvent",
            element,
            event,
            attachedToRef=activity,
            cancelActivity="true" if interrupting else "false",
        )
        return self.at(element)

    def sub(self, block: Block, inner: str = "") -> Block:
        return self.node("subProcess", block.id, inner + block.content())

    def content(self) -> str:
        lanes = "".join(
            f'<lane id="{key}" name="{name}">'
            + "".join(f"<flowNodeRef>{element}</flowNodeRef>" for element in elements)
            + "</lane>"
            for key, (name, elements) in self.lanes.items()
        )
        return (f"<laneSet>{lanes}</laneSet>" if lanes else "") + "".join([*self.nodes, *self.flows])

    def xml(self, *, extra: str = "") -> bytes:
        """The whole file, with the messages, signals and errors that it names."""
        flag = "true" if self.executable else "false"
        body = self.content()
        declared = "".join(
            f'<{kind} id="{kind}_{name}" name="{name}"{code}/>' for kind, name, code in _named(body)
        )
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="{BPMN}" '
            f'xmlns:spiffworkflow="{SPIFF}" targetNamespace="http://relais.invalid">{declared}{extra}'
            f'<process{_attributes(id=self.id, name=self.name)} isExecutable="{flag}">{body}</process>'
            "</definitions>"
        ).encode()


def _named(body: str) -> list[tuple[str, str, str]]:
    found: dict[tuple[str, str], str] = {}
    for kind in ("message", "signal", "error"):
        for piece in body.split(f'{kind}Ref="{kind}_')[1:]:
            name = piece.partition('"')[0]
            found[kind, name] = f' errorCode="{name}"' if kind == "error" else ""
    return [(kind, name, code) for (kind, name), code in found.items()]


def process(id: str = "essai", *, name: str | None = None) -> Block:  # noqa: A002
    """Begin a process with its start event ``debut``."""
    return Block(id, name=name).start()


def sub(id: str) -> Block:  # noqa: A002
    """Begin an embedded sub-process with its start event ``<id>_debut``."""
    return Block(id).start(f"{id}_debut")
