"""What is asked of a team week by week, and what it can do: plain arithmetic, without rows (MTP-6).

Weeks are named by their Monday. What is expected in a week is the mean of the same week in the past years (up
to three), each taken with its two neighbours. While less than a year is known, the level of what was seen is
spread over the seasons that the settings say.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Final

WEEK: Final = timedelta(weeks=1)
YEAR: Final = timedelta(weeks=52)
YEARS: Final = 3
"""Past years that are looked at."""
AHEAD: Final = 26
"""Weeks announced."""
_TENTH: Final = Decimal("0.1")
_WEEKS_A_MONTH: Final = Decimal(52) / 12


@dataclass(frozen=True)
class Week:
    """A week to come: how many are asked, how many can be done, how many wait at its end."""

    monday: date
    asked: Decimal
    possible: Decimal
    waiting: Decimal

    @property
    def missing(self) -> Decimal:
        """How many more are asked than can be done, zero when there is room."""
        return max(self.asked - self.possible, Decimal(0))


@dataclass(frozen=True)
class Peak:
    """Weeks on end in which more is asked than can be done."""

    first: date
    last: date
    asked: Decimal
    possible: Decimal
    waiting: Decimal
    worst: date

    @property
    def missing(self) -> Decimal:
        """How many will not be done in time."""
        return max(self.asked - self.possible, Decimal(0))


class Expected:
    """What is expected in a week, from the weeks that are known.

    Args:
        counts: how many were asked in each past week; a week without one is absent.
        known_since: the first whole week that is known, None when nothing is.
        this: the week under way.
        seasons: twelve weights, January first; ``a_month``: how many a month while nothing is known.
    """

    def __init__(
        self,
        counts: Mapping[date, int],
        known_since: date | None,
        this: date,
        *,
        seasons: Sequence[float],
        a_month: int,
    ) -> None:
        self._counts = counts
        self._since = known_since
        self._this = this
        mean = sum(seasons) / len(seasons)
        self._weights = [Decimal(str(weight / mean)) for weight in seasons]
        self.years = sum(1 for _ in self._past(this + WEEK))
        self._level = self._seen_level() if not self.years else Decimal(0)
        self._a_month = a_month

    @property
    def from_settings(self) -> bool:
        """Whether the seasons are those of the settings, for want of a year of past."""
        return not self.years

    def of(self, monday: date) -> Decimal:
        """Return what is expected in a week, to a tenth."""
        means = [self._around(week) for week in self._past(monday)]
        if means:
            return (sum(means, Decimal(0)) / len(means)).quantize(_TENTH)
        level = self._level if self._level is not None else Decimal(self._a_month) / _WEEKS_A_MONTH
        return (level * self._weight(monday)).quantize(_TENTH)

    def _past(self, monday: date) -> Iterator[date]:
        """Yield the same week of the years before, when it is known and over, with its neighbours."""
        if self._since is None:
            return
        week = monday
        for _ in range(YEARS + 1):
            week -= YEAR
            if week - WEEK >= self._since and week + WEEK < self._this:
                yield week

    def _around(self, week: date) -> Decimal:
        return Decimal(sum(self._counts.get(week + WEEK * shift, 0) for shift in (-1, 0, 1))) / 3

    def _seen_level(self) -> Decimal | None:
        """Return the level of an ordinary week of what was seen, the season taken out; None: nothing seen."""
        if self._since is None or self._since >= self._this:
            return None
        weeks = list(weeks_between(self._since, self._this))
        weight = sum((self._weight(week) for week in weeks), Decimal(0))
        return sum(self._counts.get(week, 0) for week in weeks) / weight if weight else None

    def _weight(self, monday: date) -> Decimal:
        return self._weights[(monday + timedelta(days=3)).month - 1]


def weeks_between(first: date, end: date) -> Iterator[date]:
    """Yield the Mondays from ``first``, before ``end``."""
    while first < end:
        yield first
        first += WEEK


def ahead(
    this: date, waiting: int, expected: Callable[[date], Decimal], possible: Callable[[date], Decimal]
) -> list[Week]:
    """Return the weeks to come, the one under way first; ``waiting`` is how many wait today."""
    left = Decimal(waiting)
    weeks = []
    for number in range(AHEAD):
        monday = this + WEEK * number
        asked, can = expected(monday), possible(monday)
        left = max(left + asked - can, Decimal(0))
        weeks.append(Week(monday, asked, can, left))
    return weeks


def peaks(weeks: Sequence[Week]) -> list[Peak]:
    """Return the spells of two weeks or more in which more is asked than can be done, the worst first.

    A single week with room between two that lack it does not end a spell.
    """
    short = [week.missing > 0 for week in weeks]
    for place in range(1, len(short) - 1):
        short[place] = short[place] or (short[place - 1] and weeks[place + 1].missing > 0)
    found = []
    for lacking, spell in groupby(zip(short, weeks, strict=True), key=lambda pair: pair[0]):
        lived = [week for _, week in spell]
        if lacking and len(lived) > 1:
            found.append(_peak(lived))
    return sorted(found, key=lambda peak: (-peak.missing, peak.first))


def season(weeks: Sequence[Week]) -> Peak | None:
    """Return the weeks on end around the busiest one that are asked at least half as much as it.

    None when none stands out: the busiest week asks for less than one, or for little more than the others.
    """
    mean = sum((week.asked for week in weeks), Decimal(0)) / max(len(weeks), 1)
    top = max(range(len(weeks)), key=lambda place: (weeks[place].asked, -place), default=None)
    if top is None or weeks[top].asked < 1 or weeks[top].asked * 2 < mean * 3:
        return None
    first = last = top
    while first > 0 and weeks[first - 1].asked * 2 >= weeks[top].asked:
        first -= 1
    while last + 1 < len(weeks) and weeks[last + 1].asked * 2 >= weeks[top].asked:
        last += 1
    return _peak(weeks[first : last + 1])


def _peak(spell: Sequence[Week]) -> Peak:
    return Peak(
        first=spell[0].monday,
        last=spell[-1].monday + timedelta(days=6),
        asked=sum((week.asked for week in spell), Decimal(0)),
        possible=sum((week.possible for week in spell), Decimal(0)),
        waiting=max(week.waiting for week in spell),
        worst=max(spell, key=lambda week: (week.missing, week.asked, -week.monday.toordinal())).monday,
    )
