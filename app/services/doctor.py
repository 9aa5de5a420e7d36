"""What is missing or wrong on this machine, in French, with the remedy."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app import clock, documents, tenancy
from app.config import Settings
from app.database import bind, db
from app.models import Job, Territory, Timer
from app.services import schema


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``optional``: Relais works without it."""

    what: str
    ok: bool
    sentence: str
    optional: bool = False


def examine(settings: Settings) -> list[Finding]:
    """Look at the machine and the database; never raises for what it is there to find."""
    findings = [_pdf(), _files(settings.files_folder), _mail(settings), _clock()]
    app = Flask("doctor")
    app.config["RELAIS_SETTINGS"] = settings
    bind(app, settings.database_url, data_key=settings.data_key)
    with app.app_context():
        try:
            findings += _database(settings)
        except SQLAlchemyError as error:
            findings.append(
                Finding(
                    "Base de données",
                    ok=False,
                    sentence=f"elle ne répond pas ({type(error).__name__}). Vérifiez DATABASE_URL et que le "
                    "serveur de base de données est démarré.",
                )
            )
        finally:
            db.session.remove()
    return findings


def _pdf() -> Finding:
    missing = documents.available()
    return Finding("Documents PDF", ok=missing is None, sentence=missing or "prêts.", optional=True)


def _files(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".essai"
        probe.write_bytes(b"essai")
        probe.unlink()
    except OSError as error:
        return Finding(
            "Fichiers",
            ok=False,
            sentence=f"le dossier {folder} ne peut pas être écrit ({error.strerror}). "
            "Donnez-y accès ou changez RELAIS_FILES.",
        )
    return Finding("Fichiers", ok=True, sentence=f"gardés dans {folder}.")


def _mail(settings: Settings) -> Finding:
    if settings.demo:
        return Finding("Courriels", ok=True, sentence="visibles dans la boîte de la démonstration.")
    if settings.smtp_url:
        return Finding("Courriels", ok=True, sentence="envoyés par le serveur configuré.")
    return Finding(
        "Courriels",
        ok=False,
        sentence="aucun serveur d'envoi. Définissez RELAIS_SMTP_URL (smtp://utilisateur:secret@hôte:587).",
    )


def _clock() -> Finding:
    if clock.shifted():
        return Finding(
            "Horloge", ok=False, sentence="elle est décalée par RELAIS_CLOCK_SHIFT.", optional=True
        )
    return Finding(
        "Horloge", ok=True, sentence=f"{clock.now().astimezone(clock.PARIS):%d/%m/%Y %H:%M} à Paris."
    )


def _database(settings: Settings) -> list[Finding]:
    at, head = schema.current(settings.database_url), schema.head()
    if at != head:
        return [
            Finding(
                "Base de données",
                ok=False,
                sentence="elle n'est pas au niveau de cette version. Lancez « relais db upgrade ».",
            )
        ]
    territories = db.session.scalar(select(func.count()).select_from(Territory)) or 0
    found = [Finding("Base de données", ok=True, sentence=f"à jour, {territories} territoire(s).")]
    with tenancy.unscoped("due_work"):
        late = clock.now() - timedelta(minutes=10)
        waiting = db.session.scalar(
            select(func.count()).select_from(Timer).where(Timer.status == "waiting", Timer.due_at < late)
        )
        dead = db.session.scalar(select(func.count()).select_from(Job).where(Job.status == "dead"))
    found.append(
        Finding(
            "Échéances",
            ok=not waiting,
            sentence=f"{waiting} en attente depuis plus de dix minutes : lancez « relais worker »."
            if waiting
            else "aucune en souffrance.",
        )
    )
    found.append(
        Finding("Travaux", ok=not dead, sentence=f"{dead} abandonné(s) : voyez la page Supervision."
                if dead else "aucun abandonné.")
    )  # fmt: skip
    return found
