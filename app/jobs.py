"""Work after the commit: ``enqueue`` writes a row in the caller's transaction, a runner drains it.

A job is a plain function that takes ids, is idempotent, and runs in one transaction of its own. The row is
the truth with both runners: the embedded one looks for due rows; Procrastinate's workers are told of each.
"""

import logging
import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from time import perf_counter
from typing import Final
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import delete, func, or_, select, true, update
from sqlalchemy.exc import SQLAlchemyError

from app import clock, logs, queues, tenancy, withheld
from app.config import Settings
from app.database import db, end_read, transaction
from app.ids import new_id
from app.models import Job

LEASE: Final = timedelta(minutes=5)
MAX_ATTEMPTS: Final = 8
COME_BACK: Final = timedelta(seconds=2)
"""How long a carried job waits whose lock another one holds."""
FORGOTTEN: Final = timedelta(minutes=1)
"""A row this late that no worker was told of is told again."""
KEPT: Final = timedelta(hours=14 * 24)
"""How long a job that is done stays to be looked at."""
_CLAIM_LOCK: Final = 0x52454C41  # any number, the same for every runner
OWNER = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
"""Who holds a lease: this process. A process forked from this one is another."""

QUEUES: Final = queues.NAMES
"""The queues, the first one for what moves the routes on."""

_registry: dict[str, Callable[..., None]] = {}
_queue_of: dict[str, str] = {}
_log = logging.getLogger(__name__)


def _be_another() -> None:
    globals()["OWNER"] = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


os.register_at_fork(after_in_child=_be_another)


def job(name: str, *, queue: str = "parcours") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function under ``name``, in one of ``queues.NAMES``."""
    if queue not in queues.NAMES:
        raise ValueError(f"{queue} is no queue")

    def register(function: Callable[..., None]) -> Callable[..., None]:
        _registry[name], _queue_of[name] = function, queue
        return function

    return register


def registered(*, queue: str | None = None) -> frozenset[str]:
    """Return the names of the known jobs, those of one queue when it is named."""
    return frozenset(name for name in _registry if queue is None or queue_of(name) == queue)


def queue_of(name: str) -> str:
    """Return the queue of a job."""
    return _queue_of.get(name, queues.NAMES[0])


def carried() -> bool:
    """Whether Procrastinate's workers are told of each job (``RELAIS_JOBS=procrastinate``)."""
    settings = current_app.config.get("RELAIS_SETTINGS")
    return isinstance(settings, Settings) and settings.jobs == "procrastinate"


def enqueue(name: str, *, lock: str | None = None, run_at: datetime | None = None, **ids: object) -> None:
    """Write a job in the transaction that is open, unless everything is withheld (``app.withheld``).

    Raises:
        KeyError: no function is registered under ``name``.
    """
    if name not in _registry:
        raise KeyError(name)
    if withheld.note_job(name, {key: str(value) for key, value in ids.items()}):
        return
    row = Job(
        id=new_id(),
        territory_id=tenancy.current_id(),
        name=name,
        ids={key: str(value) for key, value in ids.items()},
        lock=lock,
        run_at=run_at or clock.now(),
        created_at=clock.now(),
    )
    db.session.add(row)
    _tell(row.id, name, lock, row.run_at)


def again(row: Job, *, fresh: bool = True) -> None:
    """Let a job that waits or gave up run now, in the transaction that is open.

    Args:
        row: a job of the territory being served; its lease, if any, is left to its holder.
        fresh: give it a whole new series of attempts.
    """
    row.status, row.run_at = "waiting", clock.now()
    if fresh:
        row.attempts, row.last_error, row.lease_until = 0, None, None
    _tell(row.id, row.name, row.lock, row.run_at)


def _tell(job_id: UUID, name: str, lock: str | None, run_at: datetime) -> None:
    """Tell Procrastinate of a job, on the session's own connection, when it carries them.

    A job for later takes no lock there: it would hold every other one of its lock until its hour. Our own
    claim keeps the locks in any case.
    """
    if not carried():
        return
    due = run_at <= clock.now()
    queues.defer(
        db.session().connection(),
        job_id,
        queue=queue_of(name),
        lock=lock if due else None,
        at=None if due else run_at - clock.shifted(),
    )


def run_due(limit: int = 50, *, only: frozenset[str] | None = None, until: Event | None = None) -> int:
    """Run the jobs that are due, oldest first, each in its territory; return how many succeeded.

    ``only`` names the jobs to run; the others wait. Each is claimed when its turn comes, so that a
    slow one does not use up the lease of the next. ``until``, once set, lets no other begin.
    """
    done = 0
    for _ in range(limit):
        if until is not None and until.is_set():
            break
        claimed = _claim(only)
        if claimed is None:
            break
        job_id, territory_id = claimed
        with tenancy.serving(territory_id):
            done += _run_one(job_id)
    return done


def run_one(job_id: UUID) -> bool:
    """Run one job that a worker was told of; return whether it succeeded.

    One that is not due yet, or whose lock is held, is told again for later; one that is over is left alone.
    """
    claimed = _claim(job_id=job_id)
    if claimed is None:
        _come_back(job_id)
        return False
    with tenancy.serving(claimed[1]):
        return _run_one(job_id)


