"""Frequencies under watch: each window is looked at before it closes, and judged once it has (AST-6, CAR-11).

The row is the truth: whoever claims it warns or closes in that same transaction, so that several schedulers
do each once. A rule that cannot be evaluated is looked at again later, then given to the jobs as dead work.
"""

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.exc import OperationalError

from app import clock, jobs, tenancy
from app.database import db, end_read, transaction
from app.engine import OpenDuty, Position
from app.expressions.calendar import in_paris, midnight
from app.expressions.windows import WORDS, window_at
from app.jobs import job
from app.models import Duty, ProcessInstance
from app.services import breach_records, calendar_duties, journal, releases, windows
from app.services.releases import LoadedRelease

MAX_ATTEMPTS: Final = 5
PUSH_BACK: Final = timedelta(hours=1)
"""A duty that fails waits an hour; after ``MAX_ATTEMPTS`` it is dead and a job tells so."""
_log = logging.getLogger(__name__)


# What the engine's positions say


def reconcile(process: ProcessInstance, position: Position, known: frozenset[UUID]) -> None:
    """Begin the duties of activities just entered, and leave those of activities just left."""
    now_open = {duty.id: duty for duty in position.duties}
    gone = known - now_open.keys()
    if gone:
        for row in db.session.scalars(select(Duty).where(Duty.id.in_(gone)).order_by(Duty.id)):
            _leave(row)
    for duty_id, duty in now_open.items():
        if duty_id not in known:
            _begin(process, duty)


def _begin(process: ProcessInstance, duty: OpenDuty) -> None:
    row = db.session.get(Duty, duty.id)
    if row is not None:  # the step that left it was undone: it goes on where it stood
        row.status, row.ended_at = "watching", None
        if row.warned_at is None:
            windows.set_warning(row, releases.of(process.release_id))
        journal.write(
            "frequence.reprise", case_id=process.case_id, process_id=process.id, subject=str(row.id)
        )
        return
    facts = windows.rule_facts(duty.rule, duty.minimum, duty.within, lane=duty.lane, scope=duty.scope)
    row = Duty(
        id=duty.id,
        process_id=process.id,
        case_id=process.case_id,
        element=duty.element,
        called_process=duty.process,
        name=duty.name,
        rule=facts,
        since=duty.entered_at,
    )
    windows.open_window(row, duty.entered_at, releases.of(process.release_id))
    db.session.add(row)
    windows.tell_begun(row)


def _leave(row: Duty) -> None:
    row.status, row.ended_at, row.warn_at, row.retry_at = "leaving", clock.now(), None, None
    journal.write(
        "frequence.quittee",
        case_id=row.case_id,
        process_id=row.process_id,
        subject=str(row.id),
        details={"a": row.ended_at.isoformat()},
    )


def end_all(process_id: UUID) -> None:
    """End the duties of a process that is cancelled, unjudged; inside the caller's transaction."""
    rows = db.session.scalars(
        select(Duty).where(Duty.process_id == process_id, Duty.status.in_(("watching", "leaving")))
    )
    for row in rows:
        row.status, row.ended_at, row.warn_at = "ended", clock.now(), None
        journal.write("frequence.levee", case_id=row.case_id, process_id=row.process_id, subject=str(row.id))


def shift(process_id: UUID, delta: timedelta) -> None:
    """Leave a pause that ends now out of a process's windows; inside the transaction that resumes it.

    A window counted from the entry ends later by the pause, and so do those that follow. A calendar window
    stays what it is: the days of the pause ask for nothing (pro rata).
    """
    now = clock.now()
    rows = db.session.scalars(select(Duty).where(Duty.process_id == process_id, Duty.status == "watching"))
    for row in rows:
        pauses = [*row.rule.get("pauses", ()), [(now - delta).isoformat(), now.isoformat()]]
        row.rule = {**row.rule, "pauses": pauses}
        if row.rule["window"] not in WORDS:
            _end_later(row, delta)
        if row.warned_at is None:
            windows.set_warning(row, _release(row))
        journal.write(
            "frequence.decalee",
            case_id=row.case_id,
            process_id=process_id,
            subject=str(row.id),
            details={"pause": pauses[-1], "fermeture": row.window_to.isoformat()},
        )


def _end_later(row: Duty, delta: timedelta) -> None:
    """Move the anchor by whole days, so that windows still begin at midnight."""
    days = (in_paris(row.since + delta).date() - in_paris(row.since).date()).days
    row.since = row.since + timedelta(days=days)
    row.window_to = midnight(in_paris(row.window_to).date() + timedelta(days=days))
    if window_at(row.rule["window"], row.since, row.window_to).start != row.window_to:
        following = window_at(row.rule["window"], row.since, row.window_to)
        row.window_to = following.start if following.start > row.window_from else following.end


