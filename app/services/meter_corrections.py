"""A reading corrected or withdrawn on the page of its case, with a reason and its trace (BAT-7)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.ids import new_id
from app.models import Case, Reading
from app.services import archives, journal, meter_steps
from app.services.actors import Actor
from app.services.meter_view import ACT, NATURES

_MOST = Decimal(10) ** 12


@dataclass(frozen=True)
class Corrected:
    """A reading as it should be; ``nature``: a key of ``meter_view.NATURES``. None: not readable as typed."""

    on: date | None
    index: Decimal | None
    nature: str
    old_end: Decimal | None
    new_start: Decimal | None
    changed_on: date | None
    reason: str


def find(reading_id: UUID, actor: Actor) -> Reading:
    """Return a reading that the person may correct.

    Raises:
        Forbidden: not theirs to do, or of a class that they do not read.
        NotFound: no such reading of a case that they may see.
    """
    if not actor.rights.may(ACT) or actor.rights.by_share_alone:
        raise Forbidden
    row = db.session.scalar(select(Reading).where(Reading.id == reading_id))
    if row is None:
        raise NotFound
    archives.guard(row.case_id, actor)
    if row.classe not in actor.rights.read:
        raise Forbidden
    return row


def reference_of(case_id: UUID) -> str:
    """Return the reference of the case of a reading."""
    return db.session.scalars(select(Case.reference).where(Case.id == case_id)).one()


def correct(reading_id: UUID, said: Corrected, *, by: Actor) -> UUID:
    """Put a reading in place of another, whose row stays; return its case.

    Raises:
        Forbidden: not theirs to do.
        NotFound: no such reading.
        Conflict: somebody corrected it meanwhile.
        Invalid: by field, what cannot be kept.
    """
    problems = _problems(said)
    if problems:
        raise Invalid(problems)
    with transaction():
        row = find(reading_id, by)
        if row.replaced_at is not None:
            raise Conflict
        replaced = said.nature == "remplace"
        new = Reading(
            id=new_id(), case_id=row.case_id, process_id=row.process_id, dial=row.dial, on=said.on,
            index=said.index, estimated=said.nature == "estime",
            change=said.nature if said.nature in {"remplace", "tour"} else "",
            old_end=said.old_end if replaced else None,
            new_start=(said.new_start or Decimal(0)) if replaced else None,
            changed_on=said.changed_on if replaced else None,
            classe=row.classe, by=by.name, user_id=by.user_id, at=clock.now(),
        )  # fmt: skip
        meter_steps.retire(row, clock.now(), said.reason)
        db.session.flush()
        meter_steps.keep(new, reason=said.reason)
        return row.case_id


def withdraw(reading_id: UUID, reason: str, *, by: Actor) -> UUID:
    """Take a reading out of what counts; its row stays with the reason. Returns its case.

    Raises:
        Forbidden: not theirs to do.
        NotFound: no such reading.
        Conflict: it is out already.
        Invalid: no reason is given.
    """
    if not reason.strip():
        raise Invalid({"motif": ["Dites pourquoi ce relevé ne compte pas : il reste lisible."]})
    with transaction():
        row = find(reading_id, by)
        if row.replaced_at is not None:
            raise Conflict
        meter_steps.retire(row, clock.now(), reason.strip())
        journal.write(
            "releve.retire", actor=by.name, user_id=by.user_id, case_id=row.case_id,
            process_id=row.process_id, subject=str(row.id), details={"compteur": row.dial},
        )  # fmt: skip
        return row.case_id


def _problems(said: Corrected) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if said.on is None or said.on > clock.today():
        problems["le"] = ["Indiquez le jour du relevé, aujourd'hui au plus tard."]
    if said.index is None or not _shown(said.index):
        problems["index"] = ["Écrivez l'index, comme 12345 ou 12345,678."]
    if said.nature not in NATURES:
        problems["nature"] = ["Choisissez comment cet index a été obtenu."]
    for name, value in (("ancien_fin", said.old_end), ("nouveau_debut", said.new_start)):
        if value is not None and not _shown(value):
            problems[name] = ["Écrivez un index, comme 12345 ou 12345,678."]
    if not said.reason:
        problems["motif"] = ["Dites pourquoi ce relevé change : l'ancien reste lisible."]
    return problems


def _shown(value: Decimal) -> bool:
    return 0 <= value < _MOST and value == value.quantize(Decimal("0.001"))
