"""The contests between the buildings of a site, ranked by what each dwelling saved (BAT-16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.catalog.challenges import Ranked, Result, ranked
from app.database import db
from app.models import Challenge, ChallengeBuilding, Site


@dataclass(frozen=True)
class Contest:
    """A challenge with its buildings at their ranks; ``judged_on`` None while it runs."""

    id: UUID
    title: str
    unit: str
    starts_on: date
    ends_on: date
    judged_on: date | None
    prize: str
    buildings: Sequence[Ranked]


def contests_of(row: Site) -> list[Contest]:
    """Return the contests of a site, the newest first."""
    found = list(
        db.session.scalars(
            select(Challenge).where(Challenge.site_id == row.id).order_by(Challenge.starts_on.desc())
        )
    )
    buildings: dict[UUID, list[ChallengeBuilding]] = {one.id: [] for one in found}
    query = select(ChallengeBuilding).where(ChallengeBuilding.challenge_id.in_(list(buildings)))
    for building in db.session.scalars(query.order_by(ChallengeBuilding.place)):
        buildings[building.challenge_id].append(building)
    return [
        Contest(
            one.id, one.title, one.unit, one.starts_on, one.ends_on, one.judged_on, one.prize,
            ranked([Result(b.name, b.dwellings, b.before, b.after) for b in buildings[one.id]]),
        )
        for one in found
    ]  # fmt: skip
