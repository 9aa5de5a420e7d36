"""The report of ALL open situations to the meeting's coordinator, without a name (CAR-10, LAW-1)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.database import db
from app.handlers.agenda import in_order, standings
from app.models import Case, ProcessInstance, Task, Timer
from app.services import network
from app.services.actors import Actor
from app.services.windows import last_day

HEADERS: Final = (
    "Dossier", "Commune", "Priorité", "Ouvert le", "Où il en est", "Partenaires", "Partenaire en retard",
    "Dernière étape faite", "Faite le", "Prochaine échéance", "En retard",
)  # fmt: skip


@dataclass(frozen=True)
class Situation:
    """One open case, wherever it stands."""

    reference: str
    commune: str
    priority: str
    opened_on: date
    step: str
    partners: str
    late_partner: bool
    last_step: str
    last_on: date | None
    next_on: date | None
    late: bool


def situations(actor: Actor) -> list[Situation]:
    """Return every open case, late partners first.

    Raises:
        Forbidden: the role does not see the network.
    """
    network.require(actor)
    return every_open_case()


def every_open_case() -> list[Situation]:
    """Return every open case, whatever step it is at, even when nothing of it runs any more."""
    cases = list(db.session.scalars(select(Case).where(Case.status == "open")))
    standing = standings([case.id for case in cases])
    last, upcoming = _last_steps(), _deadlines()
    late = frozenset(case_id for case_id, one in standing.items() if one.late)
    today = clock.today()
    found = []
    for case in in_order(cases, late):
        one = standing[case.id]
        name, at = last.get(case.id, ("Signalement reçu", case.opened_at))
        due = last_day(upcoming[case.id]) if case.id in upcoming else None
        found.append(
            Situation(
                reference=case.reference,
                commune=case.dwelling.commune or "",
                priority=case.priority or "",
                opened_on=_day(case.opened_at) or today,
                step=one.step,
                partners=one.partner,
                late_partner=one.late,
                last_step=name,
                last_on=_day(at),
                next_on=due,
                late=due is not None and due < today,
            )
        )
    return found


def report_facts(process: ProcessInstance) -> dict[str, Any]:
    """Return what a document of the territory may name as ``situations``; nothing for one of a case."""
    rows = every_open_case() if process.case_id is None else []
    late = sum(row.late or row.late_partner for row in rows)
    grid = [
        [
            row.reference, row.commune, row.priority, row.step, row.partners,
            f"{row.last_step}, {row.last_on:%d/%m/%Y}" if row.last_on else row.last_step,
            f"{row.next_on:%d/%m/%Y}{', en retard' if row.late else ''}" if row.next_on else "",
        ]
        for row in rows
    ]  # fmt: skip
    headers = ["Dossier", "Commune", "Priorité", "Où il en est", "Partenaires", "Dernière étape", "Échéance"]
    return {
        "nombre": str(len(rows)),
        "en_retard": str(late) if late else "",
        "situations": {"_grille": [headers, *grid]},
    }


def _last_steps() -> dict[UUID, tuple[str, datetime]]:
    """Return the last step that somebody did in each open case, and when."""
    newest_first = func.row_number().over(partition_by=Task.case_id, order_by=Task.completed_at.desc())
    ranked = (
        select(
            Task.case_id,
            Task.name,
            Task.completed_at,
            newest_first.label("rank"),
        )
        .join(Case, Case.id == Task.case_id)
        .where(Case.status == "open", Task.status == "done")
        .subquery()
    )
    rows = db.session.execute(select(ranked).where(ranked.c.rank == 1))
    return {row.case_id: (row.name, row.completed_at) for row in rows}


def _deadlines() -> dict[UUID, datetime]:
    """Return the next date that something of each open case falls due: a step, or a timer of its route."""
    found: dict[UUID, datetime] = {}
    steps = (
        select(Task.case_id, func.min(Task.due_at))
        .join(Case, Case.id == Task.case_id)
        .where(Case.status == "open", Task.status == "open", Task.due_at.is_not(None))
        .group_by(Task.case_id)
    )
    timers = (
        select(ProcessInstance.case_id, func.min(Timer.due_at))
        .join(ProcessInstance, ProcessInstance.id == Timer.process_id)
        .join(Case, Case.id == ProcessInstance.case_id)
        .where(Case.status == "open", Timer.status == "waiting")
        .group_by(ProcessInstance.case_id)
    )
    for query in (timers, steps):  # a step that somebody has to do comes before what the route waits for
        rows = db.session.execute(query)
        found |= {case_id: at for case_id, at in rows if case_id is not None and at is not None}
    return found


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(clock.PARIS).date() if moment is not None else None
