"""Event definitions that never look at a clock and never deliver across processes by themselves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from SpiffWorkflow.bpmn.specs.event_definitions import ConditionalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

from app.engine.case import process_data
from app.engine.data import write
from app.engine.evaluation import fault
from app.engine.values import admit
from app.expressions import ExpressionError
from app.expressions.calendar import timer_instant

FIRED = "event_fired"
PAYLOAD = "payload"
DUE = "event_value"


def due_instant(definition: "Timer", task: Any, entered: datetime | None = None) -> Any:
    """Return when a timer entered then (or now) fires: aware, true to the calendar in Paris."""
    engine = task.workflow.script_engine
    value = engine.widely(task, definition.expression, entered)
    try:
        return timer_instant(value, entered or engine.now)
    except ExpressionError as error:
        raise fault(task, str(error)) from error


class Timer(TimerEventDefinition):
    """A date or a duration: the due instant is computed on entry and only ``wake`` fires it."""

    kind: Literal["timer"] = "timer"

    def has_fired(self, my_task: Any) -> bool:
        """Compute the due instant once; say whether ``wake`` named this task."""
        if my_task.internal_data.get(DUE) is None:
            my_task.internal_data[DUE] = due_instant(self, my_task)
        return bool(my_task.internal_data.get(FIRED, False))

    def reset(self, my_task: Any) -> None:
        """Forget the due instant with the firing, so that a loop computes a new one."""
        my_task.internal_data.pop(DUE, None)
        super().reset(my_task)


class Delivered(EventDefinition):
    """A message or a signal: thrown to the caller, caught when the caller names the wait.

    ``variable`` is where the payload of a caught event is kept; without it nothing is kept.
    """

    def __init__(
        self,
        kind: Literal["message", "signal"],
        name: str,
        expression: str | None = None,
        variable: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self.kind: Literal["message", "signal"] = kind
        self.expression = expression
        self.variable = variable

    def throw(self, my_task: Any) -> None:
        """Hand the event and its payload to the caller."""
        top = my_task.workflow.top_workflow
        top.send(self.kind, self.name, payload_of(self, my_task))

    def update_task_data(self, my_task: Any) -> None:
        """Keep the payload of a caught event in process data."""
        payload = my_task.internal_data.pop(PAYLOAD, None)
        if self.variable:
            write(my_task, self.variable, payload)


class Raised(EventDefinition):
    """An error or an escalation: goes out to the nearest boundary event of the same code."""

    def __init__(
        self,
        kind: Literal["error", "escalation"],
        name: str | None,
        code: str | None,
        expression: str | None,
        variable: str | None,
    ) -> None:
        super().__init__(name=name)
        self.kind = kind
        self.code = code
        self.expression = expression
        self.variable = variable

    def stops(self, other: Any) -> bool:
        """Say whether a boundary event with this definition catches ``other``."""
        return isinstance(other, Raised) and other.kind == self.kind and self.code in (None, other.code)

    def throw(self, my_task: Any) -> None:
        """Raise to the outside.

        Raises:
            StepFault: nobody catches this error.
        """
        caught = my_task.workflow.top_workflow.raise_out(my_task, self, payload_of(self, my_task))
        if not caught and self.kind == "error":
            raise fault(
                my_task, f"aucun événement de bordure ne traite l'erreur « {self.name or self.code} »"
            )

    def update_task_data(self, my_task: Any) -> None:
        """Keep the payload of a caught error in process data."""
        payload = my_task.internal_data.pop(PAYLOAD, None)
        if self.variable:
            write(my_task, self.variable, payload)


class Condition(ConditionalEventDefinition):
    """Fires as soon as its condition holds over the present data of its process."""

    kind = "condition"

    def has_fired(self, my_task: Any) -> bool:
        """Evaluate the condition, unless the task is only being restored."""
        if my_task.internal_data.get(FIRED):
            return True
        data = {**my_task.data, **process_data(my_task.workflow)}
        fired = bool(my_task.workflow.script_engine.on(my_task, self.expression, data))
        my_task.internal_data[FIRED] = fired
        return fired

    def stops(self, _other: Any) -> bool:
        """Catch nothing that is thrown."""
        return False


def payload_of(definition: Any, my_task: Any) -> Mapping[str, object]:
    """Return the payload that a throwing element sends, empty when the diagram gives none."""
    if not definition.expression:
        return {}
    value = my_task.workflow.script_engine.widely(my_task, definition.expression)
    if not isinstance(value, Mapping):
        raise fault(my_task, "le contenu du message doit être un groupe de champs")
    payload: dict[str, object] = admit(value)
    return payload
