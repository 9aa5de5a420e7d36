"""What the past of a case still asks for once it has landed: nothing is reminded, warned or stated again.

A deadline that has passed shows as late from the first minute; its reminder and its escalation are held to
have been dealt with before. Windows of frequencies that closed before, promises whose date has passed are not
breaches, unless whoever imports asks for what was missed to be stated: the watch then sees to it.
"""

from uuid import UUID

from sqlalchemy import select, update

from app import clock
from app.database import db, transaction
from app.models import Duty, ProcessInstance, Task
from app.services import journal, releases, windows
from app.services.releases import LoadedRelease


def settle(case_id: UUID, *, breaches: bool) -> None:
    """Let the past of a case rest, in a part of the transaction that brings it in."""
    with transaction():
        now = clock.now()
        _past_notices(case_id)
        if breaches:
            return
        _set(Task.breach_at <= now, case_id, breached_at=now)
        for duty in db.session.scalars(
            select(Duty).where(Duty.case_id == case_id, Duty.status.in_(("watching", "leaving")))
        ):
            _rest(duty, _release(duty))


def _past_notices(case_id: UUID) -> None:
    now = clock.now()
    _set(Task.remind_at <= now, case_id, reminded_at=now)
    _set(Task.escalate_at <= now, case_id, escalated_at=now)


def _set(past: object, case_id: UUID, **values: object) -> None:
    mine = update(Task).where(Task.case_id == case_id, Task.status == "open", past)  # type: ignore[arg-type]
    db.session.execute(mine.values(**values).execution_options(synchronize_session=False))


def _release(duty: Duty) -> LoadedRelease:
    return releases.of(db.session.get_one(ProcessInstance, duty.process_id).release_id)


def _rest(duty: Duty, release: LoadedRelease) -> None:
    """Close the windows that have ended, unjudged; the present one goes on with what was counted in it."""
    now = clock.now()
    until = now if duty.ended_at is None else min(now, duty.ended_at)
    closed = windows.closed(duty, until, release)
    if duty.status == "leaving":
        duty.status, duty.warn_at = "ended", None
    elif duty.warn_at is not None and duty.warn_at <= now:
        duty.warn_at, duty.warned_at = None, now
    for window in closed:
        journal.write(
            "frequence.reprise_fermee",
            case_id=duty.case_id,
            process_id=duty.process_id,
            subject=str(duty.id),
            details={"element": duty.element, **window.as_facts()},
        )
