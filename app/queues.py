"""Procrastinate's side of the jobs: a row of its own beside ours, in the same PostgreSQL transaction.

Our ``job`` row says what there is to do; Procrastinate only carries its id to a worker, on whatever machine.
"""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import procrastinate
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection

RUN: Final = "relais.run"
"""Procrastinate's name of the task that runs one of our jobs."""

NAMES: Final = ("parcours", "messages", "documents")
"""The queues: a worker may serve one alone, so that long layouts hold no message back."""

PREFIX: Final = "procrastinate_"
"""What the names of Procrastinate's own tables begin with."""

TABLES: Final = ("workers", "jobs", "periodic_defers", "events")
_MARK: Final = "Relais : "


def defer(connection: Connection, job_id: UUID, *, queue: str, lock: str | None, at: datetime | None) -> None:
    """Hand a job to the workers on the caller's own connection: it leaves with the caller's commit, or never.

    Args:
        connection: the one of the session, its transaction open; PostgreSQL through psycopg 3.
        job_id: our row.
        queue: one of ``NAMES``.
        lock: jobs of one lock are carried one at a time.
        at: not before this instant; None for at once.
    """
    _sender().configure_task(RUN, queue=queue, lock=lock, schedule_at=at, connection=_raw(connection)).defer(
        job_id=str(job_id)
    )


def carried(connection: Connection, job_ids: list[UUID]) -> set[UUID]:
    """Return which of these jobs a worker already has, or will be given."""
    rows = _raw(connection).execute(
        "SELECT args->>'job_id' FROM procrastinate_jobs "
        "WHERE status IN ('todo', 'doing') AND args->>'job_id' = ANY(%s)",
        ([str(job_id) for job_id in job_ids],),
    )
    return {UUID(row[0]) for row in rows}


def installed(connection: Connection) -> str | None:
    """Return the mark of the migration the tables stand at; None without tables, empty without a mark."""
    row = _raw(connection).execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
    if row is None or row[0] is None:
        return None
    (said,) = (
        _raw(connection)
        .execute("SELECT coalesce(obj_description('procrastinate_jobs'::regclass), '')")
        .fetchone()
    )
    return str(said).removeprefix(_MARK)


def newest() -> str:
    """Return the mark of the newest migration of the Procrastinate that is installed here."""
    return _migrations()[-1].stem


def migrate(connection: Connection) -> None:
    """Create Procrastinate's tables, or bring them to its installed version, in the transaction that is open.

    Raises:
        LookupError: the tables exist and were not made by Relais: nobody knows where they stand.
    """
    stands_at, raw = installed(connection), _raw(connection)
    if stands_at == newest():
        return
    if stands_at is None:
        raw.execute(SchemaManager.get_schema())
    elif not stands_at:
        raise LookupError(PREFIX)
    else:
        for step in (step for step in _migrations() if step.stem > stands_at):
            raw.execute(step.read_text(encoding="utf-8"))
    raw.execute(f"COMMENT ON TABLE procrastinate_jobs IS '{_MARK}{newest()}'")


def live_workers(connection: Connection, seconds: int = 60) -> int:
    """Return how many workers gave a sign of life in the last ``seconds``."""
    row = (
        _raw(connection)
        .execute(
            "SELECT count(*) FROM procrastinate_workers "
            "WHERE last_heartbeat > now() - make_interval(secs => %s)",
            (seconds,),
        )
        .fetchone()
    )
    return int(row[0])


@cache
def _sender() -> procrastinate.App:
    """Return an application that only defers, always on a connection that it is given."""
    return procrastinate.App(connector=procrastinate.PsycopgConnector())


def _raw(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _migrations() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
