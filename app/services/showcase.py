"""What a network shows to everybody: what it is, who can help, what comes next, what it published (ANG-6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Final
from uuid import UUID

from flask import current_app
from markupsafe import Markup
from sqlalchemy import select

from app import clock, tenancy
from app.catalog.network_rooms import Showcase
from app.catalog.places import Contact
from app.config import Settings
from app.database import db, end_read
from app.documents import Brand, bullets, pdf, render_html
from app.errors import NotFound
from app.models import Gathering, PublicPaper, Territory
from app.services import directory, directory_sheets, live, logos, releases
from app.services.directory_sheets import Sheet

SIZES: Final = {"a5": "A5", "a4": "A4"}
PAPERS: Final = 12
_STYLES: Final = {
    "a5": (
        "@page { size: A5; margin: 10mm 12mm; } html { font-size: 10.5pt; } .tete { margin-bottom: 4mm; } "
        "h1 { font-size: 21pt; margin-bottom: 3mm; } h2 { font-size: 13pt; } p { margin-bottom: 2mm; } "
        ".telephone { padding: 2mm 4mm; margin: 4mm 0 3mm; } .telephone strong { font-size: 25pt; } "
        ".discret { font-size: 8.5pt; }"
    ),
    "a4": "@page { size: A4; } html { font-size: 14.5pt; } h2 { font-size: 19pt; }",
}
_BODY: Final = """
<p><strong>{{ accroche }}</strong></p>
{{ texte }}
<div class="ensemble"><h2>Ce que nous pouvons faire</h2>{{ besoins }}</div>
<div class="ensemble"><p class="telephone" data-si="{{ telephone }}">Appelez-nous
<strong>{{ telephone }}</strong>
<span class="discret" data-si="{{ horaires }}">{{ horaires }}</span></p>
<p>{{ contact }}</p>
<p class="discret">{{ adresse }}</p></div>
"""


@dataclass(frozen=True)
class Group:
    """The structures of one kind that agreed to be named."""

    label: str
    rows: Sequence[Sheet]


@dataclass(frozen=True)
class Coming:
    """A gathering open to registration; ``token`` ends its public address."""

    title: str
    day: date
    hour: str
    place: str
    token: str


@dataclass(frozen=True)
class Paper:
    """A published paper."""

    id: UUID
    title: str
    about: str
    published_on: date


@dataclass(frozen=True)
class Shown:
    """The public page."""

    words: Showcase
    needs: Sequence[str]
    groups: Sequence[Group]
    coming: Sequence[Coming]
    papers: Sequence[Paper]
    contact: Contact


def words() -> Showcase:
    """Return ``[vitrine]``.

    Raises:
        NotFound: the territory shows nothing to everybody.
    """
    found = releases.current().settings.rooms.showcase
    if found is None:
        raise NotFound
    return found


def shown() -> Shown:
    """Return the public page: nothing that a structure did not agree to, no person, no household.

    Raises:
        NotFound: as ``words``.
    """
    settings = releases.current().settings
    named = [
        one for one in directory_sheets.sheets()
        if one.partner.active and one.row is not None and one.row.named
    ]  # fmt: skip
    groups = [
        Group(kind.label, [one for one in named if one.partner.kind == kind.id])
        for kind in settings.partner_kinds.values()
    ]
    return Shown(
        words=words(),
        needs=list(directory.needs_of(settings.directory).values()),
        groups=[group for group in groups if group.rows],
        coming=_coming(),
        papers=_papers(),
        contact=live.contact(settings),
    )


def _coming() -> list[Coming]:
    today = clock.today()
    rows = db.session.scalars(
        select(Gathering)
        .where(Gathering.status == "ouverte", Gathering.day >= today, Gathering.closes_on >= today)
        .order_by(Gathering.day)
    )
    return [Coming(row.title, row.day, row.hour, row.place, row.token) for row in rows]


def _papers() -> list[Paper]:
    rows = db.session.scalars(
        select(PublicPaper).where(PublicPaper.withdrawn_at.is_(None))
        .order_by(PublicPaper.published_at.desc()).limit(PAPERS)
    )  # fmt: skip
    return [
        Paper(row.id, row.title, row.about, row.published_at.astimezone(clock.PARIS).date()) for row in rows
    ]


def flyer(key: str, size: str) -> bytes:
    """Return a flyer to print, as a PDF.

    Args:
        key: one of ``[vitrine.depliants]``.
        size: one of ``SIZES``.

    Raises:
        DocumentFault: it could not be laid out.
        NotFound: no such flyer, or no such size.
    """
    known = words()
    if key not in known.flyers or size not in SIZES:
        raise NotFound
    page = flyer_html(known, known.flyers[key], size)
    end_read()  # laying out takes a second: nothing of the database waits for it
    return _laid_out(sha256(page.encode()).hexdigest(), page)


def flyer_html(known: Showcase, audience: str, size: str) -> str:
    """Return a flyer as a page."""
    territory = db.session.get_one(Territory, tenancy.current_id())
    settings = releases.current().settings
    contact = live.contact(settings)
    server: Settings = current_app.config["RELAIS_SETTINGS"]
    facts: Mapping[str, object] = {
        "accroche": known.lead,
        "texte": Markup("").join(
            Markup("<p>{}</p>").format(part.strip()) for part in known.text.split("\n\n") if part.strip()
        ),
        "besoins": bullets(list(directory.needs_of(settings.directory).values())),
        "telephone": contact.telephone or "",
        "horaires": contact.hours,
        "contact": ", ".join(line for line in (contact.service, contact.address, contact.email) if line),
        "adresse": f"{server.base_url}/t/{territory.code}/reseau-public",
    }
    brand = Brand(name=f"{territory.name} · {audience}", logo_png=logos.png())
    body = f"<style>{_STYLES[size]}</style>{_BODY}"
    return render_html(body, facts, title=known.title, layout="guide", brand=brand)


@lru_cache(maxsize=16)
def _laid_out(digest: str, page: str) -> bytes:
    """Lay a page out once: anybody may ask for a flyer, as often as they like."""
    del digest
    return pdf(page)
