"""What people change on the pages of sites: facts, classing, who answers for them (BAT-1, BAT-2, BAT-16)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.handlers.site_rows import zoning_of
from app.ids import new_id
from app.models import Ambassador, Partner, Site, SiteReferent, SiteZoning
from app.notifications.letter import is_address
from app.services import journal, releases, sites
from app.services.actors import Actor
from app.services.site_steps import end_mandate

ACT: Final = "sites.agir"
_LONGEST: Final = 120
_MOST: Final = 100_000


@dataclass(frozen=True)
class Facts:
    """What a person says of a site; ``dwellings`` is None when nobody knows."""

    name: str
    commune: str
    landlord_id: UUID | None
    landlord: str
    dwellings: int | None
    phase: str
    opened_on: date | None
    closed_on: date | None


@dataclass(frozen=True)
class Person:
    """Who answers for a site at its landlord's."""

    kind: str
    name: str
    title: str
    phone: str
    email: str
    since: date | None


def require(by: Actor) -> None:
    """See that somebody may change the sites; never for somebody limited to a structure.

    Raises:
        Forbidden: the role may not.
    """
    if not by.rights.may(ACT) or by.within is not None:
        raise Forbidden


def save(site_id: UUID | None, facts: Facts, *, version: int, by: Actor) -> UUID:
    """Enter a site, or change one; return its id.

    Raises:
        Forbidden: the role does not act on sites.
        NotFound: no such site, or the territory speaks of none.
        Invalid: a fact is missing or does not fit, by field.
        Conflict: somebody changed it meanwhile.
    """
    require(by)
    sites.words()
    problems = _problems(facts)
    if problems:
        raise Invalid(problems)
    with transaction() as session:
        row = _to_change(site_id, version) if site_id is not None else None
        if row is None:
            row = Site(id=new_id(), key=_free_key(facts.name), created_at=clock.now(), version=0)
            session.add(row)
        partner = session.get(Partner, facts.landlord_id) if facts.landlord_id is not None else None
        row.name, row.commune, row.phase = (
            " ".join(facts.name.split()),
            facts.commune or None,
            facts.phase or None,
        )
        row.landlord_id = facts.landlord_id
        row.landlord = facts.landlord.strip() or (partner.name if partner is not None else "")
        row.dwellings, row.opened_on, row.closed_on = facts.dwellings, facts.opened_on, facts.closed_on
        row.version += 1
        session.flush()
        _tell("site.modifie", by, row.id)
        return row.id


def _problems(facts: Facts) -> dict[str, list[str]]:
    settings, problems = releases.current().settings, dict[str, list[str]]()
    if not 1 <= len(facts.name.strip()) <= _LONGEST or not facts.name.isprintable():
        problems["nom"] = [f"Indiquez le nom du site, en {_LONGEST} caractères au plus."]
    if facts.commune and settings.commune(facts.commune) is None:
        problems["commune"] = ["Choisissez une commune de la liste."]
    known = facts.landlord_id is None or db.session.get(Partner, facts.landlord_id) is not None
    if not known:
        problems["structure"] = ["Choisissez un bailleur de l'annuaire, ou écrivez son nom."]
    if len(facts.landlord) > _LONGEST or not facts.landlord.isprintable():
        problems["bailleur"] = [f"Écrivez le nom sur une ligne, en {_LONGEST} caractères au plus."]
    if facts.dwellings is not None and not 1 <= facts.dwellings <= _MOST:
        problems["logements"] = ["Indiquez un nombre de logements, ou laissez la case vide."]
    if facts.phase and facts.phase not in sites.words().phases:
        problems["phase"] = ["Choisissez une phase de la liste."]
    if facts.opened_on and facts.closed_on and facts.closed_on < facts.opened_on:
        problems["clos"] = ["La clôture est avant l'ouverture. Corrigez l'une des deux dates."]
    return problems


