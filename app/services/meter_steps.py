"""Carries out what verbs of meters asked for, inside the step's transaction (BAT-7)."""

from datetime import datetime
from functools import singledispatch
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db
from app.errors import Conflict
from app.handlers.meter_effects import KeepReading, OnMeter, SetBaseline
from app.ids import new_id
from app.models import Baseline, ProcessInstance, Reading
from app.services import journal

SAID: Final = ("index", "estimated", "change", "old_end", "new_start", "changed_on", "classe")
"""What a reading says; two that say the same are one."""


def apply(effect: OnMeter, process: ProcessInstance, *, by: tuple[str, UUID | None]) -> None:
    """Store a reading or a baseline.

    Raises:
        Conflict: the process has no case.
    """
    if process.case_id is None:
        raise Conflict
    _store(effect, process.case_id, process, by)


@singledispatch
def _store(effect: object, case_id: UUID, process: ProcessInstance, by: tuple[str, UUID | None]) -> None:
    raise TypeError(f"no way to store {type(effect).__name__} of {case_id}, {process.process}, {by}")


@_store.register
def _(effect: KeepReading, case_id: UUID, process: ProcessInstance, by: tuple[str, UUID | None]) -> None:
    author, user_id = by
    row = Reading(
        id=effect.id, case_id=case_id, process_id=process.id, dial=effect.dial, on=effect.on,
        **{name: getattr(effect, name) for name in SAID}, by=author, user_id=user_id, at=clock.now(),
    )  # fmt: skip
    keep(row, reason="")


@_store.register
def _(effect: SetBaseline, case_id: UUID, process: ProcessInstance, by: tuple[str, UUID | None]) -> None:
    author, user_id = by
    now = clock.now()
    dials = {line.dial for line in effect.bills}
    for row in db.session.scalars(
        select(Baseline).where(
            Baseline.case_id == case_id, Baseline.dial.in_(dials), Baseline.replaced_at.is_(None)
        )
    ):
        row.replaced_at = now
    db.session.add_all(
        Baseline(
            id=new_id(), case_id=case_id, process_id=process.id, dial=line.dial, starts_on=line.starts_on,
            ends_on=line.ends_on, quantity=line.quantity, converted=line.converted, heating=line.heating,
            source=effect.source, classe=effect.classe, by=author, user_id=user_id, at=now,
        )
        for line in effect.bills
    )  # fmt: skip
    journal.write(
        "consommation.reference", actor=author, user_id=user_id, case_id=case_id, process_id=process.id,
        details={"lignes": len(effect.bills), "source": effect.source},
    )  # fmt: skip


def keep(row: Reading, *, reason: str) -> Reading:
    """Store a reading in place of that of its dial and day, whose trace stays; the same changes nothing.

    Returns the row that now holds.
    """
    before = current(row.case_id, row.dial, row.on)
    if before is not None and all(getattr(before, name) == getattr(row, name) for name in SAID):
        return before
    if before is not None:
        retire(before, clock.now(), reason)
    db.session.add(row)
    journal.write(
        "releve.enregistre" if before is None else "releve.corrige", actor=row.by, user_id=row.user_id,
        case_id=row.case_id, process_id=row.process_id, subject=str(row.id),
        details={"compteur": row.dial, "le": row.on.isoformat()},
    )  # fmt: skip
    return row


def current(case_id: UUID, dial: str, on: object) -> Reading | None:
    """Return the reading that counts for a dial on a day."""
    return db.session.scalar(
        select(Reading).where(
            Reading.case_id == case_id, Reading.dial == dial, Reading.on == on, Reading.replaced_at.is_(None)
        )
    )


def retire(row: Reading, at: datetime, reason: str) -> None:
    """Take a reading out of what counts; its row stays, with the reason."""
    row.replaced_at, row.reason = at, reason
