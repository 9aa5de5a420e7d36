"""What a line of a list of tasks says, read for the page's lines alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app import clock
from app.database import db
from app.models import Household, Orientation, Partner, ProcessInstance, Task, TaskVisit, User
from app.services import releases, subjects, teams
from app.services.actors import Actor

SOON: Final = timedelta(days=2)
"""A task due within two days is shown as « bientôt »."""
HERE: Final = timedelta(seconds=90)
"""A page that has been heard of within this time is still open (three beats of 30 s)."""
SHOWN: Final = (joinedload(Task.case), joinedload(Task.process).load_only(ProcessInstance.release_id))
"""What a row of a list reads beside the task; the engine's state stays where it is."""


@dataclass(frozen=True)
class TaskRow:
    """A line of the inbox. ``partner`` is who a step of an orientation is about, ``about`` what a step
    without a case is.

    ``here``: who else has the task open now. ``stood_in``: the actor answers for its holder, away until
    ``away_until``. ``suspended``: its process is, or (``held``) another step holds its deadlines. ``unread``
    and ``here`` are told in the inbox only.
    """

    id: UUID
    name: str
    element: str
    case_reference: str | None
    household: str | None
    commune: str | None
    lane_label: str
    partner: str | None
    priority: str | None
    due_at: datetime | None
    late: bool
    soon: bool
    claimed_by_name: str | None
    mine: bool
    entered_at: datetime
    holder: UUID | None = None
    suspended: bool = False
    held: bool = False
    about: str | None = None
    follow_up_on: date | None = None
    unread: bool = False
    here: tuple[str, ...] = ()
    stood_in: bool = False
    away_until: date | None = None


class Desk(NamedTuple):
    """What the inbox tells beside the tasks: those read, who is where, who is away until when."""

    read: frozenset[UUID] = frozenset()
    here: Mapping[UUID, tuple[str, ...]] = {}
    away: Mapping[UUID, date] = {}
    told: bool = False


def row(task: Task, actor: Actor) -> TaskRow:
    """Return what a list shows of a task."""
    return rows([task], actor)[0]


def rows(tasks: Sequence[Task], actor: Actor, desk: Desk | None = None) -> list[TaskRow]:
    """Return what a list shows of tasks; of those read with ``SHOWN``, with two more queries for all.

    Steps without a case cost two more.
    """
    names = teams.names({task.claimed_by for task in tasks if task.claimed_by})
    partners = _partners(tasks)
    beside = desk or Desk()
    about = subjects.of_tasks([task for task in tasks if knows(task, actor)])
    return [
        replace(
            _row(task, actor, names, partners.get(task.scope or ""), beside), about=about.get(task.process_id)
        )
        for task in tasks
    ]


def desk_of(tasks: Sequence[Task], actor: Actor, away: Mapping[UUID, date]) -> Desk:
    """Return what the inbox tells of these tasks: read by the actor, open now before somebody else.

    Args:
        tasks: those of a page.
        actor: who reads it.
        away: the people whom the actor replaces today, with the last day of each absence.
    """
    if actor.user_id is None or not tasks:
        return Desk()
    fresh = TaskVisit.last_at > clock.now() - HERE
    query = (
        select(TaskVisit.task_id, TaskVisit.user_id, User.name)
        .join(User, User.id == TaskVisit.user_id)
        .where(TaskVisit.task_id.in_([task.id for task in tasks]))
        .where(or_(TaskVisit.user_id == actor.user_id, fresh))
        .order_by(User.name)
    )
    read: set[UUID] = set()
    here: dict[UUID, tuple[str, ...]] = {}
    for visit in db.session.execute(query):
        if visit.user_id == actor.user_id:
            read.add(visit.task_id)
        else:
            here[visit.task_id] = (*here.get(visit.task_id, ()), visit.name)
    return Desk(frozenset(read), here, away, told=True)


def _partners(tasks: Sequence[Task]) -> dict[str, str]:
    """Return the partner's name of each branch among ``tasks``."""
    branches = {branch for task in tasks if (branch := _branch(task)) is not None}
    if not branches:
        return {}
    query = select(Orientation.id, Partner.name).join(Orientation.partner).where(Orientation.id.in_(branches))
    return {str(found.id): found.name for found in db.session.execute(query)}


def _branch(task: Task) -> UUID | None:
    try:
        return UUID(task.scope) if task.scope else None
    except ValueError:
        return None


def _row(task: Task, actor: Actor, names: Mapping[UUID, str], partner: str | None, desk: Desk) -> TaskRow:
    now = clock.now()
    lane = releases.of(task.process.release_id).settings.lanes.get(task.lane)
    file = task.case
    late = task.active and task.due_at is not None and task.due_at <= now
    holder = task.claimed_by
    return TaskRow(
        id=task.id,
        name=task.name,
        element=task.element,
        case_reference=file.reference if file else None,
        household=full_name(file.household) if file and knows(task, actor) else None,
        commune=file.dwelling.commune if file else None,
        lane_label=lane.label if lane else task.lane,
        partner=partner,
        priority=task.priority,
        due_at=task.due_at,
        late=late,
        soon=task.active and not late and task.due_at is not None and task.due_at <= now + SOON,
        claimed_by_name=names.get(holder) if holder else None,
        mine=holder is not None and holder == actor.user_id,
        entered_at=task.entered_at,
        holder=holder,
        suspended=not task.active,
        held=task.held_at is not None,
        follow_up_on=task.follow_up_on,
        unread=desk.told and task.id not in desk.read,
        here=desk.here.get(task.id, ()),
        stood_in=holder in desk.away,
        away_until=desk.away.get(holder) if holder else None,
    )


def knows(task: Task, actor: Actor) -> bool:
    """Whether the actor may know whose case it is: who only watches over deadlines does not (LAW-1)."""
    return task.lane in actor.lanes or actor.rights.may("dossiers.voir")


def full_name(household: Household) -> str:
    """Return « Madame Léa Martin »."""
    parts = (household.title, household.first_name, household.last_name)
    return " ".join(part for part in parts if part)
