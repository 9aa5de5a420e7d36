"""A site as expressions read it, and how it is classed on a day (BAT-2)."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from app.database import db
from app.models import Site, SiteZoning

FACTS: Final = ("id", "cle", "nom", "commune", "bailleur", "logements", "zonage", "phase", "clos")
"""What is read of a site; each is empty where nobody said it."""


def facts(site: Site | None, on: date) -> dict[str, Any]:
    """Return the facts of a site on a day; all of them empty for none."""
    if site is None:
        return dict.fromkeys(FACTS)
    rows = db.session.scalars(select(SiteZoning).where(SiteZoning.site_id == site.id)).all()
    zoning = zoning_of(rows, on)
    return {
        "id": str(site.id),
        "cle": site.key,
        "nom": site.name,
        "commune": site.commune,
        "bailleur": landlord_of(site),
        "logements": site.dwellings,
        "zonage": zoning.zoning if zoning is not None else None,
        "phase": site.phase,
        "clos": site.closed_on is not None and site.closed_on <= on,
    }


def landlord_of(site: Site) -> str:
    """Return the landlord as people name it: as it was said, else by the directory."""
    return site.landlord or (site.partner.name if site.partner is not None else "")


def zoning_of(rows: Sequence[SiteZoning], on: date) -> SiteZoning | None:
    """Return the classing in force on a day, of the rows of one site; None where nobody said any."""
    begun = [row for row in rows if row.since is None or row.since <= on]
    return max(begun, key=lambda row: (row.since or date.min, row.at)) if begun else None
