"""Running deadlines counted anew from the entry, by what the new release says."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from app.engine.boundaries import EventGateway
from app.engine.case import Case
from app.engine.events import DUE, due_instant
from app.engine.migrating_specs import is_border, timers_of
from app.engine.moments import DEADLINES
from app.engine.projection import ready_tasks
from app.engine.specs import LIVE


def recount(case: Case, entered: Mapping[UUID, datetime]) -> frozenset[UUID]:
    """Count every running deadline from the entry; return the waits whose entry nobody knows.

    Args:
        entered: when each drawn timer was entered, by the id of its wait.

    Raises:
        StepFault: a delay cannot be computed.
    """
    for task in ready_tasks(case):
        for name in DEADLINES:
            task.internal_data.pop(name, None)
        task.internal_data.update(task.task_spec.instants(task, task.internal_data["entered_at"]))
    return frozenset(wait_id for task in _dated(case) for wait_id in _recount_dates(task, entered))


def _dated(case: Case) -> Iterator[Any]:
    for workflow in case.workflows():
        if not workflow.completed:
            waiting = [task for task in workflow.tasks.values() if task.state == TaskState.WAITING]
            yield from (task for task in waiting if timers_of(task.task_spec) and task.internal_data.get(DUE))


def _recount_dates(task: Any, entered: Mapping[UUID, datetime]) -> Iterator[UUID]:
    spec = task.task_spec
    race = isinstance(spec, EventGateway)
    for name, definition in timers_of(spec).items():
        wait_id = spec.wait_id(task, name) if race else task.id
        since = _of_the_step(task) or entered.get(wait_id)
        if since is None:
            yield wait_id
            continue
        due = due_instant(definition, task, since)
        task.internal_data[DUE] = {**task.internal_data[DUE], name: due} if race else due


def _of_the_step(task: Any) -> datetime | None:
    """Return when the step was entered on whose border a date stands."""
    if not is_border(task.task_spec):
        return None
    beside = (child for child in task.parent.children if child is not task and child.has_state(LIVE))
    found = (child.internal_data.get("entered_at") for child in beside)
    return next((moment for moment in found if moment is not None), None)
