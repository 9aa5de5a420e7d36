"""A person's desk: what they have read, who else is on a task now, its priority, the day to look again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound, RelaisError, TaskAlreadyDone
from app.models import Task, TaskVisit, User
from app.services import claims, journal, priorities
from app.services.actors import Actor
from app.services.claims import MOST_AT_ONCE, Refused, Report, TooManyAtOnce
from app.services.inbox_rows import HERE
from app.services.tasks import find

BEAT: Final = timedelta(seconds=20)
"""A visit is written again after this time at the earliest (the page is heard of every 30 s)."""
FARTHEST: Final = timedelta(days=730)


class NotHeld(Conflict):
    """Somebody else holds the task: its follow-up is theirs."""

    sentence_template = "{name} tient cette tâche : la date de suivi est la sienne."


@dataclass(frozen=True)
class Visitor:
    """Somebody else who has opened a task; ``now``: their page is still open."""

    name: str
    last_at: datetime
    now: bool


def visit(task_id: UUID, actor: Actor) -> None:
    """Note that the actor has a task open: read from now on, and « ici en ce moment » for the others.

    Raises:
        NotFound, Forbidden: as ``tasks.find``.
    """
    find(task_id, actor)
    user_id = actor.user_id
    if user_id is None:
        return
    now = clock.now()
    query = select(TaskVisit).where(TaskVisit.task_id == task_id, TaskVisit.user_id == user_id)
    known = db.session.scalar(query)
    if known is not None and now - BEAT < known.last_at <= now:
        return
    try:
        with transaction() as session:
            row = session.scalar(query.with_for_update())
            if row is None:
                session.add(TaskVisit(task_id=task_id, user_id=user_id, first_at=now, last_at=now))
            else:
                row.last_at = now
    except IntegrityError:
        return  # another page of the same person was written at the same instant


def leave(task_id: UUID, actor: Actor) -> None:
    """Note that the actor has left a task's page: read, and no longer there."""
    query = select(TaskVisit).where(TaskVisit.task_id == task_id, TaskVisit.user_id == actor.user_id)
    with transaction() as session:
        row = session.scalar(query.with_for_update())
        if row is not None and row.last_at > clock.now() - HERE:
            row.last_at = clock.now() - HERE


def visitors(task_id: UUID, actor: Actor) -> list[Visitor]:
    """Return who else has the task open now; when nobody has, who opened it last."""
    rows = db.session.execute(
        select(User.name, TaskVisit.last_at)
        .join(TaskVisit, TaskVisit.user_id == User.id)
        .where(TaskVisit.task_id == task_id, TaskVisit.user_id != actor.user_id)
        .order_by(TaskVisit.last_at.desc())
        .limit(20)
    )
    since = clock.now() - HERE
    found = [Visitor(row.name, row.last_at, row.last_at > since) for row in rows]
    return [one for one in found if one.now] or found[:1]


def set_priority(task_id: UUID, value: str, actor: Actor) -> None:
    """Change the priority of one task, by hand; that of its case stays what the analysis said.

    Raises:
        NotFound, TaskAlreadyDone: no such open task.
        Forbidden: neither of the lane nor a supervisor.
        Invalid: the territory knows no such priority.
    """
    if value not in priorities.known():
        raise Invalid({"priorite": ["Choisissez une priorité de la liste."]})
    with transaction():
        task = _open(task_id)
        if not (actor.rights.may("supervision.agir") or (task.lane in actor.lanes and actor.branch is None)):
            raise Forbidden
        if task.priority == value:
            return
        told = {"de": task.priority or "", "a": value}
        task.priority = value
        journal.write(
            "tache.priorite", actor=actor.name, user_id=actor.user_id, case_id=task.case_id,
            process_id=task.process_id, subject=str(task_id), details=told,
        )  # fmt: skip


def set_follow_up(task_id: UUID, day: date | None, actor: Actor, *, aside: bool = False) -> None:
    """Note the day to look at a task again; a task that nobody holds is taken on the way. None forgets it.

    Args:
        task_id: an open task of one's lanes.
        day: today or later.
        actor: who notes it for themselves.
        aside: hide the task from one's own list until then, unless it becomes late.

    Raises:
        NotFound, Forbidden, TaskAlreadyDone: as ``tasks.find``.
        NotHeld: somebody else holds it.
        Invalid: the day has passed, or is too far.
    """
    today = clock.today()
    if day is not None and not today <= day <= today + FARTHEST:
        raise Invalid({"le": ["Choisissez un jour d'aujourd'hui à dans deux ans."]})
    find(task_id, actor, to_write=True)
    with transaction():
        task = _open(task_id)
        claims.hold(task, actor, NotHeld)
        task.follow_up_on, task.set_aside = day, aside and day is not None


def each(task_ids: Sequence[UUID], act: Callable[[UUID], None], actor: Actor) -> Report:
    """Do the same to several tasks; each that refuses stays as it was and is told with the reason.

    Raises:
        TooManyAtOnce: more than ``MOST_AT_ONCE``.
    """
    wanted = list(dict.fromkeys(task_ids))
    if len(wanted) > MOST_AT_ONCE:
        raise TooManyAtOnce({"tache": [TooManyAtOnce.sentence_template]}, most=MOST_AT_ONCE)
    done: list[UUID] = []
    refused: list[Refused] = []
    for task_id in wanted:
        try:
            act(task_id)
        except RelaisError as refusal:
            refused.append(Refused(task_id, _name(task_id, actor), refusal.sentence))
        else:
            done.append(task_id)
    return Report(done, refused)


def _name(task_id: UUID, actor: Actor) -> str:
    found = db.session.execute(select(Task.name, Task.lane).where(Task.id == task_id)).first()
    return found.name if found and found.lane in actor.lanes else "?"


def _open(task_id: UUID) -> Task:
    task = db.session.scalar(select(Task).where(Task.id == task_id).with_for_update())
    if task is None:
        raise NotFound
    if task.status != "open":
        raise TaskAlreadyDone
    return task
