"""The territories that one account supervises, in numbers only."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select

from app import tenancy
from app.database import db
from app.errors import Forbidden, NotFound, UnreadableRelease
from app.models import Breach, Incident, Territory, User
from app.services import actors, census, perimeter, supervised, tallies

_COUNTED_AT_MOST: Final = 99


@dataclass(frozen=True)
class Place:
    """A territory that an account supervises, in numbers only; None where they are being counted."""

    code: str
    name: str
    late: int | None
    soon: int | None
    open: int | None
    breaches: int
    incidents: int


def by_territory(user: User) -> list[Place]:
    """Return the territories that the account supervises, with counts and nothing else of them.

    Each is read as itself, never across: to see more, the account works for that territory.
    """
    found = []
    for membership in sorted(user.memberships, key=lambda one: one.territory.name):
        territory = membership.territory
        with tenancy.serving(territory.id):
            try:
                who = actors.actor_for(user)
            except (
                Forbidden,
                NotFound,
                UnreadableRelease,
            ):  # one territory's programme must not hide the others
                continue
            if who.rights.may("supervision.voir"):
                with perimeter.serving(who):
                    found.append(_place(territory))
    return found


def _place(territory: Territory) -> Place:
    counted = tallies.everything()
    sizes = counted.census.total if counted is not None else None
    return Place(
        code=territory.code,
        name=territory.name,
        late=census.sum_of(sizes, "retard", 0) if sizes else None,
        soon=census.sum_of(sizes, "bientot", supervised.DEFAULT_WITHIN) if sizes else None,
        open=sum(sizes) if sizes else None,
        breaches=_bounded(select(Breach.id).where(Breach.status == "open")),
        incidents=_bounded(select(Incident.id).where(Incident.status == "open")),
    )


def _bounded(query: Select[Any]) -> int:
    narrow = query.limit(_COUNTED_AT_MOST).subquery()
    return db.session.scalar(select(func.count()).select_from(narrow)) or 0
