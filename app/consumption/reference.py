"""What a household used before: the baseline of a dial, and what it makes expect of other days (BAT-7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from app.consumption.figures import Figures, spans

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Bill:
    """A quantity used between two days, both counted.

    In the unit of the dial, or in the fluid's unit when ``converted``. ``heating``: the part of a year that
    follows the weather, from 0 to 1.
    """

    first: date
    last: date
    quantity: Decimal
    converted: bool = False
    heating: Decimal = Decimal(0)

    @property
    def until(self) -> date:
        """The first day that it does not count."""
        return self.last + _DAY


@dataclass(frozen=True)
class Reference:
    """The bills of a dial in one: ``quantity`` on ``days`` days that had ``degrees`` degree days.

    ``degrees`` is None when they are not all known; ``converted``: the quantity is in the fluid's unit.
    """

    quantity: Fraction
    days: int
    degrees: Fraction | None
    heating: Fraction
    converted: bool

    def share(self, first: date, until: date, weather: Figures | None) -> Fraction | None:
        """Return which part of the baseline is expected between two days, None without their degree days."""
        steady = (1 - self.heating) * (until - first).days / self.days
        if not self.heating:
            return steady
        degrees = weather.over(first, until) if weather is not None else None
        if degrees is None or not self.degrees:
            return None
        return steady + self.heating * degrees / self.degrees


def reference_of(
    bills: Sequence[Bill], weather: Figures | None, coefficient: Figures | None
) -> Reference | None:
    """Return the baseline of a dial, None without any bill. Bills do not overlap (``apart``)."""
    if not bills:
        return None
    ordered = sorted(bills, key=lambda bill: bill.first)
    converted = any(bill.converted for bill in ordered)
    quantity = Fraction(0)
    for bill in ordered:
        within = (
            _converted(bill, coefficient) if converted and not bill.converted else Fraction(bill.quantity)
        )
        if within is None:
            return None
        quantity += within
    counted = [weather.over(bill.first, bill.until) if weather is not None else None for bill in ordered]
    known = [one for one in counted if one is not None]
    return Reference(
        quantity=quantity,
        days=sum((bill.until - bill.first).days for bill in ordered),
        degrees=sum(known, Fraction(0)) if len(known) == len(counted) else None,
        heating=Fraction(ordered[-1].heating),
        converted=converted,
    )


def _converted(bill: Bill, coefficient: Figures | None) -> Fraction | None:
    """Return a bill in the fluid's unit, by the coefficient of each of its days."""
    if coefficient is None:
        return Fraction(bill.quantity)
    total, length = Fraction(0), (bill.until - bill.first).days
    for first, until in spans(bill.first, bill.until, set(coefficient.changes(bill.first, bill.until))):
        factor = coefficient.at(first)
        if factor is None:
            return None
        total += Fraction(bill.quantity) * Fraction(factor) * (until - first).days / length
    return total


def apart(bills: Sequence[Bill]) -> tuple[list[Bill], list[Bill]]:
    """Return the bills that count together, and those that overlap an earlier one or end too soon."""
    kept: list[Bill] = []
    refused: list[Bill] = []
    for bill in sorted(bills, key=lambda one: (one.first, one.last)):
        clash = bill.last < bill.first or (kept and bill.first < kept[-1].until)
        (refused if clash else kept).append(bill)
    return kept, refused
