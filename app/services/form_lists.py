"""Lists that the product gives to forms: services, partners, who may be given an action, an agenda."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import db
from app.handlers import crew
from app.models import Case, Dwelling, ReviewItem
from app.services.releases import LoadedRelease

WHO, LISTED = "intervenants", "inscrites"
"""Names that a form writes in « options »: who may do something, the situations of a meeting's agenda."""


def lists(reads: frozenset[str], process_id: UUID, release: LoadedRelease) -> dict[str, Any]:
    """Return the lists that a form reads by these names; those of the settings are always there."""
    found: dict[str, Any] = {
        "reglages": dict(release.settings.rules),
        "prestations": dict(release.settings.services),
        "partenaires": {kind.id: kind.label for kind in release.settings.partner_kinds.values()},
    }
    if WHO in reads:
        found[WHO] = crew.choices(release.settings)
    if LISTED in reads:
        found[LISTED] = listed(process_id)
    return found


def listed(process_id: UUID) -> list[dict[str, str]]:
    """Return the situations on the agenda of a meeting, as a choice names them."""
    rows = db.session.execute(
        select(Case.reference, Dwelling.commune)
        .join(ReviewItem, ReviewItem.case_id == Case.id)
        .join(Case.dwelling)
        .where(ReviewItem.process_id == process_id)
        .order_by(ReviewItem.rank, Case.reference)
    )
    return [
        {"valeur": row.reference, "libelle": ", ".join(filter(None, (row.reference, row.commune)))}
        for row in rows
    ]
