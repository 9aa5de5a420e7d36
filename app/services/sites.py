"""Sites as a page shows them: whose, how classed, who is followed there, what is held there (BAT-1)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.catalog.sites import SiteWords
from app.database import db
from app.errors import Forbidden, NotFound
from app.handlers.site_rows import landlord_of, zoning_of
from app.models import (
    Ambassador,
    Case,
    Site,
    SiteProcess,
    SiteReferent,
    SiteZoning,
)
from app.services import archives, network, releases, site_facts
from app.services.actors import Actor
from app.services.network import Followed
from app.services.network_facts import share
from app.services.site_contests import Contest, contests_of

READ: Final = "sites.voir"
MOST_CASES: Final = 200
"""Households of a site shown one by one; all of them are counted."""


@dataclass(frozen=True)
class SiteLine:
    """A site in a list. ``state``: ``coming``, ``open`` or ``closed``; empty where no day was ever said.

    ``followed`` and ``ended`` count cases.
    """

    id: UUID
    name: str
    commune: str
    landlord: str
    dwellings: int | None
    zoning: str
    phase: str
    opened_on: date | None
    closed_on: date | None
    state: str
    followed: int
    ended: int


@dataclass(frozen=True)
class ZoningLine:
    """A classing: its name in the words of the day it began, and whether it holds today."""

    label: str
    since: date | None
    reason: str
    by: str
    at: datetime
    in_force: bool


@dataclass(frozen=True)
class FollowedCase:
    """A household followed on the site, by its reference."""

    reference: str
    opened_at: datetime
    priority: str | None


@dataclass(frozen=True)
class SiteDetail:
    """One site with everything around it. ``people``: label, number, share, of all its sessions."""

    row: Site
    line: SiteLine
    zonings: Sequence[ZoningLine]
    referents: Sequence[tuple[str, SiteReferent]]
    past_referents: Sequence[tuple[str, SiteReferent]]
    cases: Sequence[FollowedCase]
    held: Sequence[Followed]
    people: Sequence[tuple[str, int, str]]
    ambassadors: Sequence[tuple[str, Ambassador]]
    contests: Sequence[Contest]


def words() -> SiteWords:
    """Return the words of the territory.

    Raises:
        NotFound: it speaks of no site.
    """
    found = releases.current().settings.sites
    if found is None:
        raise NotFound
    return found


def processes() -> frozenset[str]:
    """Return the processes that a form of theirs holds for a site: it asks which one."""
    release = releases.current()
    asking = {
        form.id
        for form in release.forms.values()
        if any(field.options_from in site_facts.NAMES for field in form.fields)
    }
    described = release.programme.described.items()
    return frozenset(process for process, steps in described if asking & {step.form for step in steps})


def require(actor: Actor) -> None:
    """See that somebody may read the sites.

    Raises:
        Forbidden: the role may not.
    """
    if not actor.rights.may(READ):
        raise Forbidden


def get(site_id: UUID) -> Site:
    """Return one site this person may see.

    Raises:
        NotFound: none of that id here.
    """
    row = db.session.scalar(select(Site).where(Site.id == site_id))
    if row is None:
        raise NotFound
    return row


def listing(actor: Actor) -> list[SiteLine]:
    """Return the sites by name: those under way first, those closed last.

    Raises:
        Forbidden: the role does not see them.
        NotFound: the territory speaks of no site.
    """
    require(actor)
    known = words()
    rows = list(db.session.scalars(select(Site).order_by(Site.name, Site.id)))
    zonings: dict[UUID, list[SiteZoning]] = {row.id: [] for row in rows}
    for one in db.session.scalars(select(SiteZoning).where(SiteZoning.site_id.in_(list(zonings)))):
        zonings[one.site_id].append(one)
    counts = _counts(actor)
    lines = [_line(row, zonings[row.id], known, counts) for row in rows]
    order = {"open": 0, "": 1, "coming": 1, "closed": 2}
    return sorted(lines, key=lambda line: (order[line.state], line.name))


def detail(site_id: UUID, actor: Actor) -> SiteDetail:
    """Return one site.

    Raises:
        Forbidden: the role does not see them.
        NotFound: none of that id here, or the territory speaks of no site.
    """
    require(actor)
    known, row, today = words(), get(site_id), clock.today()
    zonings = list(db.session.scalars(select(SiteZoning).where(SiteZoning.site_id == row.id)))
    now = zoning_of(zonings, today)
    referents = _referents(row, known)
    held = _held(row, actor)
    return SiteDetail(
        row=row,
        line=_line(row, zonings, known, _counts(actor)),
        zonings=[
            ZoningLine(
                _name(known, one.zoning, one.since or today),
                one.since,
                one.reason,
                one.by,
                one.at,
                one is now,
            )
            for one in sorted(zonings, key=lambda one: (one.since or date.min, one.at), reverse=True)
        ],
        referents=[pair for pair in referents if not _over(pair[1], today)],
        past_referents=[pair for pair in referents if _over(pair[1], today)],
        cases=_cases(row, actor),
        held=held,
        people=_people(held),
        ambassadors=_ambassadors(row, known),
        contests=contests_of(row),
    )


def _counts(actor: Actor) -> dict[tuple[UUID | None, str], int]:
    """Return how many cases this person may see, by site and status."""
    query = (
        select(Case.site_id, Case.status, func.count())
        .where(Case.site_id.is_not(None), *archives.shown(actor))
        .group_by(Case.site_id, Case.status)
    )
    return {(row[0], row[1]): row[2] for row in db.session.execute(query)}


def _line(
    row: Site,
    zonings: Sequence[SiteZoning],
    known: SiteWords,
    counts: dict[tuple[UUID | None, str], int],
) -> SiteLine:
    today = clock.today()
    commune = releases.current().settings.commune(row.commune or "")
    zoning = zoning_of(zonings, today)
    return SiteLine(
        id=row.id,
        name=row.name,
        commune=commune.name if commune is not None else "",
        landlord=landlord_of(row),
        dwellings=row.dwellings,
        zoning=_name(known, zoning.zoning, today) if zoning is not None else "",
        phase=known.phases.get(row.phase or "", row.phase or ""),
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        state=_state(row, today),
        followed=counts.get((row.id, "open"), 0),
        ended=counts.get((row.id, "closed"), 0),
    )


def _name(known: SiteWords, zoning: str, on: date) -> str:
    kind = known.zonings.get(zoning)
    return kind.name(on) if kind is not None else zoning


def _state(row: Site, today: date) -> str:
    if row.closed_on is not None and row.closed_on <= today:
        return "closed"
    if row.opened_on is None:
        return ""
    return "open" if row.opened_on <= today else "coming"


def _over(row: SiteReferent, today: date) -> bool:
    return row.until is not None and row.until < today


def _referents(row: Site, known: SiteWords) -> list[tuple[str, SiteReferent]]:
    """Return who answers for the site or for every site of its landlord, in the order of the settings."""
    mine = SiteReferent.site_id == row.id
    if row.landlord_id is not None:
        mine |= SiteReferent.site_id.is_(None) & (SiteReferent.landlord_id == row.landlord_id)
    found = db.session.scalars(select(SiteReferent).where(mine).order_by(SiteReferent.since.desc())).all()
    order = list(known.referents)
    rows = sorted(found, key=lambda one: order.index(one.kind) if one.kind in order else len(order))
    return [(known.referents[one.kind].label if one.kind in order else one.kind, one) for one in rows]


def _cases(row: Site, actor: Actor) -> list[FollowedCase]:
    """Return the households followed there, to whoever sees cases."""
    if not actor.rights.may("dossiers.voir"):
        return []
    query = select(Case.reference, Case.opened_at, Case.priority).where(
        Case.site_id == row.id, Case.status == "open", *archives.shown(actor)
    )
    rows = db.session.execute(query.order_by(Case.opened_at.desc(), Case.reference).limit(MOST_CASES))
    return [FollowedCase(one.reference, one.opened_at, one.priority) for one in rows]


def _held(row: Site, actor: Actor) -> list[Followed]:
    """Return the processes of the site, what comes first, then the latest."""
    ids = db.session.scalars(select(SiteProcess.process_id).where(SiteProcess.site_id == row.id)).all()
    return sorted(
        network.of_processes(ids, actor), key=lambda one: one.day or one.started_at.date(), reverse=True
    )


def _people(held: Sequence[Followed]) -> list[tuple[str, int, str]]:
    """Return who came to the sessions of the site, by type, with the share of each (BAT-13)."""
    kinds: Counter[str] = Counter()
    for one in held:
        kinds.update(dict(one.known.people))
    total = sum(kinds.values())
    return [(label, number, share(number, total)) for label, number in kinds.most_common()]


def _ambassadors(row: Site, known: SiteWords) -> list[tuple[str, Ambassador]]:
    """Return who was trained there: those in office first, then those whose mandate has ended, nameless."""
    found = db.session.scalars(
        select(Ambassador).where(Ambassador.site_id == row.id).order_by(Ambassador.trained_on.desc())
    ).all()
    rows = sorted(found, key=lambda one: one.ended_on is not None)
    return [(known.ambassadors.get(one.kind, one.kind), one) for one in rows]
