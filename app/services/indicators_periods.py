"""Periods of whole months: what figures and reports are about. Whole, so that kept facts stay exact."""

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.errors import Invalid
from app.expressions import add_months

LONGEST: Final = 120
"""Months of the longest period that may be asked for."""
_MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre",
)  # fmt: skip


@dataclass(frozen=True)
class Period:
    """From the first day of a month to the last day of the same or a later one."""

    first: date
    last: date

    def __post_init__(self) -> None:
        whole = self.first.day == 1 and self.last == last_day(self.last)
        if not whole or self.last < self.first or self.months > LONGEST:
            raise Invalid({"periode": ["Choisissez un mois de début, puis un mois de fin qui le suit."]})

    @property
    def months(self) -> int:
        """How many months it holds."""
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    def holds(self, day: date) -> bool:
        """Whether a day stands in it."""
        return self.first <= day <= self.last

    def before(self) -> "Period":
        """The period of the same length just before."""
        first = add_months(self.first, -self.months)
        return Period(first, last_day(add_months(self.first, -1)))

    def overlaps(self, other: "Period") -> bool:
        """Whether a day stands in both."""
        return self.first <= other.last and other.first <= self.last

    @property
    def words(self) -> str:
        """The period as people say it."""
        if self.months == 12 and self.first.month == 1:
            return f"année {self.first.year}"
        if self.months == 1:
            return _month(self.first)
        if self.first.year == self.last.year:
            return f"de {_MONTHS[self.first.month - 1]} à {_month(self.last)}"
        return f"de {_month(self.first)} à {_month(self.last)}"


def _month(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"


def last_day(day: date) -> date:
    """Return the last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def year_of(day: date, first_month: int) -> Period:
    """Return the year that ``day`` stands in, for years that begin in ``first_month``."""
    year = day.year if day.month >= first_month else day.year - 1
    first = date(year, first_month, 1)
    return Period(first, last_day(add_months(first, 11)))


def between(first: str, last: str) -> Period:
    """Return the period of two months written « 2026-01 ».

    Raises:
        Invalid: one is no month, or they are in the wrong order.
    """
    try:
        return Period(date.fromisoformat(f"{first}-01"), last_day(date.fromisoformat(f"{last}-01")))
    except ValueError as fault:
        raise Invalid({"periode": ["Écrivez un mois sous la forme 2026-01."]}) from fault
