"""Instants of a running process moved by hand: all of them after a pause, or one deadline.

The state keeps every instant where it was computed, on entry; nothing here evaluates an expression.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.engine.boundaries import EventGateway
from app.engine.case import Case
from app.engine.evaluation import Evaluator
from app.engine.events import DUE, Timer
from app.engine.faults import NotReady
from app.engine.position import Position
from app.engine.programme import Programme
from app.engine.projection import ready_tasks, waiting
from app.engine.specs import LIVE
from app.engine.standing import stand
from app.engine.state import restore

DEADLINES: Final = ("due_at", "remind_at", "escalate_at", "breach_at")
"""Where a person's step keeps its own instants."""


def later_by(moment: datetime, delta: timedelta) -> datetime:
    """Return the instant ``delta`` of elapsed time after ``moment``, in its zone.

    Python adds to the hands of the clock: across a clock change an hour would be lost or gained.
    """
    return (moment.astimezone(UTC) + delta).astimezone(moment.tzinfo)


def shift(programme: Programme, state: bytes, delta: timedelta) -> Position:
    """Move every instant that a process waits for by ``delta`` of elapsed time; nothing else changes.

    Raises:
        StateFault: the state is no state of this programme.
    """
    case = restore(programme, state, Evaluator(None))
    for task in _living(case):
        _move_instants(task.internal_data, lambda moment: later_by(moment, delta))
    return stand(case)


def _living(case: Case) -> Iterator[Any]:
    for workflow in case.workflows():
        if not workflow.completed:
            yield from (task for task in workflow.tasks.values() if task.has_state(LIVE))


def _move_instants(internal: dict[str, Any], moved: Callable[[datetime], datetime]) -> None:
    for name in (DUE, *DEADLINES):
        value = internal.get(name)
        if isinstance(value, datetime):
            internal[name] = moved(value)
        elif isinstance(value, dict):
            internal[name] = {key: moved(due) for key, due in value.items()}


def set_due(
    programme: Programme,
    state: bytes,
    wanted: UUID,
    due: datetime,
    *,
    remind: datetime | None = None,
    escalate: datetime | None = None,
    breach: datetime | None = None,
) -> Position:
    """Give one timer, or one person's step, another due instant.

    Args:
        wanted: the id of a wait (a timer, one of an event-based gateway's included) or of an open task.
        due: the new instant, aware.
        remind: the new instant of the step's reminder; None leaves it.
        escalate: the new instant of the step's escalation; None leaves it.
        breach: the new instant from which the step is a breach; None leaves it.

    Raises:
        NotReady: nothing with an instant waits under this id.
    """
    case = restore(programme, state, Evaluator(None))
    task = next((task for task in ready_tasks(case) if task.id == wanted), None)
    if task is not None:
        given = {"due_at": due, "remind_at": remind, "escalate_at": escalate, "breach_at": breach}
        task.internal_data.update({name: moment for name, moment in given.items() if moment is not None})
        return stand(case)
    for held, name, definition, wait_id in waiting(case):
        if wait_id == wanted and isinstance(definition, Timer):
            if isinstance(held.task_spec, EventGateway):
                held.internal_data[DUE] = {**held.internal_data[DUE], name: due}
            else:
                held.internal_data[DUE] = due
            return stand(case)
    raise NotReady
