"""The Anah ceilings shown at a door, of the year and the zone in force (F2)."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from app import tenancy
from app.database import db
from app.models import AnahCeiling, Territory
from app.services.releases import LoadedRelease


@dataclass(frozen=True)
class CeilingLine:
    """The ceiling shown for one size of household, in euros a year."""

    persons: int
    amount: Decimal


def ceilings(release: LoadedRelease, *, up_to: int = 6) -> tuple[int | None, list[CeilingLine]]:
    """Return the year and the ceilings to show at the door, by persons; none when the table is missing."""
    rules, live = release.settings.campaigns, db.session.get_one(Territory, tenancy.current_id()).live
    year, zone = live.get("annee_anah"), live.get("zone_anah")
    if rules is None or rules.ceiling is None or year is None:
        return None, []
    row = db.session.scalar(
        select(AnahCeiling).where(
            AnahCeiling.year == year, AnahCeiling.zone == zone, AnahCeiling.category == rules.ceiling
        )
    )
    if row is None:
        return None, []
    listed = len(row.amounts)
    return int(year), [
        CeilingLine(
            persons,
            Decimal(row.amounts[min(persons, listed) - 1])
            + Decimal(row.per_extra_person) * max(0, persons - listed),
        )
        for persons in range(1, up_to + 1)
    ]
