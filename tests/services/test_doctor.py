"""The doctor says in French what is wrong and what to do, and never falls over what it finds."""

import json
import os
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner
from sqlalchemy import select, update

from app import clock, jobs
from app.cli import main
from app.config import ROOT, Settings
from app.database import db, end_read, transaction
from app.models import Job, JournalLine, Timer
from app.services import backup, doctor, doctor_database, heartbeats, journal, schema
from app.services.doctor import Finding
from tests import build
from tests.conftest import DATA_KEY


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        secret_key="clé-secrète-des-tests-assez-longue",
        data_key=DATA_KEY,
        base_url="http://127.0.0.1:8000",
        files_folder=tmp_path / "files",
        programmes_root=ROOT,
        backups=tmp_path / "sauvegardes",
    )


@pytest.fixture(autouse=True)
def without_pdf(monkeypatch):
    """Laying a page out takes a second: its own test asks for it."""
    monkeypatch.setattr(doctor, "_pdf", lambda: iter(()))


def seen(settings: Settings) -> dict[str, Finding]:
    end_read()
    return {finding.what: finding for finding in doctor.examine(settings)}


def test_a_healthy_server_has_nothing_to_mend_but_its_mail_and_backup(app, settings, carene):
    build.an_alert()
    heartbeats._said.clear()
    heartbeats.beat("pump")
    wrong = {what for what, finding in seen(settings).items() if not finding.ok}
    assert wrong <= {"Courriels", "Sauvegardes", "Horloge", "Horloge de la machine"}


def test_a_silent_engine_is_told_with_its_silence(app, settings, carene):
    heartbeats._said.clear()
    never = seen(settings)["Moteur des échéances"]
    assert "n'a jamais tourné" in never.sentence
    heartbeats.beat("pump")
    assert seen(settings)["Moteur des échéances"].ok
    with build.later(minutes=12, seconds=5):
        silent = seen(settings)["Moteur des échéances"]
    assert not silent.ok
    assert "ne tourne plus depuis 12 min" in silent.sentence
    assert "relais serve" in silent.sentence


def test_overdue_deadlines_late_jobs_and_what_gave_up_are_counted(app, settings, carene):
    build.a_case("prendre_rendez_vous")
    fine = seen(settings)
    assert fine["Échéances"].ok
    assert fine["Travaux"].ok
    assert fine["Abandons"].ok
    with transaction() as session:
        session.execute(update(Job).values(status="dead"))
    with build.later(days=200):
        late = seen(settings)
    assert not late["Échéances"].ok
    assert "relais worker" in late["Échéances"].sentence
    assert "page Travaux" in late["Abandons"].sentence
    with transaction() as session:
        session.execute(update(Job).values(status="waiting"))
        session.execute(update(Timer).values(status="dead"))
    with build.later(days=200):
        assert not seen(settings)["Travaux"].ok


def test_another_data_key_and_a_broken_journal_are_told(app, settings, carene):
    build.an_alert()
    other = seen(replace(settings, data_key="une autre clé de données, assez longue elle aussi"))
    assert not other["Clé des données"].ok
    assert "RELAIS_DATA_KEY" in other["Clé des données"].sentence
    with transaction() as session:
        newest = session.scalars(select(JournalLine).order_by(JournalLine.number.desc()).limit(1)).one()
        line = JournalLine(number=newest.number + 2, at=clock.now(), actor="intrus", action="x", seal="faux")
        session.add(line)
    told = {
        finding.what: finding
        for finding in doctor_database.sealed(settings)
    }  # fmt: skip
    assert not any(finding.ok for finding in told.values())


def test_the_newest_lines_of_a_long_journal_are_enough(app, settings, carene):
    build.an_alert()
    total = len(build.the_journal())
    assert total >= 3
    for newest in (1, 2, total, total + 5):
        assert journal.verify(newest) is None
    with transaction() as session:
        session.add(JournalLine(number=total + 1, at=clock.now(), actor="intrus", action="x", seal="faux"))
    assert journal.verify(1) == journal.verify() == total + 1


def test_a_clock_that_went_back_is_seen_against_the_journal(app, settings, carene):
    build.an_alert()
    assert "Horloge de la machine" not in seen(settings)
    with build.later(hours=-1):
        back = seen(settings)["Horloge de la machine"]
    assert "a reculé" in back.sentence
    assert "60 min" in back.sentence


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_damaged_file_is_told_with_the_way_back(app, settings, tmp_path):
    file = Path(settings.database_url.removeprefix("sqlite:///"))
    db.session.remove()
    db.engine.dispose()
    whole = bytearray(file.read_bytes())
    for page in range(20, 60):
        whole[page * 4096 : page * 4096 + 200] = os.urandom(200)
    file.write_bytes(whole)
    found = doctor.examine(settings)
    assert any(not finding.ok and "abîmé" in finding.sentence for finding in found) or any(
        not finding.ok and finding.what == "Base de données" for finding in found
    )


