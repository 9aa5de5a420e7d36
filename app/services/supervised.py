"""The open tasks of a territory, narrowed as a supervisor asks: what SQL reads, and by which index."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select

from app import clock
from app.database import db
from app.models import Case, Orientation, ProcessInstance, Task
from app.services import census, search
from app.services.actors import SYSTEM, Actor
from app.services.census import NOBODY, Facts, State

DEFAULT_WITHIN: Final = 7
"""Days within which a task is « bientôt » due, unless asked otherwise."""
_MOST_BRANCHES: Final = 20_000
"""Open requests of one partner that a list looks among: databases take so many values in one statement."""
_MOST_SUSPENDED: Final = 5_000
"""Processes in suspense that a list looks among."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Filters:
    """What a list of open tasks is narrowed to; None and the empty text narrow nothing.

    ``step`` is ``<process>/<element>``, ``role`` a lane, ``person`` an account or ``census.NOBODY``, ``age``
    a bracket of ``census.AGES``; ``due_from`` and ``due_to`` are days, both included.
    """

    state: State | None = None
    within: int = DEFAULT_WITHIN
    role: str | None = None
    step: str | None = None
    process: str | None = None
    person: UUID | str | None = None
    partner: UUID | None = None
    commune: str | None = None
    priority: str | None = None
    age: int | None = None
    due_from: date | None = None
    due_to: date | None = None
    search: str = ""

    def values(self) -> dict[str, str | None]:
        """Return the value asked of each dimension."""
        return {
            "role": self.role,
            "etape": self.step,
            "parcours": self.process,
            "personne": str(self.person) if self.person else None,
            "partenaire": str(self.partner) if self.partner else None,
            "commune": self.commune,
            "priorite": self.priority,
        }

    @property
    def plain(self) -> bool:
        """Whether nothing but dimensions and a state narrows the list."""
        return self.age is None and self.due_from is None and self.due_to is None and not self.search


def matching(filters: Filters, actor: Actor) -> Select[Any]:
    """Return the query of the open tasks that ``filters`` keep, of every lane."""
    query = select(Task).where(Task.status == "open")
    if filters.state is not None:
        query = query.where(_in_state(filters.state, filters.within))
    query = query.where(*_of_task(filters), *_between(filters))
    if filters.search:
        query = query.where(_said(filters.search, actor))
    return query


def _in_state(state: State, within: int) -> ColumnElement[bool]:
    now = clock.now()
    soon = now + timedelta(days=within)
    if state == "suspendu":
        return and_(not_(Task.active), Task.process_id.in_(_suspended()))
    due = {
        "retard": Task.due_at <= now,
        "bientot": and_(Task.due_at > now, Task.due_at <= soon),
        "avenir": Task.due_at > soon,
        "sans": Task.due_at.is_(None),
    }[state]
    return and_(due, Task.active)


def _suspended() -> list[UUID]:
    """Return the processes in suspense, the longest first (the order an index gives)."""
    return list(
        db.session.scalars(
            select(ProcessInstance.id)
            .where(ProcessInstance.status == "suspended")
            .order_by(ProcessInstance.suspended_at)
            .limit(_MOST_SUSPENDED)
        )
    )


def _of_task(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.role is not None:
        yield Task.lane == filters.role
    if filters.process is not None:
        yield Task.called_process == filters.process
    if filters.step is not None:
        process, _, element = filters.step.partition("/")
        yield and_(Task.called_process == process, Task.element == element)
    if filters.person is not None:
        yield Task.claimed_by.is_(None) if filters.person == NOBODY else Task.claimed_by == filters.person
    if filters.partner is not None:
        yield Task.scope.in_(_branches_of(filters.partner))
    if filters.priority is not None:
        yield Task.priority == filters.priority
    if filters.commune is not None:
        yield Task.commune == filters.commune


def _between(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.age is not None:
        oldest, newest = census.age_bounds(filters.age, clock.now())
        if oldest is not None:
            yield Task.entered_at >= oldest
        if newest is not None:
            yield Task.entered_at < newest
    # A task due on a day is due at the midnight that ends it.
    if filters.due_from is not None:
        yield Task.due_at > _midnight(filters.due_from)
    if filters.due_to is not None:
        yield Task.due_at <= _midnight(filters.due_to + _DAY)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.PARIS)


def _branches_of(partner: UUID) -> list[str]:
    """Return the branches under way with a partner."""
    rows = db.session.scalars(
        select(Orientation.id)
        .where(Orientation.partner_id == partner, Orientation.closed_at.is_(None))
        .limit(_MOST_BRANCHES)
    )
    return [str(row) for row in rows]


def _said(text: str, actor: Actor) -> ColumnElement[bool]:
    """Match a text, by what the actor may know of a case: finding a name would tell it too (LAW-1).

    Who only watches over deadlines finds a case by its whole reference.
    """
    exact = Task.case_id.in_(select(Case.id).where(Case.reference == text.strip().upper()))
    if actor.rights.may("dossiers.voir"):
        return search.match(text, Task.case_id).condition
    if not actor.lanes:
        return exact
    return or_(exact, and_(Task.lane.in_(sorted(actor.lanes)), search.match(text, Task.case_id).condition))


def count(query: Select[Any], most: int) -> int:
    """Return how many tasks a query finds, ``most + 1`` when there are more: counting stops there."""
    narrow = query.with_only_columns(Task.id).limit(most + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(narrow)) or 0


_COUNTED: Final = (
    Task.id,
    Task.due_at,
    Task.entered_at,
    Task.active,
    Task.lane,
    Task.called_process,
    Task.element,
    Task.claimed_by,
    Task.scope,
    Task.priority,
    Task.commune,
)


def facts(query: Select[Any]) -> list[Facts]:
    """Return what is counted of the tasks that a query finds, in two reads."""
    return told(db.session.execute(query.with_only_columns(*_COUNTED)).all())


def all_facts(size: int = 2000) -> Iterator[list[Facts]]:
    """Yield what is counted of every open task, so many at a time, the oldest first."""
    query = matching(Filters(), SYSTEM).with_only_columns(*_COUNTED)
    query = query.order_by(Task.entered_at, Task.id).limit(size)
    rows = db.session.execute(query).all()
    while rows:
        yield told(rows)
        at, last = rows[-1].entered_at, rows[-1].id
        after = or_(Task.entered_at > at, Task.id > last)
        rows = db.session.execute(query.where(Task.entered_at >= at, after)).all()


def told(rows: Sequence[Any]) -> list[Facts]:
    """Return rows of what is counted, with the partner of each branch."""
    partners = partners_of({row.scope for row in rows if row.scope})
    return [
        Facts(
            due_at=row.due_at,
            entered_at=row.entered_at,
            active=row.active,
            role=row.lane,
            process=row.called_process,
            element=row.element,
            person=row.claimed_by,
            partner=partners.get(row.scope),
            commune=row.commune,
            priority=row.priority,
        )
        for row in rows
    ]


def partners_of(scopes: set[str]) -> Mapping[str, UUID]:
    """Return the partner of each branch among ``scopes``."""
    ids = {found for scope in scopes if (found := _branch(scope)) is not None}
    if not ids:
        return {}
    rows = db.session.execute(select(Orientation.id, Orientation.partner_id).where(Orientation.id.in_(ids)))
    return {str(row.id): row.partner_id for row in rows}


def _branch(scope: str) -> UUID | None:
    try:
        return UUID(scope)
    except ValueError:
        return None
