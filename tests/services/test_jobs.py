"""Work after the commit: each job once, in its territory, a poison one set aside."""

import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import clock, jobs, tenancy
from app.database import db, end_read, transaction
from app.models import Job, Partner, Territory

START = "2026-03-02T08:00:00+00:00"


@pytest.fixture
def ran():
    """What the registered jobs did, in order: (id given, territory served)."""
    return []


@pytest.fixture(autouse=True)
def registered_jobs(ran, monkeypatch):
    """Three jobs of our own, for the time of the test."""
    monkeypatch.setattr(jobs, "_registry", {})

    @jobs.job("noter")
    def note(mark):
        ran.append((mark, tenancy.current_id()))

    @jobs.job("echouer")
    def fail(mark):
        ran.append((mark, tenancy.current_id()))
        raise RuntimeError(f"no ink for {mark}")

    @jobs.job("ecrire")
    def write(mark):
        with transaction() as session:
            session.add(Partner(kind="caf", name=mark, email="caf@exemple.fr"))


@pytest.fixture
def territories(app):
    ids = uuid4(), uuid4()
    with transaction() as session:
        for number, territory in enumerate(ids):
            session.add(Territory(id=territory, code=f"t{number}", name="T", created_at=clock.now()))
    return ids


def enqueue(territory, name="noter", **given):
    with tenancy.serving(territory), transaction():
        jobs.enqueue(name, **given)


def the_jobs():
    end_read()
    with tenancy.unscoped("maintenance"):
        return db.session.scalars(select(Job).order_by(Job.created_at)).all()


def test_a_job_runs_once_in_the_territory_that_wrote_it(territories, ran):
    mine, other = territories
    with clock.at(START):
        enqueue(other, mark=1)
    with clock.at("2026-03-02T08:01:00+00:00"):
        enqueue(mine, mark=2)
        assert jobs.run_due() == 2
        assert jobs.run_due() == 0
    assert ran == [("1", other), ("2", mine)]
    assert [job.status for job in the_jobs()] == ["done", "done"]


def test_a_job_written_in_a_transaction_that_fails_never_runs(territories, ran):
    with pytest.raises(ZeroDivisionError), tenancy.serving(territories[0]), transaction():
        jobs.enqueue("noter", mark=1)
        raise ZeroDivisionError
    assert jobs.run_due() == 0
    assert ran == []


def test_an_unknown_job_is_refused_when_it_is_written(territories):
    with pytest.raises(KeyError), tenancy.serving(territories[0]), transaction():
        jobs.enqueue("inconnu")


def test_a_job_waits_for_its_hour(territories, ran):
    with clock.at(START):
        enqueue(territories[0], mark=1, run_at=clock.now() + timedelta(hours=2))
        assert jobs.run_due() == 0
    with clock.at("2026-03-02T10:00:00+00:00"):
        assert jobs.run_due() == 1
    assert len(ran) == 1


def test_a_runner_that_is_told_which_jobs_to_run_leaves_the_others(territories, ran):
    enqueue(territories[0], "ecrire", mark="CAF")
    enqueue(territories[0], mark="sain")
    assert jobs.run_due(only=frozenset({"noter"})) == 1
    assert [mark for mark, _ in ran] == ["sain"]
    assert [job.status for job in the_jobs()] == ["waiting", "done"]


def test_a_job_s_own_transaction_is_kept(territories):
    enqueue(territories[0], "ecrire", mark="CAF")
    assert jobs.run_due() == 1
    with tenancy.serving(territories[0]):
        assert db.session.scalars(select(Partner.name)).all() == ["CAF"]