def test_a_database_that_is_not_there_or_not_migrated_is_told(app, settings, tmp_path, backend):
    away = replace(settings, database_url="postgresql+psycopg://nobody@127.0.0.1:9/nowhere")
    assert "DATABASE_URL" in seen(away)["Base de données"].sentence
    if backend == "sqlite":
        bare = replace(settings, database_url=f"sqlite:///{tmp_path / 'vide.sqlite3'}")
        assert "relais db upgrade" in seen(bare)["Base de données"].sentence


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_role_that_sees_everything_is_refused_in_words(app, settings, postgres_server):
    plain = seen(settings)
    assert plain["Cloisonnement des territoires"].ok
    assert plain["Horloges"].ok
    assert plain["PostgreSQL"].ok
    mighty = replace(settings, database_url=postgres_server._as("postgres", "relais"))
    told = seen(mighty)["Cloisonnement des territoires"]
    assert not told.ok
    assert "super-utilisateur" in told.sentence


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_database_whose_clock_differs_is_told(app, settings):
    with clock.at(clock.now() + timedelta(minutes=7)):
        told = {finding.what: finding for finding in doctor_database.server(settings)}
    assert not told["Horloges"].ok
    assert "420 s" in told["Horloges"].sentence


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_missing_tables_of_procrastinate_are_told(app, settings):
    carried = replace(settings, jobs="procrastinate")
    assert "relais db upgrade" in seen(carried)["Procrastinate"].sentence


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_procrastinate_without_workers_is_told(app, settings, postgres_server):
    owner = postgres_server.new_database("sans_bras")
    schema.upgrade(owner, application_role="relais_plain", carrier=True)
    carried = replace(
        settings, jobs="procrastinate", database_url=postgres_server._as("relais_plain", "sans_bras")
    )
    told = seen(carried)["Procrastinate"]
    postgres_server.drop_database("sans_bras")
    assert "aucun processus" in told.sentence


def test_the_age_of_the_last_backup_is_watched(app, settings):
    assert "relais backup" in seen(settings)["Sauvegardes"].sentence
    settings.backups.mkdir()
    archive = settings.backups / "relais-20260101T000000Z.tar.zst"
    archive.write_bytes(b"x")
    os.utime(archive, (clock.now().timestamp(),) * 2)
    assert seen(settings)["Sauvegardes"].ok
    os.utime(archive, (clock.now().timestamp() - 48 * 3600,) * 2)
    old = seen(settings)["Sauvegardes"]
    assert not old.ok
    assert "48 h" in old.sentence
    assert backup.archives(settings.backups) == [archive]


class Keeping:
    """A mail server that keeps what it is sent."""

    def __init__(self) -> None:
        self.got = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802, ARG002  # aiosmtpd's own names
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def post():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Keeping(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


def test_the_mail_server_is_greeted_and_nothing_is_sent(settings, post):
    told = [*doctor._mail(replace(settings, smtp_url=f"smtp://127.0.0.1:{post.port}"))]
    assert [finding.ok for finding in told] == [True]
    refused = [*doctor._mail(replace(settings, smtp_url=f"smtp://qui:motsecret@127.0.0.1:{post.port}"))]
    assert not refused[0].ok
    assert "motsecret" not in refused[0].sentence
    away = [*doctor._mail(replace(settings, smtp_url="smtp://127.0.0.1:9"))]
    assert "RELAIS_SMTP_URL" in away[0].sentence
    wrong = [*doctor._mail(replace(settings, smtp_url="http://ailleurs"))]
    assert not wrong[0].ok
    assert post.handler.got == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_command_speaks_json_and_its_exit_code_says_it_all(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("RELAIS_INSTANCE", str(tmp_path / "instance"))
    done = CliRunner().invoke(main, ["doctor", "--json"])
    told = json.loads(done.output)
    assert done.exit_code == 1
    assert told["ok"] is False
    by_name = {finding["what"]: finding for finding in told["findings"]}
    assert by_name["Base de données"]["ok"] is True
    assert by_name["Courriels"]["ok"] is False
    assert set(by_name["Courriels"]) == {"what", "ok", "sentence", "optional"}


def test_a_job_that_is_known_to_no_queue_goes_with_the_routes():
    assert jobs.queue_of("inconnu") == jobs.QUEUES[0]
