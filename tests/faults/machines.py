"""Real processes of Relais on a test's database: workers and servers that are killed, and what they left."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen
from uuid import UUID

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

from app import clock, engine
from app.bench import herd
from app.config import ROOT
from app.database import db, end_read, transaction
from app.models import JournalLine, ProcessInstance, Task, Timer
from app.services import journal, releases
from app.services.cases import OpenedAlert
from tests import build

TENTH: Final = 0.1
SCALES: Final = [TENTH, pytest.param(1, marks=pytest.mark.fault)]
"""How much of the full test is run: a tenth always, the whole of it by ``make faults``."""
at_both_scales = pytest.mark.parametrize("scale", SCALES, ids=["un-dixieme", "en-entier"])

FIRED: Final = "echeance.declenchee"
PATIENCE: Final = 180.0
"""Seconds without any progress after which a test gives up."""


def waiting_cases(count: int, *, first: timedelta, apart: timedelta) -> list[UUID]:
    """Write ``count`` real cases that wait for an appointment; return their timers, in due order.

    The first timer is due ``first`` from now, the next ones ``apart`` from each other. Their reminders are
    silenced: the timers are the subject.
    """
    model = build.a_case("prendre_rendez_vous")
    _silence(model)
    (row,) = db.session.scalars(select(Timer))
    own, start = row.id, clock.now() + first
    end_read()
    herd.copy(model.process_id, count - 1, due=lambda number: start + apart * (number + 1))
    with transaction() as session:
        session.get_one(Timer, own).due_at = start
    found = list(db.session.scalars(select(Timer.id).order_by(Timer.due_at, Timer.id)))
    end_read()
    assert len(found) == count
    return found


def _silence(model: OpenedAlert) -> None:
    with transaction() as session:
        session.execute(
            update(Task)
            .where(Task.process_id == model.process_id)
            .values(remind_at=None, escalate_at=None, breach_at=None)
        )


def fired() -> list[UUID]:
    """Return the timers that fired, in the order of the journal."""
    end_read()
    lines = db.session.execute(
        select(JournalLine.details).where(JournalLine.action == FIRED).order_by(JournalLine.number)
    )
    return [UUID(row.details["minuteur"]) for row in lines]


def how_many_fired() -> int:
    """Return how many firings the journal tells of."""
    end_read()
    query = select(func.count()).select_from(JournalLine).where(JournalLine.action == FIRED)
    count = db.session.scalar(query) or 0
    end_read()
    return count


def assert_each_once(timers: list[UUID]) -> None:
    """Each timer fired exactly once: in the journal, in the rows and in the engine; the database is sound."""
    counted = Counter(fired())
    assert [timer for timer in timers if timer not in counted] == []
    assert {timer: times for timer, times in counted.items() if times > 1} == {}
    end_read()
    assert db.session.scalar(select(func.count()).where(Timer.id.in_(timers[:500]))) == 0
    release = releases.current()
    elements: Counter[tuple[str, ...]] = Counter()
    for process in db.session.scalars(select(ProcessInstance).where(ProcessInstance.case_id.is_not(None))):
        position = engine.read(release.programme, process.state)
        stands = sorted(task.element for task in position.open_tasks)
        tasks = db.session.execute(
            select(Task.id, Task.element).where(Task.process_id == process.id, Task.status == "open")
        ).all()
        assert {task.id for task in position.open_tasks} == {row.id for row in tasks}, process.id
        elements[tuple(stands)] += 1
    assert elements == {("debloquer_rendez_vous", "prendre_rendez_vous"): len(timers)}
    assert journal.verify() is None
    assert_sound()


def assert_sound() -> None:
    """The database file, or the server's, says that it is whole."""
    end_read()
    if db.engine.dialect.name == "sqlite":
        assert db.session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        assert db.session.execute(text("PRAGMA foreign_key_check")).all() == []
    else:
        assert db.session.execute(text("SELECT 1")).scalar() == 1
    end_read()


