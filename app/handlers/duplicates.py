"""Is this household already followed?"""

from datetime import timedelta

from marshmallow import Schema, fields, validate
from sqlalchemy import and_, or_, select

from app.database import db
from app.handlers.effects import NoteDuplicates
from app.handlers.registry import Context, HandlerFault, Result, operation
from app.models import Case, Dwelling, Household


class DuplicateParameters(Schema):
    """``jours``: how far back the same address counts."""

    jours = fields.Integer(required=True, validate=validate.Range(min=1, max=3650))


@operation(
    "rechercher_doublons",
    DuplicateParameters,
    label="Rechercher les doublons",
    gives="nombre, references",
)
def find_duplicates(context: Context, *, jours: int) -> Result:
    """Find cases of the same address within ``jours`` days, or of the same name and birth year.

    Source: « Duplicate » in the rules for triage (proposed): normalised address and INSEE code, or
    name and birth year.
    """
    case = db.session.get(Case, context.case_id) if context.case_id else None
    if case is None:
        raise HandlerFault(operation="rechercher_doublons", cause="ce processus ne porte aucun dossier.")
    same_address = and_(
        Dwelling.match_address == case.dwelling.match_address,
        Dwelling.match_address != "",
        Dwelling.insee == case.dwelling.insee,
        Case.opened_at >= context.now - timedelta(days=jours),
    )
    same_person = and_(
        Household.match_name == case.household.match_name,
        Household.birth_year == case.household.birth_year,
        Household.birth_year.is_not(None),
    )
    found = db.session.scalars(
        select(Case.reference)
        .join(Case.household)
        .join(Case.dwelling)
        .where(Case.id != case.id, or_(same_address, same_person))
        .order_by(Case.reference)
        .limit(20)
    )
    references = tuple(found)
    return Result(
        {"nombre": len(references), "references": list(references)}, effects=(NoteDuplicates(references),)
    )
