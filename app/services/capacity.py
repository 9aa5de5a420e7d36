"""What will be asked of the team week by week beside what it can do, and the peaks that come (MTP-6)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Select, func, select

from app import clock, tenancy
from app.catalog.capacity import Capacity
from app.database import db
from app.errors import Forbidden, NotFound
from app.expressions.calendar import is_working_day
from app.models import Case, Delegation, Task, Territory
from app.services import capacity_weeks, census, releases, supervision_words, teams
from app.services.actors import Actor
from app.services.capacity_weeks import AHEAD, WEEK, YEAR, YEARS, Expected, Peak, Week

BEHIND: Final = 12
"""Past weeks shown."""
_DAYS: Final = 5
_TENTH: Final = Decimal("0.1")


@dataclass(frozen=True)
class Past:
    """A week that is over: how many were asked, how many were done."""

    monday: date
    asked: int
    done: int


@dataclass(frozen=True)
class Plan:
    """The page. ``people`` answer the step today; ``years`` of past are read (0: the settings' seasons)."""

    capacity: Capacity
    step: str
    people: int
    waiting: int
    past: Sequence[Past]
    weeks: Sequence[Week]
    peaks: Sequence[Peak]
    years: int

    @property
    def season(self) -> Peak | None:
        """The busiest weeks that come, None when none stands out."""
        return capacity_weeks.season(self.weeks)

    @property
    def busiest(self) -> Decimal:
        """How many the busiest week to come asks for."""
        return max((week.asked for week in self.weeks), default=Decimal(0))

    @property
    def hours_short(self) -> Decimal:
        """How many more hours a week the worst peak asks for, over its weeks."""
        if not self.peaks:
            return Decimal(0)
        worst = self.peaks[0]
        weeks = ((worst.last - worst.first).days + 1) // 7
        return (worst.missing * self.capacity.hours / weeks).quantize(_TENTH)


def require(actor: Actor) -> None:
    """See that somebody may read what the team can do.

    Raises:
        Forbidden: the role may not, or is limited to a structure.
    """
    if actor.within is not None or not actor.rights.may("capacite.voir"):
        raise Forbidden


def plan(actor: Actor) -> Plan:
    """Return what is asked and possible, from twelve weeks ago to half a year ahead.

    Raises:
        Forbidden: the role does not see it.
        NotFound: nothing is planned here (no ``[capacite]``).
    """
    require(actor)
    release = releases.current()
    wanted = release.settings.capacity
    if wanted is None:
        raise NotFound
    this = census.monday_of(clock.now())
    asked = _by_week(_entered(wanted, this))
    seasons = release.settings.simulation
    expected = Expected(asked, _known_since(), this, seasons=seasons.seasons, a_month=seasons.alerts_month)
    waiting = _waiting(wanted)
    team = Team(wanted, this)
    weeks = capacity_weeks.ahead(this, waiting, expected.of, team.possible)
    return Plan(
        capacity=wanted,
        step=supervision_words.step_name(f"{wanted.process}/{wanted.element}", release),
        people=team.size,
        waiting=waiting,
        past=_past(wanted, this, asked),
        weeks=weeks,
        peaks=capacity_weeks.peaks(weeks),
        years=expected.years,
    )


class Team:
    """Who answers the step, and which days they work in the weeks to come."""

    def __init__(self, wanted: Capacity, this: date) -> None:
        self._wanted = wanted
        self._closed = releases.closing_days(db.session.get_one(Territory, tenancy.current_id()))
        members = {one.id for one in teams.colleagues([wanted.lane])}
        self.size = len(members)
        rows = db.session.execute(
            select(Delegation.from_user, Delegation.starts_on, Delegation.ends_on).where(
                Delegation.ends_on >= this,
                Delegation.starts_on < this + WEEK * AHEAD,
                Delegation.ended_at.is_(None),
            )
        )
        self._away = [(row.from_user, row.starts_on, row.ends_on) for row in rows if row.from_user in members]

    def possible(self, monday: date) -> Decimal:
        """Return how many the team can do in a week, to a tenth."""
        days = [monday + timedelta(days=number) for number in range(_DAYS)]
        worked = sum(self._present(day) for day in days if is_working_day(day, self._closed))
        hours = self._wanted.hours_week * worked / _DAYS
        return (hours / self._wanted.hours).quantize(_TENTH)

    def _present(self, day: date) -> int:
        away = {person for person, first, last in self._away if first <= day <= last}
        return self.size - len(away)


def _entered(wanted: Capacity, this: date) -> list[datetime]:
    """Return when each was asked, over the years that are looked at."""
    since = this - YEAR * (YEARS + 1)
    query = _of_step(select(Task.entered_at), wanted).where(Task.entered_at >= _midnight(since))
    return list(db.session.scalars(query))


def _past(wanted: Capacity, this: date, asked: Mapping[date, int]) -> list[Past]:
    first = this - WEEK * BEHIND
    query = _of_step(select(Task.completed_at), wanted).where(
        Task.status == "done", Task.completed_at >= _midnight(first)
    )
    done = _by_week([at for at in db.session.scalars(query) if at is not None])
    mondays = capacity_weeks.weeks_between(first, this)
    return [Past(monday, asked.get(monday, 0), done.get(monday, 0)) for monday in mondays]


def _waiting(wanted: Capacity) -> int:
    query = _of_step(select(func.count(Task.id)), wanted).where(Task.status == "open", Task.active)
    return db.session.scalar(query) or 0


def _of_step(query: Select[Any], wanted: Capacity) -> Select[Any]:
    return query.where(Task.called_process == wanted.process, Task.element == wanted.element)


def _by_week(instants: Sequence[datetime]) -> dict[date, int]:
    return dict(Counter(census.monday_of(at) for at in instants))


def _known_since() -> date | None:
    """Return the first whole week of the territory's cases."""
    first = db.session.scalar(select(func.min(Case.opened_at)))
    return census.monday_of(first) + WEEK if first is not None else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.PARIS)
