"""Boundary events and event-based gateways.

A boundary event stands beside its activity under a split. An interrupting one cancels the activity
and all inside; a non-interrupting message or signal waits again at once, as often as it is sent;
a non-interrupting timer fires once (BPMN: only a cycle fires more).
"""

from typing import Any
from uuid import UUID, uuid5

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent as StockBoundaryEvent
from SpiffWorkflow.bpmn.specs.defaults import EventBasedGateway as StockEventGateway
from SpiffWorkflow.util.task import TaskState

from app.engine.case import cancel
from app.engine.data import merge
from app.engine.events import DUE, PAYLOAD, Delivered, Raised, Timer, due_instant
from app.engine.specs import LIVE
from app.engine.values import clone

CHOSEN = "chosen"


class BoundaryEvent(StockBoundaryEvent):
    """An event attached to an activity."""

    def _on_ready_hook(self, my_task: Any) -> None:
        super()._on_ready_hook(my_task)
        siblings = [task for task in my_task.parent.children if task is not my_task]
        if self.cancel_activity:
            for task in siblings:
                if task.has_state(LIVE):
                    if not isinstance(task.task_spec, StockBoundaryEvent):
                        merge(my_task.data, task.data)
                    cancel(task)
        elif isinstance(self.event_definition, Delivered | Raised):
            self._wait_again(my_task)

    def _wait_again(self, my_task: Any) -> None:
        again = my_task.parent._add_child(self, TaskState.WAITING)
        again.data = clone(my_task.data)
        self._predict(again, mask=TaskState.NOT_FINISHED_MASK)
        self._update(again)


def close_events(_workflow: Any, main: Any) -> None:
    """Stop the boundary events of an activity that is done (signal of the activity's specification)."""
    split = main.parent
    if split is None or not isinstance(split.task_spec, BoundaryEventSplit):
        return
    for task in split.children:
        if isinstance(task.task_spec, StockBoundaryEvent) and task.state == TaskState.WAITING:
            cancel(task)


class EventGateway(StockEventGateway):
    """Waits for the first of several events. Each has its own wait and its own due instant."""

    def __init__(self, wf_spec: Any, bpmn_id: str, event_definition: Any, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, event_definition, **kwargs)
        self.events: dict[str, Any] = {}

    def connect(self, child: Any) -> None:
        """Take the child's event over; the child itself is passed through once chosen."""
        self.events[child.name] = child.event_definition
        super().connect(child)

    def wait_id(self, my_task: Any, name: str) -> UUID:
        """Return the id of one of the waits of a gateway task."""
        return uuid5(my_task.id, name)

    def choose(self, my_task: Any, name: str, payload: Any) -> None:
        """Let the event of that element win."""
        my_task.internal_data.update({CHOSEN: name, PAYLOAD: payload})
        self._update(my_task)

    def _update_hook(self, my_task: Any) -> bool:
        my_task._inherit_data()
        dues = my_task.internal_data.setdefault(DUE, {})
        for name, definition in self.events.items():
            if isinstance(definition, Timer) and name not in dues:
                dues[name] = due_instant(definition, my_task)
        if my_task.internal_data.get(CHOSEN):
            return True
        if my_task.state != TaskState.WAITING:
            my_task._set_state(TaskState.WAITING)
        return False

    def _run_hook(self, my_task: Any) -> bool:
        name = my_task.internal_data.pop(CHOSEN)
        my_task.internal_data.pop(DUE, None)
        definition = self.events[name]
        if isinstance(definition, Delivered):
            definition.update_task_data(my_task)
        my_task._sync_children([self._wf_spec.task_specs[name]], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True
