"""Which tasks a list holds: its view, its search and its filters, as conditions that indexes serve."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app import clock
from app.database import db
from app.engine import describe, process_ids
from app.models import Draft, Orientation, ProcessInstance, Task, TaskVisit
from app.services import releases, search
from app.services.actors import Actor
from app.services.inbox_rows import SOON
from app.services.text import fold
from app.services.wanted import NOBODY, Wanted, identity

WEEK: Final = timedelta(days=7)
PEOPLE_S: Final = frozenset({"miennes", "suivi", "brouillons"})
"""Views that hold little whatever the territory: one person's."""


@dataclass(frozen=True)
class Part:
    """The tasks of a list, by the same conditions written for each way to read them.

    ``few``: the conditions themselves lead to few. ``walked``: for a list read in the order of an index, from
    which those of the lanes must not turn aside; ``of_cases``: for one read by its cases.
    """

    conditions: tuple[ColumnElement[bool], ...]
    walked: tuple[ColumnElement[bool], ...]
    of_cases: tuple[ColumnElement[bool], ...]
    few: bool


@dataclass(frozen=True)
class Step:
    """A step people may look for: « process.element », and its name."""

    key: str
    name: str
    lane: str


def part_of(wanted: Wanted, actor: Actor, replaced: Collection[UUID]) -> Part:
    """Return which open tasks a list holds, among those that the actor may answer.

    Args:
        wanted: what is asked for.
        actor: who reads.
        replaced: the people whom the actor replaces today.
    """
    own = frozenset({actor.user_id, *replaced} - {None})
    lanes = sorted(actor.lanes & {wanted.couloir} if wanted.couloir else actor.lanes)
    found, few = [*_view(wanted, actor, own), *_filters(wanted)], wanted.vue in PEOPLE_S
    if wanted.q:
        matched = _search(wanted.q, actor)
        found, few = [*found, matched.condition], few or matched.few
    if wanted.partenaire or (wanted.personne and wanted.personne != NOBODY):
        few = True
    is_open, of_lanes = Task.status == "open", _aside(Task.lane).in_(lanes)
    return Part(
        conditions=(is_open, of_lanes if few else Task.lane.in_(lanes), *found),
        walked=(is_open, of_lanes, *found),
        of_cases=(_aside(Task.status) == "open", of_lanes, *found),
        few=few,
    )


def mine(own: Collection[UUID | None]) -> ColumnElement[bool]:
    """Return which tasks are among one's own: those one holds, and those of the people one replaces."""
    return Task.claimed_by.in_(sorted(filter(None, own)))


def _aside(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """Return a column in a form that offers SQLite no index, where another one is the good one."""
    return func.coalesce(column, "") if db.engine.dialect.name == "sqlite" else column.expression


def _view(wanted: Wanted, actor: Actor, own: Collection[UUID | None]) -> Iterator[ColumnElement[bool]]:
    now, today = clock.now(), clock.today()
    if wanted.vue == "miennes":
        yield mine(own)
        if not wanted.q:  # a search finds what was set aside too; nothing late stays aside
            yield or_(Task.set_aside.is_(False), Task.follow_up_on <= today, Task.due_at <= now)
    elif wanted.vue == "suivi":
        yield mine(own)
        yield Task.follow_up_on.is_not(None)
    elif wanted.vue == "brouillons":
        yield Task.id.in_(select(Draft.task_id).where(Draft.person == actor.person))
    elif wanted.vue == "non_lues":
        yield or_(Task.claimed_by.is_(None), mine(own))
        visits = (TaskVisit.task_id == Task.id, TaskVisit.user_id == actor.user_id)
        yield ~exists(select(TaskVisit.id).where(*visits))
    elif wanted.vue == "retard":
        yield from _late()
    elif wanted.vue == "semaine":
        yield Task.active.is_(True)
        yield and_(Task.due_at > now, Task.due_at <= now + WEEK)


def _late() -> tuple[ColumnElement[bool], ...]:
    return Task.active.is_(True), Task.due_at <= clock.now()


def _filters(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.etape:
        process, _, element = wanted.etape.partition(".")
        yield and_(Task.called_process == process, Task.element == element)
    if wanted.commune:
        yield Task.commune == wanted.commune
    if wanted.priorite:
        yield Task.priority == wanted.priorite
    if wanted.personne == NOBODY:
        yield Task.claimed_by.is_(None)
    elif wanted.personne:
        yield Task.claimed_by == identity(wanted.personne)
    if wanted.partenaire:
        yield Task.scope.in_(_branches(identity(wanted.partenaire)))
    if wanted.echeance == "retard":
        yield from _late()
    elif wanted.echeance == "bientot":
        now = clock.now()
        yield and_(Task.active.is_(True), Task.due_at > now, Task.due_at <= now + SOON)
    if wanted.suspendues:
        held = select(ProcessInstance.id).where(ProcessInstance.status == "suspended")
        yield and_(Task.active.is_(False), Task.process_id.in_(held))


def _branches(partner: UUID | None) -> list[str]:
    """Return the newest orientations of a partner, by which its steps are known."""
    query = select(Orientation.id).where(Orientation.partner_id == partner, Orientation.closed_at.is_(None))
    return [
        str(one) for one in db.session.scalars(query.order_by(Orientation.created_at.desc()).limit(1_000))
    ]


def _search(text: str, actor: Actor) -> search.Match:
    """Return the tasks of the cases found, and those whose step is named so."""
    cases = search.match(text, Task.case_id)
    words = fold(text).split()
    named = [
        step.key.partition(".") for step in steps(actor) if words and all(w in fold(step.name) for w in words)
    ]
    if not named:
        return cases
    of_name = [and_(Task.called_process == process, Task.element == element) for process, _, element in named]
    return search.Match(or_(cases.condition, *of_name), few=False)


def steps(actor: Actor) -> list[Step]:
    """Return the steps of today's programme that the actor may answer, by name."""
    programme = releases.current().programme
    found = [
        Step(f"{process}.{item.element}", item.name, item.lane)
        for process in process_ids(programme)
        for item in describe(programme, process)
        if item.kind in ("userTask", "manualTask") and item.lane in actor.lanes
    ]
    return sorted(found, key=lambda step: (fold(step.name), step.key))
