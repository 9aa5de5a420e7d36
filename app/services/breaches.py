"""Breaches: a frequency that was not kept, a promise whose date has passed; kept until a person answers.

They are found in ``services.breach_records`` and answered in a process (``services.breach_answers``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db
from app.errors import Forbidden
from app.models import Breach, Case, Task
from app.services import breach_words, journal, windows
from app.services.actors import Actor
from app.services.releases import LoadedRelease


@dataclass(frozen=True)
class BreachRow:
    """An open breach as people read it; ``task_id`` is the step that answers it, None while none waits."""

    id: UUID
    kind: str
    process_id: UUID | None
    case_id: UUID | None
    case_reference: str | None
    element: str
    name: str
    words: str
    begins: datetime | None
    ends: datetime
    expected: int
    found: int
    missed: int
    recorded_at: datetime
    task_id: UUID | None
    task_name: str | None
    lane: str | None


def open_breaches(actor: Actor, *, case_id: UUID | None = None) -> list[BreachRow]:
    """Return the breaches that nobody has settled yet, the oldest first; of one case when it is named.

    Raises:
        Forbidden: the role sees neither Supervision nor this case.
    """
    needed = "supervision.voir" if case_id is None else "dossiers.voir"
    if not (actor.rights.may("supervision.voir") or actor.rights.may(needed)):
        raise Forbidden
    query = select(Breach).where(Breach.status == "open").order_by(Breach.recorded_at, Breach.id)
    if case_id is not None:
        query = query.where(Breach.case_id == case_id)
    rows = db.session.scalars(query).all()
    answers = {row.process_id: row for row in _answering([row.answer_process_id for row in rows])}
    references = _references([row.case_id for row in rows])
    return [_row(row, _of_process(answers, row.answer_process_id), references) for row in rows]


def _answering(processes: Sequence[UUID | None]) -> Sequence[Task]:
    wanted = [key for key in processes if key is not None]
    query = select(Task).where(Task.process_id.in_(wanted), Task.status == "open").order_by(Task.entered_at)
    return db.session.scalars(query).all() if wanted else []


def _of_process(answers: Mapping[UUID, Task], process_id: UUID | None) -> Task | None:
    return answers.get(process_id) if process_id is not None else None


def _references(cases: Sequence[UUID | None]) -> dict[UUID, str]:
    wanted = {key for key in cases if key is not None}
    if not wanted:
        return {}
    rows = db.session.execute(select(Case.id, Case.reference).where(Case.id.in_(wanted)))
    return {row.id: row.reference for row in rows}


def _row(row: Breach, task: Task | None, references: dict[UUID, str]) -> BreachRow:
    return BreachRow(
        id=row.id,
        kind=row.kind,
        process_id=row.process_id,
        case_id=row.case_id,
        case_reference=references.get(row.case_id) if row.case_id else None,
        element=row.element,
        name=row.name,
        words=breach_words.of(row),
        begins=row.window_from,
        ends=row.window_to,
        expected=row.expected,
        found=row.found,
        missed=row.missed,
        recorded_at=row.recorded_at,
        task_id=task.id if task else None,
        task_name=task.name if task else None,
        lane=task.lane if task else None,
    )


def recount(breach_ids: Sequence[UUID], release: LoadedRelease) -> None:
    """Count again the windows of open breaches: an answer dated inside them may have come late.

    What was late stays late: the breach waits for its answer, which sees what was found since.
    """
    for row in db.session.scalars(select(Breach).where(Breach.id.in_(breach_ids)).order_by(Breach.id)):
        answers = windows.counted(row.rule, row.process_id, row.rule["process"], release)
        found = [windows.found_again(item, answers) for item in row.rule["windows"]]
        whole, within = sum(item[0] for item in found), sum(item[1] for item in found)
        if (whole, within) != (row.found, row.found_within):
            row.found, row.found_within = whole, within
            journal.write(
                "manquement.recompte",
                case_id=row.case_id,
                process_id=row.process_id,
                subject=str(row.id),
                details={"trouve": whole, "trouve_dont": within},
            )


def recount_case(case_id: UUID, release: LoadedRelease) -> None:
    """Count again the windows of a case's open breaches: an act done by hand may count for them."""
    rows = select(Breach.id).where(
        Breach.case_id == case_id,
        Breach.process_id.is_not(None),
        Breach.status == "open",
        Breach.kind == "frequence",
    )
    wanted = db.session.scalars(rows).all()
    if wanted:
        recount(wanted, release)


def recount_territory(process: str, release: LoadedRelease) -> None:
    """Count again the windows of the territory's own open breaches that answers of ``process`` count for."""
    rows = db.session.scalars(
        select(Breach).where(Breach.process_id.is_(None), Breach.status == "open", Breach.kind == "frequence")
    )
    wanted = [row.id for row in rows if row.rule["process"] == process]
    if wanted:
        recount(wanted, release)


def settle(answer_process_id: UUID, outcome: str) -> None:
    """Settle the breach that a process answers; inside its step's transaction. Settling again is nothing."""
    row = db.session.scalar(
        select(Breach).where(Breach.answer_process_id == answer_process_id).with_for_update()
    )
    if row is None or row.status == "settled":
        return
    row.status, row.settled_at = "settled", clock.now()
    journal.write(
        "manquement.regle",
        case_id=row.case_id,
        process_id=row.process_id,
        subject=str(row.id),
        details={"issue": outcome, "par": str(answer_process_id)},
    )
