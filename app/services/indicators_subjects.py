"""What indicators are counted of: cases and territory processes with all that happened to them, read in lots.

A case is read whole, once, whatever the number of indicators; the memory taken does not grow with the number
of cases. Everything is read through the session, so that the territory and the perimeter hold underneath.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.database import db, end_read
from app.models import (
    Breach,
    Case,
    Commitment,
    Document,
    DoorAnswer,
    Entrustment,
    Meeting,
    Mend,
    Message,
    Orientation,
    ProcessInstance,
    StockMove,
    Submission,
    Target,
    Task,
)

HANDED: Final = "remise"
LOT: Final = 300
"""Cases read at a time."""


@dataclass
class Subject:
    """A case with its history, or a territory process (``case`` is None) with its own."""

    case: Case | None
    processes: list[Any] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    tasks: list[Any] = field(default_factory=list)
    orientations: list[Orientation] = field(default_factory=list)
    entrustments: list[Entrustment] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    documents: list[Any] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    commitments: list[Commitment] = field(default_factory=list)
    doors: list[Any] = field(default_factory=list)
    handed: list[Any] = field(default_factory=list)
    corrections: dict[str, str] = field(default_factory=dict)


def everything(facts: frozenset[str], *, keep_reading: bool = False) -> Iterator[Subject]:
    """Yield every case, then what belongs to no case.

    Args:
        facts: the kinds of fact that are counted: tables that none needs are not read.
        keep_reading: the caller holds rows of the session that must stay readable.
    """
    ids = list(db.session.scalars(select(Case.id).order_by(Case.opened_at, Case.id)))
    for start in range(0, len(ids), LOT):
        yield from of_cases(ids[start : start + LOT], facts)
        if not keep_reading and not db.session.info.get("writing"):
            end_read()
    yield from without_case(facts)


def of_cases(ids: Sequence[UUID], facts: frozenset[str]) -> Iterator[Subject]:
    """Yield the cases of these ids, in their order, with what the kinds of ``facts`` need."""
    found = {row.id: Subject(row) for row in db.session.scalars(select(Case).where(Case.id.in_(ids)))}
    processes = select(
        ProcessInstance.id, ProcessInstance.case_id, ProcessInstance.process, ProcessInstance.status,
        ProcessInstance.started_at, ProcessInstance.ended_at, ProcessInstance.end_reason,
    )  # fmt: skip
    for row in db.session.execute(
        processes.where(ProcessInstance.case_id.in_(ids)).order_by(ProcessInstance.started_at)
    ):
        found[row.case_id].processes.append(row)
    submissions = select(Submission).where(Submission.case_id.in_(ids)).order_by(Submission.at, Submission.id)
    for answer in db.session.scalars(submissions):
        if answer.case_id is not None:
            found[answer.case_id].submissions.append(answer)
    for entrusted in db.session.scalars(select(Entrustment).where(Entrustment.case_id.in_(ids))):
        found[entrusted.case_id].entrustments.append(entrusted)
    _corrections(found, Mend.case_id.in_(ids), Mend.case_id)
    _tasks(found, Task.case_id.in_(ids), Task.case_id, facts)
    _others(found, ids, facts)
    for ident in ids:
        if ident in found:
            yield found[ident]


def _others(found: dict[UUID, Subject], ids: Sequence[UUID], facts: frozenset[str]) -> None:
    for fact, (query, owner) in _queries().items():
        if fact in facts:
            for item in _rows(query.where(owner.in_(ids))):
                getattr(found[item.case_id], _LISTS[fact]).append(item)


_LISTS: Final = {
    "orientations": "orientations", "manquements": "breaches", "messages": "messages",
    "documents": "documents", "engagements": "commitments", "remises": "handed",
}  # fmt: skip
"""Where a subject keeps the rows of each kind of fact that have a case."""


def _queries() -> dict[str, tuple[Any, Any]]:
    messages = select(
        Message.case_id, Message.kind, Message.status, Message.channel, Message.queued_at, Message.sent_at
    )
    documents = select(Document.case_id, Document.template, Document.status, Document.at)
    return {
        "orientations": (select(Orientation), Orientation.case_id),
        "manquements": (select(Breach), Breach.case_id),
        "messages": (messages, Message.case_id),
        "documents": (documents, Document.case_id),
        "engagements": (select(Commitment), Commitment.case_id),
        "remises": (_handed(), StockMove.case_id),
    }


def _handed() -> Any:
    """Return what was handed over and not taken back."""
    undone = select(StockMove.undoes_id).where(StockMove.undoes_id.is_not(None))
    return select(
        StockMove.case_id, StockMove.article, StockMove.quantity, StockMove.cost, StockMove.day
    ).where(StockMove.kind == HANDED, StockMove.id.not_in(undone))


def _rows(query: Any) -> Iterator[Any]:
    """Yield entities, or rows of several columns."""
    return (row if len(row) > 1 else row[0] for row in db.session.execute(query))


def without_case(facts: frozenset[str]) -> Iterator[Subject]:
    """Yield each process of the territory, then one subject that holds what belongs to no process either."""
    processes = select(
        ProcessInstance.id, ProcessInstance.case_id, ProcessInstance.process, ProcessInstance.status,
        ProcessInstance.started_at, ProcessInstance.ended_at, ProcessInstance.end_reason,
    )  # fmt: skip
    found: dict[UUID, Subject] = defaultdict(lambda: Subject(None))
    for row in db.session.execute(
        processes.where(ProcessInstance.case_id.is_(None)).order_by(ProcessInstance.started_at)
    ):
        found[row.id].processes.append(row)
    query = select(Submission).where(Submission.case_id.is_(None)).order_by(Submission.at, Submission.id)
    for answer in db.session.scalars(query):
        found[answer.process_id].submissions.append(answer)
    _corrections(found, Mend.case_id.is_(None), Mend.process_id)
    _tasks(found, Task.case_id.is_(None), Task.process_id, facts)
    if "reunions" in facts:
        for meeting in db.session.scalars(select(Meeting)):
            found[meeting.process_id].meetings.append(meeting)
    yield from found.values()
    alone = Subject(None)
    for fact, (rows, owner) in _queries().items():
        if fact in facts and fact != "orientations":
            getattr(alone, _LISTS[fact]).extend(_rows(rows.where(owner.is_(None))))
    if "portes" in facts:
        said = select(
            DoorAnswer.target_id, DoorAnswer.campaign_id, DoorAnswer.outcome, DoorAnswer.reason,
            DoorAnswer.eligible, DoorAnswer.said_at, Target.insee,
        ).join(Target, Target.id == DoorAnswer.target_id)  # fmt: skip
        alone.doors.extend(db.session.execute(said.order_by(DoorAnswer.said_at, DoorAnswer.id)))
    yield alone


def _corrections(found: dict[UUID, Subject], which: Any, owner: Any) -> None:
    """Note which answer puts which one right: both tell of one fact."""
    query = select(owner.label("owner"), Mend.details).where(which, Mend.kind == "correct")
    for row in db.session.execute(query.where(Mend.undone_at.is_(None))):
        said = row.details.get("journal", row.details)
        new, old = said.get("reponse"), said.get("remplace")
        if row.owner in found and new and old:
            found[row.owner].corrections[new] = old


def _tasks(found: dict[UUID, Subject], which: Any, owner: Any, facts: frozenset[str]) -> None:
    if not facts & {"etapes", "durees"}:
        return
    query = select(
        owner.label("owner"), Task.id, Task.element, Task.called_process, Task.lane, Task.entered_at,
        Task.due_at, Task.completed_at,
    ).where(which, Task.status == "done", Task.completed_at.is_not(None))  # fmt: skip
    for row in db.session.execute(query.order_by(Task.completed_at, Task.id)):
        if row.owner in found:
            found[row.owner].tasks.append(row)


def in_time(due_at: datetime | None, completed_at: datetime) -> bool | None:
    """Whether a step was done before it was late; None without a due date."""
    return None if due_at is None else completed_at < due_at
