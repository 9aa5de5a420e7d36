"""What runs by itself: due timers, reminders, messages, documents. The rows are the truth.

APScheduler holds in-memory jobs only: the pump and the press (a document takes a second or more, and a timer
or a message must not wait for it), and the hourly tidying. None overlaps itself, a missed beat is one beat.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from app import clock, jobs, queues, tenancy
from app.database import db
from app.errors import NotFound, UnreadableRelease
from app.publishing import trial_runs, trials
from app.publishing.handbook_keeping import LAY_OUT as HANDBOOK
from app.services import (
    bell,
    breach_answers,
    campaign_imports,
    counting,
    digests,
    duties,
    entry_drafts,
    events,
    exchange_digest,
    heartbeats,
    indicators_aside,
    mandates,
    migrating,
    money_steps,
    refusals,
    releases,
    reminders,
    renewals,
    retention,
    schema,
    starting,
    timers,
    yearly_pdf,
)
from app.services.takeover import batches, placing, undoing

BEAT: Final = 2.0
"""Seconds between two looks at what is due."""
ROUND: Final = 20
"""Things of each kind done before the pump looks whether it is told to stop."""
SOON: Final = timedelta(minutes=1)
"""After which a tidying that failed is tried again."""
JUMP: Final = timedelta(seconds=5)
"""A clock that moves by more between two looks was set, it did not run."""
LONGEST: Final = timedelta(seconds=30)
"""How long one beat works through a backlog before it gives a sign of life and starts anew."""
PRESS: Final = frozenset({"render_document", "count_tallies", "count_indicators", "lay_out_report", HANDBOOK})
"""Jobs that take seconds; the press does these and all of their queue."""
_log = logging.getLogger(__name__)

_JOB_ROOMS: Final = (
    breach_answers,
    campaign_imports,
    events,
    indicators_aside,
    migrating,
    money_steps,
    refusals,
    starting,
    batches,
    placing,
    undoing,
    yearly_pdf,
)
"""Rooms that register jobs when they are imported: a worker alone must know them all."""


def pump(limit: int = 100, *, jobs_named: frozenset[str] | None = None) -> int:
    """Do everything that is due now, oldest first; return how many things were done.

    ``jobs_named`` narrows the jobs to these; timers, reminders and escalations are always done.
    """
    done = sum(work(limit) for work in due())
    done += jobs.run_due(limit, only=jobs_named)
    return done


def due() -> tuple[Callable[[int], int], ...]:
    """Return what falls due by a date in a row of its own: each takes a limit, returns how many it did."""
    return (
        timers.wake_due,
        reminders.remind_due,
        reminders.escalate_due,
        digests.digest_due,
        exchange_digest.digest_due,
        duties.watch_due,
        renewals.remind_due,
        counting.count_due,
        retention.look_due,
        mandates.end_due,
        trial_runs.look_after,
    )


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


def tidy() -> int:
    """Remove what was done long ago: jobs, notices, signs of life of processes that are gone."""
    arm_calendars()
    schema.refresh_statistics()
    return jobs.tidy() + heartbeats.tidy() + bell.forget_old() + trials.tidy() + entry_drafts.forget_old()


def _lead() -> timedelta:
    """Return how far the machine's clock is ahead of the time that really passes."""
    return (
        clock.now() - clock.shifted() - datetime.fromtimestamp(0, UTC) - timedelta(seconds=time.monotonic())
    )


def guarded(what: str, work: Callable[[int], int], limit: int) -> int:
    """Do one kind of work; one that breaks is logged and holds no other back."""
    try:
        return work(limit)
    except Exception as error:  # noqa: BLE001  # the guard of one kind of work in one beat
        # A database that is away for a moment must not end the pump. Its errors quote rows: the log
        # says where, not what (LAW-1).
        way = "".join(traceback.format_tb(error.__traceback__))
        _log.error("the %s missed a beat: %s\n%s", what, type(error).__name__, way)
        db.session.rollback()
        return -1


