"""How a step ended: told to whoever comes back to it, or comes second."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from app.database import db
from app.models import Draft, Submission
from app.services import tasks
from app.services.actors import Actor


@dataclass(frozen=True)
class Outcome:
    """A step that is no longer open. ``author`` is None when the route moved on without an answer."""

    name: str
    status: Literal["open", "done", "cancelled"]
    author: str | None
    at: datetime | None
    mine: bool
    case_reference: str | None
    draft_at: datetime | None


def of(task_id: UUID, actor: Actor) -> Outcome:
    """Return how a task ended, for somebody who could have answered it.

    Raises:
        NotFound: no such task for this person.
        Forbidden: another lane's.
    """
    task = tasks.find(task_id, actor)
    answered = db.session.scalar(select(Submission).where(Submission.task_id == task_id))
    draft_at = db.session.scalar(
        select(Draft.at).where(Draft.task_id == task_id, Draft.person == actor.person)
    )
    return Outcome(
        name=task.name,
        status=task.status,  # type: ignore[arg-type]  # the column holds these three words
        author=answered.author if answered else None,
        at=answered.at if answered else None,
        mine=answered is not None and actor.user_id is not None and answered.user_id == actor.user_id,
        case_reference=task.case.reference if task.case else None,
        draft_at=draft_at,
    )
