"""How the values that supervision narrows by are said: roles, steps, people, partners, communes."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import engine
from app.database import db
from app.models import Partner
from app.services import releases, teams
from app.services.census import NOBODY
from app.services.releases import LoadedRelease

Labels = Callable[[Any], Mapping[str, str]]


def labels() -> dict[str, Labels]:
    """Return, for each dimension, what gives the words of its values."""
    release = releases.current()
    return {
        "role": lambda _: {lane.id: lane.label for lane in release.settings.lanes.values()},
        "etape": lambda values: {value: step_name(value, release) for value in values},
        "parcours": lambda _: dict(engine.process_ids(release.programme)),
        "personne": _people,
        "partenaire": _partners,
        "commune": lambda values: {value: value for value in values},
        "priorite": lambda values: {value: f"Priorité {value}" for value in values},
    }


def step_name(step: str, release: LoadedRelease) -> str:
    """Return what people call ``<process>/<element>``; of a step no longer drawn, its id as words."""
    element = step.partition("/")[2]
    known = release.programme.elements.get(element)
    return known or element.replace("_", " ").capitalize()


def _people(values: Any) -> dict[str, str]:
    ids = {UUID(value) for value in values if value != NOBODY}
    return {NOBODY: "Sans responsable"} | {str(key): name for key, name in teams.names(ids).items()}


def _partners(values: Any) -> dict[str, str]:
    found = db.session.execute(
        select(Partner.id, Partner.name).where(Partner.id.in_([UUID(value) for value in values]))
    )
    return {str(row.id): row.name for row in found}
