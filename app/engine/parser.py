"""From BPMN to the engine's specifications: SpiffWorkflow's parser with our own parts plugged in."""

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.event_parsers import EventBasedGatewayParser
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import BPMN_MODEL_NS, full_tag
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.parser.event_parsers import (
    SpiffBoundaryEventParser,
    SpiffEndEventParser,
    SpiffIntermediateCatchEventParser,
    SpiffIntermediateThrowEventParser,
    SpiffReceiveTaskParser,
    SpiffSendTaskParser,
    SpiffStartEventParser,
)
from SpiffWorkflow.spiff.parser.process import SpiffProcessParser
from SpiffWorkflow.spiff.parser.task_spec import CallActivityParser, SpiffTaskParser, SubWorkflowParser
from SpiffWorkflow.spiff.specs.defaults import ReceiveTask, SendTask

from app.engine import specs
from app.engine.boundaries import BoundaryEvent, EventGateway, close_events
from app.engine.diagram import extension_text
from app.engine.events import Condition, Delivered, Raised, Timer
from app.engine.loops import ParallelInstances, SequentialInstances, StandardLoop


class Wiring(SpiffTaskParser):
    """What every element's parser shares: loops, boundary events, the names of the flows."""

    STANDARD_LOOP_CLASS = StandardLoop
    PARALLEL_MI_CLASS = ParallelInstances
    SEQUENTIAL_MI_CLASS = SequentialInstances

    def _copy_task_attrs(self, original: Any, loop_characteristics: Any) -> None:
        super()._copy_task_attrs(original, loop_characteristics)
        self.task.bpmn_name = original.bpmn_name
        self.task.lane = original.lane
        original.completed_event.connect(self.task.merge_child)

    def _add_boundary_event(self, children: list[Any]) -> Any:
        split = BoundaryEventSplit(self.spec, f"{self.bpmn_id}.BoundaryEventSplit", lane=self.task.lane)
        split.connect(self.task)
        self.task.completed_event.connect(close_events)
        for node in children:
            split.connect(self.process_parser.parse_node(node))
        return split

    def connect_outgoing(self, outgoing_task: Any, sequence_flow_node: Any, is_default: bool) -> None:
        """Connect and remember the flow's id."""
        super().connect_outgoing(outgoing_task, sequence_flow_node, is_default)
        flows = self.process_parser.parser.flows
        flows.setdefault((self.spec.name, self.task.name), {}).setdefault(
            outgoing_task.name, sequence_flow_node.get("id")
        )


class EventWiring(Wiring):
    """Event definitions of ours in place of SpiffWorkflow's."""

    def parse_timer_event(self, event: Any) -> Timer:
        """Read a date or a duration; cycles were refused before."""
        text = next(
            (child.text for child in event if child.tag in (full_tag("timeDate"), full_tag("timeDuration"))),
            None,
        )
        return Timer(self.node.get("name") or self.bpmn_id, (text or "").strip())

    def parse_message_event(self, message_event: Any) -> Delivered:
        """Read a message by its reference, with its payload and the variable that keeps it."""
        message = self.process_parser.parser.messages.get(message_event.get("messageRef"))
        name = message or self.node.get("name") or self.bpmn_id
        return Delivered(
            "message",
            name,
            extension_text(message_event, "messagePayload") or extension_text(self.node, "messagePayload"),
            extension_text(message_event, "messageVariable") or extension_text(self.node, "messageVariable"),
        )

    def parse_signal_event(self, signal_event: Any) -> Delivered:
        """Read a signal by its reference, with its payload and the variable that keeps it."""
        name = self.process_parser.parser.signals.get(signal_event.get("signalRef"))
        return Delivered(
            "signal",
            name or self.node.get("name") or self.bpmn_id,
            extension_text(self.node, "payloadExpression"),
            extension_text(self.node, "variableName"),
        )

    def parse_error_event(self, error_event: Any) -> Raised:
        """Read an error by its reference."""
        known = self.process_parser.parser.errors.get(error_event.get("errorRef")) or {}
        return self._raised("error", known.get("name"), known.get("error_code"))

    def parse_escalation_event(self, escalation_event: Any) -> Raised:
        """Read an escalation by its reference."""
        known = self.process_parser.parser.escalations.get(escalation_event.get("escalationRef")) or {}
        return self._raised("escalation", known.get("name"), known.get("escalation_code"))

    def _raised(self, kind: Any, name: str | None, code: str | None) -> Raised:
        return Raised(
            kind,
            name,
            code,
            extension_text(self.node, "payloadExpression"),
            extension_text(self.node, "variableName"),
        )

    def parse_conditional_event(self, event: Any) -> Condition:
        """Read the condition of a conditional event."""
        node = event.find(full_tag("condition"))
        return Condition((node.text if node is not None else "") or "")


class StartParser(EventWiring, SpiffStartEventParser):
    """A start event."""


class EndParser(EventWiring, SpiffEndEventParser):
    """An end event."""


class CatchParser(EventWiring, SpiffIntermediateCatchEventParser):
    """An intermediate event that waits."""


class ThrowParser(EventWiring, SpiffIntermediateThrowEventParser):
    """An intermediate event that throws, or marks a state."""


class BoundaryParser(EventWiring, SpiffBoundaryEventParser):
    """An event attached to an activity."""


class SendParser(EventWiring, SpiffSendTaskParser):
    """A send task."""


class ReceiveParser(EventWiring, SpiffReceiveTaskParser):
    """A receive task."""


