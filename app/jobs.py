"""Work after the commit: ``enqueue`` writes a row in the caller's transaction, a runner drains it.

A job is a plain function that takes ids, is idempotent, and runs in one transaction of its own.
"""

import logging
import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select, true, update
from sqlalchemy.exc import SQLAlchemyError

from app import clock, tenancy
from app.database import db, end_read, transaction
from app.ids import new_id
from app.models import Job

LEASE: Final = timedelta(minutes=5)
MAX_ATTEMPTS: Final = 8
_CLAIM_LOCK: Final = 0x52454C41  # any number, the same for every runner
OWNER: Final = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"

_registry: dict[str, Callable[..., None]] = {}
_log = logging.getLogger(__name__)


def job(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function under ``name``."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        _registry[name] = function
        return function

    return register


def registered() -> frozenset[str]:
    """Return the names of the known jobs."""
    return frozenset(_registry)


def enqueue(name: str, *, lock: str | None = None, run_at: datetime | None = None, **ids: object) -> None:
    """Write a job in the transaction that is open.

    Raises:
        KeyError: no function is registered under ``name``.
    """
    if name not in _registry:
        raise KeyError(name)
    db.session.add(
        Job(
            id=new_id(),
            territory_id=tenancy.current_id(),
            name=name,
            ids={key: str(value) for key, value in ids.items()},
            lock=lock,
            run_at=run_at or clock.now(),
            created_at=clock.now(),
        )
    )


def run_due(limit: int = 50, *, only: frozenset[str] | None = None) -> int:
    """Run the jobs that are due, oldest first, each in its territory; return how many succeeded.

    ``only`` names the jobs to run; the others wait. Each is claimed when its turn comes, so that a
    slow one does not use up the lease of the next.
    """
    done = 0
    for _ in range(limit):
        claimed = _claim(only)
        if claimed is None:
            break
        job_id, territory_id = claimed
        with tenancy.serving(territory_id):
            done += _run_one(job_id)
    return done


def _claim(only: frozenset[str] | None = None) -> tuple[UUID, UUID] | None:
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
