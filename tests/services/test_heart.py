"""The embedded runner: it beats, it gets over a database that is away, it ends its round when told to."""

import threading
import time

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app import jobs, scheduler
from app.database import db, end_read, transaction
from app.models import Job
from app.services import dead_letters, heartbeats, jobs_view, releases
from tests import build


@pytest.fixture
def quick(monkeypatch):
    """A heart that beats ten times a second."""
    monkeypatch.setattr(scheduler, "BEAT", 0.1)
    heartbeats._said.clear()


@pytest.fixture
def heart(app, carene, quick):
    """A running heart."""
    end_read()
    running = scheduler.start(app)
    yield running
    running.shutdown()


def wait_until(what, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)
        end_read()


def test_a_heart_does_what_is_due_and_gives_a_sign_of_life(heart, carene):
    build.an_alert()
    wait_until(lambda: {message.status for message in build.the_messages()} == {"sent"} or not _waiting())
    wait_until(lambda: heartbeats.pulse().beats)
    heart.shutdown()
    end_read()
    assert not heartbeats.pulse().beats
    assert heartbeats.pulse().last is not None


def _waiting() -> int:
    end_read()
    return (
        db.session.scalar(select(func.count(Job.id)).where(Job.status == "waiting", Job.attempts == 0)) or 0
    )


def test_one_kind_of_work_that_breaks_stops_neither_the_others_nor_the_heart(
    app, carene, quick, monkeypatch, caplog
):
    away, seen, said = threading.Event(), [], "".join(reversed("uaeroM"))
    away.set()

    def broken(limit: int) -> int:
        if away.is_set():
            raise OperationalError("select secret", {}, Exception(said))
        return 0

    def sound(limit: int) -> int:
        seen.append(limit)
        return 0

    monkeypatch.setattr(scheduler, "due", lambda: (broken, sound))
    end_read()
    heart = scheduler.start(app)
    try:
        wait_until(lambda: len(seen) > 2)
        assert not heartbeats.pulse().beats  # a beat that broke somewhere is no sign of life
        end_read()
        away.clear()
        wait_until(lambda: heartbeats.pulse().beats)
    finally:
        heart.shutdown()
    assert "the pump missed a beat: OperationalError" in caplog.text
    assert said not in caplog.text


def test_a_heart_that_is_told_to_stop_ends_its_round_and_takes_no_other_job(app, carene, quick, monkeypatch):
    inside, go_on, ran = threading.Event(), threading.Event(), []

    def slow(mark: str) -> None:
        inside.set()
        go_on.wait(10)
        ran.append(mark)

    monkeypatch.setitem(jobs._registry, "lent", slow)
    for mark in range(3):
        with transaction():
            jobs.enqueue("lent", mark=mark)
    heart = scheduler.start(app)
    assert inside.wait(15)
    stopping = threading.Thread(target=heart.shutdown)
    stopping.start()
    go_on.set()
    stopping.join(20)
    assert not stopping.is_alive()
    assert len(ran) == 1
    assert _waiting() >= 2


def test_a_server_that_starts_while_its_database_is_away_works_once_it_is_back(
    app, carene, quick, monkeypatch
):
    real, away = releases.all_territories, threading.Event()
    away.set()

    def territories():
        if away.is_set():
            raise OperationalError("select", {}, Exception("away"))
        return real()

    monkeypatch.setattr(releases, "all_territories", territories)
    end_read()
    heart = scheduler.start(app)
    try:
        wait_until(lambda: heartbeats.pulse().beats)
        away.clear()
        build.an_alert()
        wait_until(lambda: "sent" in {message.status for message in build.the_messages()})
        assert not [job for job in db.session.scalars(select(Job)) if job.status == "dead"]
    finally:
        heart.shutdown()


def test_two_hearts_on_one_database_share_the_work(app, carene, quick):
    build.an_alert()
    end_read()
    hearts = [scheduler.start(app) for _ in range(2)]
    try:
        wait_until(lambda: not _waiting())
    finally:
        for heart in hearts:
            heart.shutdown()
    assert len({message.message_id for message in build.the_messages()}) == len(build.the_messages())


def test_every_job_is_said_in_words_and_stands_in_a_queue_that_the_page_names():
    for name in jobs.registered():
        assert name in dead_letters.JOB_WORDS, name
        assert jobs.queue_of(name) in jobs_view.QUEUE_WORDS
    assert set(jobs_view.QUEUE_WORDS) == set(jobs.QUEUES)


def test_a_heart_of_one_queue_leaves_the_others(app, carene, quick, monkeypatch):
    ran = []
    monkeypatch.setitem(jobs._registry, "mot", lambda: ran.append("mot"))
    monkeypatch.setitem(jobs._queue_of, "mot", "messages")
    monkeypatch.setitem(jobs._registry, "pas", lambda: ran.append("pas"))
    monkeypatch.setitem(jobs._queue_of, "pas", "parcours")
    with transaction():
        jobs.enqueue("pas")
        jobs.enqueue("mot")
    heart = scheduler.start(app, ("messages",))
    try:
        wait_until(lambda: ran == ["mot"])
    finally:
        heart.shutdown()
    assert _waiting() >= 1


def test_a_clock_that_goes_back_silences_nobody(app, carene, quick):
    heartbeats.beat("pump")
    end_read()
    with build.later(seconds=-3600):
        assert heartbeats.beat("pump") == 0
        end_read()
        assert heartbeats.pulse().beats
