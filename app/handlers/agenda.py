"""Which situations come to a meeting, in which order, and where each stands: no name, no address (CAR-11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from app import clock
from app.database import db
from app.expressions.calendar import midnight
from app.handlers.partners import FINAL
from app.models import Case, Orientation, ProcessInstance, ReviewItem, Task

STATUS_WORDS = {
    "proposee": "proposée",
    "transmise": "transmise",
    "acceptee": "acceptée",
    "refusee": "refusée",
    "en_cours": "en cours",
    "realisee": "réalisée",
    "abandonnee": "abandonnée",
    "expiree": "expirée",
}
"""How a state of an orientation is said on screen (F4)."""
LAST = "~"
"""Sorts after every priority that a table may give."""


@dataclass(frozen=True)
class Criteria:
    """What narrows an agenda: priorities, a process that runs for the case, the day it was opened."""

    priorities: tuple[str, ...] = ()
    process: str | None = None
    since: date | None = None

    def kept(self) -> dict[str, Any]:
        """Return it as plain values, to be kept with the meeting."""
        return {
            "priorites": list(self.priorities),
            "processus": self.process,
            "depuis": self.since.isoformat() if self.since else None,
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Criteria":
        """Return what ``kept`` gave."""
        since = kept.get("depuis")
        return cls(
            priorities=tuple(kept.get("priorites") or ()),
            process=kept.get("processus"),
            since=date.fromisoformat(since) if since else None,
        )

    def cases(self) -> Select[Case]:
        """Return the statement that finds the open cases which fit."""
        query = select(Case).where(Case.status == "open")
        if self.priorities:
            query = query.where(Case.priority.in_(self.priorities))
        if self.process:
            runs = select(ProcessInstance.case_id).where(
                ProcessInstance.process == self.process, ProcessInstance.status == "running"
            )
            query = query.where(Case.id.in_(runs))
        if self.since:
            query = query.where(Case.opened_at >= midnight(self.since))
        return query


def open_situations(criteria: Criteria, process_id: UUID) -> list[Case]:
    """Return the open cases that fit, with those the last meetings of the series put off."""
    fitting = criteria.cases().with_only_columns(Case.id)
    query = select(Case).where(
        Case.status == "open", or_(Case.id.in_(fitting), Case.id.in_(postponed(process_id)))
    )
    return list(db.session.scalars(query))


def postponed(process_id: UUID) -> list[UUID]:
    """Return the cases that the last meeting of the same series had no time for."""
    last: dict[UUID, bool] = {}
    for item in earlier_items(process_id, None):
        last[item.case_id] = item.postponed
    return [case_id for case_id, put_off in last.items() if put_off]


def earlier_items(process_id: UUID, case_ids: Sequence[UUID] | None) -> list[ReviewItem]:
    """Return what earlier meetings of the same series wrote of these cases (None: of all), oldest first."""
    series = select(ProcessInstance.process).where(ProcessInstance.id == process_id).scalar_subquery()
    query = (
        select(ReviewItem)
        .join(ProcessInstance, ProcessInstance.id == ReviewItem.process_id)
        .where(ProcessInstance.process == series, ReviewItem.process_id != process_id)
        .where(or_(ReviewItem.decision.is_not(None), ReviewItem.postponed))
        .order_by(ReviewItem.listed_at)
    )
    return list(
        db.session.scalars(query if case_ids is None else query.where(ReviewItem.case_id.in_(case_ids)))
    )


def in_order(cases: Sequence[Case], late: frozenset[UUID]) -> list[Case]:
    """Return cases as a meeting takes them: late partners first, then the urgent ones, then the oldest."""
    return sorted(cases, key=lambda case: (case.id not in late, case.priority or LAST, case.opened_at))


@dataclass
class Standing:
    """Where a case stands, as the agenda says it: its open steps, its partners and the state of each."""

    steps: list[str] = field(default_factory=list)
    partners: list[str] = field(default_factory=list)
    late: bool = False

    @property
    def step(self) -> str:
        """The open steps in a phrase."""
        return ", ".join(dict.fromkeys(self.steps)) or "attend la décision de la revue"

    @property
    def partner(self) -> str:
        """The partners in a phrase."""
        return ", ".join(self.partners)


def standings(case_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """Return where each case stands, in two reads whatever their number.

    A partner is late when the day asked of it is past, or the step that waits for it overdue.
    """
    found = {case_id: Standing() for case_id in case_ids}
    now, overdue = clock.now(), set()
    steps = db.session.execute(
        select(Task.case_id, Task.name, Task.scope, Task.due_at, Task.active)
        .where(Task.case_id.in_(case_ids), Task.status == "open")
        .order_by(Task.entered_at)
    )
    for row in steps:
        found[row.case_id].steps.append(row.name)
        if row.scope is not None and row.active and row.due_at is not None and row.due_at <= now:
            overdue.add(row.scope)
    asked = db.session.scalars(
        select(Orientation).where(Orientation.case_id.in_(case_ids)).order_by(Orientation.created_at)
    )
    for orientation in asked:
        standing = found[orientation.case_id]
        late = is_late(orientation, now) or (
            orientation.status not in FINAL and str(orientation.id) in overdue
        )
        words = f"{orientation.partner.name} : {STATUS_WORDS[orientation.status]}"
        standing.partners.append(f"{words}, en retard" if late else words)
        standing.late |= late
    return found


def is_late(orientation: Orientation, now: datetime) -> bool:
    """Whether the day asked of a partner is past and its part is not done."""
    due = orientation.due_on
    return orientation.status not in FINAL and due is not None and due < now.astimezone(clock.PARIS).date()


def situation(case: Case, standing: Standing, rank: int) -> dict[str, str | bool | int]:
    """Return a situation as a row of the meeting's form reads it (``ligne``), and as a choice names it."""
    commune = case.dwelling.commune or ""
    return {
        "reference": case.reference,
        "commune": commune,
        "priorite": case.priority or "",
        "etape": standing.step,
        "orientations": standing.partner,
        "en_attente": not standing.steps,
        "en_retard": standing.late,
        "rang": rank,
        "valeur": case.reference,
        "libelle": f"{case.reference}, {commune}" if commune else case.reference,
    }
