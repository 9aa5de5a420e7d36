"""Releases that a territory offers to the others, and what others may read of it: the programme alone.

Reading another territory's offer is one of the few reads without a territory (``tenancy.unscoped``): its
code, its name, the number, the words and the files of the release. Never a household, an account, a partner.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select

from app import clock, tenancy
from app.database import db, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.ids import new_id
from app.models import Release, ReleaseOffer, Territory
from app.services import journal
from app.services.actors import Actor

RIGHT: Final = "territoires.ouvrir"
WORDS: Final = 500
"""Characters that a territory may say of a release it offers."""


@dataclass(frozen=True)
class OwnRelease:
    """A release of the territory being served, offered to the others or not."""

    number: int
    published_at: datetime
    note: str
    words: str
    offered_at: datetime | None


@dataclass(frozen=True)
class Offered:
    """A release that some territory offers: who, which, what they say of it."""

    territory: str
    name: str
    number: int
    fingerprint: str
    published_at: datetime
    note: str
    words: str
    offered_at: datetime


@dataclass(frozen=True)
class Upstream:
    """A release of another territory with its files, as a merge or an opening reads them."""

    territory: str
    name: str
    number: int
    fingerprint: str
    files: Mapping[str, bytes]
    lineage: list[Any]
    proof: Mapping[str, Any]


def require(by: Actor) -> None:
    """Refuse whoever may not open territories, offer or pull.

    Raises:
        Forbidden: so it is.
    """
    if by.kind != "system" and (not by.rights.may(RIGHT) or by.within is not None):
        raise Forbidden


def own() -> list[OwnRelease]:
    """Return the releases of the territory being served, the newest first, with what is offered."""
    offers = {row.release_id: row for row in db.session.scalars(select(ReleaseOffer))}
    rows = db.session.execute(
        select(Release.id, Release.number, Release.published_at, Release.note).order_by(Release.number.desc())
    )
    found = []
    for row in rows:
        offer = offers.get(row.id)
        live = offer is not None and offer.withdrawn_at is None
        found.append(
            OwnRelease(
                number=row.number,
                published_at=row.published_at,
                note=row.note,
                words=offer.words if offer is not None else "",
                offered_at=offer.offered_at if offer is not None and live else None,
            )
        )
    return found


def offer(number: int, words: str, *, by: Actor) -> None:
    """Offer a release to the other territories, or change what is said of it.

    Raises:
        Forbidden: as ``require``.
        NotFound: no such release here.
        Invalid: the words are too many, or hold what does not print.
    """
    require(by)
    said = " ".join(words.split())
    if len(said) > WORDS or not said.isprintable():
        raise Invalid({"mots": [f"Écrivez {WORDS} signes au plus, sur une ligne."]})
    with transaction() as session:
        release = _release(number)
        row = session.scalar(select(ReleaseOffer).where(ReleaseOffer.release_id == release.id))
        if row is None:
            row = ReleaseOffer(id=new_id(), release_id=release.id, by=by.name, offered_at=clock.now())
            session.add(row)
        elif row.withdrawn_at is not None:
            row.offered_at = clock.now()
        row.words, row.by, row.user_id, row.withdrawn_at = said, by.name, by.user_id, None
        journal.write(
            "version.offerte",
            actor=by.name,
            user_id=by.user_id,
            subject=str(release.id),
            details={"version": number},
        )


def withdraw(number: int, *, by: Actor) -> None:
    """Offer a release no more; what was taken from it stays where it is.

    Raises:
        Forbidden: as ``require``.
        NotFound: no such release here, or it is not offered.
    """
    require(by)
    with transaction() as session:
        release = _release(number)
        row = session.scalar(select(ReleaseOffer).where(ReleaseOffer.release_id == release.id))
        if row is None:
            raise NotFound
        if row.withdrawn_at is None:
            row.withdrawn_at = clock.now()
            journal.write(
                "version.retiree",
                actor=by.name,
                user_id=by.user_id,
                subject=str(release.id),
                details={"version": number},
            )


def _release(number: int) -> Release:
    found = db.session.scalar(select(Release).where(Release.number == number))
    if found is None:
        raise NotFound
    return found


def listing(territory: str | None = None) -> list[Offered]:
    """Return what is offered, here and elsewhere: by name of territory, the newest first."""
    wanted = _offered().order_by(Territory.name, Release.number.desc())
    if territory is not None:
        wanted = wanted.where(Territory.code == territory)
    with tenancy.unscoped("offers"):
        rows = db.session.execute(wanted).all()
    return [Offered(*row) for row in rows]


def opened(territory: str, number: int) -> Upstream:
    """Return an offered release with its files.

    Raises:
        NotFound: it is not offered, or no more.
    """
    if not any(found.number == number for found in listing(territory)):
        raise NotFound
    return release_of(territory, number)


def _offered() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Territory.code, Territory.name, Release.number, Release.fingerprint, Release.published_at,
            Release.note, ReleaseOffer.words, ReleaseOffer.offered_at,
        )
        .join(Release, Release.id == ReleaseOffer.release_id)
        .join(Territory, Territory.id == ReleaseOffer.territory_id)
        .where(ReleaseOffer.withdrawn_at.is_(None))
    )  # fmt: skip


def release_of(territory: str, number: int) -> Upstream:
    """Return a release of another territory, offered or not: for the command line, and for what one holds.

    Raises:
        NotFound: no such territory, or no such release of it.
    """
    with tenancy.unscoped("offers"):
        row = db.session.execute(
            select(Territory, Release)
            .join(Release, Release.territory_id == Territory.id)
            .where(Territory.code == territory, Release.number == number)
        ).first()
        if row is None:
            raise NotFound
        owner, release = row
        return Upstream(
            territory=owner.code,
            name=owner.name,
            number=release.number,
            fingerprint=release.fingerprint,
            files={name: str(text).encode() for name, text in release.files.items()},
            lineage=list(owner.lineage),
            proof=dict(release.proof),
        )


def newest_of(territory: str) -> int | None:
    """Return the number of the newest release of a territory, None when it is not here."""
    with tenancy.unscoped("offers"):
        found: int | None = db.session.scalar(
            select(Release.number)
            .join(Territory, Territory.id == Release.territory_id)
            .where(Territory.code == territory)
            .order_by(Release.number.desc())
            .limit(1)
        )
    return found
