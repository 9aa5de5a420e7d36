"""Taking a task, and giving it back to the team."""

from typing import Literal
from uuid import UUID

from sqlalchemy import select

from app.database import db, transaction
from app.errors import Conflict
from app.models import Task, User
from app.services import journal
from app.services.actors import Actor
from app.services.tasks import find


def claim(task_id: UUID, actor: Actor) -> None:
    """Take a task of one's lane; taking one's own again changes nothing.

    Raises:
        Conflict: somebody else holds it.
    """
    _hold(task_id, actor, "tache.prise")


def release(task_id: UUID, actor: Actor) -> None:
    """Give a task back to the team.

    Raises:
        Conflict: somebody else holds it.
    """
    _hold(task_id, actor, "tache.rendue")


def _hold(task_id: UUID, actor: Actor, action: Literal["tache.prise", "tache.rendue"]) -> None:
    find(task_id, actor, to_write=True)
    with transaction() as session:
        task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
        if task.claimed_by not in (None, actor.user_id):
            raise Conflict
        task.claimed_by = actor.user_id if action == "tache.prise" else None
        journal.write(
            action,
            actor=actor.name,
            user_id=actor.user_id,
            case_id=task.case_id,
            process_id=task.process_id,
            subject=str(task_id),
        )


def holder_name(task: Task) -> str | None:
    """Return the name of whoever holds the task."""
    return db.session.scalar(select(User.name).where(User.id == task.claimed_by)) if task.claimed_by else None