def _free_key(name: str) -> str:
    """Return a key of its own for a site entered on the page: the files of the territory name it so."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:50] or "site"
    stem = stem if stem[0].isalpha() else f"site_{stem}"
    known = set(db.session.scalars(select(Site.key)))
    return next(key for key in (stem, *(f"{stem}_{n}" for n in range(2, _MOST))) if key not in known)


def classify(site_id: UUID, zoning: str, *, since: date | None, reason: str, version: int, by: Actor) -> None:
    """Class a site otherwise from a day on; what held before stays in its history (BAT-2).

    Raises:
        Forbidden, NotFound, Conflict: as ``save``.
        Invalid: no such class, no day, or the class it has already that day.
    """
    require(by)
    known = sites.words().zonings
    problems: dict[str, list[str]] = {}
    if zoning not in known:
        problems["zonage"] = ["Choisissez un classement de la liste."]
    if since is None:
        problems["depuis"] = ["Indiquez depuis quel jour ce classement vaut."]
    if not reason.strip() or len(reason) > 300:
        problems["motif"] = [
            "Dites pourquoi, en 300 caractères au plus : un décret, une décision, une correction."
        ]
    if problems or since is None:
        raise Invalid(problems)
    with transaction() as session:
        row = _to_change(site_id, version)
        past = list(session.scalars(select(SiteZoning).where(SiteZoning.site_id == row.id)))
        now = zoning_of(past, since)
        if now is not None and now.zoning == zoning:
            raise Invalid({"zonage": ["Le site est déjà classé ainsi ce jour-là. Rien à changer."]})
        session.add(
            SiteZoning(
                site_id=row.id, zoning=zoning, since=since, reason=" ".join(reason.split()), by=by.name,
                at=clock.now(),
            )
        )  # fmt: skip
        row.version += 1
        session.flush()
        _tell("site.classe", by, row.id, zonage=zoning, depuis=since.isoformat())


def name_referent(site_id: UUID, person: Person, *, version: int, by: Actor) -> None:
    """Say who answers for a site, or for all of its landlord; who did before is ended.

    Raises:
        Forbidden, NotFound, Conflict: as ``save``.
        Invalid: a fact is missing or does not fit.
    """
    require(by)
    kind = sites.words().referents.get(person.kind)
    problems = _misnamed(person, known=kind is not None)
    if problems or kind is None or person.since is None:
        raise Invalid(problems)
    with transaction() as session:
        row = _to_change(site_id, version)
        whole = kind.of == "bailleur" and row.landlord_id is not None
        query = select(SiteReferent).where(SiteReferent.kind == kind.id, SiteReferent.until.is_(None))
        query = query.where(
            SiteReferent.site_id.is_(None) & (SiteReferent.landlord_id == row.landlord_id)
            if whole
            else SiteReferent.site_id == row.id
        )
        for before in session.scalars(query):
            before.until = max(before.since, person.since - timedelta(days=1))
        new = SiteReferent(
            id=new_id(), kind=kind.id, site_id=None if whole else row.id,
            landlord_id=row.landlord_id if whole else None, name=" ".join(person.name.split()),
            title=person.title.strip(), phone=person.phone.strip(), email=person.email.strip(),
            since=person.since, by=by.name,
        )  # fmt: skip
        session.add(new)
        row.version += 1
        session.flush()
        _tell("site.referent", by, row.id, genre=kind.id)


def _misnamed(person: Person, *, known: bool) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if not known:
        problems["genre"] = ["Choisissez un genre de référent de la liste."]
    if not person.name.strip() or len(person.name) > _LONGEST or not person.name.isprintable():
        problems["nom"] = ["Indiquez son nom, sur une ligne."]
    if len(person.title) > _LONGEST or not person.title.isprintable():
        problems["fonction"] = ["Écrivez sa fonction sur une ligne."]
    if len(person.phone) > 40 or not person.phone.isprintable():
        problems["telephone"] = ["Écrivez le numéro sur une ligne."]
    if person.email.strip() and not is_address(person.email.strip()):
        problems["courriel"] = ["Indiquez une adresse de courriel, ou laissez la case vide."]
    if person.since is None:
        problems["debut"] = ["Indiquez depuis quel jour."]
    return problems


def end_referent(referent_id: UUID, *, by: Actor) -> None:
    """Say that somebody answers for it no more, from tomorrow on.

    Raises:
        Forbidden: the role does not act on sites.
        NotFound: nobody of that id, or no longer in charge.
    """
    require(by)
    with transaction() as session:
        row = session.scalar(select(SiteReferent).where(SiteReferent.id == referent_id).with_for_update())
        if row is None or row.until is not None:
            raise NotFound
        row.until = max(row.since, clock.today())
        session.flush()
        _tell("site.referent_fini", by, row.id)


def end_ambassador(ambassador_id: UUID, *, by: Actor) -> None:
    """End the mandate of an ambassador today: the name is erased, the training stays counted (LAW-5).

    Raises:
        Forbidden: the role does not act on sites.
        NotFound: nobody of that id, or the mandate has ended.
    """
    require(by)
    with transaction() as session:
        row = session.scalar(select(Ambassador).where(Ambassador.id == ambassador_id).with_for_update())
        if row is None or row.ended_on is not None:
            raise NotFound
        end_mandate(row)
        session.flush()
        _tell("ambassadeur.mandat", by, row.id)


def _to_change(site_id: UUID, version: int) -> Site:
    query = select(Site).where(Site.id == site_id).with_for_update(of=Site)
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.version != version:
        raise Conflict
    return row


def _tell(action: str, by: Actor, row_id: UUID, **details: Any) -> None:
    journal.write(action, actor=by.name, user_id=by.user_id, subject=str(row_id), details=details)
