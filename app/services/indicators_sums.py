"""Adding up what indicators count: totals, breakdowns, medians, rates; pure, the same live and aside."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any, Final

from app.catalog.indicators import Indicator, Indicators
from app.services.indicators_periods import Period
from app.services.indicators_rows import Contribution

TOTAL: Final = ("", "")
"""The cell of a figure as a whole; the others are (dimension, value)."""
MONTH: Final = "mois"
"""Every figure of facts that begin is broken down by month too, as « 2026-03 »."""
Place = tuple[str, str]
_VALUED: Final = frozenset({"moyenne", "mediane", "duree"})


@dataclass(frozen=True)
class Value:
    """One cell: its figure (None where nothing gives one), how many facts and households stand behind it.

    ``held`` and ``held_households`` are the facts of a rate that meet its condition, and their households.
    """

    value: Decimal | None
    count: int = 0
    households: int = 0
    held: int = 0
    held_households: int = 0

    def as_json(self) -> list[Any]:
        """Return the cell as a tally or a report keeps it."""
        written = str(self.value) if self.value is not None else None
        return [written, self.count, self.households, self.held, self.held_households]


NOTHING: Final = Value(None)


def read_value(kept: list[Any]) -> Value:
    """Return the cell that ``as_json`` gave."""
    return Value(Decimal(kept[0]) if kept[0] is not None else None, *kept[1:])


Cells = Mapping[Place, Value]
Counted = Mapping[str, Cells]
"""The cells of each indicator, by its id."""


@dataclass
class _Cell:
    """One cell being filled."""

    count: int = 0
    held: int = 0
    total: Decimal = Decimal(0)
    values: list[Decimal] = field(default_factory=list)
    distinct: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    held_units: set[str] = field(default_factory=set)

    def add(self, fact: Contribution, *, valued: bool) -> None:
        self.count += 1
        self.held += fact.holds
        if fact.unit:
            self.units.add(fact.unit)
            if fact.holds:
                self.held_units.add(fact.unit)
        if fact.amount is not None:
            self.total += fact.amount
            if valued:
                self.values.append(fact.amount)
        if fact.distinct is not None:
            self.distinct.add(fact.distinct)

    def value(self, one: Indicator) -> Value:
        """Return the finished cell."""
        return Value(self._figure(one), self.count, len(self.units), self.held, len(self.held_units))

    def _figure(self, one: Indicator) -> Decimal | None:
        if one.measure in ("compte", "repartition"):
            return Decimal(len(self.distinct) if one.distinct else self.count)
        if one.measure == "somme":
            return self.total
        if one.measure == "taux":
            return rate(self.held, self.count)
        if not self.values:
            return None
        if one.measure == "moyenne":
            return self.total / len(self.values)
        return Decimal(median(self.values))


def rate(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Return ``part`` in percent of ``whole``; None of nothing."""
    return Decimal(part) * 100 / Decimal(whole) if whole else None


class Sums:
    """Figures of one period and filter, filled one contribution after the other."""

    def __init__(
        self, wanted: Indicators, period: Period, filters: Mapping[str, str], *, linked: bool = False
    ) -> None:
        """Begin at nothing; ``linked`` also notes which values of two breakdowns come together."""
        self.links: dict[str, dict[tuple[str, str, str], set[str]]] = {}
        self._linked = linked
        self.wanted = wanted
        self.period = period
        self.filters = dict(filters)
        self._cells: dict[str, dict[Place, _Cell]] = defaultdict(lambda: defaultdict(_Cell))

    def add(self, one: Indicator, fact: Contribution) -> None:
        """Count a fact where it belongs; one that the period or the filters leave out counts nowhere."""
        if not stands_in(one.when, fact, self.period) or not kept(fact.keys, self.filters):
            return
        valued = one.measure in _VALUED
        cells = self._cells[one.id]
        cells[TOTAL].add(fact, valued=valued)
        if one.when == "debut":
            cells[(MONTH, fact.month.isoformat()[:7])].add(fact, valued=valued)
        for dimension in one.by:
            for key in fact.keys.get(dimension, ("",)):
                cells[(dimension, key)].add(fact, valued=valued)
        if self._linked:
            self._link(one, fact)

    def _link(self, one: Indicator, fact: Contribution) -> None:
        links = self.links.setdefault(one.id, {})
        for dimension in one.by:
            for key in fact.keys.get(dimension, ("",)):
                for other in one.by:
                    if other != dimension:
                        links.setdefault((dimension, key, other), set()).update(fact.keys.get(other, ("",)))

    def counted(self) -> dict[str, dict[Place, Value]]:
        """Return every indicator's cells; one of which nothing was counted has its total alone."""
        found: dict[str, dict[Place, Value]] = {}
        for one in self.wanted.all:
            if one.derived:
                continue
            cells = {place: cell.value(one) for place, cell in self._cells[one.id].items()}
            found[one.id] = {TOTAL: _Cell().value(one), **cells}
        for one in self.wanted.all:
            if one.derived:
                found[one.id] = {TOTAL: _quotient(one, found)}
        return found


def _quotient(one: Indicator, found: Counted) -> Value:
    above, below = found[one.numerator or ""][TOTAL], found[one.denominator or ""][TOTAL]
    if above.value is None or not below.value:
        return NOTHING
    figure = above.value / below.value * (100 if one.format == "pourcent" else 1)
    return Value(figure, below.count, min(above.households, below.households))


def stands_in(when: str, fact: Contribution, period: Period) -> bool:
    """Whether a fact counts in a period: it begins there, it lasts during it, or it goes on at its end."""
    if when == "debut":
        return period.holds(fact.month)
    last = period.last.replace(day=1)
    if when == "pendant":
        return fact.month <= last and (fact.until is None or fact.until >= period.first)
    return fact.month <= last and (fact.until is None or fact.until > last)


def kept(keys: Mapping[str, tuple[str, ...]], filters: Mapping[str, str]) -> bool:
    """Whether the values of a fact are those asked for."""
    return all(value in keys.get(dimension, ("",)) for dimension, value in filters.items())


def as_json(counted: Counted) -> dict[str, Any]:
    """Return figures as a tally or a report keeps them."""
    return {
        ident: [[dimension, key, value.as_json()] for (dimension, key), value in sorted(cells.items())]
        for ident, cells in counted.items()
    }


def read_json(kept_as: Mapping[str, Any]) -> dict[str, dict[Place, Value]]:
    """Return the figures that ``as_json`` gave."""
    return {
        ident: {(dimension, key): read_value(value) for dimension, key, value in rows}
        for ident, rows in kept_as.items()
    }


def months(first: date, last: date) -> Iterator[date]:
    """Yield the first day of each month from one to the other."""
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield date(year, month, 1)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def added(counted: Iterable[tuple[Indicator, Contribution]], *sums: Sums) -> None:
    """Count each fact in every one of ``sums``."""
    for one, fact in counted:
        for each in sums:
            each.add(one, fact)
