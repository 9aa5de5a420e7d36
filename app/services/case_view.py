"""The case as one person may see it: what they may not read is absent, not greyed (LAW-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import db, transaction
from app.errors import NotFound
from app.handlers.agenda import STATUS_WORDS
from app.models import (
    Case,
    DecisionRecord,
    Document,
    Message,
    Orientation,
    ProcessInstance,
    Submission,
    Task,
)
from app.services import apart, archives, inbox, journal, perimeter, releases, sharing, structures
from app.services.actors import Actor
from app.services.answers import AnsweredForm, answered_forms
from app.services.apart import Kept
from app.services.case_timeline import BETWEEN_LANES, TimelineLine, timeline
from app.services.inbox import TaskRow
from app.services.progress import Diagram, diagrams
from app.services.releases import LoadedRelease
from app.services.sharing import Shared
from app.services.structures import Held


@dataclass(frozen=True)
class DoneTask:
    """A step already done."""

    name: str
    author: str
    at: datetime


@dataclass(frozen=True)
class PartnerState:
    """A partner that was asked, and where it stands."""

    id: UUID
    name: str
    kind_label: str
    domain: str
    reason: str | None
    status: str
    status_label: str
    due_on: Any
    sent_at: datetime | None
    closed_at: datetime | None
    shared: Sequence[str]


@dataclass(frozen=True)
class CaseView:
    """Everything a person may see of a case."""

    case: Case
    household_name: str
    running: bool
    open_tasks: Sequence[TaskRow]
    done_tasks: Sequence[DoneTask]
    forms: Sequence[AnsweredForm]
    diagrams: Sequence[Diagram]
    decisions: Sequence[DecisionRecord]
    documents: Sequence[Document]
    partners: Sequence[PartnerState]
    shares: Sequence[Shared]
    apart: Sequence[Kept]
    messages: Sequence[Message]
    timeline: Sequence[TimelineLine]
    release_number: int
    agreement: Mapping[str, Any]
    duplicates: Sequence[str]
    entrusted: Sequence[Held]
    alone: bool = False
    """Its reader reads no class: works findings and what was shared, nothing that names the rest (LAW-7)."""


def file_view(reference: str, actor: Actor) -> CaseView:
    """Return a case as ``actor`` may see it; a read of secret answers is journalled (LAW-8).

    Raises:
        NotFound: no such case in the territory.
        Archived, Erased: it is no longer open to this person (LAW-5).
    """
    case_id = _opened(reference, actor)
    case = db.session.scalars(select(Case).where(Case.id == case_id)).one()
    processes = _processes(case.id)
    release = releases.of(processes[-1].release_id)
    tasks = list(
        db.session.scalars(select(Task).where(Task.case_id == case.id).order_by(Task.entered_at, Task.id))
    )
    if actor.rights.by_share_alone:
        return _by_share_alone(case, processes, tasks, actor)
    partners = _partners(case.id, release, actor)
    untold = () if "social" in actor.rights.read or actor.rights.may(sharing.SEE) else BETWEEN_LANES
    acts = frozenset(process.id for process in processes if process.act is not None)
    entrusted = structures.of_case(case.id)
    return CaseView(
        case=case,
        household_name=inbox.full_name(case.household),
        running=any(process.status == "running" for process in processes),
        open_tasks=inbox.rows([task for task in tasks if task.status == "open"], actor),
        done_tasks=_done(case.id, tasks),
        forms=answered_forms(processes, actor),
        diagrams=[item for process in processes if not _past(process) for item in diagrams(process, tasks)],
        decisions=_rows(DecisionRecord, case.id, DecisionRecord.at),
        documents=[
            row for row in _rows(Document, case.id, Document.at) if set(row.classes) <= actor.rights.read
        ],
        partners=partners,
        shares=sharing.of_case(case.id, release, actor) if actor.rights.may(sharing.SEE) else [],
        apart=apart.of_case(case, release, actor),
        messages=_rows(Message, case.id, Message.queued_at),
        timeline=timeline(case.id, _names(tasks, partners, entrusted), release.settings.lanes, acts, untold),
        release_number=release.number,
        agreement=case.agreement,
        duplicates=perimeter.seen_references(case.duplicates),
        entrusted=entrusted,
    )


def _processes(case_id: UUID) -> list[ProcessInstance]:
    query = select(ProcessInstance).where(ProcessInstance.case_id == case_id)
    return list(db.session.scalars(query.order_by(ProcessInstance.started_at)))


def _by_share_alone(
    case: Case, processes: Sequence[ProcessInstance], tasks: Sequence[Task], actor: Actor
) -> CaseView:
    """Return a case for somebody who reads no class, a landlord: works findings, what was shared (LAW-7).

    The steps of other lanes, the decisions, the papers and the letters tell of the rest by their names alone.
    """
    release = releases.of(processes[-1].release_id)
    mine = [task for task in tasks if task.status == "open" and task.lane in actor.lanes]
    return CaseView(
        case=case,
        household_name=inbox.full_name(case.household),
        running=any(process.status == "running" for process in processes),
        open_tasks=inbox.rows(mine, actor),
        done_tasks=[],
        forms=answered_forms(processes, actor),
        diagrams=[],
        decisions=[],
        documents=[],
        partners=[],
        shares=sharing.of_case(case.id, release, actor) if actor.rights.may(sharing.SEE) else [],
        apart=[],
        messages=[],
        timeline=[],
        release_number=release.number,
        agreement=case.agreement,
        duplicates=[],
        entrusted=[],
        alone=True,
    )


def _opened(reference: str, actor: Actor) -> UUID:
    """Return the case of a reference, open to this person; the journal notes that it was read."""
    case_id = db.session.scalar(select(Case.id).where(Case.reference == reference))
    if case_id is None:
        raise NotFound
    archives.guard(case_id, actor)
    _note_read(case_id, actor)
    return case_id


def _past(process: ProcessInstance) -> bool:
    """Whether this is an act that is over: it is read in the answers, its drawing says nothing more."""
    return process.act is not None and process.status == "finished"


def _rows(entity: Any, case_id: UUID, order: Any) -> list[Any]:
    return list(db.session.scalars(select(entity).where(entity.case_id == case_id).order_by(order)))


def _done(case_id: UUID, tasks: Sequence[Task]) -> list[DoneTask]:
    authors = {
        row.task_id: row.author
        for row in db.session.scalars(select(Submission).where(Submission.case_id == case_id))
    }
    return [
        DoneTask(task.name, authors.get(task.id, ""), task.completed_at)
        for task in tasks
        if task.status == "done" and task.completed_at
    ]


def _partners(case_id: UUID, release: LoadedRelease, actor: Actor) -> list[PartnerState]:
    labels = {
        f"{form.id}.{field.key}": field.label for form in release.forms.values() for field in form.fields
    }
    kinds = release.settings.partner_kinds
    rows = _rows(Orientation, case_id, Orientation.created_at)
    return [
        PartnerState(
            id=row.id,
            name=row.partner.name,
            kind_label=kinds[row.partner.kind].label if row.partner.kind in kinds else row.partner.kind,
            domain=row.domain,
            reason=row.reason if "social" in actor.rights.read else None,
            status=row.status,
            status_label=STATUS_WORDS[row.status],
            due_on=row.due_on,
            sent_at=row.sent_at,
            closed_at=row.closed_at,
            shared=[labels.get(key, key) for key in row.shared_fields],
        )
        for row in rows
    ]


def _names(
    tasks: Sequence[Task], partners: Sequence[PartnerState], entrusted: Sequence[Held]
) -> dict[str, str]:
    """Return the names of what the journal tells of by its id."""
    return {
        **{str(task.id): task.name for task in tasks},
        **{str(partner.id): partner.name for partner in partners},
        **{str(one.partner_id): f"{one.name} ({one.label.lower()})" for one in entrusted},
    }


def _note_read(case_id: UUID, actor: Actor) -> None:
    """Journal the reading of a case; the classes seen say whether secrets were among them (LAW-8)."""
    with transaction():
        journal.write(
            "dossier.lu",
            actor=actor.name,
            user_id=actor.user_id,
            case_id=case_id,
            details={"classes": sorted(actor.rights.read)},
        )
