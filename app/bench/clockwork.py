"""What falls due, by the workers that people run: how fast, what a look costs, what whoever saves feels."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic, perf_counter, sleep
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update

from app import clock, jobs, scheduler, tenancy
from app.bench import course, herd
from app.bench.figures import percentiles
from app.bench.house import House, Visitor
from app.bench.steps import StepBench
from app.config import ROOT, Settings
from app.database import db, end_read, transaction
from app.models import JournalLine, Task, Timer
from app.services.actors import Actor

_FIRED: Final = "echeance.declenchee"
_LONGEST: Final = 300.0
"""Seconds without an end after which the bench gives up."""
_FAR: Final = timedelta(hours=365 * 24)
"""When what must not fall due during the bench does."""
_WORKER: Final = (sys.executable, "-m", "app.cli", "worker")


class Clockwork:
    """The measures of one territory, on cases that wait at the boundary timer of the course."""

    def __init__(self, house: House, visitor: Visitor, actor: Actor) -> None:
        self._house = house
        self._visitor = visitor
        self._actor = actor
        with self._here():
            self._model = self._waiting_case()

    def rate(self, count: int, workers: int, *, runner: str = "apscheduler") -> float:
        """Return how many due timers ``relais worker``, in so many processes, fires in a second.

        Measured from the first firing to the last, as the journal dates them.
        """
        with self._here():
            before = _fired()
            ahead = self._due(count)
        with self._workers(workers, ahead, runner=runner):
            self._wait(before + count)
        with self._here():
            lines = db.session.scalars(
                select(JournalLine.at).where(JournalLine.action == _FIRED).order_by(JournalLine.number)
            ).all()[before:]
            end_read()
        took = (max(lines) - min(lines)).total_seconds()
        return round((len(lines) - 1) / took, 1)

    def look(self, cases: int, turns: int) -> dict[str, Any]:
        """Measure a beat of the pump with nothing due, with one open case, then with ``cases``."""
        with self._house.app.app_context():
            while scheduler.pump(jobs_named=_beaten()):
                pass
            db.session.remove()
        one = self._looks(turns)
        with self._here():
            herd.copy(self._model, cases, due=lambda _: clock.now() + _FAR)
        many = self._looks(turns)
        return {"1": one, str(cases): many, "rapport": round(many["p95"] / one["p95"], 2)}

    def _looks(self, turns: int) -> dict[str, float]:
        times = []
        for _ in range(turns):
            with self._house.app.app_context():
                start = perf_counter()
                done = scheduler.pump(jobs_named=_beaten())
                times.append((perf_counter() - start) * 1000)
                db.session.remove()
            if done:
                raise RuntimeError("something was due")
        return percentiles(times)

    def felt(self, bench: StepBench, saves: int, backlog: int) -> dict[str, Any]:
        """Measure what a save takes, at rest and while a worker fires a backlog.

        A backlog that is over before anybody has saved twice is followed by a longer one.
        """
        idle = bench.saves(saves)
        busy: list[float] = []
        while len(busy) < 2:
            busy = self._saved_meanwhile(bench, backlog)
            backlog *= 4
        found: dict[str, Any] = {"repos": percentiles(idle), "arriere": percentiles(busy)}
        found["sauvegardes"] = len(busy)
        found["rapport"] = round(found["arriere"]["p95"] / found["repos"]["p95"], 2)
        return found

    def _saved_meanwhile(self, bench: StepBench, backlog: int) -> list[float]:
        with self._here():
            before = _fired()
            ahead = self._due(backlog)
        busy: list[float] = []
        with self._workers(1, ahead):
            self._wait(before + 1)
            while self._count() < before + backlog:
                busy += bench.saves(1)
        return busy

    def _waiting_case(self) -> UUID:
        """Carry a case to the timer of the course, its reminders silenced; return its process."""
        process_id = course.open_case(self._house.rng)
        while True:
            stands = course.Standing(process_id)
            found = select(Timer.id).where(Timer.process_id == process_id, Timer.element == course.TIMER)
            if db.session.scalar(found) is not None:
                break
            course.answer(stands.task_id, self._actor, self._house.rng)
        end_read()
        with transaction() as session:
            silent = {"remind_at": None, "escalate_at": None, "breach_at": None}
            session.execute(update(Task).where(Task.process_id == process_id).values(silent))
            session.execute(
                update(Timer).where(Timer.process_id == process_id).values(due_at=clock.now() + _FAR)
            )
        return process_id

    def _due(self, count: int) -> timedelta:
        """Write so many cases whose timer is due a minute from now; return how far ahead a clock must be."""
        due = clock.now() + timedelta(minutes=1)
        herd.copy(self._model, count, due=lambda number: due + timedelta(milliseconds=number))
        return timedelta(minutes=3)

    @contextmanager
    def _workers(self, count: int, ahead: timedelta, *, runner: str = "apscheduler") -> Iterator[None]:
        """Run ``relais worker`` in so many processes for the time of the block."""
        settings: Settings = self._house.app.config["RELAIS_SETTINGS"]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RELAIS_")},
            "DATABASE_URL": settings.database_url,
            "RELAIS_DEMO": "1",  # a server whose clock goes ahead is no real one
            "RELAIS_CLOCK_SHIFT": str(ahead.total_seconds()),
            "RELAIS_SECRET_KEY": settings.secret_key,
            "RELAIS_DATA_KEY": settings.data_key,
            "RELAIS_INSTANCE": str(self._house.folder / "instance"),
            "RELAIS_PROGRAMMES": str(self._house.folder),
            "RELAIS_JOBS": runner,
        }
        running = [
            subprocess.Popen(  # noqa: S603  # our own program
                _WORKER,
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(count)
        ]
        try:
            yield
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(60)

    def _wait(self, wanted: int) -> None:
        deadline = monotonic() + _LONGEST
        while self._count() < wanted:
            if monotonic() > deadline:
                raise RuntimeError("the workers stand still")
            sleep(0.1)

    def _count(self) -> int:
        with self._here():
            return _fired()

    @contextmanager
    def _here(self) -> Iterator[None]:
        with self._house.app.app_context(), tenancy.serving(self._visitor.territory_id):
            yield
            end_read()


def _beaten() -> frozenset[str]:
    """Return the jobs of a beat; documents have a thread of their own."""
    return jobs.registered() - scheduler.PRESS


def _fired() -> int:
    count = db.session.scalar(select(func.count()).where(JournalLine.action == _FIRED)) or 0
    end_read()
    return count
