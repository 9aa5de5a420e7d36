"""Who has how much to do: by role and by person, week after week, and for how long tasks have been open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.roles import Lane
from app.database import db
from app.models import Delegation
from app.services import (
    census,
    releases,
    supervised,
    supervision_view,
    supervision_words,
    tallies,
    teams,
)
from app.services.actors import Actor
from app.services.census import NOBODY, WEEKS, Census, Sizes
from app.services.supervised import DEFAULT_WITHIN, Filters
from app.services.supervision_view import Supervised
from app.services.teams import Colleague

OLDEST: Final = 10
"""Tasks shown as the oldest."""


@dataclass(frozen=True)
class Load:
    """How many open tasks: in all, late, due within the week, suspended."""

    open: int
    late: int
    week: int
    suspended: int


@dataclass(frozen=True)
class RoleLoad:
    """The load of a role. ``unheld``: tasks that nobody has taken; ``weeks``: due in each week to come.

    ``people`` answer its tasks, ``away`` of them are absent today.
    """

    role: str
    label: str
    external: bool
    load: Load
    unheld: int
    people: int
    away: int
    weeks: Sequence[int]


@dataclass(frozen=True)
class PersonLoad:
    """What one person has taken, role by role; ``away_until`` the last day of an absence under way.

    ``roles`` are labels; empty for somebody who answers no task here any more.
    """

    id: UUID
    name: str
    roles: Sequence[str]
    load: Load
    by_role: Mapping[str, int]
    away_until: date | None


@dataclass(frozen=True)
class Workload:
    """The load of the territory. ``at``: when it was counted, None for now; ``mondays`` name the weeks."""

    roles: Sequence[RoleLoad]
    people: Sequence[PersonLoad]
    mondays: Sequence[date]
    at: datetime | None


@dataclass(frozen=True)
class StepAge:
    """Open tasks of a step by bracket of age (``census.AGES``, then beyond), and how many are late."""

    step: str
    name: str
    process: str
    brackets: Sequence[int]
    late: int


@dataclass(frozen=True)
class Ageing:
    """For how long tasks have been open, the steps with the oldest first, and the oldest tasks."""

    steps: Sequence[StepAge]
    oldest: Sequence[Supervised]
    at: datetime | None


def workload(actor: Actor) -> Workload | None:
    """Return who has how much to do; None in a big territory that has not been counted yet.

    Raises:
        Forbidden: the role does not supervise.
    """
    supervision_view.require(actor)
    counted = tallies.everything()
    if counted is None:
        return None
    monday = census.monday_of(clock.now())
    mondays = [monday + timedelta(weeks=number) for number in range(WEEKS)]
    crew, away = teams.colleagues(), _away(clock.today())
    lanes = releases.current().settings.lanes
    roles = [_role(lane, counted.census, mondays, crew, away) for lane in lanes.values()]
    return Workload(
        roles=[role for role in roles if role.load.open or role.people],
        people=_people(counted.census, crew, away),
        mondays=mondays,
        at=counted.at,
    )


def _away(today: date) -> dict[UUID, date]:
    """Return who is absent today, with the last day of the absence."""
    rows = db.session.execute(
        select(Delegation.from_user, Delegation.ends_on).where(
            Delegation.starts_on <= today, Delegation.ends_on >= today, Delegation.ended_at.is_(None)
        )
    )
    return {row.from_user: row.ends_on for row in rows}


def _role(
    lane: Lane,
    found: Census,
    mondays: Sequence[date],
    crew: Sequence[Colleague],
    away: Mapping[UUID, date],
) -> RoleLoad:
    held = found.held.get(lane.id, {})
    weeks = found.weeks.get(lane.id, {})
    team = [] if lane.external else [one for one in crew if lane.id in one.lanes]
    return RoleLoad(
        role=lane.id,
        label=lane.label,
        external=lane.external,
        load=_load(_added(held.values())),
        unheld=sum(held.get(NOBODY, ())),
        people=len(team),
        away=sum(one.id in away for one in team),
        weeks=[weeks.get(monday.isoformat(), 0) for monday in mondays],
    )


def _people(found: Census, crew: Sequence[Colleague], away: Mapping[UUID, date]) -> list[PersonLoad]:
    labels = {lane.id: lane.label for lane in releases.current().settings.lanes.values()}
    known = {one.id: one for one in crew}
    holders = {UUID(person) for people in found.held.values() for person in people if person != NOBODY}
    names = teams.names(holders - known.keys()) | {one.id: one.name for one in crew}
    loads = []
    for person, name in names.items():
        held = {role: sizes[str(person)] for role, sizes in found.held.items() if str(person) in sizes}
        lanes = sorted(known[person].lanes) if person in known else []
        loads.append(
            PersonLoad(
                id=person,
                name=name,
                roles=[labels[lane] for lane in lanes],
                load=_load(_added(held.values())),
                by_role={labels.get(role, role): sum(sizes) for role, sizes in held.items()},
                away_until=away.get(person),
            )
        )
    return sorted(loads, key=lambda one: (-one.load.late, -one.load.open, one.name))


def _added(several: Iterable[Sizes]) -> Sizes:
    total = [0] * len(census.BUCKETS)
    for sizes in several:
        total = [one + other for one, other in zip(total, sizes, strict=True)]
    return total


def _load(sizes: Sizes) -> Load:
    return Load(
        open=sum(sizes),
        late=census.sum_of(sizes, "retard", 0),
        week=census.sum_of(sizes, "bientot", DEFAULT_WITHIN),
        suspended=census.sum_of(sizes, "suspendu", 0),
    )


def ageing(actor: Actor) -> Ageing:
    """Return for how long the open tasks have been open.

    Raises:
        Forbidden: the role does not supervise.
    """
    supervision_view.require(actor)
    counted = tallies.everything()
    release = releases.current()
    steps = [
        StepAge(
            step=step,
            name=supervision_words.step_name(step, release),
            process=release.programme.names.get(step.partition("/")[0], ""),
            brackets=sizes[:-1],
            late=sizes[-1],
        )
        for step, sizes in (counted.census.ages.items() if counted is not None else ())
    ]
    ids = supervision_view.ordered(supervised.matching(Filters(), actor), "ancienne").limit(OLDEST)
    return Ageing(
        steps=sorted(steps, key=lambda one: ([-size for size in reversed(one.brackets)], one.name)),
        oldest=supervision_view.rows(list(db.session.scalars(ids)), actor),
        at=counted.at if counted is not None else None,
    )