class Heart:
    """The embedded runner of one process; ``stop()`` lets each beat end its round."""

    def __init__(self, app: Flask, serves: Collection[str] = queues.NAMES) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._scheduler = BackgroundScheduler(timezone="UTC")
        # A beat that is still running when the next is due is no news: the rows wait.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        pressed = jobs.registered(queue="documents") if "documents" in serves else frozenset[str]()
        named = frozenset[str]().union(*(jobs.registered(queue=queue) for queue in serves)) - pressed
        works = list(due()) if queues.NAMES[0] in serves else []
        if named:
            works.append(lambda limit: jobs.run_due(limit, only=named, until=self._stopping))
        if works:
            self._add("pump", works)
        if pressed:
            self._add("press", [lambda limit: jobs.run_due(limit, only=pressed, until=self._stopping)])
        self._scheduler.add_job(
            self._tidy, "interval", hours=1,
            id="tidy", next_run_time=clock.now() - clock.shifted(), max_instances=1, misfire_grace_time=None,
        )  # fmt: skip

    def start(self) -> "Heart":
        """Begin to beat, in threads of this process."""
        self._scheduler.start()
        threading.Thread(target=self._watch_the_clock, name="clock watch", daemon=True).start()
        return self

    def _watch_the_clock(self) -> None:
        """Beat anew when the machine's clock is moved: APScheduler waits by it, for hours if it goes back."""
        before = _lead()
        while not self._stopping.wait(BEAT):
            lead = _lead()
            if abs(lead - before) > JUMP:
                _log.warning("the machine's clock moved by %d s", (lead - before).total_seconds())
                for waiting in self._scheduler.get_jobs():
                    waiting.modify(next_run_time=clock.now() - clock.shifted())
            before = lead

    def shutdown(self, *, wait: bool = True) -> None:
        """Stop: rounds under way end, nothing new begins; the rows say that this process left."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._scheduler.shutdown(wait=wait)
        with self._app.app_context():
            guarded("leaving", lambda _limit: heartbeats.leave(), 0)
            db.session.remove()

    def _add(self, name: str, works: list[Callable[[int], int]]) -> None:
        self._scheduler.add_job(
            lambda: self._beat(name, works), "interval", seconds=BEAT, max_instances=1, coalesce=True,
            misfire_grace_time=None, id=name, next_run_time=clock.now() - clock.shifted(),
        )  # fmt: skip

    def _tidy(self) -> None:
        """Tidy; what could not be done (a database that is away at the start) is tried again soon."""
        with self._app.app_context():
            try:
                if guarded("tidying", lambda _limit: tidy(), 0) < 0 and not self._stopping.is_set():
                    soon = clock.now() - clock.shifted() + SOON
                    self._scheduler.modify_job("tidy", next_run_time=soon)
            finally:
                db.session.remove()

    def _beat(self, name: str, works: list[Callable[[int], int]]) -> None:
        """Work until nothing is due, in rounds; a sign of life after each beat that broke nowhere."""
        until = clock.now() + LONGEST
        while not self._stopping.is_set() and clock.now() < until:
            done = self._turn(name, works)
            if done <= 0:
                break
            self._stopping.wait(0.02)  # between two rounds, whoever waits to write has its turn

    def _turn(self, name: str, works: list[Callable[[int], int]]) -> int:
        with self._app.app_context():
            try:
                counts = [guarded(name, work, ROUND) for work in works if not self._stopping.is_set()]
                if min(counts, default=0) >= 0 and not self._stopping.is_set():
                    guarded(name, lambda _limit: heartbeats.beat(name), 0)
                return sum(count for count in counts if count > 0)
            finally:
                db.session.remove()


def start(app: Flask, serves: Collection[str] = queues.NAMES) -> Heart:
    """Start the pump in threads of this process; ``shutdown()`` stops it.

    Args:
        app: what to work with.
        serves: the queues; deadlines come with the first of ``queues.NAMES``.
    """
    return Heart(app, serves).start()


def run_forever(app: Flask, stop: threading.Event, serves: Collection[str] = queues.NAMES) -> None:
    """Pump in this process until ``stop`` is set (``relais worker``)."""
    heart = start(app, serves)
    try:
        stop.wait()
    finally:
        heart.shutdown(wait=True)
