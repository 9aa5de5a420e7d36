"""The inbox: what may be answered, filtered, sorted, counted as far as people count.

Nothing here reads more than a list shows. A count stops at ``COUNTED``; a list stops there too, and says
that a filter brings the rest. A short list is sorted whole; a long one is walked in the order of an index,
part after part (first what has a due date, then what has none).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app import clock
from app.database import db
from app.models import Case, Task
from app.services import delegations, inbox_filters, inbox_order
from app.services.actors import Actor
from app.services.inbox_filters import Part
from app.services.inbox_rows import SHOWN, SOON, TaskRow, desk_of, full_name, row, rows
from app.services.paging import COUNTED, SIZE, Page
from app.services.wanted import WHICH, Wanted, Which

__all__ = [
    "COUNTED", "SHOWN", "SOON", "WHICH", "TaskRow", "Which", "counts", "full_name", "inbox", "late_count",
    "row", "rows",
]  # fmt: skip
CASES: Final = 100
"""Cases read at a time when a long list follows them."""
LAST_PAGE: Final = (COUNTED - 1) // SIZE


@dataclass(frozen=True)
class Replaced:
    """Whose tasks the actor answers today beside their own, each with the last day of the absence."""

    until: Mapping[UUID, date]

    @property
    def people(self) -> frozenset[UUID]:
        """The absent people."""
        return frozenset(self.until)


def replaced_by(actor: Actor) -> Replaced:
    """Return whom the actor replaces today."""
    if actor.user_id is None:
        return Replaced({})
    return Replaced(delegations.stood_in_until(actor.user_id, clock.today()))


def inbox(
    actor: Actor, *, which: Which = "equipe", search: str = "", page: int = 1, wanted: Wanted | None = None
) -> Page[TaskRow]:
    """Return one page of the open tasks the actor may answer, the most pressing first unless asked.

    Args:
        actor: who reads.
        which: the view, and
        search: what is looked for, and
        page: the page from 1, all three read when ``wanted`` is not given.
        wanted: everything at once.

    The total stops at ``COUNTED``, and so do the pages.
    """
    asked = wanted or Wanted(vue=which, q=search, page=page)
    asked = replace(asked, page=min(max(asked.page, 1), LAST_PAGE))
    replaced = replaced_by(actor)
    part = inbox_filters.part_of(asked, actor, replaced.people)
    total = db.session.scalar(select(_capped(part.conditions))) or 0
    if not total:
        return Page([], asked.page, 0)
    ids = _ids(asked, part, short=part.few or total < COUNTED)
    found = {
        task.id: task for task in db.session.scalars(select(Task).where(Task.id.in_(ids)).options(*SHOWN))
    }
    tasks = [found[task_id] for task_id in ids if task_id in found]
    return Page(rows(tasks, actor, desk_of(tasks, actor, replaced.until)), asked.page, total)


def counts(actor: Actor) -> dict[str, int]:
    """Return how many tasks each list of the inbox holds, each up to ``COUNTED``, in one statement."""
    people = replaced_by(actor).people
    parts = {which: inbox_filters.part_of(Wanted(vue=which), actor, people) for which in WHICH}
    columns = [_capped(part.conditions).label(which) for which, part in parts.items()]
    found = db.session.execute(select(*columns)).one()
    return {which: getattr(found, which) or 0 for which in WHICH}


def late_count(actor: Actor) -> int:
    """Return how many tasks of the actor's lanes are late, up to ``COUNTED``."""
    part = inbox_filters.part_of(Wanted(vue="retard"), actor, frozenset())
    return db.session.scalar(select(_capped(part.conditions))) or 0


def _capped(conditions: tuple[ColumnElement[bool], ...]) -> Any:
    some = select(Task.id).where(*conditions).limit(COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _ids(wanted: Wanted, part: Part, *, short: bool) -> list[UUID]:
    """Return the ids of the page asked for, in order."""
    start = (wanted.page - 1) * SIZE
    if short:
        query = _from(part.conditions, wanted).order_by(*inbox_order.whole(wanted))
        return list(db.session.scalars(query.limit(SIZE).offset(start)))
    need = start + SIZE
    found = _along_cases(part, need) if wanted.tri == "dossier" else []
    for condition, order in inbox_order.parts(wanted):
        if len(found) >= need:
            break
        walk = _from((*part.walked, condition), wanted).order_by(*order).limit(need - len(found))
        found += db.session.scalars(walk)
    return found[start:need]


def _along_cases(part: Part, need: int) -> list[UUID]:
    """Return the first tasks of the open cases, the oldest case first, so many cases at a time."""
    found: list[UUID] = []
    last: tuple[datetime, UUID] | None = None
    while len(found) < need:
        query = select(Case.id, Case.opened_at).where(Case.status == "open")
        if last is not None:
            later = and_(Case.opened_at == last[0], Case.id > last[1])
            query = query.where(Case.opened_at >= last[0], or_(Case.opened_at > last[0], later))
        cases = db.session.execute(query.order_by(Case.opened_at, Case.id).limit(CASES)).all()
        if not cases:
            break
        ranks = {row.id: rank for rank, row in enumerate(cases)}
        rows = db.session.execute(
            select(Task.id, Task.case_id, Task.due_at).where(*part.of_cases, Task.case_id.in_(list(ranks)))
        )
        latest = datetime.max.replace(tzinfo=UTC)
        ordered = sorted(rows, key=lambda row: (ranks[row.case_id], row.due_at or latest, row.id))
        found += [row.id for row in ordered]
        last = cases[-1].opened_at, cases[-1].id
    return found


def _from(conditions: tuple[ColumnElement[bool], ...], wanted: Wanted) -> Select[Any]:
    query = select(Task.id).where(*conditions)
    return query.outerjoin(Task.case) if wanted.tri == "dossier" else query
