"""How much of a commitment has been served on a day: months counted by a rule, or what was noted (AST-10).

Counted in fractions and rounded once, to the cent: the months of a measure always add up to its amount.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final, Protocol

from dateutil.relativedelta import relativedelta

from app.catalog.money import BEGUN, CENT, ELAPSED, PRO_RATA, SEEN

_DAY: Final = timedelta(days=1)


class Served(Protocol):
    """What is known of a commitment (``app.models.Commitment`` fits)."""

    @property
    def rule(self) -> str: ...  # noqa: D102
    @property
    def starts_on(self) -> date: ...  # noqa: D102
    @property
    def start_awaited(self) -> bool: ...  # noqa: D102
    @property
    def unit_amount(self) -> Decimal: ...  # noqa: D102
    @property
    def quantity(self) -> Decimal: ...  # noqa: D102
    @property
    def amount(self) -> Decimal: ...  # noqa: D102
    @property
    def services(self) -> Sequence[Any]: ...  # noqa: D102
    @property
    def ended_on(self) -> date | None: ...  # noqa: D102
    @property
    def released(self) -> Decimal: ...  # noqa: D102


def euros(value: Fraction | Decimal | int) -> Decimal:
    """Return an amount to the cent, halves away from zero as on an invoice."""
    exact = Fraction(value)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(CENT, rounding=ROUND_HALF_UP)


def months(rule: str, start: date, until: date) -> Fraction:
    """Return the months from ``start`` to ``until``, both days counted, by a rule of the settings.

    ``mois_prorata`` counts calendar months, a part-month for its days over those of the month;
    ``mois_commences`` every month begun, ``mois_revolus`` only those that have ended, from date to date.
    """
    if until < start:
        return Fraction(0)
    if rule == PRO_RATA:
        return sum((share for _, share in _calendar(start, until)), Fraction(0))
    whole = (until.year - start.year) * 12 + until.month - start.month + 1
    while whole > 0 and _after(start, whole) - _DAY > until:
        whole -= 1
    if rule == ELAPSED:
        return Fraction(whole)
    return Fraction(whole + (_after(start, whole) <= until))


def served_quantity(row: Served, on: date) -> Fraction:
    """Return how much of the quantity is served at the end of that day, never more than was engaged."""
    until = on if row.ended_on is None else min(on, row.ended_on)
    noted = [item for item in row.services if date.fromisoformat(item["le"]) <= until]
    quantity = Fraction(row.quantity)
    if row.rule == SEEN or row.services:
        return min(quantity, sum((Fraction(item["quantite"]) for item in noted), Fraction(0)))
    if row.start_awaited:
        return Fraction(0)
    term = last_day(row)
    if term is not None and until >= term:
        return quantity
    return min(quantity, months(row.rule, row.starts_on, until))


def served_amount(row: Served, on: date) -> Decimal:
    """Return what is served at the end of that day, in euros."""
    if row.ended_on is not None and on >= row.ended_on:
        return row.amount - row.released
    quantity = served_quantity(row, on)
    return row.amount if quantity == row.quantity else euros(Fraction(row.unit_amount) * quantity)


def engaged_amount(row: Served, on: date) -> Decimal:
    """Return what the commitment still takes of its envelope at the end of that day, in euros."""
    return row.amount - row.released if row.ended_on is not None and on >= row.ended_on else row.amount


def last_day(row: Served) -> date | None:
    """Return the last day that months are counted for; None for what is noted, or for parts of a month.

    None too while the first day is awaited.
    """
    if row.start_awaited or row.rule not in {PRO_RATA, BEGUN, ELAPSED} or row.quantity != int(row.quantity):
        return None
    return _after(row.starts_on, int(row.quantity)) - _DAY


def _calendar(start: date, until: date) -> Iterator[tuple[date, Fraction]]:
    first = start.replace(day=1)
    while first <= until:
        days = monthrange(first.year, first.month)[1]
        last = first.replace(day=days)
        covered = (min(last, until) - max(first, start)).days + 1
        yield first, Fraction(covered, days)
        first = last + _DAY


def _after(start: date, number: int) -> date:
    return start + relativedelta(months=number)