class EventGatewayParser(Wiring, EventBasedGatewayParser):
    """An event-based gateway."""

    def create_task(self) -> Any:
        """Create the gateway without events; they come with its flows."""
        return EventBasedGatewayParser.create_task(self)


class ConditionalParser(Wiring, ConditionalGatewayParser):
    """An exclusive or inclusive gateway."""

    def create_task(self) -> Any:
        """Create the gateway."""
        return TaskParser.create_task(self)


class ParallelParser(Wiring, GatewayParser):
    """A parallel gateway."""

    def create_task(self) -> Any:
        """Create the gateway."""
        return TaskParser.create_task(self)


class HumanParser(Wiring):
    """A user task or a manual task."""


class SubProcessParser(Wiring, SubWorkflowParser):
    """An embedded sub-process."""

    def create_task(self) -> Any:
        """Create the activity and a parser for what it holds."""
        return SubWorkflowParser.create_task(self)


class CallParser(Wiring, CallActivityParser):
    """A call activity."""

    def create_task(self) -> Any:
        """Create the activity; what it calls is looked up when all files are read."""
        return CallActivityParser.create_task(self)


class VerbParser(Wiring):
    """A service task: its operation, the expressions of its parameters, where the result goes."""

    def create_task(self) -> Any:
        """Create the task."""
        operator = self.parse_extensions()["serviceTaskOperator"]
        return self.spec_class(
            self.spec,
            self.bpmn_id,
            operation=operator["name"],
            parameters={key: item["value"] for key, item in operator["parameters"].items()},
            variable=operator["resultVariable"] or None,
            **self.bpmn_attributes,
        )


class DecisionParser(Wiring):
    """A business rule task, by the id of its decision."""

    def create_task(self) -> Any:
        """Create the task."""
        decision = self.parse_extensions()["calledDecisionId"].strip()
        return self.spec_class(self.spec, self.bpmn_id, decision=decision, **self.bpmn_attributes)

    @staticmethod
    def get_decision_ref(node: Any) -> str | None:
        """Return the id of the decision that a node names."""
        return extension_text(node, "calledDecisionId")


class DiagramProcessParser(SpiffProcessParser):
    """A process. An operator or a parameter may bear the same id as an element."""

    def _index_process_nodes(self) -> None:
        super()._index_process_nodes()
        for node in self.node.iter(f"{{{BPMN_MODEL_NS}}}*"):
            if node.get("id") is not None:
                self.nodes_by_id[node.get("id")] = node


class DiagramParser(SpiffBpmnParser):
    """The parser of one programme. ``flows`` names the sequence flow between two elements."""

    PROCESS_PARSER_CLASS = DiagramProcessParser
    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - the name and the kind are SpiffWorkflow's
        full_tag("task"): (Wiring, specs.PlainTask),
        full_tag("userTask"): (HumanParser, specs.HumanTask),
        full_tag("manualTask"): (HumanParser, specs.HumanTask),
        full_tag("serviceTask"): (VerbParser, specs.VerbTask),
        full_tag("businessRuleTask"): (DecisionParser, specs.DecisionTask),
        full_tag("exclusiveGateway"): (ConditionalParser, specs.ExclusiveGateway),
        full_tag("inclusiveGateway"): (ConditionalParser, specs.InclusiveGateway),
        full_tag("parallelGateway"): (ParallelParser, specs.ParallelGateway),
        full_tag("eventBasedGateway"): (EventGatewayParser, EventGateway),
        full_tag("subProcess"): (SubProcessParser, specs.SubProcess),
        full_tag("callActivity"): (CallParser, specs.CallActivity),
        full_tag("startEvent"): (StartParser, SpiffBpmnParser.PARSER_CLASSES[full_tag("startEvent")][1]),
        full_tag("endEvent"): (EndParser, SpiffBpmnParser.PARSER_CLASSES[full_tag("endEvent")][1]),
        full_tag("intermediateCatchEvent"): (
            CatchParser,
            SpiffBpmnParser.PARSER_CLASSES[full_tag("intermediateCatchEvent")][1],
        ),
        full_tag("intermediateThrowEvent"): (
            ThrowParser,
            SpiffBpmnParser.PARSER_CLASSES[full_tag("intermediateThrowEvent")][1],
        ),
        full_tag("boundaryEvent"): (BoundaryParser, BoundaryEvent),
        full_tag("sendTask"): (SendParser, SendTask),
        full_tag("receiveTask"): (ReceiveParser, ReceiveTask),
    }

    def __init__(self) -> None:
        super().__init__()
        self.flows: dict[tuple[str, str], dict[str, str]] = {}
        self._roots: list[Any] = []

    def add_diagram(self, root: etree._Element, filename: str) -> None:
        """Read one file. The tree is kept alive: SpiffWorkflow indexes it by identity."""
        self._roots.append(root)
        self.add_bpmn_xml(root, filename)

    def _add_data_stores(self, bpmn: Any) -> None:
        """Leave data stores out: without data associations they are pictures."""

    def _add_diagram_indexes(self, bpmn: Any) -> None:
        """Note the lane of each element, by the lane's id. The drawing is not read: nothing runs by it."""
        key = self._document_key(bpmn)
        self.document_positions[key] = {}
        self.document_lanes[key] = {
            reference.text.strip(): reference.getparent().get("id")
            for reference in bpmn.iter(full_tag("flowNodeRef"))
            if reference.text
        }
