"""People's time: working days and hours, holidays, absences, one thing at a time, appointments kept.

Working hours of a day begin at nine and last a fifth of the week's. An appointment is kept on its day even
past those hours: the time is given back on the following days.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app import clock
from app.expressions.calendar import is_working_day
from app.simulator.house import Colleague, House
from app.simulator.plan import Period, Plan

NEVER: Final = datetime.max.replace(tzinfo=UTC)
OPENING: Final = time(9)
EVENING: Final = time(18)
"""Nobody begins anything later."""
_DAY: Final = timedelta(days=1)
_FAR: Final = 3650
"""Days looked at before giving up on somebody who never works."""
_SUMMER: Final = range(27, 35)
_YEAR_END: Final = frozenset({1, 52})
Hours = tuple[datetime, datetime]


@dataclass(frozen=True)
class Work:
    """A step that somebody of the lane has to do, from ``ready`` on; ``day`` is that of an appointment."""

    key: int
    lane: str
    ready: datetime
    due: datetime | None
    minutes: float
    day: date | None = None

    @property
    def urgency(self) -> tuple[bool, datetime, int]:
        """Appointments first, then what is due first, then what came first."""
        return self.day is None, self.due or NEVER, self.key


@dataclass
class Person:
    """One colleague: a calendar, and what they are doing.

    ``name`` seeds their calendar. ``free_at``: when what they are doing ends. ``owed_until``: up to when
    their hours are used up by appointments that overran. ``called_at``: when they will look again.
    """

    colleague: Colleague
    name: str
    closed: frozenset[date]
    free_at: datetime
    owed_until: datetime
    doing: int | None = None
    called_at: datetime | None = None
    worked: float = 0.0
    _slots: dict[date, Hours | None] = field(default_factory=dict)
    _off: dict[int, frozenset[int]] = field(default_factory=dict)

    @property
    def lanes(self) -> frozenset[str]:
        """The lanes whose steps they may do."""
        return self.colleague.actor.lanes

    def slot(self, day: date) -> Hours | None:
        """Return the working hours of a day, None when they are away."""
        if day not in self._slots:
            self._slots[day] = self._hours(day)
        return self._slots[day]

    def _hours(self, day: date) -> Hours | None:
        crew = self.colleague.crew
        missing = self._dice(day).random() < float(crew.absence)
        if missing or not is_working_day(day, self.closed) or self._on_holiday(day):
            return None
        begin = datetime.combine(day, OPENING, clock.PARIS).astimezone(UTC)
        return begin, begin + timedelta(hours=float(crew.hours_week) / 5)

    def _dice(self, key: object) -> random.Random:
        """Return a generator of its own: what is looked at, or not, changes nothing else."""
        return random.Random(f"{self.name}/{key}")  # noqa: S311  # plausible lives, no secret

    def _on_holiday(self, day: date) -> bool:
        year, week, _ = day.isocalendar()
        if year not in self._off:
            dice, weeks = self._dice(year), list(range(1, 53))
            weights = [4.0 if w in _SUMMER else 3.0 if w in _YEAR_END else 1.0 for w in weeks]
            chosen: set[int] = set()
            while len(chosen) < self.colleague.crew.weeks_off:
                chosen.add(dice.choices(weeks, weights)[0])
            self._off[year] = frozenset(chosen)
        return week in self._off[year]

    def _slots_from(self, moment: datetime) -> Iterator[Hours]:
        day = moment.astimezone(clock.PARIS).date()
        for _ in range(_FAR):
            hours = self.slot(day)
            if hours is not None and hours[1] > moment:
                yield max(hours[0], moment), hours[1]
            day += _DAY

    def next_hours(self, moment: datetime) -> datetime:
        """Return the first working instant at ``moment`` or after."""
        return next((begin for begin, _ in self._slots_from(moment)), NEVER)

    def after(self, moment: datetime, minutes: float) -> datetime:
        """Return when ``minutes`` of working hours have passed since ``moment``."""
        left = timedelta(minutes=minutes)
        for begin, end in self._slots_from(moment):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return NEVER

    def could_begin(self, work: Work, now: datetime) -> datetime:
        """Return the first instant, ``now`` or later, at which they can begin that step."""
        moment = max(now, work.ready, self.free_at)
        if work.day is None:
            return self.next_hours(max(moment, self.owed_until))
        here = moment.astimezone(clock.PARIS)
        hours = self.slot(here.date())
        if hours is not None and here.time() < EVENING:
            return max(moment, hours[0])
        tomorrow = datetime.combine(here.date() + _DAY, time(0), clock.PARIS)
        return self.next_hours(tomorrow.astimezone(UTC))

    def begin(self, work: Work, now: datetime) -> datetime:
        """Take a step up; return when it is done."""
        self.doing = work.key
        self.worked += work.minutes
        if work.day is None:
            self.free_at = self.after(now, work.minutes)
        else:
            today = self.slot(now.astimezone(clock.PARIS).date())
            since = max(self.owed_until, today[0] if today else now)
            self.free_at = now + timedelta(minutes=work.minutes)
            self.owed_until = self.after(since, work.minutes)
        return self.free_at

    def drop(self, now: datetime) -> None:
        """Stop what they are doing: it is done, or not wanted any more."""
        self.doing, self.free_at = None, now

    def days(self, first: date, last: date) -> Iterator[tuple[date, float]]:
        """Yield each worked day from ``first`` to ``last`` (excluded) and its hours."""
        day = first
        while day < last:
            hours = self.slot(day)
            if hours is not None:
                yield day, (hours[1] - hours[0]).total_seconds() / 3600
            day += _DAY


def everybody(house: House, plan: Plan, period: Period) -> list[Person]:
    """Return the people of a house, free from the opening on; each draws a calendar of their own."""
    ranks: Counter[str] = Counter()
    found = []
    for colleague in house.colleagues:
        ranks[colleague.role] += 1
        name = f"{plan.seed}/equipe/{colleague.role}/{ranks[colleague.role]}"
        closed = house.release.settings.closing_days
        found.append(Person(colleague, name, closed, period.opening, period.opening))
    return found


@dataclass(frozen=True)
class Taken:
    """Somebody takes a step up, until ``until``."""

    person: Person
    work: Work
    until: datetime


class Desk:
    """What waits for whom. Each free person takes the most urgent step they may do."""

    def __init__(self, people: list[Person]) -> None:
        self.people = people
        self._lanes: dict[str, dict[int, Work]] = {}

    def add(self, work: Work) -> None:
        """Put a step in its lane's pile."""
        self._lanes.setdefault(work.lane, {})[work.key] = work

    def remove(self, key: int, lane: str, now: datetime) -> None:
        """Take a step back: nobody has to do it any more."""
        self._lanes.get(lane, {}).pop(key, None)
        for person in self.people:
            if person.doing == key:
                person.drop(now)

    def assign(self, now: datetime) -> Iterator[Taken]:
        """Give steps out, to those who have worked least first."""
        for person in sorted(self.people, key=lambda one: (one.worked, one.colleague.number)):
            if person.doing is None:
                work = self._best(person, now)
                if work is not None:
                    del self._lanes[work.lane][work.key]
                    yield Taken(person, work, person.begin(work, now))

    def _best(self, person: Person, now: datetime) -> Work | None:
        """Return the most urgent step that a person can begin now; else note when they should look again."""
        best: Work | None = None
        again = NEVER
        for lane in sorted(person.lanes & self._lanes.keys()):
            for work in self._lanes[lane].values():
                at = person.could_begin(work, now)
                if at > now:
                    again = min(again, at)
                elif best is None or work.urgency < best.urgency:
                    best = work
        person.called_at = None if best is not None or again == NEVER else again
        return best
