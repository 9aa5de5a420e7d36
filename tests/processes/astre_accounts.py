"""The money of the year counted again from first principles: in cents, day by day, by another arithmetic.

It knows what was decided (who began when, who stopped, what a diagnosis was mandated for), the price of a
month and nothing else (AST-10, AST-11).
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tests.processes import astre_asides
from tests.processes import astre_plan as plan

MONTH: Final = 22_000
"""A month, in cents: 220 €."""
MEASURE: Final = 264_000
_DAY: Final = timedelta(days=1)
CONTRACTED: Final = date(2026, 6, 1)
STUDIED: Final = date(2026, 3, 16)
HANDED_OVER: Final = date(2026, 3, 30)
INSTALMENT: Final = date(2026, 7, 20)
RAISED: Final = date(2026, 5, 20)
RAISE: Final = 50_000


@dataclass(frozen=True)
class Engaged:
    """A measure that begins on a day, or a diagnosis (``flat``, in cents) that is served on it."""

    operator: str
    engaged_on: date
    begins: date
    stopped: date | None = None
    flat: int | None = None

    def served(self, on: date) -> int:
        """Cents served at the end of a day."""
        if self.flat is not None:
            return self.flat if on >= self.begins else 0
        term = plan.months_after(self.begins, 12) - _DAY
        last = min(on, self.stopped or date.max)
        if last >= term:
            return MEASURE
        parts = (Fraction(1, monthrange(day.year, day.month)[1]) for day in _days(self.begins, last))
        share = sum(parts, Fraction())
        return int(min(share, Fraction(12)) * MONTH + Fraction(1, 2))

    def engaged(self, on: date) -> int:
        """Cents engaged at the end of a day: the whole measure, or what was served once it has stopped."""
        if on < self.engaged_on:
            return 0
        if self.stopped is not None and on >= self.stopped:
            return self.served(on)
        return self.flat if self.flat is not None else MEASURE


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def story(count: int) -> list[Engaged]:
    """Return all that is engaged under the agreement of the year."""
    stops = {plan.TOLD_LATE: plan.BROKEN_ON, plan.STOPPED: plan.STOPPED_ON}
    measures = [
        Engaged(plan.operator(number), begun, begun, stops.get(number))
        for number, begun in ((number, plan.start(number, count)) for number in range(count))
    ]
    last = Engaged(plan.operator(plan.TOLD_LATE), CONTRACTED, plan.LATER)
    studies = [
        Engaged(plan.operator(1), STUDIED, HANDED_OVER, flat=int(ceiling * 100))
        for _, ceiling in astre_asides.CEILINGS.values()
    ]
    return [*measures, last, *studies]


def euros(cents: int) -> Decimal:
    """Return cents as euros."""
    return Decimal(cents).scaleb(-2)


def total(count: int, on: date, what: str, operator: str | None = None) -> Decimal:
    """Return what is ``engaged`` or ``served`` at the end of a day, of one operator or of all, in euros."""
    mine = [one for one in story(count) if operator in (None, one.operator) and one.engaged_on <= on]
    return euros(sum(one.engaged(on) if what == "engaged" else one.served(on) for one in mine))


def advance(count: int, operator: str) -> Decimal:
    """Return what was advanced to an operator: 30, 20 and 10 % of the agreement."""
    share = dict(zip((plan.operator(one) for one in range(3)), (30, 20, 10), strict=True))[operator]
    return euros(count * MEASURE * share // 100)


def due(count: int, on: date, operator: str) -> Decimal:
    """Return what is served and not paid to an operator: its advance, and the instalment of July to one."""
    paid = advance(count, operator)
    if operator == plan.operator(1) and on > INSTALMENT:
        paid += due(count, INSTALMENT, operator)
    return total(count, on, "served", operator) - paid


def envelope(count: int, on: date) -> Decimal:
    """Return the envelope of the year on a day."""
    return euros(count * MEASURE + (RAISE if on >= RAISED else 0))
