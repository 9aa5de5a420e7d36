"""One case carried over, whole or not at all: its state, its release, its steps, dates and frequencies."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from app import clock, engine
from app.database import db, transaction
from app.engine import OpenTask, Position
from app.errors import Conflict
from app.models import Duty, MigratedProcess, ProcessInstance, StepLink, Task, Timer
from app.services import invitations, journal, mail, positions
from app.services.held_deadlines import INSTANTS
from app.services.mending.moving import settle_incidents, snapshot
from app.services.migrating.record import Lot
from app.services.migrating.verdict import Verdict
from app.services.releases import LoadedRelease

_FOLLOWED: Final = (
    "element", "called_process", "name", "lane", "form", "instructions", "button", "escalate_to",
    "claimed_by",
)  # fmt: skip
"""What the row of an open step takes from its diagram, and who holds it."""


def store(row_id: UUID, version: int, found: Verdict, lot: Lot, target: LoadedRelease) -> None:
    """Store a case as carried over, unless it has moved since it was judged.

    Raises:
        Conflict: it has moved, or is done already.
    """
    with transaction() as session:
        mine = select(MigratedProcess).where(MigratedProcess.id == row_id, MigratedProcess.state == "judged")
        row = session.scalar(mine.with_for_update().execution_options(populate_existing=True))
        if row is None:
            raise Conflict
        process = session.scalar(
            select(ProcessInstance)
            .where(ProcessInstance.id == row.process_id, ProcessInstance.version == version)
            .where(
                ProcessInstance.status.in_(("running", "suspended")), ProcessInstance.release_id != target.id
            )
            .with_for_update(key_share=True, of=ProcessInstance)
            .execution_options(populate_existing=True)
        )
        if process is None:
            raise Conflict
        row.before, row.from_id, row.details = process.state, process.release_id, _kept(process)
        process.version, process.release_id = version + 1, target.id
        session.flush()
        if found.migrated is not None and found.hooks is not None and found.old is not None:
            _move(process, found, target)
        row.state, row.told, row.verdict = "done", found.told, found.kind
        row.version, row.at = process.version, clock.now()
        _journal(row, process, found, lot, target)


def _journal(
    row: MigratedProcess, process: ProcessInstance, found: Verdict, lot: Lot, target: LoadedRelease
) -> None:
    """Write who carried a case over, from where to where, by which mapping; the lot keeps why."""
    renamed = found.migrated.renamed if found.migrated is not None else {}
    journal.write(
        "parcours.migre",
        actor=lot.author,
        user_id=lot.user_id,
        case_id=process.case_id,
        process_id=process.id,
        subject=str(row.id),
        details={
            "lot": str(lot.id),
            "de": found.old.number if found.old is not None else None,
            "vers": target.number,
            "correspondances": {
                "/".join(old): "/".join(new) for old, new in sorted(renamed.items()) if old != new
            },
            "recalcul": lot.recompute,
        },
    )


def _kept(process: ProcessInstance) -> dict[str, Any]:
    """Return what bringing a case back needs beside its state: ids, elements and instants."""
    tasks = db.session.scalars(select(Task).where(Task.process_id == process.id, Task.status == "open"))
    timers = db.session.scalars(select(Timer).where(Timer.process_id == process.id))
    duties = select(Duty).where(Duty.process_id == process.id, Duty.status == "watching")
    return {
        **snapshot(process),
        "tasks": {str(row.id): {name: plain(getattr(row, name)) for name in (*_FOLLOWED, *INSTANTS, *SENT)}
                  for row in tasks},
        "timers": {str(row.id): {"element": row.element, "due_at": plain(row.due_at)} for row in timers},
        "links": _links(process.id),
        "duties": {str(row.id): [row.element, row.called_process, row.name]
                   for row in db.session.scalars(duties)},
    }  # fmt: skip


def _links(process_id: UUID) -> list[dict[str, Any]]:
    """Return the personal links of a process's open steps, sealed as they are kept."""
    mine = select(Task.id).where(Task.process_id == process_id, Task.status == "open")
    rows = db.session.scalars(select(StepLink).where(StepLink.task_id.in_(mine)))
    names = [column.key for column in StepLink.__mapper__.column_attrs]
    return [{name: plain(getattr(row, name)) for name in names} for row in rows]