def _come_back(job_id: UUID) -> None:
    with tenancy.unscoped("due_work"):
        row = db.session.execute(
            select(Job.territory_id, Job.name, Job.lock, Job.run_at, Job.lease_until).where(
                Job.id == job_id, Job.status == "waiting"
            )
        ).first()
    end_read()
    if row is not None:
        moment = max(row.run_at, row.lease_until or row.run_at, clock.now() + COME_BACK)
        with tenancy.serving(row.territory_id), transaction():
            _tell(job_id, row.name, row.lock, moment)


def tell_forgotten(limit: int = 500) -> int:
    """Tell the workers of late rows they know nothing of (restored, or written before); return how many."""
    now = clock.now()
    with tenancy.unscoped("due_work"), transaction() as session:
        late = session.execute(
            select(Job.id, Job.name, Job.lock)
            .where(Job.status == "waiting", Job.run_at <= now - FORGOTTEN)
            .where(or_(Job.lease_until.is_(None), Job.lease_until <= now))
            .order_by(Job.run_at)
            .limit(limit)
        ).all()
        known = queues.carried(session.connection(), [row.id for row in late])
        forgotten = [row for row in late if row.id not in known]
        for row in forgotten:
            _tell(row.id, row.name, row.lock, now)
    return len(forgotten)


def tidy(limit: int = 5000) -> int:
    """Remove jobs that were done long ago, at most ``limit``; return how many."""
    before = clock.now() - KEPT
    with tenancy.unscoped("due_work"), transaction() as session:
        old = session.scalars(
            select(Job.id)
            .where(Job.status.in_(("done", "discarded")), Job.run_at < before)
            .where(or_(Job.done_at.is_(None), Job.done_at < before))
            .limit(limit)
        ).all()
        session.execute(delete(Job).where(Job.id.in_(old)).execution_options(synchronize_session=False))
    return len(old)


def _claim(only: frozenset[str] | None = None, *, job_id: UUID | None = None) -> tuple[UUID, UUID] | None:
    now = clock.now()
    with tenancy.unscoped("due_work"), transaction() as session:
        if session.connection().dialect.name == "postgresql":
            # Two runners at once would each see the other's lock as free: one claims after the other.
            session.execute(select(func.pg_advisory_xact_lock(_CLAIM_LOCK)))
        busy = select(Job.lock).where(Job.lease_until > now, Job.status == "waiting", Job.lock.is_not(None))
        row = session.execute(
            select(Job.id, Job.territory_id)
            .where(Job.status == "waiting", Job.run_at <= now)
            .where((Job.lease_until.is_(None)) | (Job.lease_until <= now))
            .where((Job.lock.is_(None)) | (Job.lock.not_in(busy)))
            .where(Job.name.in_(sorted(only)) if only is not None else true())
            .where(Job.id == job_id if job_id is not None else true())
            .order_by(Job.run_at, Job.created_at)
            .limit(1)
        ).first()
        if row is None:
            return None
        session.execute(
            update(Job)
            .where(Job.id == row.id)
            .values(lease_until=now + LEASE, lease_owner=OWNER, attempts=Job.attempts + 1)
            .execution_options(synchronize_session=False)
        )
    return row.id, row.territory_id


def _run_one(job_id: UUID) -> bool:
    row = db.session.get_one(Job, job_id)
    name, ids, attempts = row.name, dict(row.ids), row.attempts
    end_read()
    if attempts > MAX_ATTEMPTS:
        _settle(job_id, status="dead", error="interrupted at every attempt, without an error")
        return False
    with logs.about(job=name, job_id=job_id):
        return _run(job_id, name, ids, attempts)


def _run(job_id: UUID, name: str, ids: dict[str, str], attempts: int) -> bool:
    began = perf_counter()
    try:
        _registry[name](**ids)
    except Exception as error:  # noqa: BLE001  # one poison job must not hold back the others
        _log.warning("job %s (%s) failed: %s", job_id, name, type(error).__name__)
        _settle(
            job_id,
            status="dead" if attempts >= MAX_ATTEMPTS else "waiting",
            error=_told(error),
            run_at=clock.now() + timedelta(minutes=2**attempts),
        )
        return False
    _settle(job_id, status="done")
    with logs.about(duration_ms=round((perf_counter() - began) * 1000)):
        _log.info("job done")
    return True


def _told(error: Exception) -> str:
    """Return what is remembered of an error; a database quotes the row it refused, which is not (LAW-1)."""
    name = type(error).__name__
    return name if isinstance(error, SQLAlchemyError) else f"{name}: {error}"[:500]


def _settle(job_id: UUID, *, status: str, error: str | None = None, run_at: datetime | None = None) -> None:
    """Write how a run ended, unless the lease was lost meanwhile: then the other runner says."""
    with transaction() as session:
        row = session.get_one(Job, job_id)
        if row.status != "waiting" or row.lease_owner != OWNER:
            return
        row.status, row.lease_until, row.last_error = status, None, error
        if status == "done":
            row.done_at = clock.now()
        elif run_at is not None and status == "waiting":
            row.run_at = run_at
            _tell(row.id, row.name, row.lock, run_at)