@dataclass
class Machine:
    """Where processes of Relais run: one database, a clock ahead of this one's by as much as one says."""

    app: Flask
    folder: Path
    url: str
    ahead: timedelta
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def worker(self, *, later: timedelta = timedelta(), program: tuple[str, ...] = ()) -> "Process":
        """Start ``relais worker``."""
        return self._start(program or (*_RELAIS, "worker"), later)

    def server(self, *, pump: bool = False) -> tuple["Process", str]:
        """Start ``relais serve`` on a free port; return it and its address, once it answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        asked = ("serve", "--port", str(port), "--pump" if pump else "--no-pump")
        process = self._start((*_RELAIS, *asked), timedelta(), RELAIS_BASE_URL=f"http://127.0.0.1:{port}")
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{address}/connexion") == 200, seconds=60)
        return process, address

    def _start(self, command: tuple[str, ...], later: timedelta, **more: str) -> "Process":
        settings = current_app.config["RELAIS_SETTINGS"]
        shift = clock.shifted() + self.ahead + later
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RELAIS_")},
            "DATABASE_URL": self.url,
            "RELAIS_DEMO": "1",
            "RELAIS_CLOCK_SHIFT": str(shift.total_seconds()),
            "RELAIS_SECRET_KEY": settings.secret_key,
            "RELAIS_DATA_KEY": settings.data_key,
            "RELAIS_INSTANCE": str(self.folder / "instance"),
            "RELAIS_PROGRAMMES": str(ROOT),
            **more,
        }
        log = (self.folder / f"process-{len(self.processes)}.log").open("wb")
        with log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        self.processes.append(process)
        return Process(process, Path(log.name))

    def stop(self) -> None:
        """End whatever still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


_RELAIS: Final = (sys.executable, "-m", "app.cli")


@dataclass(frozen=True)
class Process:
    """A process of Relais and what it said."""

    running: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """Kill it as a power cut does: it has no time for anything."""
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()

    def end(self) -> int:
        """Ask it to end; return its status."""
        self.running.terminate()
        return self.running.wait(60)

    def said(self) -> str:
        """Return its log."""
        return self.log.read_text(errors="replace")


@contextmanager
def machine(app: Flask, folder: Path, *, ahead: timedelta) -> Iterator[Machine]:
    """Run processes for the time of the block; none is left behind."""
    url = str(app.config["SQLALCHEMY_DATABASE_URI"])
    made = Machine(app, folder, url, ahead)
    try:
        yield made
    finally:
        made.stop()


def wait_until(done: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    """Look until it is done; the time given is for nothing happening at all."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "nothing moves any more"
        time.sleep(0.05)


def wait_for_firings(wanted: int, *watched: Process) -> None:
    """Wait until that many timers have fired; give up when nothing moves for long, or a process died."""
    best, deadline = -1, time.monotonic() + PATIENCE
    while (count := _count_patiently()) < wanted:
        if count > best:
            best, deadline = count, time.monotonic() + PATIENCE
        for process in watched:
            assert process.running.poll() is None, process.said()[-3000:]
        assert time.monotonic() < deadline, (count, wanted, [one.said()[-3000:] for one in watched])
        time.sleep(0.03)


def _count_patiently() -> int:
    try:
        return how_many_fired()
    except OperationalError:  # the server is away: that is the test
        db.session.rollback()
        db.engine.dispose()
        return -1


def answers(address: str) -> int:
    """Return the status of a page, 0 when nobody answers."""
    try:
        with urlopen(address, timeout=15) as answer:  # noqa: S310  # an address of this test
            return int(answer.status)
    except HTTPError as refusal:
        return refusal.code
    except (URLError, OSError):
        return 0


def chance(seed: int) -> random.Random:
    """Return the dice of a test: the same each time."""
    return random.Random(seed)  # noqa: S311  # dice, no secret
