"""Dated figures as reckoning reads them: a tariff on a day, degree days between two."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

DAY, MONTH, DATE = "jour", "mois", "date"
_DAY: Final = timedelta(days=1)


def days(first: date, until: date) -> Iterator[date]:
    """Yield each day from ``first``, ``until`` excluded."""
    while first < until:
        yield first
        first += _DAY


def next_month(day: date) -> date:
    """Return the first day of the month that follows."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def month_days(day: date) -> int:
    """Return how many days the month of a day has, leap years included."""
    return (next_month(day) - day.replace(day=1)).days


class Figures:
    """The figures of one series for one place: each of a day, of a month, or in force from its date."""

    def __init__(self, step: str, values: Mapping[date, Decimal]) -> None:
        self.step = step
        self.values = dict(values)
        self._dates = sorted(values)

    def at(self, day: date) -> Decimal | None:
        """Return the figure in force on a day, None when there is none."""
        if self.step == DATE:
            rank = bisect_right(self._dates, day)
            return self.values[self._dates[rank - 1]] if rank else None
        return self.values.get(day.replace(day=1) if self.step == MONTH else day)

    def changes(self, first: date, until: date) -> Iterator[date]:
        """Yield the days strictly between two on which another figure may come into force."""
        if self.step == DATE:
            yield from (day for day in self._dates if first < day < until)
        elif self.step == DAY:
            yield from days(first + _DAY, until)
        else:
            yield from months(first, until)

    def over(self, first: date, until: date) -> Fraction | None:
        """Return the sum of the days from ``first``, None when one is missing (degree days).

        A day has its even share of the figure of its month.
        """
        total = Fraction(0)
        for start, end in spans(first, until, months(first, until) if self.step == MONTH else ()):
            if self.step == MONTH:
                figure = self.at(start)
                if figure is None:
                    return None
                total += Fraction(figure) * (end - start).days / month_days(start)
                continue
            found = [self.at(day) for day in days(start, end)]
            if None in found:
                return None
            total += Fraction(sum((value for value in found if value is not None), Decimal(0)))
        return total


def months(first: date, until: date) -> Iterator[date]:
    """Yield the first days of months strictly between two days."""
    start = next_month(first)
    while start < until:
        yield start
        start = next_month(start)


def spans(
    first: date, until: date, cuts: "Iterator[date] | tuple[date, ...] | set[date]"
) -> Iterator[tuple[date, date]]:
    """Yield the periods between two days, cut on ``cuts``."""
    start = first
    for cut in sorted({cut for cut in cuts if first < cut < until} | {until}):
        if start < cut:
            yield start, cut
        start = cut
