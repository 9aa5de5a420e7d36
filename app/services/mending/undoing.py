"""A mend taken back, as long as the process has not moved since."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock, engine
from app.database import db, transaction
from app.engine import Position
from app.errors import NotFound
from app.handlers.partners import FINAL
from app.models import Case, Mend, Orientation, ProcessInstance, Submission, Task, Timer
from app.services import journal, positions, releases, retention_days, views
from app.services.actors import Actor
from app.services.mending.correcting import update_facts
from app.services.mending.record import MendRefused, MovedMeanwhile, allowed
from app.services.releases import LoadedRelease

UNDOABLE: Final = frozenset({"due", "cancel", "move", "repeat", "skip", "correct"})
"""A suspension is ended by resuming, which moves the deadlines by the pause."""


def can_be_undone(mend: Mend, process: ProcessInstance) -> bool:
    """Say whether nothing has happened to the process since this mend."""
    return mend.kind in UNDOABLE and mend.undone_at is None and mend.version == process.version


def undo(mend_id: UUID, *, by: Actor) -> None:
    """Bring a process back to where it stood before a mend; what has left (mail, documents) stays.

    The steps it took back are open again, under the same ids, with their drafts and whoever held them.

    Raises:
        NotFound: no such mend in the territory.
        Forbidden: the role may not do this kind of mend.
        MendRefused: this kind is not undone, or it was already.
        Conflict: the process has moved since.
    """
    mend = db.session.get(Mend, mend_id)
    if mend is None:
        raise NotFound
    allowed(mend.kind, by)
    if mend.kind not in UNDOABLE:
        raise MendRefused(cause="Une suspension ne s'annule pas : reprenez le parcours.")
    if mend.undone_at is not None:
        raise MendRefused(cause="Cette intervention est déjà annulée.")
    with transaction() as session:
        process = session.scalar(
            select(ProcessInstance)
            .join(Mend, Mend.process_id == ProcessInstance.id)
            .where(Mend.id == mend_id, Mend.version == ProcessInstance.version, Mend.undone_at.is_(None))
            .with_for_update(key_share=True, of=ProcessInstance)
        )
        if process is None:
            raise MovedMeanwhile
        row = session.get_one(Mend, mend_id)
        process.version += 1
        _bring_back(process, row)
        row.undone_at, row.undone_by = clock.now(), by.name
        journal.write(
            "parcours.intervention_annulee",
            actor=by.name,
            user_id=by.user_id,
            case_id=process.case_id,
            process_id=process.id,
            subject=str(row.id),
        )


def _bring_back(process: ProcessInstance, mend: Mend) -> None:
    release = releases.of(process.release_id)
    position = engine.read(release.programme, mend.before or process.state)
    if mend.kind == "correct":
        process.state = position.state
        _take_back_answer(process, mend)
        return
    if mend.kind == "due":
        _align(process, position, mend)
        return
    was = mend.details
    stand_again(process, position, release, was)
    if was["status"] == "suspended":
        suspend_again(process, mend.at)


def stand_again(
    process: ProcessInstance, position: Position, release: LoadedRelease, was: Mapping[str, Any]
) -> None:
    """Let a process stand where it stood, inside the caller's transaction; ``was`` is an earlier snapshot."""
    process.status, process.ended_at, process.end_reason = "running", None, None
    _reopen(process, position)
    db.session.flush()
    positions.record(process, position, (), (), release, before=positions.known(process))
    process.done_elements, process.done_flows = dict(was["done"]), dict(was["flows"])
    _reopen_case(process, was.get("case"))
    _bring_back_orientations(process, was["orientations"])


def _reopen(process: ProcessInstance, position: Position) -> None:
    """Open again the steps that the mend took back."""
    wanted = [task.id for task in position.open_tasks]
    query = select(Task).where(Task.process_id == process.id, Task.id.in_(wanted), Task.status != "open")
    for task in db.session.scalars(query):
        task.status, task.completed_at, task.completed_by = "open", None, None


def _align(process: ProcessInstance, position: Position, mend: Mend) -> None:
    """Give steps and timers the instants of an earlier state, and what was sent its mark again."""
    process.state = position.state
    instants = {task.id: task for task in position.open_tasks}
    for row in db.session.scalars(select(Task).where(Task.id.in_(list(instants)))):
        task = instants[row.id]
        row.due_at, row.remind_at, row.escalate_at = task.due_at, task.remind_at, task.escalate_at
        row.breach_at = task.breach_at
    for task_id, marks in mend.details.get("sent", {}).items():
        held = db.session.get(Task, UUID(task_id))
        for name, at in marks.items():
            setattr(held, name, datetime.fromisoformat(at))
    due = {wait.id: wait.due_at for wait in position.waits if wait.due_at}
    for timer in db.session.scalars(select(Timer).where(Timer.id.in_(list(due)))):
        timer.due_at = due[timer.id] or timer.due_at


def _take_back_answer(process: ProcessInstance, mend: Mend) -> None:
    """Let the answer that was put right count again; the facts of the case follow it."""
    told = mend.details["journal"]
    new = db.session.get(Submission, UUID(told["reponse"]))
    old = db.session.get(Submission, UUID(told["remplace"]))
    if new is not None:
        db.session.delete(new)
        db.session.flush()
    form = releases.of(process.release_id).forms.get(old.form) if old is not None else None
    if old is not None and form is not None:
        update_facts(process, views.all_answers(old), form)


def _reopen_case(process: ProcessInstance, status: str | None) -> None:
    case = db.session.get(Case, process.case_id) if process.case_id else None
    if case is not None and status == "open" and case.status != "open":
        case.status, case.closed_at, case.closure_reason = "open", None, None
        retention_days.reopened(case)
        journal.write("dossier.rouvert", case_id=case.id, process_id=process.id)


def _bring_back_orientations(process: ProcessInstance, before: dict[str, str]) -> None:
    """Give each request its former state; one made by the mend is abandoned: its message may have left."""
    rows = db.session.scalars(select(Orientation).where(Orientation.process_id == process.id))
    for row in rows:
        status = before.get(str(row.id), row.status if row.status in FINAL else "abandonnee")
        if status != row.status:
            row.status, row.closed_at = status, clock.now() if status in FINAL else None


def suspend_again(process: ProcessInstance, since: datetime) -> None:
    """Let a process that stands again be in suspense, since the instant at which it was put so."""
    process.status, process.suspended_at = "suspended", since
    for task in db.session.scalars(select(Task).where(Task.process_id == process.id, Task.status == "open")):
        task.active = False
