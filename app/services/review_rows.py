"""The agenda of a meeting as rows: listed, decided, its actions noted, inside the step's transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.database import db
from app.errors import Conflict
from app.handlers.effects import ListForReview, NoteAction, NoteDecision
from app.models import Meeting, ProcessInstance, ReviewItem
from app.services import review_changes
from app.services.releases import LoadedRelease

DECISION, COMMENT, ACTIONS = "decision", "commentaire", "actions"
"""Columns of a meeting's rows that the verb of decisions reads."""


def meeting_of(process_id: UUID) -> Meeting:
    """Return the sitting of a process inside the transaction under way; made when there is none yet."""
    row = db.session.scalar(select(Meeting).where(Meeting.process_id == process_id).with_for_update())
    if row is None:
        row = Meeting(process_id=process_id, attendance=[], moves=[])
        db.session.add(row)
        db.session.flush()
    return row


def list_cases(effect: ListForReview, process: ProcessInstance, release: LoadedRelease) -> None:
    """Put cases on the agenda, with what changed since the last meeting of the series."""
    meeting_of(process.id).criteria = dict(effect.criteria)
    told = review_changes.since_last_meeting(effect.case_ids, process.id, release)
    now = clock.now()
    for rank, case_id in enumerate(effect.case_ids, start=1):
        db.session.add(
            ReviewItem(
                process_id=process.id,
                case_id=case_id,
                listed_at=now,
                rank=rank,
                late_partners=case_id in effect.late,
                changes=told[case_id],
            )
        )


def add_case(
    process: ProcessInstance, case_id: UUID, release: LoadedRelease, *, late: bool, by: str
) -> ReviewItem:
    """Put a case at the end of the agenda, at the last minute."""
    last = db.session.scalar(select(func.max(ReviewItem.rank)).where(ReviewItem.process_id == process.id))
    item = ReviewItem(
        process_id=process.id,
        case_id=case_id,
        listed_at=clock.now(),
        rank=(last or 0) + 1,
        late_partners=late,
        changes=review_changes.since_last_meeting([case_id], process.id, release)[case_id],
        added=True,
        decided_by=by,
    )
    db.session.add(item)
    db.session.flush()
    return item


def note_decision(effect: NoteDecision, process: ProcessInstance) -> None:
    """Write a decision with the agenda.

    Raises:
        Conflict: another was written for this case while the meeting was being closed.
    """
    item, now = _item(process.id, effect.case_id), clock.now()
    if item.answers and _other(item, effect):
        raise Conflict
    item.decision, item.comment, item.decided_at, item.postponed = (
        effect.decision,
        effect.comment,
        now,
        False,
    )
    held(process.id, now)


def _other(item: ReviewItem, effect: NoteDecision) -> bool:
    kept = item.answers.get(DECISION, effect.decision), item.answers.get(COMMENT) or None
    return kept != (effect.decision, effect.comment)


def note_action(effect: NoteAction, process: ProcessInstance) -> None:
    """Write who does what by when for a case of the agenda."""
    item = _item(process.id, effect.case_id)
    action = {
        "qui": effect.who,
        "quoi": effect.what,
        "pour_le": effect.by.isoformat(),
        "processus": str(effect.process_id) if effect.process_id else None,
    }
    item.actions = [*item.actions, action]


def held(process_id: UUID, at: datetime) -> None:
    """Note that the meeting has taken place."""
    meeting = meeting_of(process_id)
    if meeting.status != "held":
        meeting.status, meeting.closed_at = "held", at


def put_off_what_is_left(process_id: UUID) -> None:
    """Put off what somebody began to write while the meeting was being closed: it comes back next time."""
    left = select(ReviewItem).where(ReviewItem.process_id == process_id, ReviewItem.decision.is_(None))
    for item in db.session.scalars(left):
        item.postponed = item.postponed or item.case.status == "open"


def _item(process_id: UUID, case_id: UUID) -> ReviewItem:
    item = db.session.scalar(
        select(ReviewItem)
        .where(ReviewItem.process_id == process_id, ReviewItem.case_id == case_id)
        .with_for_update(of=ReviewItem)
    )
    if item is None:
        item = ReviewItem(process_id=process_id, case_id=case_id, listed_at=clock.now(), rank=0)
        db.session.add(item)
        db.session.flush()
    return item
