"""Running deadlines counted anew from the entry, by what the new release says."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from app.engine.boundaries import EventGateway
from app.engine.case import Case
from app.engine.events import DUE, due_instant
from app.engine.migrating_plan import Plan
from app.engine.migrating_specs import is_border, timers_of
from app.engine.moments import DEADLINES, later_by
from app.engine.projection import ready_tasks
from app.engine.specs import LIVE


def recount(case: Case, plan: Plan) -> frozenset[UUID]:
    """Count every running deadline from the entry; return the waits whose entry nobody knows.

    Dates chosen by hand stay; the time that a deadline stood still is added.

    Raises:
        StepFault: a delay cannot be computed.
    """
    for task in ready_tasks(case):
        if task.id not in plan.by_hand:
            for name in DEADLINES:
                task.internal_data.pop(name, None)
            task.internal_data.update(counted(task, task.id, task.internal_data["entered_at"], plan))
    return frozenset(wait_id for task in _dated(case) for wait_id in _recount_dates(task, plan))


def counted(task: Any, key: UUID, entered: datetime, plan: Plan) -> dict[str, datetime]:
    """Return the instants of a person's step, counted from the entry; ``key`` is the id that it bears."""
    still = plan.waited(key, entered)
    found: dict[str, datetime] = task.task_spec.instants(task, entered)
    return {name: later_by(moment, still) if moment is not None else moment for name, moment in found.items()}


def _dated(case: Case) -> Iterator[Any]:
    for workflow in case.workflows():
        if not workflow.completed:
            waiting = [task for task in workflow.tasks.values() if task.state == TaskState.WAITING]
            yield from (task for task in waiting if timers_of(task.task_spec) and task.internal_data.get(DUE))


def _recount_dates(task: Any, plan: Plan) -> Iterator[UUID]:
    spec = task.task_spec
    race = isinstance(spec, EventGateway)
    for name, definition in timers_of(spec).items():
        wait_id = spec.wait_id(task, name) if race else task.id
        if wait_id in plan.by_hand:
            continue
        since = _of_the_step(task) or plan.entered.get(wait_id)
        if since is None:
            yield wait_id
            continue
        due = later_by(due_instant(definition, task, since), plan.waited(wait_id, since))
        task.internal_data[DUE] = {**task.internal_data[DUE], name: due} if race else due


def _of_the_step(task: Any) -> datetime | None:
    """Return when the step was entered on whose border a date stands."""
    if not is_border(task.task_spec):
        return None
    beside = (child for child in task.parent.children if child is not task and child.has_state(LIVE))
    found = (child.internal_data.get("entered_at") for child in beside)
    return next((moment for moment in found if moment is not None), None)
