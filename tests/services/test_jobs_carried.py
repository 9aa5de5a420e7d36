"""Jobs carried by Procrastinate's workers on PostgreSQL: the row stays the truth."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text, update

from app import cli, clock, jobs, queues, tenancy, worker
from app.access import Rights
from app.config import ROOT, Settings
from app.database import bind, db, end_read, transaction
from app.errors import MissingSetting
from app.models import Job, Territory
from app.services import dead_letters, heartbeats, schema
from app.services.actors import Actor
from tests.conftest import DATA_KEY
from tests.databases import PLAIN_ROLE

HELPER = Actor(
    kind="system", name="essai", person="essai", rights=Rights(permissions=frozenset({"supervision.agir"}))
)


@pytest.fixture(scope="module")
def carried_url(postgres_server):
    """A database with Procrastinate's tables; its address for the plain role."""
    owner = postgres_server.new_database("portes")
    schema.upgrade(owner, application_role=PLAIN_ROLE, carrier=True)
    yield postgres_server._as(PLAIN_ROLE, "portes")
    postgres_server.drop_database("portes")


@pytest.fixture
def settings(carried_url, tmp_path):
    return Settings(
        database_url=carried_url,
        secret_key="clé-secrète-des-tests-assez-longue",
        data_key=DATA_KEY,
        base_url="http://127.0.0.1:8000",
        files_folder=tmp_path / "files",
        programmes_root=ROOT,
        jobs="procrastinate",
    )


