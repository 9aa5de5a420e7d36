"""The only writer of engine state and of what is projected from it: inbox, timers, journal."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, literal, select, union_all

from app import clock, jobs, perimeter
from app.catalog.answers import encode
from app.database import db
from app.engine import DEEP, OpenTask, Position, Wait
from app.handlers.effects import Effect, SendEvent
from app.models import Breach, Case, DecisionRecord, Duty, Incident, ProcessInstance, Task, Timer
from app.services import (
    apart,
    arrivals,
    breaches,
    duties,
    early_events,
    effects,
    held_deadlines,
    incidents,
    invitations,
    journal,
    step_lines,
)
from app.services.releases import LoadedRelease

if TYPE_CHECKING:
    from app.services.steps import DecisionTaken


class Known(NamedTuple):
    """What rows say of a process before a step is stored: what is open of each.

    ``breaches`` are those of frequencies, which an answer dated late may count for.
    """

    tasks: frozenset[UUID] = frozenset()
    timers: frozenset[UUID] = frozenset()
    incidents: frozenset[UUID] = frozenset()
    duties: frozenset[UUID] = frozenset()
    breaches: frozenset[UUID] = frozenset()


NEW: Final = Known()
"""A process that has not begun has no rows."""


Watcher = Callable[[ProcessInstance, Position], None]
_watcher: ContextVar[Watcher | None] = ContextVar("relais_positions_watcher", default=None)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Tell ``watcher`` of every position stored inside the block, in the step's transaction."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


_OPEN_IN: Final = union_all(
    select(literal("tasks").label("kind"), Task.id).where(
        Task.process_id == bindparam("process"), Task.status == "open"
    ),
    select(literal("timers"), Timer.id).where(Timer.process_id == bindparam("process")),
    select(literal("incidents"), Incident.id).where(
        Incident.process_id == bindparam("process"), Incident.status == "open"
    ),
    select(literal("duties"), Duty.id).where(
        Duty.process_id == bindparam("process"), Duty.status.in_(("watching", "dead"))
    ),
    select(literal("breaches"), Breach.id).where(
        Breach.process_id == bindparam("process"), Breach.status == "open", Breach.kind == "frequence"
    ),
)
"""Built once: every step reads it."""


def known(process: ProcessInstance) -> Known:
    """Return what is open in a process, in one read."""
    rows = db.session.execute(_OPEN_IN, {"process": process.id}).all()
    return Known(*(frozenset(row.id for row in rows if row.kind == kind) for kind in Known._fields))


@perimeter.lifted("step")
def record(
    process: ProcessInstance,
    position: Position,
    wanted: Sequence[Effect],
    decisions: Sequence["DecisionTaken"],
    release: LoadedRelease,
    *,
    before: Known = NEW,
) -> None:
    """Store a position, reconcile inbox and timers, apply the effects; inside the step's transaction.

    Args:
        before: what ``known`` said when the position was about to be stored.
    """
    process.state = position.state
    process.waits = [_wait_facts(wait) for wait in position.waits]
    if process.case_id is None and not process.done_elements and position.steps:
        arm_next(process, release)
    done = Counter(process.done_elements)
    done.update(step.element for step in position.steps)
    process.done_elements = dict(done)
    taken = Counter(process.done_flows)
    taken.update(f"{step.process}/{flow}" for step in position.steps for flow in step.flows)
    process.done_flows = dict(taken)
    _keep_decisions(process, decisions, release)
    effects.apply(process, [*wanted, *_thrown(process, position)], release)
    opened = _reconcile_tasks(process, position, before.tasks)
    invitations.invite(process, opened, release)
    arrivals.note(process, position, before.tasks, release)
    held_deadlines.reconcile(process, release)
    _reconcile_timers(process, position, before.timers)
    duties.reconcile(process, position, before.duties)
    _recount(process, before, release)
    told = step_lines.told(position, before.tasks, before.timers)
    journal.write("etape", case_id=process.case_id, process_id=process.id, details=told)
    if position.depth >= DEEP:
        incidents.warn_of_depth(process, position)
    if position.finished:
        _finish(process)
    else:
        early_events.call(process, position)
    watcher = _watcher.get()
    if watcher is not None:
        watcher(process, position)


def _recount(process: ProcessInstance, before: Known, release: LoadedRelease) -> None:
    """Count again what open breaches look for: this step may have brought it."""
    if before.breaches:
        breaches.recount(list(before.breaches), release)
    elif process.case_id is None:
        breaches.recount_territory(process.process, release)
    if process.act is not None and process.case_id is not None:
        breaches.recount_case(process.case_id, release)


def _thrown(process: ProcessInstance, position: Position) -> list[Effect]:
    """Return the messages that the diagram threw, for the other processes of the case."""
    return [
        SendEvent(name=event.name, payload=encode(event.payload), case_id=process.case_id)
        for event in position.sent
        if event.kind == "message"
    ]


def _wait_facts(wait: Wait) -> dict[str, Any]:
    return {
        "id": str(wait.id),
        "element": wait.element,
        "process": wait.process,
        "kind": wait.kind,
        "name": wait.name,
        "scope": wait.scope,
    }


def _reconcile_tasks(process: ProcessInstance, position: Position, known: frozenset[UUID]) -> list[OpenTask]:
    """Bring the rows of the tasks in line with the position; return the tasks that begin."""
    open_now = {task.id: task for task in position.open_tasks}
    gone = known - open_now.keys()
    if gone:
        for row in db.session.scalars(select(Task).where(Task.id.in_(gone))):
            row.status = "cancelled"
    case = db.session.get(Case, process.case_id) if process.case_id else None
    opened = [task for task_id, task in open_now.items() if task_id not in known]
    stand_ins = apart.stand_ins(case) if opened else {}
    for task in opened:
        row = task_row(process, task, case)
        row.lane = stand_ins.get(row.lane, row.lane)
        db.session.add(row)
    return opened


def task_row(process: ProcessInstance, task: OpenTask, case: Case | None) -> Task:
    """Return the row of a task that begins."""
    return Task(
        id=task.id,
        process_id=process.id,
        case_id=process.case_id,
        element=task.element,
        called_process=task.process,
        name=task.name,
        lane=task.lane or "",
        form=task.form or "",
        instructions=task.instructions,
        button=task.properties.get("bouton"),
        scope=task.scope,
        priority=case.priority if case else None,
        commune=case.dwelling.commune if case else None,
        entered_at=task.entered_at,
        due_at=task.due_at,
        remind_at=task.remind_at,
        escalate_at=task.escalate_at,
        escalate_to=task.properties.get("escalade_a", "").strip() or None,
        breach_at=task.breach_at,
    )


def _reconcile_timers(process: ProcessInstance, position: Position, known: frozenset[UUID]) -> None:
    waiting = {wait.id: wait for wait in position.waits if wait.kind == "timer" and wait.due_at}
    gone = known - waiting.keys()
    if gone:
        leaving = delete(Timer).where(Timer.id.in_(gone))
        db.session.execute(leaving.execution_options(synchronize_session=False))
    for timer_id, wait in waiting.items():
        if timer_id not in known and wait.due_at is not None:
            db.session.add(
                Timer(id=timer_id, process_id=process.id, element=wait.element, due_at=wait.due_at)
            )


def _keep_decisions(
    process: ProcessInstance, decisions: Sequence["DecisionTaken"], release: LoadedRelease
) -> None:
    """Keep each evaluation; an output named ``priorite`` is the priority of the case."""
    case = db.session.get(Case, process.case_id) if process.case_id else None
    for taken in decisions:
        outputs = taken.evaluation.outputs
        if case is not None and isinstance(outputs, dict) and outputs.get("priorite"):
            case.priority = str(outputs["priorite"])
        db.session.add(
            DecisionRecord(
                process_id=process.id,
                case_id=process.case_id,
                decision=taken.evaluation.decision,
                name=taken.name,
                element=taken.element,
                release_number=release.number,
                rules=list(taken.evaluation.numbers),
                inputs=sorted(taken.evaluation.inputs),
                outputs=_plain(outputs),
                at=clock.now(),
            )
        )


def _plain(outputs: object) -> dict[str, Any]:
    if isinstance(outputs, dict):
        return {
            key: value if isinstance(value, bool | int | str) else str(value)
            for key, value in outputs.items()
        }
    return {"liste": [_plain(row) for row in outputs] if isinstance(outputs, list) else []}


def _finish(process: ProcessInstance) -> None:
    process.status = "finished"
    process.ended_at = clock.now()
    journal.write("processus.termine", case_id=process.case_id, process_id=process.id)
    early_events.lose(process)


def arm_next(process: ProcessInstance, release: LoadedRelease) -> None:
    """A process started by the calendar that has begun arms the next of its series."""
    if any(scheduled.process == process.process for scheduled in release.settings.schedule):
        jobs.enqueue(
            "arm_calendar", lock=f"calendar:{process.process}", process=process.process, rank=process.rank + 1
        )
