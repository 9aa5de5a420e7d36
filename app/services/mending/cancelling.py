"""A process given up: what it waited for goes, its requests to partners are abandoned."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select

from app import clock
from app.database import db
from app.handlers.partners import FINAL
from app.models import Case, Orientation, ProcessInstance, Task, Timer
from app.services import campaign_rows, duties, early_events, journal, positions, releases, retention_days
from app.services.actors import Actor
from app.services.mending.moving import settle_incidents, snapshot
from app.services.mending.record import Asked, Kept, apply, look

REASON: Final = "parcours_annule"
"""Why a case is closed whose main process was given up; the mend keeps the person's own words."""


@dataclass(frozen=True)
class Loss:
    """What giving a process up does: how many steps and requests end, and whether the case closes."""

    steps: int
    partners: int
    of_case: bool
    closes_case: bool
    rearms: bool


def cancel(process_id: UUID, *, reason: str, by: Actor, expected: int | None = None) -> UUID:
    """Give a process up: its steps, timers and duties go, open requests to partners are abandoned.

    The case stays open, unless this was the process that its alert began and no other of it runs. A turn
    of the calendar given up before it began arms the next one.

    Raises:
        Forbidden, Invalid, NotFound, Conflict: as every mend (``record.look``).
    """
    asked = Asked("cancel", process_id, by, reason, expected)
    process = db.session.get(ProcessInstance, process_id)
    status = "suspended" if process is not None and process.status == "suspended" else "running"
    seen = look(asked, status=status)
    closes = _closes_case(seen.process)

    def store(process: ProcessInstance) -> Kept:
        kept = Kept(before=seen.state, details=snapshot(process))
        begun = bool(process.done_elements)
        give_up(process)
        if closes:
            _close(process)
        if process.case_id is None and not begun:
            positions.arm_next(process, releases.of(process.release_id))
        return kept

    return apply(asked, seen, store)


def give_up(process: ProcessInstance) -> None:
    """End a process in the transaction under way: its steps, timers and duties go, its requests end."""
    _end(process)
    for row in _asked(process.id):
        row.status, row.closed_at = "abandonnee", clock.now()
    campaign_rows.abandoned(process, releases.of(process.release_id))


def _end(process: ProcessInstance) -> None:
    process.status, process.ended_at, process.end_reason = "cancelled", clock.now(), REASON
    process.suspended_at, process.waits = None, []
    for task in db.session.scalars(select(Task).where(Task.process_id == process.id, Task.status == "open")):
        task.status, task.active = "cancelled", True
    leaving = delete(Timer).where(Timer.process_id == process.id)
    db.session.execute(leaving.execution_options(synchronize_session=False))
    duties.end_all(process.id)
    settle_incidents(process.id, set())
    early_events.lose(process)


def _close(process: ProcessInstance) -> None:
    case = db.session.get_one(Case, process.case_id)
    case.status, case.closed_at, case.closure_reason = "closed", clock.now(), REASON
    retention_days.closed(case)
    journal.write("dossier.clos", case_id=case.id, process_id=process.id)


def _asked(process_id: UUID) -> list[Orientation]:
    query = select(Orientation).where(Orientation.process_id == process_id, Orientation.status.not_in(FINAL))
    return list(db.session.scalars(query))


def _closes_case(process: ProcessInstance) -> bool:
    if process.case_id is None or process.process != releases.of(process.release_id).entry.process:
        return False
    case = db.session.get(Case, process.case_id)
    return case is not None and case.status == "open" and not early_events.others_running(process)


def foresee(process_id: UUID) -> Loss:
    """Return what giving a process up would do, without doing it."""
    process = db.session.get_one(ProcessInstance, process_id)
    steps = select(func.count()).where(Task.process_id == process_id, Task.status == "open")
    return Loss(
        steps=db.session.scalar(steps) or 0,
        partners=len(_asked(process_id)),
        of_case=process.case_id is not None,
        closes_case=_closes_case(process),
        rearms=process.case_id is None and not process.done_elements,
    )