SENT: Final = ("reminded_at", "escalated_at")
"""When a step's notices left."""


def plain(value: Any) -> Any:
    """Return an instant or an id as JSON keeps it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _move(process: ProcessInstance, found: Verdict, target: LoadedRelease) -> None:
    """Store the position, then let the rows of what stays open follow the new diagram."""
    migrated, hooks, old = found.migrated, found.hooks, found.old
    if migrated is None or hooks is None or old is None:
        return
    was = engine.read(old.programme, process.state)
    position = migrated.position
    _rename_done(process, migrated.renamed)
    positions.record(
        process, position, hooks.effects, hooks.decisions, target, before=positions.known(process)
    )
    _follow_steps(process, was, position, target)
    _follow_dates(was, position)
    _follow_duties(position)
    still = {str(task.id) for task in position.open_tasks} | {str(wait.id) for wait in position.waits}
    settle_incidents(process.id, still)
    if process.status == "suspended":
        for task in db.session.scalars(select(Task).where(Task.process_id == process.id, Task.active)):
            task.active = False


def _rename_done(process: ProcessInstance, renamed: Any) -> None:
    """Let what was counted as done under an old name count under the new one: rights may hang on it."""
    done = dict(process.done_elements)
    for (_, old), (_, new) in renamed.items():
        if old != new and old in done:
            done[new] = done.get(new, 0) + done.pop(old)
    process.done_elements = done


def _follow_steps(process: ProcessInstance, was: Position, position: Position, target: LoadedRelease) -> None:
    before = {task.id: task for task in was.open_tasks}
    now = {task.id: task for task in position.open_tasks if task.id in before}
    for row in db.session.scalars(select(Task).where(Task.id.in_(list(now)), Task.status == "open")):
        task = now[row.id]
        lane = row.lane
        row.element, row.called_process, row.name = task.element, task.process, task.name
        row.lane, row.form, row.instructions = task.lane or "", task.form or "", task.instructions
        row.button = task.properties.get("bouton")
        row.escalate_to = task.properties.get("escalade_a", "").strip() or None
        _follow_instants(row, before[row.id], task)
        moved = row.lane != lane and row.claimed_by is not None
        if moved and row.claimed_by not in mail.members_of_lane(row.lane, target, process.case_id):
            row.claimed_by = None
        if not task.properties.get(invitations.PROPERTY):
            _end_link(row.id)


def _follow_instants(row: Task, was: OpenTask, task: OpenTask) -> None:
    """Take over the instants that were counted anew; the others keep what the row says (a pause, a hold)."""
    for name in INSTANTS:
        moment = getattr(task, name)
        if moment == getattr(was, name):
            continue
        setattr(row, name, moment)
        sent = {"remind_at": "reminded_at", "escalate_at": "escalated_at"}.get(name)
        if sent is not None and moment is not None and moment > clock.now():
            setattr(row, sent, None)


def _end_link(task_id: UUID) -> None:
    """End the personal link of a step that nobody answers by a link any more."""
    gone = delete(StepLink).where(StepLink.task_id == task_id)
    db.session.execute(gone.execution_options(synchronize_session=False))


def _follow_dates(was: Position, position: Position) -> None:
    before = {wait.id: wait for wait in was.waits}
    now = {wait.id: wait for wait in position.waits if wait.id in before and wait.due_at is not None}
    for row in db.session.scalars(select(Timer).where(Timer.id.in_(list(now)))):
        wait = now[row.id]
        row.element = wait.element
        if wait.due_at is not None and wait.due_at != before[row.id].due_at:
            row.due_at, row.status = wait.due_at, "waiting"
            row.lease_until, row.lease_owner, row.attempts = None, None, 0


def _follow_duties(position: Position) -> None:
    now = {duty.id: duty for duty in position.duties}
    for row in db.session.scalars(select(Duty).where(Duty.id.in_(list(now)))):
        duty = now[row.id]
        row.element, row.called_process, row.name = duty.element, duty.process, duty.name
