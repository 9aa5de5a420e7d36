"""What falls due by itself: timers of the diagrams and reminders of tasks, each exactly once."""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.exc import OperationalError

from app import clock, engine, tenancy
from app.database import db, end_read, transaction
from app.engine import Position
from app.errors import Conflict
from app.jobs import OWNER
from app.models import ProcessInstance, Task, Timer
from app.services import journal, mail, releases, steps
from app.services.actors import SYSTEM, Actor

LEASE: Final = timedelta(minutes=2)
MAX_ATTEMPTS: Final = 5
PUSH_BACK: Final = timedelta(hours=1)
"""A timer that fails waits an hour; after ``MAX_ATTEMPTS`` it is dead and Supervision shows it."""

_log = logging.getLogger(__name__)


def wake_due(limit: int = 100) -> int:
    """Fire the timers that are due, in due order, one transaction each; return how many fired."""
    fired = 0
    for timer_id, territory_id, process_id in lease_due(limit):
        with tenancy.serving(territory_id):
            fired += _wake(timer_id, process_id)
    return fired


def lease_due(limit: int) -> list[tuple[UUID, UUID, UUID]]:
    """Claim due timers for this worker: ``(timer, territory, process)``, oldest first."""
    now = clock.now()
    with tenancy.unscoped("due_work"), transaction() as session:
        due = (
            select(Timer.id, Timer.territory_id, Timer.process_id)
            .join(ProcessInstance, ProcessInstance.id == Timer.process_id)
            .where(Timer.status == "waiting", Timer.due_at <= now, ProcessInstance.status == "running")
            .where(or_(Timer.lease_until.is_(None), Timer.lease_until <= now))
            .order_by(Timer.due_at, Timer.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=Timer)
        )
        rows = [(row.id, row.territory_id, row.process_id) for row in session.execute(due)]
        if rows:
            session.execute(
                update(Timer)
                .where(Timer.id.in_([row[0] for row in rows]))
                .values(lease_until=now + LEASE, lease_owner=OWNER)
                .execution_options(synchronize_session=False)
            )
    return rows


def _wake(timer_id: UUID, process_id: UUID) -> bool:
    try:
        fire(timer_id, process_id)
    except Conflict:
        _release(timer_id)
        return False
    except Exception as fault:  # noqa: BLE001  # one poison timer must not hold back the others
        _log.warning("timer %s of process %s failed: %s", timer_id, process_id, type(fault).__name__)
        _push_back(timer_id)
        return False
    return True


def fire(
    timer_id: UUID, process_id: UUID, *, by: Actor = SYSTEM, action: str = "echeance.declenchee"
) -> None:
    """Fire one timer now, because it is due or because ``by`` says so.

    Raises:
        Conflict: it is no longer waiting.
        DesignFault: a step behind it cannot run; an incident holds it.
    """

    def store(process: ProcessInstance, position: Position) -> None:
        del position
        journal.write(
            action,
            actor=by.name,
            user_id=by.user_id,
            case_id=process.case_id,
            process_id=process.id,
            subject=_element(timer_id),
        )

    steps.advance(
        process_id,
        lambda programme, state, hooks: engine.wake(programme, state, timer_id, hooks),
        command=steps.Command("wake", {"timer_id": str(timer_id)}),
        store=store,
    )


def _element(timer_id: UUID) -> str:
    return db.session.scalar(select(Timer.element).where(Timer.id == timer_id)) or ""


def _release(timer_id: UUID) -> None:
    with transaction() as session:
        row = session.scalar(select(Timer).where(Timer.id == timer_id))
        if row is not None:
            row.lease_until = None


def _push_back(timer_id: UUID) -> None:
    with transaction() as session:
        row = session.scalar(select(Timer).where(Timer.id == timer_id))
        if row is None:
            return
        row.attempts += 1
        row.lease_until = clock.now() + PUSH_BACK
        if row.attempts >= MAX_ATTEMPTS:
            row.status = "dead"


def remind_due(limit: int = 100) -> int:
    """Send the one reminder of every open task whose ``rappel`` has come; return how many."""
    now = clock.now()
    with tenancy.unscoped("due_work"):
        due = db.session.execute(
            select(Task.id, Task.territory_id)
            .where(Task.status == "open", Task.remind_at <= now, Task.reminded_at.is_(None))
            .order_by(Task.remind_at, Task.id)
            .limit(limit)
        ).all()
    sent = 0
    for task_id, territory_id in due:
        with tenancy.serving(territory_id):
            try:
                sent += _remind(task_id)
            except OperationalError:
                _log.warning("reminder of task %s waits: the database did not answer", task_id)
                end_read()
            except Exception as fault:  # noqa: BLE001  # one reminder must not hold back the others
                _log.warning("reminder of task %s failed: %s", task_id, type(fault).__name__)
                _give_up_reminder(task_id)
    return sent


def _remind(task_id: UUID) -> bool:
    with transaction() as session:
        claimed = session.execute(
            update(Task)
            .where(Task.id == task_id, Task.status == "open", Task.reminded_at.is_(None))
            .values(reminded_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        if claimed.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
            return False
        task = session.scalars(select(Task).where(Task.id == task_id)).one()
        release = releases.of(task.process.release_id)
        mail.remind(task, release)
        journal.write(
            "tache.rappelee", case_id=task.case_id, process_id=task.process_id, subject=str(task.id)
        )
    return True


def _give_up_reminder(task_id: UUID) -> None:
    """Remember that a reminder cannot be written, so that it holds no other back; the journal says so."""
    with transaction() as session:
        task = session.scalars(select(Task).where(Task.id == task_id)).one()
        task.reminded_at = clock.now()
        journal.write(
            "rappel.impossible", case_id=task.case_id, process_id=task.process_id, subject=str(task_id)
        )
