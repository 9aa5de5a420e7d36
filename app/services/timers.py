"""The timers drawn in the diagrams, each fired exactly once."""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select, update

from app import clock, engine, tenancy
from app.database import db, transaction
from app.engine import Position
from app.errors import Conflict
from app.jobs import OWNER
from app.models import ProcessInstance, Timer
from app.services import journal, steps
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
            details={"minuteur": str(timer_id)},
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
