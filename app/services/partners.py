"""The directory of partners: found by kind and INSEE commune (CAR-9)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.database import db, transaction
from app.errors import Invalid, NotFound
from app.models import Case, Partner
from app.notifications.letter import is_address
from app.services import directory, journal, releases
from app.services.actors import Actor
from app.services.releases import LoadedRelease

LONGEST: Final = 300
"""Characters of an address, or of a note."""


def listing(*, kind: str = "", insee: str = "") -> list[Partner]:
    """Return the directory, narrowed to a kind and a commune."""
    query = select(Partner).order_by(Partner.kind, Partner.name)
    if kind:
        query = query.where(Partner.kind == kind)
    rows = db.session.scalars(query)
    return [row for row in rows if not insee or not row.communes or insee in row.communes]


def name_of(partner_id: UUID) -> str:
    """Return the name of a structure of the directory; empty when it is not there."""
    return db.session.scalar(select(Partner.name).where(Partner.id == partner_id)) or ""


def directory_options(
    case_id: UUID, answers: Mapping[str, Mapping[str, Any]] | None = None
) -> list[dict[str, str]]:
    """Return the choices of a form for this case: those that cover its commune, the fittest first (ANG-5).

    ``answers``: ``{form: {field: value}}`` of the classes that whoever chooses may read.
    """
    case = db.session.scalars(select(Case).where(Case.id == case_id)).one()
    return directory.choices(directory.asked_for(case.dwelling.tenure, answers or {}, case.dwelling.insee))


def save(partner_id: UUID | None, facts: dict[str, Any], *, by: Actor) -> UUID:
    """Add a partner, or change one.

    Raises:
        Invalid: a fact is missing; keyed by field.
        NotFound: no such partner here.
    """
    release = releases.current()
    problems = _problems(facts, release)
    if problems:
        raise Invalid(problems)
    with transaction() as session:
        row = (
            Partner()
            if partner_id is None
            else session.scalar(select(Partner).where(Partner.id == partner_id))
        )
        if row is None:
            raise NotFound
        row.kind, row.name, row.email = facts["genre"], facts["nom"].strip(), facts["courriel"].strip()
        row.phone = (facts.get("telephone") or "").strip() or None
        row.communes = list(facts.get("communes") or [])
        row.active = bool(facts.get("actif", True))
        row.address = " ".join((facts.get("adresse") or "").split())[:LONGEST]
        row.note = " ".join((facts.get("note") or "").split())[:LONGEST]
        session.add(row)
        session.flush()
        journal.write("annuaire.modifie", actor=by.name, user_id=by.user_id, subject=str(row.id))
        return row.id


def _problems(facts: dict[str, Any], release: LoadedRelease) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if facts.get("genre") not in release.settings.partner_kinds:
        problems["genre"] = ["Choisissez le genre de partenaire dans la liste."]
    name = (facts.get("nom") or "").strip()
    if not name or not name.isprintable():
        problems["nom"] = ["Indiquez le nom de la structure, sur une ligne."]
    if not (facts.get("telephone") or "").strip().isprintable():
        problems["telephone"] = ["Écrivez le numéro sur une ligne."]
    if not is_address((facts.get("courriel") or "").strip()):
        problems["courriel"] = ["Indiquez une adresse de courriel, par exemple accueil@structure.fr."]
    known: Sequence[str] = [commune.insee for commune in release.settings.communes]
    if any(insee not in known for insee in facts.get("communes") or []):
        problems["communes"] = ["Choisissez les communes dans la liste du territoire."]
    return problems
