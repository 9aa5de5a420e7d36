"""The inbox: one query, newest promises first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import joinedload

from app import clock
from app.database import db
from app.models import Case, Dwelling, Household, Task, User
from app.services import releases
from app.services.actors import Actor
from app.services.paging import SIZE, Page
from app.services.text import fold

Which = Literal["miennes", "equipe", "retard", "semaine"]
WHICH: Final[tuple[Which, ...]] = ("miennes", "equipe", "retard", "semaine")
SOON: Final = timedelta(days=2)
"""A task due within two days is shown as « bientôt »."""


@dataclass(frozen=True)
class TaskRow:
    """A line of the inbox."""

    id: UUID
    name: str
    element: str
    case_reference: str | None
    household: str | None
    commune: str | None
    lane_label: str
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
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    tasks = db.session.scalars(
        query.options(joinedload(Task.case))
        .order_by(Task.due_at.is_(None), Task.due_at, Task.entered_at, Task.id)
        .limit(SIZE)
        .offset((max(page, 1) - 1) * SIZE)
    ).all()
    return Page([row(task, actor) for task in tasks], max(page, 1), total)


def counts(actor: Actor) -> dict[str, int]:
    """Return how many tasks each list of the inbox holds."""
    return {
        which: db.session.scalar(select(func.count()).select_from(_scope(actor, which).subquery())) or 0
        for which in WHICH
    }


def _scope(actor: Actor, which: Which) -> Select[Any]:
    now = clock.now()
    query = select(Task).where(Task.status == "open", Task.lane.in_(sorted(actor.lanes)))
    if which == "miennes":
        return query.where(Task.claimed_by == actor.user_id)
    if which == "retard":
        return query.where(Task.due_at <= now)
    if which == "semaine":
        return query.where(and_(Task.due_at > now, Task.due_at <= now + timedelta(days=7)))
    return query


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
    now = clock.now()
    lane = releases.of(task.process.release_id).settings.lanes.get(task.lane)
    case = task.case
    late = task.due_at is not None and task.due_at <= now
    return TaskRow(
        id=task.id,
        name=task.name,
        element=task.element,
        case_reference=case.reference if case else None,
        household=full_name(case.household) if case else None,
        commune=case.dwelling.commune if case else None,
        lane_label=lane.label if lane else task.lane,
        priority=task.priority,
        due_at=task.due_at,
        late=late,
        soon=not late and task.due_at is not None and task.due_at <= now + SOON,
        claimed_by_name=db.session.scalar(select(User.name).where(User.id == task.claimed_by))
        if task.claimed_by
        else None,
        mine=task.claimed_by is not None and task.claimed_by == actor.user_id,
        entered_at=task.entered_at,
    )


def full_name(household: Household) -> str:
    """Return « Madame Léa Martin »."""
    parts = (household.title, household.first_name, household.last_name)
    return " ".join(part for part in parts if part)
