"""Supervision at a glance, and the list of open tasks with what narrows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.database import db
from app.errors import Forbidden
from app.models import ProcessInstance, Task
from app.services import census, inbox, supervised, supervision_words, tallies
from app.services.actors import Actor
from app.services.census import STATES, State
from app.services.inbox import TaskRow
from app.services.paging import SIZE
from app.services.supervised import Filters
from app.services.tallies import Counted

Sort = Literal["echeance", "derniere", "ancienne", "recente", "etape", "priorite"]
SORTS: Final[tuple[Sort, ...]] = ("echeance", "derniere", "ancienne", "recente", "etape", "priorite")
_SHOWN: Final = (
    joinedload(Task.case),
    joinedload(Task.process).load_only(ProcessInstance.release_id, ProcessInstance.status),
)


@dataclass(frozen=True)
class Supervised:
    """A line of the list: what the inbox shows of a task, and what only supervision shows."""

    task: TaskRow
    process_id: UUID
    role: str
    suspended: bool


@dataclass(frozen=True)
class Choice:
    """One value to narrow by; ``count`` is None when there are too many tasks to count them now."""

    value: str
    label: str
    count: int | None


@dataclass(frozen=True)
class Listing:
    """One page of the list. ``total`` is None when there are more than a page counts.

    ``sizes`` counts each state under the other filters; ``choices`` the values of each dimension.
    ``counted_at`` says when the counts were taken, None when they are of this moment.
    """

    rows: Sequence[Supervised]
    number: int
    more: bool
    total: int | None
    sizes: Mapping[str, int] | None
    choices: Mapping[str, Sequence[Choice]]
    counted_at: datetime | None


def listing(actor: Actor, filters: Filters, *, sort: Sort = "echeance", page: int = 1) -> Listing:
    """Return one page of the open tasks, of every lane, with what they can be narrowed by.

    Raises:
        Forbidden: the role does not supervise.
    """
    require(actor)
    number = max(page, 1)
    ids = ordered(supervised.matching(filters, actor), sort).limit(SIZE + 1).offset((number - 1) * SIZE)
    found = list(db.session.scalars(ids))
    any_state = replace(filters, state=None)
    here = tallies.counted(filters, actor)
    around = here if filters.state is None else tallies.counted(any_state, actor)
    return Listing(
        rows=rows(found[:SIZE], actor),
        number=number,
        more=len(found) > SIZE,
        total=_sum(here, filters),
        sizes=_sizes(around, filters),
        choices=_choices(here or tallies.stored(tallies.OPEN), filters, told=here is not None),
        counted_at=here.at if here is not None else None,
    )


def ordered(query: Select[Any], sort: Sort) -> Select[Any]:
    """Return the ids that a query finds, in an order that an index gives."""
    order = {
        "echeance": (Task.due_at.nulls_last(), Task.id),
        "derniere": (Task.due_at.desc().nulls_first(), Task.id),
        "ancienne": (Task.entered_at, Task.id),
        "recente": (Task.entered_at.desc(), Task.id),
        "etape": (Task.called_process, Task.element, Task.due_at, Task.id),
        "priorite": (Task.priority.nulls_last(), Task.due_at, Task.id),
    }[sort]
    return query.with_only_columns(Task.id).order_by(*order)


def rows(ids: Sequence[UUID], actor: Actor) -> list[Supervised]:
    """Return lines of the list, in the order of ``ids``; what has been done meanwhile is left out."""
    if not ids:
        return []
    places = {task_id: place for place, task_id in enumerate(ids)}
    found = db.session.scalars(select(Task).where(Task.id.in_(ids), Task.status == "open").options(*_SHOWN))
    tasks = sorted(found, key=lambda task: places[task.id])
    shown = inbox.rows(tasks, actor)
    return [
        Supervised(row, task.process_id, task.lane, not task.active)
        for task, row in zip(tasks, shown, strict=True)
    ]


def _sum(counted: Counted | None, filters: Filters) -> int | None:
    if counted is None:
        return None
    if counted.at is None:  # counted under the state too
        return sum(counted.census.total)
    return census.sum_of(counted.census.total, filters.state, filters.within)


def _sizes(counted: Counted | None, filters: Filters) -> dict[str, int] | None:
    if counted is None:
        return None
    return {state: census.sum_of(counted.census.total, state, filters.within) for state in STATES}


def _choices(counted: Counted | None, filters: Filters, *, told: bool) -> dict[str, list[Choice]]:
    if counted is None:
        return {}
    state: State | None = filters.state if counted.at is not None else None
    named = supervision_words.labels()
    found = {}
    for name, values in counted.census.by.items():
        sizes = {value: census.sum_of(size, state, filters.within) for value, size in values.items()}
        label = named[name](sizes.keys())
        rows_ = [
            Choice(value, label.get(value, value), size if told else None)
            for value, size in sizes.items()
            if size or not told
        ]
        found[name] = sorted(rows_, key=lambda one: (-(one.count or 0), one.label))
    return found


@dataclass(frozen=True)
class Glance:
    """What the first page of supervision says: counts, and the first of what is late and soon due."""

    sizes: Mapping[str, int] | None
    counted_at: datetime | None
    late: Sequence[Supervised]
    soon: Sequence[Supervised]


def glance(actor: Actor, *, shown: int = 8) -> Glance:
    """Return how the territory stands now.

    Raises:
        Forbidden: the role does not supervise.
    """
    require(actor)
    counted = tallies.everything()
    first = {
        state: rows(
            list(
                db.session.scalars(
                    ordered(supervised.matching(Filters(state=state), actor), "echeance").limit(shown)
                )
            ),
            actor,
        )
        for state in ("retard", "bientot")
    }
    return Glance(
        sizes=_sizes(counted, Filters()),
        counted_at=counted.at if counted is not None else None,
        late=first["retard"],
        soon=first["bientot"],
    )


def require(actor: Actor) -> None:
    """Refuse who does not supervise.

    Raises:
        Forbidden: the role does not supervise.
    """
    if not actor.rights.may("supervision.voir"):
        raise Forbidden
