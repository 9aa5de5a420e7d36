"""What a case shows outside: open tasks, duties and waits."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.util.task import TaskState

from app.catalog.frequency import Frequency
from app.engine.boundaries import EventGateway
from app.engine.case import Case, preorder
from app.engine.data import visible
from app.engine.duties import DUTY, UNDER_WAY, rule_of
from app.engine.evaluation import scope_of
from app.engine.events import DUE, Delivered, Timer
from app.engine.position import OpenDuty, OpenTask, Wait
from app.engine.specs import HumanTask


def ready_tasks(case: Case) -> list[Any]:
    """Return the tasks that people can do now, in the order of the diagram's tree."""
    return [
        task
        for workflow in case.workflows()
        if not workflow.completed
        for task in preorder(workflow)
        if task.state == TaskState.READY and isinstance(task.task_spec, HumanTask)
    ]


def open_tasks(case: Case) -> tuple[OpenTask, ...]:
    """Return the open tasks of a case."""
    return tuple(_open_task(case, task) for task in ready_tasks(case))


def _open_task(case: Case, task: Any) -> OpenTask:
    spec = task.task_spec
    internal: dict[str, datetime] = task.internal_data
    properties = spec.properties
    return OpenTask(
        id=task.id,
        element=spec.bpmn_id,
        process=case.programme.process_of(task.workflow.spec.name),
        name=spec.bpmn_name or spec.bpmn_id,
        lane=spec.lane,
        form=properties.get("formulaire"),
        instructions=spec.extensions.get("instructionsForEndUser"),
        properties=dict(properties),
        scope=scope_of(task),
        entered_at=internal["entered_at"],
        due_at=internal.get("due_at"),
        remind_at=internal.get("remind_at"),
        escalate_at=internal.get("escalate_at"),
        variables=visible(task.data),
        breach_at=internal.get("breach_at"),
    )


def duties(case: Case) -> tuple[OpenDuty, ...]:
    """Return the frequencies that activities under way have to keep."""
    return tuple(
        _duty(case, task, rule)
        for workflow in case.workflows()
        if not workflow.completed
        for task in preorder(workflow)
        if DUTY in task.internal_data and task.has_state(UNDER_WAY) and (rule := rule_of(task)) is not None
    )


def _duty(case: Case, task: Any, rule: Frequency) -> OpenDuty:
    spec, kept = task.task_spec, task.internal_data[DUTY]
    return OpenDuty(
        id=task.id,
        element=spec.bpmn_id,
        process=case.programme.process_of(task.workflow.spec.name),
        name=spec.bpmn_name or spec.bpmn_id,
        lane=spec.lane,
        scope=scope_of(task),
        entered_at=kept["entered_at"],
        minimum=kept["minimum"],
        within=kept["within"],
        rule=rule,
    )


def waiting(case: Case) -> Iterator[tuple[Any, str, Any, UUID]]:
    """Yield what is waited for: the task, its element's specification name, the event, the wait's id."""
    for workflow in case.workflows():
        if workflow.completed:
            continue
        for task in preorder(workflow):
            spec = task.task_spec
            if task.state != TaskState.WAITING or not isinstance(spec, CatchingEvent):
                continue
            if isinstance(spec, EventGateway):
                for name, definition in spec.events.items():
                    yield task, name, definition, spec.wait_id(task, name)
            else:
                yield task, spec.name, spec.event_definition, task.id


def waits(case: Case) -> tuple[Wait, ...]:
    """Return the timers, messages and signals that a case waits for."""
    found: list[Wait] = []
    for task, name, definition, wait_id in waiting(case):
        if not isinstance(definition, Timer | Delivered):
            continue
        spec = task.workflow.spec.task_specs[name]
        due = None
        if isinstance(definition, Timer):
            due = task.internal_data[DUE]
            if isinstance(task.task_spec, EventGateway):
                due = due[name]
        found.append(
            Wait(
                id=wait_id,
                element=spec.bpmn_id,
                process=case.programme.process_of(task.workflow.spec.name),
                kind=definition.kind,
                name=definition.name,
                due_at=due,
                scope=scope_of(task),
            )
        )
    return tuple(found)


def depth_of(case: Case) -> int:
    """Return the depth of the deepest task tree."""
    deepest = 0
    for workflow in case.workflows():
        depths = {None: 0}
        for task in preorder(workflow):
            depths[task.id] = depths.get(task._parent, 0) + 1
            deepest = max(deepest, depths[task.id])
    return deepest
