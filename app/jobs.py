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

from sqlalchemy import select, update

from app import clock, tenancy
from app.database import db, end_read, transaction
from app.models import Job

LEASE: Final = timedelta(minutes=5)
MAX_ATTEMPTS: Final = 8
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
            id=uuid4(),
            territory_id=tenancy.current_id(),
            name=name,
            ids={key: str(value) for key, value in ids.items()},
            lock=lock,
            run_at=run_at or clock.now(),
            created_at=clock.now(),
        )
    )


def run_due(limit: int = 50) -> int:
    """Run the jobs that are due, oldest first, each in its territory; return how many succeeded."""
    done = 0
    for job_id, territory_id in _claim(limit):
        with tenancy.serving(territory_id):
            done += _run_one(job_id)
    return done


def _claim(limit: int) -> list[tuple[UUID, UUID]]:
    now = clock.now()
    with tenancy.unscoped("due_work"), transaction() as session:
        busy = (
            select(Job.lock)
            .where(Job.lease_until > now, Job.status == "waiting", Job.lock.is_not(None))
            .scalar_subquery()
        )
        free = (
            select(Job.id, Job.territory_id, Job.lock)
            .where(Job.status == "waiting", Job.run_at <= now)
            .where((Job.lease_until.is_(None)) | (Job.lease_until <= now))
            .where((Job.lock.is_(None)) | (Job.lock.not_in(busy)))
            .order_by(Job.run_at, Job.created_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows, locks = [], set()
        for job_id, territory_id, lock in session.execute(free):
            if lock is None or lock not in locks:
                rows.append((job_id, territory_id))
                locks.add(lock)
        if rows:
            session.execute(
                update(Job)
                .where(Job.id.in_([job_id for job_id, _ in rows]))
                .values(lease_until=now + LEASE, lease_owner=OWNER, attempts=Job.attempts + 1)
                .execution_options(synchronize_session=False)
            )
    return rows


def _run_one(job_id: UUID) -> bool:
    row = db.session.get_one(Job, job_id)
    name, ids = row.name, dict(row.ids)
    end_read()
    try:
        _registry[name](**ids)
    except Exception as error:  # noqa: BLE001  # one poison job must not hold back the others
        _log.warning("job %s (%s) failed: %s", job_id, name, type(error).__name__)
        _push_back(job_id, error)
        return False
    with transaction() as session:
        finished = session.get_one(Job, job_id)
        finished.status, finished.done_at, finished.lease_until = "done", clock.now(), None
    return True


def _push_back(job_id: UUID, error: Exception) -> None:
    with transaction() as session:
        row = session.get_one(Job, job_id)
        row.lease_until = None
        row.last_error = f"{type(error).__name__}: {error}"[:500]
        if row.attempts >= MAX_ATTEMPTS:
            row.status = "dead"
        else:
            row.run_at = clock.now() + timedelta(minutes=2**row.attempts)
