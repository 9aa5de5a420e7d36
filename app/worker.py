"""``relais worker`` on Procrastinate: any number of processes, on any number of machines, one PostgreSQL.

A worker is told of each job by its row's id and runs it as the embedded runner would; what falls due by a
date is looked for every few seconds by whichever worker is free. Retries, dead letters and locks stay ours.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Collection
from typing import Final
from uuid import UUID

import procrastinate
import psycopg
from flask import Flask
from procrastinate.exceptions import ConnectorException
from sqlalchemy.engine import make_url

from app import clock, jobs, queues, scheduler
from app.config import Settings
from app.database import db
from app.services import heartbeats

LOOK: Final = "* * * * * */5"
"""When what falls due by a date is looked for: every five seconds (cron with seconds)."""
AWAY: Final = 3.0
"""Seconds before a worker whose database is away tries again."""
HEARTBEAT: Final = 10.0
STALLED: Final = 45.0
"""A worker silent for this long is dead: what it was running is given to another."""
ENDING: Final = 60.0
"""Seconds that running jobs have to end when the worker is told to stop."""
AHEAD: Final = 10
"""Procrastinate's priority of what watches over dates and workers: no long queue of jobs holds it up."""
RESCUE: Final = "* * * * *"
"""When jobs of workers that died are looked for: every minute."""

_log = logging.getLogger(__name__)


def run(
    app: Flask,
    settings: Settings,
    stop: threading.Event,
    *,
    serves: Collection[str] = queues.NAMES,
    concurrency: int = 2,
) -> None:
    """Work until ``stop`` is set; a database that is away is waited for.

    Args:
        app: what the jobs run in.
        settings: where the database is.
        stop: set by SIGTERM; jobs under way end first, ``ENDING`` seconds at most.
        serves: queues to serve; what falls due by a date comes with the first of ``queues.NAMES``.
        concurrency: jobs at once in this process.
    """
    for name in ("procrastinate", "psycopg.pool"):  # our own lines tell of jobs and of a database away
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        while not stop.is_set():
            try:
                asyncio.run(_serve(app, settings, stop, list(serves), concurrency))
            except (ConnectorException, psycopg.Error) as fault:
                _log.warning("the database is away: %s", type(fault.__cause__ or fault).__name__)
            stop.wait(AWAY)  # it also ends by itself when one of its listeners lost the database
    finally:
        with app.app_context():
            scheduler.guarded("leaving", lambda _limit: heartbeats.leave(), 0)
            db.session.remove()


async def _serve(
    app: Flask, settings: Settings, stop: threading.Event, serves: list[str], concurrency: int
) -> None:
    carrier = build(app, settings, concurrency)
    async with carrier.open_async():
        working = asyncio.create_task(
            carrier.run_worker_async(
                queues=serves,
                concurrency=concurrency,
                wait=True,
                delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=STALLED,
                shutdown_graceful_timeout=ENDING,
                install_signal_handlers=False,
            )
        )
        while not stop.is_set() and not working.done():
            await asyncio.wait({working}, timeout=0.3)
        working.cancel()  # graceful: it takes no other job and waits for those under way
        try:
            await working
        except asyncio.CancelledError:
            if not stop.is_set():
                raise


def build(app: Flask, settings: Settings, concurrency: int = 2) -> procrastinate.App:
    """Return Procrastinate's application: the tasks that do our work, in the context of ``app``."""
    url = make_url(settings.database_url).set(drivername="postgresql")
    connector = procrastinate.PsycopgConnector(
        conninfo=url.render_as_string(hide_password=False), min_size=1, max_size=concurrency + 3, timeout=10
    )
    carrier = procrastinate.App(connector=connector)
    looking = threading.Lock()

    @carrier.task(name=queues.RUN, queue=queues.NAMES[0])
    def run_one(job_id: str) -> None:
        _within(app, lambda: jobs.run_one(UUID(job_id)) + heartbeats.beat("worker"))

    @carrier.periodic(cron=LOOK)
    @carrier.task(name="relais.look", queue=queues.NAMES[0], queueing_lock="relais.look", priority=AHEAD)
    def look(timestamp: int) -> None:
        del timestamp
        if looking.acquire(blocking=False):  # one look at a time in a process: jobs need its other hands
            try:
                _within(app, _look)
            finally:
                looking.release()

    @carrier.periodic(cron=RESCUE)
    @carrier.task(name="relais.rescue", queue=queues.NAMES[0], queueing_lock="relais.rescue", priority=AHEAD)
    async def rescue(timestamp: int) -> None:
        del timestamp
        for job in await carrier.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
            _log.warning("job %s of a worker that died is given to another", job.id)
            await carrier.job_manager.retry_job(job)
        await asyncio.to_thread(_within, app, jobs.tell_forgotten)

    @carrier.periodic(cron="23 * * * *")
    @carrier.task(name="relais.tidy", queue=queues.NAMES[0], queueing_lock="relais.tidy")
    def tidy(timestamp: int) -> None:
        del timestamp
        _within(app, scheduler.tidy)

    return carrier


def _look() -> int:
    """Do what is due by a date, in rounds, as long as there is some and the look is not too long."""
    until = clock.now() + scheduler.LONGEST
    while clock.now() < until:
        counts = [scheduler.guarded("look", work, scheduler.ROUND) for work in scheduler.due()]
        if min(counts) >= 0:
            heartbeats.beat("pump")
        if max(counts) <= 0:
            break
    return 0


def _within(app: Flask, work: Callable[[], int]) -> None:
    """Work in a context of its own. What breaks is told and left to the rows: they are looked at again."""
    with app.app_context():
        try:
            scheduler.guarded("worker", lambda _limit: work(), 0)
        finally:
            db.session.remove()
