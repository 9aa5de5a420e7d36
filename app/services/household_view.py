"""What a person sees of a household's rights: no answer, only dates and what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select

from app.access import CLASSES
from app.database import db
from app.errors import NotFound
from app.models import Case, JournalLine
from app.services import archives
from app.services.actors import Actor
from app.services.inbox import full_name

_TOLD: Final = {
    "dossier.remis": "Données remises au ménage",
    "accord.retire": "Accord retiré",
    "accord.donne": "Accord donné",
    "dossier.conserve": "Conservation demandée",
    "dossier.conservation_levee": "Conservation levée",
    "dossier.archive": "Dossier archivé",
    "dossier.efface": "Dossier effacé",
}


@dataclass(frozen=True)
class Told:
    """Something done about a household's rights."""

    text: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class HouseholdRights:
    """Where a household's rights stand; of an erased case only the reference and the dates are left.

    ``household`` is None for whoever opens no case."""

    reference: str
    household: str | None
    open: bool
    agreed: str
    withdrawn_on: date | None
    keep_until: date | None
    archived_at: datetime | None
    erased_at: datetime | None
    hold_until: date | None
    hold_reason: str | None
    reads_all: bool
    done: Sequence[Told]


def rights_of(reference: str, actor: Actor) -> HouseholdRights:
    """Return where the rights of a household stand.

    Raises:
        NotFound: no such case in the territory.
        Archived: it is in the archive and this person has no access to it.
    """
    case = db.session.scalar(select(Case).where(Case.reference == reference))
    if case is None:
        raise NotFound
    if case.erased_at is None:
        archives.guard(case.id, actor)
    lines = db.session.scalars(
        select(JournalLine)
        .where(JournalLine.case_id == case.id, JournalLine.action.in_(sorted(_TOLD)))
        .order_by(JournalLine.number.desc())
    )
    named = case.erased_at is None and actor.rights.may("dossiers.voir")
    return HouseholdRights(
        reference=case.reference,
        household=full_name(case.household) if named else None,
        open=case.status == "open",
        agreed=str(case.agreement.get("etat", "")).replace("_", " "),
        withdrawn_on=case.agreement_withdrawn_on,
        keep_until=case.keep_until,
        archived_at=case.archived_at,
        erased_at=case.erased_at,
        hold_until=case.hold_until,
        hold_reason=case.hold_reason,
        reads_all=actor.rights.read >= set(CLASSES),
        done=[Told(_TOLD[line.action], line.actor, line.at) for line in lines],
    )
