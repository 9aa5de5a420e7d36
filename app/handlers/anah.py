"""The Anah income category of a household."""

from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app.database import db
from app.decisions.anah import Ceiling, category
from app.handlers.registry import Context, HandlerFault, Result, operation
from app.models import AnahCeiling

CATEGORIES = ("TM", "MO", "INT", "SUP")
"""Very modest, modest, intermediate, above."""


class CategoryParameters(Schema):
    """``personnes`` in the home, and one row for each tax notice (``{"rfr": euros a year}``).

    ``tranche`` is the category that was declared, used when no notice was shown.
    """

    personnes = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1, max=30))
    avis = fields.List(fields.Raw(), load_default=list)
    tranche = fields.String(load_default=None)


@operation(
    "calculer_categorie_anah",
    CategoryParameters,
    label="Calculer la catégorie Anah",
    gives="categorie (TM, MO, INT, SUP ou vide), annee",
)
def anah_category(context: Context, *, personnes: int | None, avis: list[Any], tranche: str | None) -> Result:
    """Compare the sum of the tax notices with the ceilings of the territory's year and zone.

    Source: ``app/data/anah_plafonds.csv``; the territory chooses ``annee_anah`` and ``zone_anah``.
    Without income or number of persons the category stays empty: nobody is refused for a blank.
    """
    incomes = [value for value in (_income(row) for row in avis) if value is not None]
    year, zone = context.live.get("annee_anah"), context.live.get("zone_anah")
    if personnes is None or not incomes or year is None or zone is None:
        declared = tranche if tranche in CATEGORIES else None
        return Result({"categorie": declared, "annee": year})
    ceilings = _ceilings(int(year), str(zone))
    if not ceilings:
        raise HandlerFault(
            operation="calculer_categorie_anah",
            cause=f"les plafonds Anah de {year} ne sont pas chargés pour cette zone. Chargez le barème.",
        )
    found = category(ceilings, year=int(year), zone=str(zone), persons=personnes, incomes=incomes)
    return Result({"categorie": found, "annee": int(year)})


def _income(row: object) -> Decimal | None:
    value = row.get("rfr") if isinstance(row, dict) else row
    return Decimal(str(value)) if value is not None else None


def _ceilings(year: int, zone: str) -> list[Ceiling]:
    rows = db.session.scalars(select(AnahCeiling).where(AnahCeiling.year == year, AnahCeiling.zone == zone))
    return [
        Ceiling(
            year=row.year,
            zone=row.zone,
            category=row.category,
            amounts=row.amounts,
            per_extra_person=Decimal(row.per_extra_person),
        )
        for row in rows
    ]
