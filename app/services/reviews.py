"""Territory processes: the review meeting and whatever else the calendar starts (CAR-11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.database import db
from app.engine import process_ids
from app.errors import Conflict, Forbidden, NotFound
from app.models import Document, Meeting, ProcessInstance, ReviewItem, Task, Timer
from app.services import releases, review_changes, timers
from app.services.actors import Actor
from app.services.releases import LoadedRelease

decision_words = review_changes.decision_words


@dataclass(frozen=True)
class MeetingRow:
    """A territory process: waiting for its date, under way, or held. ``words`` says decisions to people.

    ``sitting``: it is held as a meeting, which has pages of its own (``services.meetings``).
    """

    id: UUID
    name: str
    status: str
    due_at: datetime | None
    task_id: UUID | None
    task_name: str | None
    may_answer: bool
    items: Sequence[ReviewItem]
    words: Mapping[str, str]
    documents: Sequence[Document]
    started_at: datetime
    ended_at: datetime | None
    sitting: bool = False
    meets_at: datetime | None = None
    place: str = ""


def processes(actor: Actor) -> list[MeetingRow]:
    """Return the territory's own processes: to come and under way first, then those held.

    Raises:
        Forbidden: the role does not see them.
    """
    if not actor.rights.may("revue.voir"):
        raise Forbidden
    rows = db.session.scalars(
        select(ProcessInstance)
        .where(ProcessInstance.case_id.is_(None), ProcessInstance.act.is_(None))
        .order_by(ProcessInstance.ended_at.is_not(None), ProcessInstance.rank.desc())
        .limit(40)
    ).all()
    return [_row(row, actor) for row in rows]


def _row(process: ProcessInstance, actor: Actor) -> MeetingRow:
    release = releases.of(process.release_id)
    task = db.session.scalar(
        select(Task).where(Task.process_id == process.id, Task.status == "open").limit(1)
    )
    due = db.session.scalar(select(Timer.due_at).where(Timer.process_id == process.id).limit(1))
    items = db.session.scalars(select(ReviewItem).where(ReviewItem.process_id == process.id)).all()
    documents = db.session.scalars(
        select(Document).where(Document.process_id == process.id).order_by(Document.at)
    ).all()
    meeting = db.session.scalar(select(Meeting).where(Meeting.process_id == process.id))
    to_come = not process.done_elements
    return MeetingRow(
        id=process.id,
        name=process_name(process, release),
        status="a_venir" if to_come and process.status == "running" else process.status,
        due_at=due,
        task_id=task.id if task else None,
        task_name=task.name if task else None,
        may_answer=task is not None and task.lane in actor.lanes,
        items=sorted(items, key=lambda item: (item.rank, item.case.reference)),
        words=decision_words(release),
        documents=[document for document in documents if set(document.classes) <= actor.rights.read],
        started_at=process.started_at,
        ended_at=process.ended_at,
        sitting=any(
            step.properties.get("seance") for step in release.programme.described.get(process.process, ())
        ),
        meets_at=meeting.meets_at if meeting else None,
        place=meeting.place if meeting else "",
    )


def process_name(process: ProcessInstance, release: LoadedRelease) -> str:
    """Return what people call a process."""
    return process_ids(release.programme).get(process.process, process.process)


def start_now(process_id: UUID, *, by: Actor) -> None:
    """Hold a meeting of the calendar before its date.

    Raises:
        Forbidden: only who may act in Supervision.
        NotFound: no such meeting.
        Conflict: it has begun already.
    """
    if not by.rights.may("supervision.agir"):
        raise Forbidden
    process = db.session.scalar(
        select(ProcessInstance).where(ProcessInstance.id == process_id, ProcessInstance.case_id.is_(None))
    )
    if process is None:
        raise NotFound
    timer = db.session.scalar(select(Timer).where(Timer.process_id == process_id).limit(1))
    if timer is None or process.done_elements:
        raise Conflict
    timer_id = timer.id
    timers.fire(timer_id, process_id, by=by, action="revue.avancee")
