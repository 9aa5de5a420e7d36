"""What a message may say: references and links, the territory's own contact, nothing of the household."""

from collections.abc import Mapping
from typing import Any, Final

from flask import current_app

from app import clock, tenancy
from app.catalog.words import say
from app.config import Settings
from app.database import db
from app.models import Case, Orientation, Task, Territory
from app.services import live, structures
from app.services.releases import LoadedRelease


def common(
    case: Case | None,
    orientation: Orientation | None,
    release: LoadedRelease,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the facts of any message: ``territoire``, ``dossier``, ``orientation``, and ``extra``."""
    contact = live.contact(release.settings)
    facts: dict[str, Any] = {
        "territoire": {
            "nom": _territory().name, "telephone": contact.telephone, "service": contact.service,
            "courriel": contact.email,
        },
        "dossier": {"reference": case.reference if case else ""},
        "orientation": {},
    }  # fmt: skip
    if case is not None:
        facts["dossier"]["lien"] = address(f"dossiers/{case.reference}")
        facts["suivi"] = address("suivi")
        facts["structures"] = structures.facts_of(case.id)
    if orientation is not None:
        facts["orientation"] = {"domaine": orientation.domain, "partenaire": orientation.partner.name}
        facts["partenaire"] = {"nom": orientation.partner.name}
    for key, value in (extra or {}).items():
        facts[key] = _ADDRESSES[key](value) if key in _ADDRESSES else value
    return facts


def answer_address(token: str) -> str:
    """Return the address of a step that the household answers itself."""
    return f"{_settings().base_url}/r/{token}"


def _partner_address(token: str) -> str:
    return f"{_settings().base_url}/o/{token}"


ANSWER: Final = "reponse"
"""The name under which a message says where the household answers."""
_ADDRESSES: Final = {"lien": _partner_address, ANSWER: answer_address}


def of_task(task: Task) -> dict[str, Any]:
    """Return the facts that messages about a deadline add: ``tache``."""
    due = say(task.due_at.astimezone(clock.PARIS).date()) if task.due_at else ""
    return {
        "tache": {
            "nom": task.name,
            "echeance": due,
            "lien": address(f"taches/{task.id}"),
            "retards": address("retards"),
        }
    }


def place(path: str) -> str:
    """Return the path, from the root of this server, of a page of the territory being served.

    Args:
        path: below the territory (``taches/<id>``); one that begins with ``/`` is given back as it is.
    """
    return path if path.startswith("/") else f"/t/{_territory().code}/{path}"


def address(path: str) -> str:
    """Return the whole address of a page of the territory being served."""
    return f"{_settings().base_url}{place(path)}"


def _territory() -> Territory:
    return db.session.get_one(Territory, tenancy.current_id())


def _settings() -> Settings:
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    return settings
