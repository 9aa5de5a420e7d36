"""What holds a balance back: a report late or missing, a promise that was broken and not mended (AST-10)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import or_, select

from app import clock
from app.catalog.money import Nature
from app.catalog.service_done import last_day, served_amount
from app.database import db
from app.expressions.calendar import midnight
from app.models import Breach, Case, Commitment, Task
from app.services import releases

Kind = Literal["retard", "manque", "manquement"]
_WORDS: Final = {"retard": "Rapport en retard", "manque": "Rapport manquant", "manquement": "Manquement"}


@dataclass(frozen=True)
class Block:
    """One thing that holds the balance back, in a case, since a day."""

    kind: Kind
    words: str
    since: date
    case_id: UUID
    case_reference: str

    @property
    def label(self) -> str:
        """Its kind in words."""
        return _WORDS[self.kind]


def blocks(commitments: Sequence[Commitment], on: date) -> list[Block]:
    """Return what held the balance of these commitments back at the end of a day, the oldest first."""
    asked = {row.case_id for row in commitments if row.case_id is not None}
    rows = db.session.execute(select(Case.id, Case.reference).where(Case.id.in_(asked))).all()
    references = {row.id: row.reference for row in rows}
    end = min(midnight(on + timedelta(days=1)), clock.now())
    found = [
        *_late(references, end),
        *_missing(commitments, references, on, end),
        *_broken(references, end),
    ]
    return sorted(found, key=lambda block: (block.since, block.case_reference, block.words))


def _late(references: dict[UUID, str], end: datetime) -> Iterator[Block]:
    """Yield the reports that were asked for, due, and not given by then."""
    forms = releases.current().settings.money.reports
    query = select(Task.case_id, Task.name, Task.due_at).where(
        Task.case_id.in_(references),
        Task.form.in_(forms),
        Task.due_at <= end,
        or_(Task.status == "open", (Task.status == "done") & (Task.completed_at > end)),
    )
    for row in db.session.execute(query.order_by(Task.due_at)):
        day = row.due_at.astimezone(clock.PARIS).date()
        yield Block("retard", row.name, day, row.case_id, references[row.case_id])


def _missing(
    commitments: Sequence[Commitment], references: dict[UUID, str], on: date, end: datetime
) -> Iterator[Block]:
    """Yield the reports that must be there once the service has ended; one of the forms named is enough."""
    current = releases.current()
    given = db.session.execute(  # the step outlives its answers, when a household is forgotten
        select(Task.case_id, Task.form).where(
            Task.case_id.in_(references), Task.status == "done", Task.completed_at <= end
        )
    )
    known = {(row.case_id, row.form) for row in given}
    for row in commitments:
        nature: Nature | None = current.settings.money.natures.get(row.nature)
        over = row.ended_on or last_day(row)
        if nature is None or not nature.final_reports or row.case_id is None or over is None or over > on:
            continue
        if not served_amount(row, on):
            continue  # it never began: nothing is to be reported
        if not any((row.case_id, form) in known for form in nature.final_reports):
            titles = [current.forms[form].title for form in nature.final_reports if form in current.forms]
            words = f"{' ou '.join(titles)} : à rendre, le service est terminé"
            yield Block("manque", words, over, row.case_id, references[row.case_id])


def _broken(references: dict[UUID, str], end: datetime) -> Iterator[Block]:
    query = select(Breach).where(
        Breach.case_id.in_(references),
        Breach.recorded_at <= end,
        or_(Breach.status == "open", Breach.settled_at > end),
    )
    for row in db.session.scalars(query.order_by(Breach.recorded_at)):
        if row.case_id is not None:
            day = row.recorded_at.astimezone(clock.PARIS).date()
            yield Block("manquement", row.name, day, row.case_id, references[row.case_id])