@pytest.fixture
def carried(settings, postgres_server):
    """A bare application whose jobs are carried, on tables emptied first."""
    owner = create_engine(postgres_server._as("postgres", "portes"))
    with owner.begin() as connection:
        connection.execute(
            text("SET session_replication_role = replica")
        )  # the journal's triggers stand aside
        for table in ("job", "journal_line", "territory", "heartbeat"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE"))
        connection.execute(text("SET session_replication_role = DEFAULT"))
    owner.dispose()
    app = Flask("carried")
    app.config["RELAIS_SETTINGS"] = settings
    bind(app, settings.database_url, data_key=DATA_KEY)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def territory(carried):
    row = Territory(id=uuid4(), code="t", name="T", created_at=clock.now())
    with transaction() as session:
        session.add(row)
        known = row.id
    with tenancy.serving(known):
        yield known


@pytest.fixture
def kinds(monkeypatch):
    """The jobs of the worker's own script, known here too."""
    monkeypatch.setattr(jobs, "_registry", {})
    ran = []

    @jobs.job("noter", queue="messages")
    def note(mark):
        ran.append(mark)

    for name in ("ajouter", "lent"):
        jobs.job(name)(note)

    @jobs.job("echouer")
    def fail(mark):
        ran.append(mark)
        raise RuntimeError("no ink")

    return ran


def told() -> list[tuple[str, str, str | None, bool]]:
    """What Procrastinate was told: (job, queue, lock, for later)."""
    end_read()
    rows = db.session.execute(
        text(
            "SELECT args->>'job_id', queue_name, lock, scheduled_at IS NOT NULL FROM procrastinate_jobs "
            "WHERE task_name = 'relais.run' AND status = 'todo' ORDER BY id"
        )
    ).all()
    end_read()
    return [tuple(row) for row in rows]


def the_job() -> Job:
    end_read()
    return db.session.scalars(select(Job)).one()


def enqueue(name="noter", **given):
    with transaction():
        jobs.enqueue(name, **given)


def test_a_job_is_told_in_the_caller_s_transaction(territory, kinds):
    enqueue(mark=1, lock="dossier")
    row = the_job()
    assert told() == [(str(row.id), "messages", "dossier", False)]


def test_a_job_of_a_transaction_that_fails_is_nowhere(territory, kinds):
    with pytest.raises(ZeroDivisionError), transaction():
        jobs.enqueue("noter", mark=1)
        raise ZeroDivisionError
    assert told() == []
    assert db.session.scalar(select(func.count(Job.id))) == 0


def test_a_job_for_later_waits_there_without_a_lock(territory, kinds):
    enqueue(mark=1, lock="dossier", run_at=clock.now() + timedelta(hours=1))
    row = the_job()
    assert told() == [(str(row.id), "messages", None, True)]
    assert jobs.run_one(row.id) is False
    assert kinds == []
    enqueue(mark=2, lock="dossier")
    assert [(lock, later) for _, _, lock, later in told()] == [(None, True), (None, True), ("dossier", False)]


def test_a_job_runs_once_however_often_it_is_told(territory, kinds):
    enqueue(mark=1)
    row = the_job()
    assert jobs.run_one(row.id) is True
    assert jobs.run_one(row.id) is False
    assert jobs.run_one(uuid4()) is False
    assert kinds == ["1"]
    assert the_job().status == "done"


def test_a_job_whose_lock_is_held_comes_back(territory, kinds):
    enqueue(mark=1, lock="dossier")
    held = the_job().id
    assert jobs._claim() is not None
    enqueue(mark=2, lock="dossier")
    end_read()
    other = db.session.scalars(select(Job.id).where(Job.id != held)).one()
    assert jobs.run_one(other) is False
    assert kinds == []
    assert told()[-1][0] == str(other)
    assert told()[-1][3]


def test_a_job_that_fails_is_told_again_for_later_and_dies_in_the_end(territory, kinds):
    enqueue("echouer", mark=1)
    job_id = the_job().id
    assert jobs.run_one(job_id) is False
    assert [later for *_, later in told()] == [False, True]
    for day in range(1, jobs.MAX_ATTEMPTS):
        with clock.at(clock.now() + timedelta(days=day)):
            jobs.run_one(job_id)
    dead = the_job()
    assert (dead.status, dead.attempts) == ("dead", jobs.MAX_ATTEMPTS)
    before = len(told())

    dead_letters.replay("travail", job_id, HELPER)
    assert len(told()) == before + 1
    assert (the_job().status, the_job().attempts) == ("waiting", 0)


def test_rows_that_no_worker_knows_of_are_told_again(territory, kinds, carried):
    enqueue(mark=1)
    with transaction() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
        session.execute(update(Job).values(run_at=clock.now() - timedelta(minutes=5)))
    assert jobs.tell_forgotten() == 1
    assert jobs.tell_forgotten() == 0
    assert told()[0][0] == str(the_job().id)


def test_procrastinate_s_tables_are_no_drift_and_are_made_once(carried_url, postgres_server):
    owner = postgres_server._as("relais_owner", "portes")
    assert schema.drift(owner) == []
    schema.upgrade(owner, application_role=PLAIN_ROLE, carrier=True)
    engine = create_engine(owner)
    with engine.connect() as connection:
        assert queues.installed(connection) == queues.newest()
    engine.dispose()


def test_an_older_procrastinate_is_brought_forward_step_by_step(postgres_server):
    owner = postgres_server.new_database("anciens")
    schema.upgrade(owner, carrier=True)
    engine = create_engine(owner)
    last = queues._migrations()[-1].stem
    before = queues._migrations()[-2].stem
    with engine.begin() as connection:
        connection.execute(text("DROP FUNCTION procrastinate_retry_job_v1"))
        connection.execute(text(f"COMMENT ON TABLE procrastinate_jobs IS 'Relais : {before}'"))
    schema.upgrade(owner, carrier=True)
    with engine.connect() as connection:
        assert queues.installed(connection) == last
    with engine.begin() as connection:
        connection.execute(text("COMMENT ON TABLE procrastinate_jobs IS NULL"))
    with pytest.raises(MissingSetting, match="que Relais n'a pas créées"):
        schema.upgrade(owner, carrier=True)
    engine.dispose()
    postgres_server.drop_database("anciens")


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"RELAIS_JOBS": "procrastinate", "DATABASE_URL": "sqlite:///x.sqlite3"}, "demande PostgreSQL"),
        ({"RELAIS_JOBS": "celery"}, "« apscheduler » ou « procrastinate »"),
    ],
)
def test_a_runner_that_cannot_be_is_refused_at_start_with_a_sentence(env, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingSetting, match=said):
        Settings.from_env({"RELAIS_INSTANCE": str(tmp_path), **env})


def test_the_pages_server_leaves_the_work_to_the_workers(carried):
    assert cli._pump(carried) is None


