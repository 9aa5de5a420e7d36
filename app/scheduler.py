"""What runs by itself: due timers, reminders, messages, documents. The rows are the truth.

APScheduler holds two in-memory jobs, the pump and the press: a document takes a second or more, and a timer
or a message must not wait for it. Neither overlaps itself, and a missed beat is one beat.
"""

import logging
import threading
import traceback
from collections.abc import Callable
from typing import Final

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from app import jobs, tenancy
from app.database import db
from app.errors import NotFound, UnreadableRelease
from app.services import events, releases, reminders, starting, timers

BEAT: Final = 2.0
"""Seconds between two looks at what is due."""
PRESS: Final = frozenset({"render_document"})
"""Jobs that take long: a thread of their own makes them."""
_log = logging.getLogger(__name__)

_JOB_ROOMS: Final = (events, starting)
"""Rooms that register jobs when they are imported; documents and notifications come with services."""


def pump(limit: int = 100, *, jobs_named: frozenset[str] | None = None) -> int:
    """Do everything that is due now, oldest first; return how many things were done.

    ``jobs_named`` narrows the jobs to these; timers, reminders and escalations are always done.
    """
    done = timers.wake_due(limit)
    done += reminders.remind_due(limit)
    done += reminders.escalate_due(limit)
    done += jobs.run_due(limit, only=jobs_named)
    return done


def drain(limit: int = 1000) -> int:
    """Pump until nothing is due, at most ``limit`` rounds; return how many things were done."""
    total = 0
    for _ in range(limit):
        done = pump()
        total += done
        if not done:
            break
    return total


def arm_calendars() -> None:
    """See to it that every territory waits for its next calendar process."""
    for territory in releases.all_territories():
        with tenancy.serving(territory.id):
            try:
                starting.arm_all()
            except (NotFound, UnreadableRelease) as fault:  # the other territories are served all the same
                _log.warning("calendar of %s not armed: %s", territory.code, type(fault).__name__)


def start(app: Flask) -> BackgroundScheduler:
    """Start the pump in a thread of this process; ``shutdown()`` stops it."""
    scheduler = BackgroundScheduler(timezone="UTC")

    with app.app_context():
        arm_calendars()
        db.session.remove()
    # A beat that is still running when the next is due is no news: the rows wait.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    _add(scheduler, app, "pump", lambda: pump(jobs_named=jobs.registered() - PRESS))
    _add(scheduler, app, "press", lambda: jobs.run_due(only=PRESS))
    scheduler.start()
    return scheduler


def _add(scheduler: BackgroundScheduler, app: Flask, name: str, work: Callable[[], int]) -> None:
    def beat() -> None:
        with app.app_context():
            try:
                work()
            except Exception as error:  # noqa: BLE001  # the guard of one beat
                # A database that is away for a moment must not end the pump. Its errors quote rows: the log
                # says where, not what (LAW-1).
                way = "".join(traceback.format_tb(error.__traceback__))
                _log.error("the %s missed a beat: %s\n%s", name, type(error).__name__, way)
            finally:
                db.session.remove()

    scheduler.add_job(
        beat, "interval", seconds=BEAT, max_instances=1, coalesce=True, misfire_grace_time=None, id=name
    )


def run_forever(app: Flask, stop: threading.Event) -> None:
    """Pump in this process until ``stop`` is set (``relais worker``)."""
    scheduler = start(app)
    try:
        stop.wait()
    finally:
        scheduler.shutdown(wait=True)