def test_a_poison_job_is_pushed_back_then_set_aside_and_holds_nobody_back(territories, ran):
    mine = territories[0]
    with clock.at(START) as start:
        with clock.at(start - timedelta(seconds=1)):
            enqueue(mine, "echouer", mark="poison")  # the older of two comes first; equal ages have no order
        enqueue(mine, mark="sain")
        assert jobs.run_due() == 1
    assert [mark for mark, _ in ran] == ["poison", "sain"]
    poison = the_jobs()[0]
    with tenancy.unscoped("maintenance"):
        assert (poison.status, poison.attempts) == ("waiting", 1)
        assert poison.run_at == start + timedelta(minutes=2)
        assert poison.last_error == "RuntimeError: no ink for poison"

    for day in range(1, 12):
        with clock.at(start + timedelta(days=day)):
            assert jobs.run_due() == 0
    with tenancy.unscoped("maintenance"):
        (dead,) = [job for job in the_jobs() if job.name == "echouer"]
        assert (dead.status, dead.attempts) == ("dead", jobs.MAX_ATTEMPTS)
    assert len(ran) == 1 + jobs.MAX_ATTEMPTS


def test_a_job_left_by_a_killed_runner_comes_back_when_its_lease_ends(territories, ran):
    with clock.at(START) as start:
        enqueue(territories[0], mark=1)
        assert jobs._claim() is not None
        assert jobs.run_due() == 0
    with clock.at(start + jobs.LEASE):
        assert jobs.run_due() == 1
    assert len(ran) == 1


def test_a_job_that_kills_every_runner_is_set_aside(territories, ran):
    with clock.at(START) as start:
        enqueue(territories[0], mark=1)
    for attempt in range(jobs.MAX_ATTEMPTS):
        with clock.at(start + attempt * jobs.LEASE):
            assert jobs._claim() is not None
    with clock.at(start + timedelta(days=1)):
        assert jobs.run_due() == 0
    assert ran == []
    with tenancy.unscoped("maintenance"):
        assert the_jobs()[0].status == "dead"


def test_a_runner_that_lost_its_lease_does_not_undo_what_the_next_one_did(territories, ran, monkeypatch):
    with clock.at(START) as start:
        enqueue(territories[0], "echouer", mark=1)
        job_id, territory = jobs._claim()
    with clock.at(start + jobs.LEASE), monkeypatch.context() as other_runner:
        other_runner.setattr(jobs, "OWNER", "another")
        other_runner.setitem(jobs._registry, "echouer", lambda mark: ran.append(("another", mark)))
        assert jobs.run_due() == 1
    with clock.at(start + jobs.LEASE), tenancy.serving(territory):
        assert jobs._run_one(job_id) is False
        assert the_jobs()[0].status == "done"


def test_jobs_of_one_lock_never_run_together(app, territories, monkeypatch):
    inside, together, done = set(), [], []
    guard = threading.Lock()

    @jobs.job("lent")
    def slow(mark, lock):
        with guard:
            together.extend(other for other in inside if other == lock)
            inside.add(lock)
        time.sleep(0.01)
        with guard:
            inside.remove(lock)
            done.append(mark)

    for mark in range(12):
        enqueue(territories[mark % 2], "lent", lock=f"dossier-{mark % 3}", mark=mark)
        with tenancy.serving(territories[mark % 2]), transaction() as session:
            job = session.scalars(select(Job).order_by(Job.created_at.desc())).first()
            job.ids = {**job.ids, "lock": job.lock}

    def runner():
        with app.app_context():
            deadline = time.monotonic() + 20
            while len(done) < 12 and time.monotonic() < deadline:
                jobs.run_due()
            db.session.remove()

    threads = [threading.Thread(target=runner) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done, key=int) == [str(mark) for mark in range(12)]
    assert together == []


def test_many_runners_share_many_jobs_and_none_runs_twice(app, territories, ran):
    for mark in range(60):
        enqueue(territories[mark % 2], mark=mark)

    def runner():
        with app.app_context():
            while jobs.run_due():
                pass
            db.session.remove()

    threads = [threading.Thread(target=runner) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(int(mark) for mark, _ in ran) == list(range(60))