# What falls due


def watch_due(limit: int = 100) -> int:
    """Warn of windows about to be missed, close those that have ended; return how much was done.

    Promises whose date has passed become breaches here too (``manquement``).
    """
    now = clock.now()
    with tenancy.unscoped("due_work"):
        due = db.session.execute(
            select(Duty.id, Duty.territory_id)
            .outerjoin(ProcessInstance, ProcessInstance.id == Duty.process_id)
            .where(_due(now))
            .where(
                or_(
                    Duty.status == "leaving",
                    ProcessInstance.id.is_(None),
                    ProcessInstance.status == "running",
                )
            )
            .order_by(Duty.window_to, Duty.id)
            .limit(limit)
        ).all()
    done = 0
    for duty_id, territory_id in due:
        with tenancy.serving(territory_id):
            done += _guarded(duty_id)
    return done + breach_records.note_promises(limit)


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(
        or_(
            and_(Duty.status == "watching", Duty.window_to <= now),
            and_(Duty.status == "watching", Duty.warn_at <= now),
            Duty.status == "leaving",
        ),
        or_(Duty.retry_at.is_(None), Duty.retry_at <= now),
    )


def _guarded(duty_id: UUID) -> bool:
    try:
        return _watch(duty_id)
    except OperationalError:
        _log.warning("duty %s waits: the database did not answer", duty_id)
        end_read()
    except Exception as fault:  # noqa: BLE001  # one poison rule must not hold back the others
        _log.warning("duty %s failed: %s", duty_id, type(fault).__name__)
        _push_back(duty_id)
    return False


def _watch(duty_id: UUID) -> bool:
    """Warn of or close one duty, unless another scheduler is doing it or its process is in suspense."""
    now = clock.now()
    with transaction() as session:
        duty = session.scalar(
            select(Duty)
            .where(Duty.id == duty_id, _due(now))
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        if duty is None or (duty.status == "watching" and not _runs(duty)):
            return False
        if not calendar_duties.refresh(duty):
            return True
        release = _release(duty)
        _judge(duty, now, release)
        duty.attempts, duty.retry_at = 0, None
    return True


def _judge(duty: Duty, now: datetime, release: LoadedRelease) -> None:
    until = now if duty.ended_at is None else min(now, duty.ended_at)
    judged = windows.closed(duty, until, release)
    if duty.status == "leaving":
        last = windows.as_it_stands(duty, until, release)
        if last.expected or last.expected_within:
            judged.append(last)
        duty.status, duty.warn_at = "ended", None
    elif duty.warn_at is not None and duty.warn_at <= now:
        duty.warn_at, duty.warned_at = None, now
        standing = windows.as_it_stands(duty, duty.window_to, release)
        if standing.short:
            breach_records.warn(duty, standing, release)
    for window in judged:
        _tell_closed(duty, window)
    if any(window.short for window in judged):
        breach_records.of_windows(duty, [window for window in judged if window.short], release)


def _tell_closed(duty: Duty, window: windows.Judged) -> None:
    journal.write(
        "frequence.fermee",
        case_id=duty.case_id,
        process_id=duty.process_id,
        subject=str(duty.id),
        details={"element": duty.element, **window.as_facts()},
    )


def _runs(duty: Duty) -> bool:
    if duty.process_id is None:
        return True
    query = select(ProcessInstance.status).where(ProcessInstance.id == duty.process_id)
    return db.session.scalar(query) == "running"


def _release(duty: Duty) -> LoadedRelease:
    """Return the release that the duty's process runs on; for the territory's own, the newest."""
    if duty.process_id is None:
        return releases.current()
    return releases.of(db.session.get_one(ProcessInstance, duty.process_id).release_id)


def _push_back(duty_id: UUID) -> None:
    with transaction() as session:
        duty = session.scalar(select(Duty).where(Duty.id == duty_id))
        if duty is None:
            return
        duty.attempts += 1
        duty.retry_at = clock.now() + PUSH_BACK
        if duty.attempts >= MAX_ATTEMPTS:
            duty.status = "dead"
            journal.write(
                "frequence.impossible", case_id=duty.case_id, process_id=duty.process_id, subject=str(duty.id)
            )
            jobs.enqueue("watch_duty", duty_id=duty.id)


@job("watch_duty")
def watch_again(duty_id: str) -> None:
    """Take a dead duty up again; it fails like before when its rule still cannot be evaluated."""
    with transaction() as session:
        duty = session.scalar(select(Duty).where(Duty.id == UUID(duty_id)).with_for_update())
        if duty is None or duty.status != "dead":
            return
        duty.status = "watching" if duty.ended_at is None else "leaving"
        duty.attempts, duty.retry_at = 0, None
        _judge(duty, clock.now(), _release(duty))
