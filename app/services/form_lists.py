"""What forms are given: services, partners, agreements, who may be given an action, an agenda."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, true

from app.catalog.kinds.choices import EVERY_KIND, STRUCTURES
from app.database import db
from app.handlers import crew
from app.models import Case, Dwelling, Partner, ReviewItem
from app.services import agreement_facts, meter_lists, site_facts
from app.services.releases import LoadedRelease

WHO, LISTED = "intervenants", "inscrites"
"""Names that a form writes in « options »: who may do something, the situations of a meeting's agenda."""


def lists(reads: frozenset[str], process_id: UUID, release: LoadedRelease) -> dict[str, Any]:
    """Return the lists that a form reads by these names; those of the settings are always there."""
    found = given(reads, release)
    if WHO in reads:
        found[WHO] = crew.choices(release.settings)
    if LISTED in reads:
        found[LISTED] = listed(process_id)
    if meter_lists.NAME in reads:
        found[meter_lists.NAME] = meter_lists.rows(process_id, release.settings)
    return found


def given(reads: frozenset[str], release: LoadedRelease) -> dict[str, Any]:
    """Return what a form reads whatever the step: lists of the settings, the directory, the agreements."""
    found: dict[str, Any] = {
        "reglages": dict(release.settings.rules),
        "prestations": dict(release.settings.services),
        "partenaires": {kind.id: kind.label for kind in release.settings.partner_kinds.values()},
    }
    if STRUCTURES in reads:
        found[STRUCTURES] = directory()
    if site_facts.LISTED in reads:
        found[site_facts.LISTED] = site_facts.choices(release)
    if site_facts.OPEN_ONES in reads:
        found[site_facts.OPEN_ONES] = site_facts.choices(release, diffuse=False)
    if agreement_facts.NAME in reads:
        found[agreement_facts.NAME] = agreement_facts.Agreements()
    if meter_lists.NAME in reads:
        found[meter_lists.NAME] = meter_lists.blank_rows(release.settings)
    return found


def directory(*, active: bool = True) -> dict[str, list[dict[str, str]]]:
    """Return the structures of the directory by kind, and all of them together, as choices name them.

    Args:
        active: leave out those that are proposed no more; they still name what was chosen before.
    """
    rows = db.session.execute(
        select(Partner.id, Partner.kind, Partner.name)
        .where(Partner.active if active else true())
        .order_by(Partner.name, Partner.id)
    )
    found: dict[str, list[dict[str, str]]] = {EVERY_KIND: []}
    for row in rows:
        for kind in (row.kind, EVERY_KIND):
            found.setdefault(kind, []).append({"valeur": str(row.id), "libelle": row.name})
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
