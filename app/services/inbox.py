"""The inbox: one query, newest promises first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from app import clock
from app.database import db
from app.models import Case, Dwelling, Household, Orientation, Partner, ProcessInstance, Task, User
from app.services import releases
from app.services.actors import Actor
from app.services.paging import SIZE, Page
from app.services.text import fold

Which = Literal["miennes", "equipe", "retard", "semaine"]
WHICH: Final[tuple[Which, ...]] = ("miennes", "equipe", "retard", "semaine")
SOON: Final = timedelta(days=2)
"""A task due within two days is shown as « bientôt »."""
SHOWN: Final = (joinedload(Task.case), joinedload(Task.process).load_only(ProcessInstance.release_id))
"""What a row of a list reads beside the task; the engine's state stays where it is."""


@dataclass(frozen=True)
class TaskRow:
    """A line of the inbox. ``partner`` is who a step of an orientation is about."""

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


def inbox(actor: Actor, *, which: Which, search: str = "", page: int = 1) -> Page[TaskRow]:
    """Return one page of the open tasks the actor may answer, the most pressing first."""
    query = _scope(actor, which)
    if search.strip():
        query = query.outerjoin(Task.case).outerjoin(Case.household).outerjoin(Case.dwelling)
        query = query.where(_matches(search))
    total = db.session.scalar(query.with_only_columns(func.count(Task.id))) or 0
    ids = list(
        db.session.scalars(  # narrow: what a row shows is read for the page's rows alone
            query.with_only_columns(Task.id)
            .order_by(Task.due_at.is_(None), Task.due_at, Task.entered_at, Task.id)
            .limit(SIZE)
            .offset((max(page, 1) - 1) * SIZE)
        )
    )
    found = db.session.scalars(select(Task).where(Task.id.in_(ids)).options(*SHOWN))
    tasks = sorted(found, key=lambda task: ids.index(task.id))
    return Page(rows(tasks, actor), max(page, 1), total)


def counts(actor: Actor) -> dict[str, int]:
    """Return how many tasks each list of the inbox holds."""
    columns = [func.count(case((_belongs(actor, which), 1))).label(which) for which in WHICH]
    found = db.session.execute(_answerable(actor).with_only_columns(*columns)).one()
    return {which: getattr(found, which) for which in WHICH}


def _scope(actor: Actor, which: Which) -> Select[Any]:
    return _answerable(actor).where(_belongs(actor, which))


def _answerable(actor: Actor) -> Select[Any]:
    return select(Task).where(Task.status == "open", Task.lane.in_(sorted(actor.lanes)))


def _belongs(actor: Actor, which: Which) -> ColumnElement[bool]:
    now = clock.now()
    if which == "miennes":
        return Task.claimed_by == actor.user_id
    if which == "retard":
        return Task.due_at <= now
    if which == "semaine":
        return and_(Task.due_at > now, Task.due_at <= now + timedelta(days=7))
    return true()


def _matches(search: str) -> ColumnElement[bool]:
    name = fold(search)
    plain = f"%{_escaped(search.strip())}%"
    return or_(
        Case.reference.ilike(plain, escape="\\"),
        Household.match_name.like(f"%{_escaped(name)}%", escape="\\") if name else false(),
        Dwelling.commune.ilike(plain, escape="\\"),
        Task.name.ilike(plain, escape="\\"),
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def row(task: Task, actor: Actor) -> TaskRow:
    """Return what a list shows of a task."""
    return rows([task], actor)[0]


def rows(tasks: Sequence[Task], actor: Actor) -> list[TaskRow]:
    """Return what a list shows of tasks; of those read with ``SHOWN``, with two more queries for all."""
    holders = {task.claimed_by for task in tasks if task.claimed_by}
    query = select(User.id, User.name).where(User.id.in_(holders))
    names = {found.id: found.name for found in db.session.execute(query)} if holders else {}
    partners = _partners(tasks)
    return [_row(task, actor, names, partners.get(task.scope or "")) for task in tasks]


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


def _row(task: Task, actor: Actor, names: Mapping[UUID, str], partner: str | None) -> TaskRow:
    now = clock.now()
    lane = releases.of(task.process.release_id).settings.lanes.get(task.lane)
    file = task.case
    late = task.due_at is not None and task.due_at <= now
    return TaskRow(
        id=task.id,
        name=task.name,
        element=task.element,
        case_reference=file.reference if file else None,
        household=full_name(file.household) if file and _knows(task, actor) else None,
        commune=file.dwelling.commune if file else None,
        lane_label=lane.label if lane else task.lane,
        partner=partner,
        priority=task.priority,
        due_at=task.due_at,
        late=late,
        soon=not late and task.due_at is not None and task.due_at <= now + SOON,
        claimed_by_name=names.get(task.claimed_by) if task.claimed_by else None,
        mine=task.claimed_by is not None and task.claimed_by == actor.user_id,
        entered_at=task.entered_at,
    )


def _knows(task: Task, actor: Actor) -> bool:
    """Whether the actor may know whose case it is: who only watches over deadlines does not (LAW-1)."""
    return task.lane in actor.lanes or actor.rights.may("dossiers.voir")


def full_name(household: Household) -> str:
    """Return « Madame Léa Martin »."""
    parts = (household.title, household.first_name, household.last_name)
    return " ".join(part for part in parts if part)
