"""The first sites and plans of a territory, and today's written back (BAT-2, BAT-15).

``[vivant]`` of ``territoire.toml`` carries them in and out. A site whose key is known already is left alone:
somebody may have changed it on the page since; so is a plan that begins the same day. People at work on a
site, ambassadors and gifts are not written in files.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from app import clock
from app.catalog.goals import LIVE_KEY as GOALS
from app.catalog.goals import FirstGoal
from app.catalog.settings import Settings
from app.catalog.sites import LIVE_KEY as SITES
from app.catalog.sites import FirstSite
from app.database import db
from app.ids import new_id
from app.models import Goal, Partner, Site, SiteZoning
from app.services import journal

KEYS: Final = (SITES, GOALS)


def plant(settings: Settings) -> tuple[str, ...]:
    """Add the rows that are not known yet, inside a transaction; return the lists that gave some."""
    return tuple(
        key for key, some in ((SITES, _sites(settings)), (GOALS, _goals(settings.goals.first))) if some
    )


def _sites(settings: Settings) -> bool:
    known = set(db.session.scalars(select(Site.key)))
    first = [one for one in (settings.sites.first if settings.sites else ()) if one.key not in known]
    if not first:
        return False
    partners = {row.name: row for row in db.session.scalars(select(Partner))}
    for one in first:
        _plant(one, partners.get(one.landlord))
    db.session.flush()
    return True


def _plant(one: FirstSite, landlord: Partner | None) -> None:
    row = Site(
        id=new_id(), key=one.key, name=one.name, commune=one.commune, landlord=one.landlord,
        landlord_id=landlord.id if landlord is not None else None, dwellings=one.dwellings, phase=one.phase,
        opened_on=one.opened_on, closed_on=one.closed_on, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    for said in one.zonings:
        db.session.add(
            SiteZoning(
                site_id=row.id, zoning=said.zoning, since=said.since, reason=said.reason, by=journal.SYSTEM,
                at=clock.now(),
            )
        )  # fmt: skip


def _goals(first: Sequence[FirstGoal]) -> bool:
    known = {(row.code, row.starts_on) for row in db.session.execute(select(Goal.code, Goal.starts_on))}
    new = [one for one in first if (one.code, one.starts_on) not in known]
    for one in new:
        db.session.add(
            Goal(
                id=new_id(), code=one.code, count=one.count, starts_on=one.starts_on, ends_on=one.ends_on,
                created_at=clock.now(),
            )
        )  # fmt: skip
    db.session.flush()
    return bool(new)


def as_toml(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rows of today as ``[vivant]`` writes them; a list that says the same is given back as is."""
    rows = {SITES: _site_rows(), GOALS: _goal_rows()}
    return {
        key: said[key] if key in said and (not found or _same(found, said[key])) else found
        for key, found in rows.items()
    }


def _same(rows: Sequence[Mapping[str, Any]], said: Sequence[Mapping[str, Any]]) -> bool:
    return len(rows) == len(said) and all(dict(row) in list(map(dict, said)) for row in rows)


def _site_rows() -> list[dict[str, Any]]:
    zonings: dict[Any, list[SiteZoning]] = {}
    for row in db.session.scalars(select(SiteZoning).order_by(SiteZoning.at, SiteZoning.id)):
        zonings.setdefault(row.site_id, []).append(row)
    return [
        _plain(
            {
                "cle": row.key, "nom": row.name, "commune": row.commune,
                "bailleur": row.landlord or (row.partner.name if row.partner is not None else None),
                "logements": row.dwellings, **_classed(zonings.get(row.id, [])), "phase": row.phase,
                "ouvert_le": row.opened_on, "clos_le": row.closed_on,
            }
        )
        for row in db.session.scalars(select(Site).order_by(Site.created_at, Site.name))
    ]  # fmt: skip


def _classed(rows: Sequence[SiteZoning]) -> dict[str, Any]:
    """Return « zonage » for one classing that was always so, else the list of them."""
    if len(rows) == 1 and rows[0].since is None and not rows[0].reason:
        return {"zonage": rows[0].zoning}
    rows = sorted(rows, key=lambda one: (one.since or date.min, one.at))
    listed = [_plain({"zonage": one.zoning, "depuis": one.since, "motif": one.reason}) for one in rows]
    return {"classements": listed}


def _goal_rows() -> list[dict[str, Any]]:
    return [
        {"objectif": row.code, "nombre": row.count, "debut": row.starts_on, "fin": row.ends_on}
        for row in db.session.scalars(select(Goal).order_by(Goal.starts_on, Goal.code))
    ]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value not in (None, "", [])}