class Hands:
    """Worker processes of the real command's code, on jobs of the test's own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder, self.running = url, folder, []

    def hire(self, **changed: str) -> subprocess.Popen:
        env = {**os.environ, "CARRIED_URL": self.url, "CARRIED_FOLDER": str(self.folder), **changed}
        log = (self.folder / f"worker-{len(self.running)}.log").open("w")
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.services.carried_worker"],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        log.close()
        self.running.append(process)
        return process

    def dismiss(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait()

    def said(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("worker-*.log")))


@pytest.fixture
def hands(carried_url, tmp_path):
    made = Hands(carried_url, tmp_path)
    yield made
    made.dismiss()


def wait_until(what, seconds: float, hands: Hands) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, hands.said()[-3000:]
        time.sleep(0.2)


def count(status: str) -> int:
    end_read()
    found = db.session.scalar(select(func.count(Job.id)).where(Job.status == status)) or 0
    end_read()
    return found


def marks(folder: Path) -> list[str]:
    """What was done and committed: a territory's name is a page that grows with each job."""
    end_read()
    found = db.session.scalars(select(Territory.name)).one()
    end_read()
    return found.removeprefix("T").split()


@pytest.mark.parametrize(
    "jobs", [40, pytest.param(200, marks=pytest.mark.fault)], ids=["quarante", "deux-cents"]
)
def test_two_workers_do_every_job_once_though_one_is_killed(territory, kinds, hands, tmp_path, jobs):
    for number in range(jobs):
        enqueue("ajouter", mark=number, lock=f"dossier-{number % 20}")
    victim = hands.hire()
    hands.hire()
    wait_until(lambda: count("done") > 20, 60, hands)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    hands.hire()
    wait_until(lambda: count("done") == jobs, 120, hands)
    done = marks(tmp_path)
    assert sorted(map(int, done)) == list(range(jobs))
    wait_until(lambda: heartbeats.pulse().alive, 60, hands)
    together = [line for line in hands.said().splitlines() if line.startswith("TOGETHER")]
    assert together == []


def test_a_worker_told_to_stop_ends_what_it_does(territory, kinds, hands, tmp_path):
    enqueue("lent", mark=7)
    worker = hands.hire()
    wait_until((tmp_path / "begun-7").exists, 30, hands)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0, hands.said()
    assert (count("done"), marks(tmp_path)) == (1, ["7"])


def test_looking_for_what_falls_due_goes_ahead_of_a_long_queue(territory, kinds, carried, settings):
    async def taken() -> list[str]:
        carrier = worker.build(carried, settings)
        async with carrier.open_async():
            for name in ("relais.look", "relais.rescue"):
                await carrier.tasks[name].defer_async(timestamp=0)
            found = [await carrier.job_manager.fetch_job(queues=None, worker_id=None) for _ in range(3)]
            return [job.task_name for job in found]

    for number in range(5):
        enqueue("ajouter", mark=number)
    assert asyncio.run(taken()) == ["relais.look", "relais.rescue", "relais.run"]


def test_a_job_runs_at_its_hour_and_not_before(territory, kinds, hands, tmp_path):
    enqueue("ajouter", mark=2)
    hands.hire()
    wait_until(lambda: count("done") == 1, 60, hands)  # the worker is at work, however long it took to begin
    hour = clock.now() + timedelta(seconds=3)
    enqueue("ajouter", mark=1, run_at=hour)
    wait_until(lambda: count("done") == 2, 60, hands)
    assert marks(tmp_path) == ["2", "1"]
    end_read()
    late = db.session.scalars(select(Job).where(Job.run_at == hour)).one()
    assert late.done_at is not None
    assert late.done_at >= hour


def test_a_dead_worker_s_job_is_the_same_row_for_the_next(territory, kinds):
    enqueue(mark=1)
    row_id: UUID = the_job().id
    with clock.at(clock.now()):
        assert jobs._claim(job_id=row_id) is not None
        assert jobs.run_one(row_id) is False
    with clock.at(clock.now() + jobs.LEASE):
        assert jobs.run_one(row_id) is True
    assert kinds == ["1"]
