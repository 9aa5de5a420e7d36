"""The timers drawn in the diagrams, each fired exactly once.

The row is the truth: a lease keeps two workers from trying the same timer, the version of the process keeps
them from firing it twice, whatever becomes of the lease.
"""

import logging
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Select, or_, select, update
from sqlalchemy.exc import OperationalError

from app import clock, engine, jobs, tenancy
from app.database import db, end_read, transaction
from app.engine import Position
from app.errors import Conflict
from app.models import ProcessInstance, Timer
from app.services import journal, steps
from app.services.actors import SYSTEM, Actor

LEASE: Final = timedelta(minutes=2)
MAX_ATTEMPTS: Final = 5
PUSH_BACK: Final = timedelta(hours=1)
"""A timer that fails waits an hour; after ``MAX_ATTEMPTS`` it is dead and Supervision shows it."""

_log = logging.getLogger(__name__)
_untried: set[UUID] = set()
"""Timers that this process leased and did not try, because the database went away: given back first."""


class Leased(NamedTuple):
    """A timer that this process may try until its lease ends."""

    id: UUID
    territory_id: UUID
    process_id: UUID
    element: str


def wake_due(limit: int = 100) -> int:
    """Fire the timers that are due, in due order, one transaction each; return how many fired.

    Raises:
        OperationalError: the database is away or locked. Nothing is lost: what was not tried is due still.
    """
    fired, leased = 0, lease_due(limit)
    for place, timer in enumerate(leased):
        with tenancy.serving(timer.territory_id):
            try:
                fired += _wake(timer)
            except OperationalError:
                _untried.update(one.id for one in leased[place:])
                raise
    return fired


def lease_due(limit: int) -> list[Leased]:
    """Claim due timers for this worker, oldest first."""
    now = clock.now()
    with tenancy.unscoped("due_work"):
        if not _untried:  # nothing to give back: who only looks takes no lock from those who write
            nothing = db.session.execute(_due(now, 1)).first() is None
            end_read()
            if nothing:
                return []
        with transaction() as session:
            _give_back()
            rows = [
                Leased(*row)
                for row in session.execute(_due(now, limit).with_for_update(skip_locked=True, of=Timer))
            ]
            session.execute(
                update(Timer)
                .where(Timer.id.in_([row.id for row in rows]))
                .values(lease_until=now + LEASE, lease_owner=jobs.OWNER)
                .execution_options(synchronize_session=False)
            )
    _untried.clear()
    return rows


def _due(now: datetime, limit: int) -> Select[UUID, UUID, UUID, str]:
    """Return the due timers that nobody is trying.

    A lease that would last longer than one can was taken under a clock that has since been put back.
    """
    return (
        select(Timer.id, Timer.territory_id, Timer.process_id, Timer.element)
        .join(ProcessInstance, ProcessInstance.id == Timer.process_id)
        .where(Timer.status == "waiting", Timer.due_at <= now, ProcessInstance.status == "running")
        .where(
            or_(
                Timer.lease_until.is_(None),
                Timer.lease_until <= now,
                Timer.lease_owner.is_not(None) & (Timer.lease_until > now + LEASE),
            )
        )
        .order_by(Timer.due_at, Timer.id)
        .limit(limit)
    )


def _give_back() -> None:
    if _untried:
        db.session.execute(
            update(Timer)
            .where(Timer.id.in_(_untried), Timer.lease_owner == jobs.OWNER)
            .values(lease_until=None, lease_owner=None)
            .execution_options(synchronize_session=False)
        )


def _wake(timer: Leased) -> bool:
    try:
        fire(timer.id, timer.process_id, element=timer.element)
    except Conflict as conflict:
        if isinstance(conflict.__cause__, engine.NotReady):
            _push_back(timer.id)  # if the row is there still, the engine knows nothing of it
        else:
            _release(timer.id)
        return False
    except OperationalError:  # the database is away or locked: the timer is not to blame
        raise
    except Exception as fault:  # noqa: BLE001  # one poison timer must not hold back the others
        _log.warning("timer %s of process %s failed: %s", timer.id, timer.process_id, type(fault).__name__)
        _push_back(timer.id)
        return False
    return True


def fire(
    timer_id: UUID,
    process_id: UUID,
    *,
    by: Actor = SYSTEM,
    action: str = "echeance.declenchee",
    element: str | None = None,
) -> None:
    """Fire one timer now, because it is due or because ``by`` says so.

    Args:
        element: the timer's own, when the caller has read it.

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
            subject=element or _element(timer_id),
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
    """Let a timer that could not be fired now be tried again at once, if the lease is still ours."""
    with transaction():
        row = _ours(timer_id)
        if row is not None:
            row.lease_until = row.lease_owner = None


def _push_back(timer_id: UUID) -> None:
    """Let a timer that fails wait, or give it up; nobody holds its lease meanwhile."""
    with transaction():
        row = _ours(timer_id)
        if row is None:
            return
        row.attempts += 1
        row.lease_owner, row.lease_until = None, clock.now() + PUSH_BACK
        if row.attempts >= MAX_ATTEMPTS:
            row.status = "dead"


def _ours(timer_id: UUID) -> Timer | None:
    return db.session.scalar(select(Timer).where(Timer.id == timer_id, Timer.lease_owner == jobs.OWNER))
