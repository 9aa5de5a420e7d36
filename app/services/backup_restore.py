"""Put a backup back: check every byte, refuse what would do harm, then say in French what is there.

Deadlines that were armed are armed again and fire once; those that had fired stay fired. Nothing starts by
itself: whoever restores reads the report first, then starts the server.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psycopg
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app import clock, tenancy
from app.config import Settings
from app.database import bind, db, end_read
from app.models import Heartbeat, Message, ProcessInstance, StoredFile, Timer
from app.services import backup_databases as databases
from app.services import heartbeats, journal, releases, schema
from app.services.backup_archive import DATABASES, FILES, BackupFault, Header, fingerprint, unpack


@dataclass(frozen=True)
class Restored:
    """What a restored database holds, and what was put aside to make room.

    ``broken`` names the territories whose journal does not hold together; ``missing`` counts the files that
    a row announces and the store does not have.
    """

    header: Header
    territories: int
    running: int
    armed: int
    overdue: int
    queued: int
    files: int
    missing: int
    broken: tuple[str, ...]
    aside: tuple[Path, ...]


def restore(archive: Path, settings: Settings, *, force: bool = False) -> Restored:
    """Restore ``archive`` into the database and the files folder that the settings name.

    Args:
        archive: what ``backup.make`` wrote.
        settings: the server that is to run on it; its user owns the database.
        force: replace what is there. A SQLite file and a files folder are put aside, not removed.

    Raises:
        BackupFault: the archive is not whole, is of another key, of another kind of database or of a newer
            Relais; or the place is not empty. Nothing was touched then.
    """
    try:
        return _restore(archive, settings, force=force)
    except (sqlite3.Error, psycopg.Error, SQLAlchemyError) as fault:
        raise BackupFault(
            cause=f"la base à remplir ne répond pas ou refuse ({type(fault).__name__}). Vérifiez l'adresse, "
            "et "
            "que son rôle possède la base."
        ) from fault
    except OSError as fault:
        raise BackupFault(
            cause=f"un dossier ne peut pas être écrit ({fault.strerror}). Vérifiez les droits et la place "
            "du disque."
        ) from fault


def _restore(archive: Path, settings: Settings, *, force: bool) -> Restored:
    settings.files_folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".reprise-", dir=settings.files_folder.parent) as folder:
        room = Path(folder)
        header = unpack(archive, room)
        _refuse(header, settings)
        aside = _make_room(settings, force=force)
        databases.put_back(settings, settings.database_url, room / DATABASES[header.database])
        _compare(header, settings)
        files = _put_files(room / FILES.rstrip("/"), settings.files_folder)
        schema.upgrade_for(settings)
        databases.forget_the_living(settings.database_url)
    return replace(_report(header, settings), files=files, aside=aside)


def _refuse(header: Header, settings: Settings) -> None:
    if header.database != databases.kind(settings.database_url):
        words = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise BackupFault(
            cause=f"cette sauvegarde est celle d'une base {words[header.database]}. Donnez l'adresse d'une "
            f"base {words[header.database]} (--into, ou DATABASE_URL)."
        )
    if header.key != fingerprint(settings.data_key):
        raise BackupFault(cause=_OTHER_KEY)
    if header.revision not in schema.revisions():
        raise BackupFault(
            cause=f"cette sauvegarde vient d'une version plus récente de Relais ({header.release}). "
            "Installez cette version, puis reprenez."
        )


_OTHER_KEY: Final = (
    "la clé des données n'est pas celle de cette sauvegarde : les réponses secrètes, les fichiers et le "
    "journal seraient illisibles. Mettez dans RELAIS_DATA_KEY (ou dans le fichier « data_key » du dossier de "
    "l'instance) la clé du serveur sauvegardé, puis reprenez. Rien n'a été touché."
)


def _make_room(settings: Settings, *, force: bool) -> tuple[Path, ...]:
    """See to it that the place is empty.

    Raises:
        BackupFault: it is not, and nobody asked to replace it; or a server works there.
    """
    held = databases.look(settings.database_url)
    folder = settings.files_folder
    kept = folder.exists() and any(folder.iterdir())
    if (held is not None or kept) and not force:
        raise BackupFault(
            cause="il y a déjà une base ou des fichiers à cet endroit. Donnez une base vide et un dossier "
            "vide (--into, --files), ou ajoutez --force pour les remplacer. Rien n'a été touché."
        )
    aside: list[Path] = []
    if held is not None:
        if held.revision and _served(settings):
            raise BackupFault(
                cause="un serveur travaille sur cette base. Arrêtez-le (« relais serve », « relais worker "
                "»), attendez deux minutes, puis reprenez. Rien n'a été touché."
            )
        put = databases.make_room(settings.database_url)
        aside += [put] if put is not None else []
    if kept:
        place = folder.with_name(f"{folder.name}.avant-reprise")
        number = 1
        while place.exists():
            number += 1
            place = folder.with_name(f"{folder.name}.avant-reprise-{number}")
        folder.rename(place)
        aside.append(place)
    return tuple(aside)


def _served(settings: Settings) -> bool:
    if schema.current(settings.database_url) != schema.head():
        return False
    with _bound(settings).app_context():
        try:
            kinds = db.session.scalars(select(Heartbeat.kind).distinct()).all()
            return any(heartbeats.pulse(kind).beats for kind in kinds)
        finally:
            db.session.remove()
            db.engine.dispose()


def _compare(header: Header, settings: Settings) -> None:
    """Compare what came back with what was copied.

    Raises:
        BackupFault: a row is missing.
    """
    back = databases.look(settings.database_url)
    if back is None or dict(back.counts) != dict(header.counts) or dict(back.journal) != dict(header.journal):
        raise BackupFault(
            cause="la base reprise n'a pas les lignes que la sauvegarde annonce. Ne vous en servez pas : "
            "reprenez une autre sauvegarde."
        )


def _put_files(came: Path, folder: Path) -> int:
    if folder.exists():
        folder.rmdir()  # empty: it was looked at
    if not came.exists():
        folder.mkdir(parents=True)
        return 0
    shutil.move(came, folder)
    return sum(1 for path in folder.rglob("*") if path.is_file())


def _bound(settings: Settings) -> Flask:
    app = Flask("restore")
    app.config["RELAIS_SETTINGS"] = settings
    bind(app, settings.database_url, data_key=settings.data_key)
    return app


def _report(header: Header, settings: Settings) -> Restored:
    with _bound(settings).app_context():
        try:
            broken, missing = [], 0
            places = [(row.id, row.name) for row in releases.all_territories()]
            for territory_id, name in places:
                with tenancy.serving(territory_id):
                    broken += [name] if journal.verify() is not None else []
                    keys = db.session.scalars(select(StoredFile.key)).all()
                root = settings.files_folder / str(territory_id)
                missing += sum(1 for key in keys if not (root / key[:2] / key).is_file())
                end_read()
            counted = _counted()
            return Restored(
                header=header, territories=len(places), files=0, missing=missing, broken=tuple(broken),
                aside=(), **counted,
            )  # fmt: skip
        finally:
            db.session.remove()
            db.engine.dispose()


def _counted() -> Mapping[str, int]:
    armed = (
        select(func.count(Timer.id))
        .join(ProcessInstance, ProcessInstance.id == Timer.process_id)
        .where(Timer.status == "waiting", ProcessInstance.status.in_(("running", "suspended")))
    )
    with tenancy.unscoped("maintenance"):
        running = select(func.count(ProcessInstance.id)).where(ProcessInstance.status == "running")
        queued = select(func.count(Message.id)).where(Message.status == "queued")
        return {
            "running": db.session.scalar(running) or 0,
            "armed": db.session.scalar(armed) or 0,
            "overdue": db.session.scalar(armed.where(Timer.due_at <= clock.now())) or 0,
            "queued": db.session.scalar(queued) or 0,
        }
