"""What is missing or wrong on this machine, in French, with the remedy."""

import os
import shutil
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app import clock, documents
from app.config import Settings
from app.database import bind, db
from app.errors import MissingSetting
from app.notifications.channels import smtp
from app.services import backup, doctor_database, schema

ROOM: Final = 500_000_000
"""Bytes free under which a disk is about to be full."""
BACKUP_AGE: Final = 36
"""Hours after which a nightly backup was missed."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``optional``: Relais works without it."""

    what: str
    ok: bool
    sentence: str
    optional: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as a script reads it."""
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """Look at the machine and the database; never raises for what it is there to find."""
    findings = [
        *_clock(),
        *_keys(settings),
        *_disk(settings),
        *_files(settings.files_folder),
        *_backups(settings),
        *_pdf(),
        *_mail(settings),
        *_sms(settings),
    ]
    app = Flask("doctor")
    app.config["RELAIS_SETTINGS"] = settings
    bind(app, settings.database_url, data_key=settings.data_key)
    with app.app_context():
        try:
            findings += _database(settings)
        finally:
            db.session.remove()
            db.engine.dispose()
    return findings


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        at, head = schema.current(settings.database_url), schema.head()
    except SQLAlchemyError as error:
        yield Finding(
            "Base de données",
            ok=False,
            sentence=f"elle ne répond pas ({type(error).__name__}). Vérifiez DATABASE_URL et que le "
            "serveur de base de données est démarré.",
        )
        return
    if at != head:
        yield Finding(
            "Base de données",
            ok=False,
            sentence="elle n'est pas au niveau de cette version. Lancez « relais db upgrade ».",
        )
        return
    for look in doctor_database.LOOKS:
        yield from _safely(look, settings)


def _safely(look: Callable[[Settings], Iterator[doctor_database.Seen]], settings: Settings) -> list[Finding]:
    try:
        return [Finding(seen.what, seen.ok, seen.sentence, seen.optional) for seen in look(settings)]
    except SQLAlchemyError as error:
        db.session.rollback()
        family = type(getattr(error, "orig", None) or error).__name__
        return [
            Finding(
                "Base de données",
                ok=False,
                sentence=f"une vérification a échoué ({family}). Le disque est-il plein, la base en lecture "
                "seule, le rôle privé de droits ?",
            )
        ]


def _clock() -> Iterator[Finding]:
    moment = f"{clock.now().astimezone(clock.PARIS):%d/%m/%Y %H:%M} à Paris."
    if clock.shifted():
        yield Finding("Horloge", ok=False, sentence="elle est décalée par RELAIS_CLOCK_SHIFT.", optional=True)
    else:
        yield Finding("Horloge", ok=True, sentence=moment)


def _keys(settings: Settings) -> Iterator[Finding]:
    given = [name for name in ("RELAIS_SECRET_KEY", "RELAIS_DATA_KEY") if os.environ.get(name)]
    short = min(len(settings.secret_key), len(settings.data_key)) < 32
    if short:
        yield Finding(
            "Clés", ok=settings.demo, sentence="une clé a moins de 32 caractères : donnez-en une plus "
            "longue.",
            optional=settings.demo,
        )  # fmt: skip
    elif len(given) == 2:
        yield Finding("Clés", ok=True, sentence="données par l'environnement.")
    else:
        yield Finding(
            "Clés",
            ok=True,
            sentence="tirées au premier démarrage et gardées dans le dossier de l'instance. Copiez le "
            "fichier « data_key » en lieu sûr : sans lui, une sauvegarde ne se relit pas.",
        )


def _disk(settings: Settings) -> Iterator[Finding]:
    places = {"des fichiers": settings.files_folder, "des sauvegardes": settings.backups}
    if settings.database_url.startswith("sqlite:///"):
        places["de la base"] = Path(settings.database_url.removeprefix("sqlite:///")).parent
    for name, place in places.items():
        there = next(folder for folder in (place, *place.parents) if folder.exists())
        free = shutil.disk_usage(there).free
        yield Finding(
            f"Disque {name}",
            ok=free >= ROOM,
            sentence=f"{free / 1e9:.1f} Go libres dans {there}."
            + ("" if free >= ROOM else " Faites de la place : une base qui ne peut plus écrire s'arrête."),
        )


def _files(folder: Path) -> Iterator[Finding]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".essai"
        probe.write_bytes(b"essai")
        probe.unlink()
    except OSError as error:
        yield Finding(
            "Fichiers",
            ok=False,
            sentence=f"le dossier {folder} ne peut pas être écrit ({error.strerror}). "
            "Donnez-y accès ou changez RELAIS_FILES.",
        )
        return
    yield Finding("Fichiers", ok=True, sentence=f"gardés dans {folder}.")


def _backups(settings: Settings) -> Iterator[Finding]:
    if settings.demo:
        return
    made = backup.archives(settings.backups) if settings.backups.is_dir() else []
    if not made:
        yield Finding(
            "Sauvegardes",
            ok=False,
            sentence=f"aucune dans {settings.backups}. Lancez « relais backup », puis chaque nuit "
            "(docs/guides/exploiter.md).",
            optional=True,
        )
        return
    hours = (clock.now().timestamp() - made[0].stat().st_mtime) / 3600
    yield Finding(
        "Sauvegardes",
        ok=hours <= BACKUP_AGE,
        sentence=f"la dernière, {made[0].name}, a {hours:.0f} h."
        + ("" if hours <= BACKUP_AGE else " Vérifiez la tâche de nuit qui lance « relais backup »."),
        optional=True,
    )


def _pdf() -> Iterator[Finding]:
    missing = documents.available()
    if missing is None:
        try:
            documents.pdf("<!doctype html><html lang='fr'><title>Essai</title><p>Essai.</html>")
        except documents.DocumentFault as fault:
            missing = fault.sentence
    yield Finding("Documents PDF", ok=missing is None, sentence=missing or "prêts.", optional=True)


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.demo:
        yield Finding("Courriels", ok=True, sentence="visibles dans la boîte de la démonstration.")
        return
    if not settings.smtp_url:
        yield Finding(
            "Courriels",
            ok=False,
            sentence="aucun serveur d'envoi. Définissez RELAIS_SMTP_URL (smtp://utilisateur:secret@hôte:587).",
        )
        return
    try:
        smtp.greet(settings)
    except MissingSetting as fault:
        yield Finding("Courriels", ok=False, sentence=fault.sentence)
    except smtplib.SMTPAuthenticationError:
        yield Finding(
            "Courriels",
            ok=False,
            sentence="le serveur d'envoi refuse le nom ou le mot de passe. Corrigez RELAIS_SMTP_URL.",
        )
    except (OSError, smtplib.SMTPException) as fault:
        yield Finding(
            "Courriels",
            ok=False,
            sentence=f"le serveur d'envoi ne répond pas ({type(fault).__name__}). Vérifiez l'hôte et le "
            "port de RELAIS_SMTP_URL, et que le pare-feu laisse sortir. Les messages attendent et partiront.",
        )
    else:
        yield Finding("Courriels", ok=True, sentence="le serveur d'envoi répond et accepte nos identifiants.")


def _sms(settings: Settings) -> Iterator[Finding]:
    if settings.sms_url and not settings.sms_token:
        yield Finding(
            "SMS", ok=False, sentence="RELAIS_SMS_URL est donné sans RELAIS_SMS_TOKEN.", optional=True
        )
    elif settings.sms_url:
        yield Finding("SMS", ok=True, sentence="un fournisseur est réglé.")
