"""What of figures may be published: small numbers withheld, and nothing that gives them back (LAW-9).

A figure is judged by the households behind it. One under the threshold is withheld; then ``suppression``
withholds more wherever a sum is published: a total with its breakdown, an area with the small ones in it.
What an earlier published report tells of the same facts counts too: a difference between two reports must
be nothing, or large enough.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from app.catalog.indicators import Indicator, Indicators
from app.services.indicators_periods import Period
from app.services.indicators_sums import TOTAL, Cells, Counted, Place
from app.services.suppression import Sum, settle

Links = Mapping[tuple[str, str, str], AbstractSet[str]]
"""Under (dimension, value, other dimension), the values of the other that come with it."""


@dataclass(frozen=True)
class Earlier:
    """A report published before: how many households stand behind each cell it shows, and the withheld."""

    period: Period
    shown: Mapping[str, Mapping[Place, int]]
    withheld: Mapping[str, frozenset[Place]]


@dataclass
class _Judge:
    """One indicator being judged."""

    one: Indicator
    cells: Cells
    least: int
    hidden: set[Place] = field(default_factory=set)

    def size(self, place: Place) -> int:
        """Return how many households stand behind a cell."""
        return self.cells[place].households if place in self.cells else 0

    def small(self, place: Place) -> bool:
        """Whether a cell tells of too few households, or a rate of too few on either side."""
        value = self.cells[place]
        sides = [value.households]
        if self.one.measure == "taux":
            sides += [value.held_households, value.households - value.held_households]
        return any(0 < side < self.least for side in sides)

    def settle(self, sums: Sequence[Sum[Place]]) -> None:
        """Withhold more until no sum gives a withheld cell back."""
        settle(self.hidden, sums, self.size, self._cost, least=self.least)

    def _cost(self, place: Place, whole: bool) -> tuple[bool, bool, int, Place]:
        return (whole, self.size(place) == 0, self.size(place), place)


def withheld(
    wanted: Indicators,
    counted: Counted,
    period: Period,
    *,
    links: Mapping[str, Links] | None = None,
    earlier: Iterable[Earlier] = (),
) -> dict[str, frozenset[Place]]:
    """Return the cells of each indicator that may not be published.

    Args:
        wanted: the indicators, and the threshold below which households are not told of.
        links: which values of one breakdown come with which of another, so that a commune inside an area is
            not given back by the area's figure.
        earlier: reports published before.
    """
    found: dict[str, frozenset[Place]] = {}
    before = _Before(period, tuple(earlier))
    for one in wanted.all:
        if not one.derived:
            judge = _Judge(one, counted[one.id], wanted.smallest)
            found[one.id] = _judged(judge, (links or {}).get(one.id, {}), before)
    for one in wanted.all:
        if one.derived:
            sides = (one.numerator or "", one.denominator or "")
            small = any(TOTAL in found[side] for side in sides)
            found[one.id] = frozenset({TOTAL}) if small else frozenset()
    return found


@dataclass(frozen=True)
class _Before:
    """The period being judged, and what was published before."""

    period: Period
    reports: tuple[Earlier, ...]

    def tells(self, judge: _Judge, place: Place) -> bool:
        """Whether an earlier report withholds a cell, or tells with it of too few by difference."""
        for report in self.reports:
            if not (_within(self.period, report.period) or _within(report.period, self.period)):
                continue
            same = self.period == report.period
            if same and place in report.withheld.get(judge.one.id, frozenset()):
                return True
            before = report.shown.get(judge.one.id, {}).get(place)
            if before is not None and 0 < abs(judge.size(place) - before) < judge.least:
                return True
        return False


def _judged(judge: _Judge, links: Links, before: _Before) -> frozenset[Place]:
    cells = judge.cells
    if not any(value.households for value in cells.values()):
        return frozenset()  # no household stands behind: events, meetings, money
    judge.hidden |= {place for place in cells if judge.small(place) or before.tells(judge, place)}
    if TOTAL in judge.hidden:
        return frozenset(cells)
    judge.settle(list(_sums(cells, links)))
    return frozenset(judge.hidden)


def _within(inner: Period, outer: Period) -> bool:
    return outer.first <= inner.first and inner.last <= outer.last


def _sums(cells: Cells, links: Links) -> Iterator[Sum[Place]]:
    """Yield the sums that a reader can make: each breakdown, and areas made of smaller ones."""
    dimensions = sorted({name for name, _ in cells if name})
    places = {name: tuple(sorted(place for place in cells if place[0] == name)) for name in dimensions}
    for name in dimensions:
        yield Sum(places[name], TOTAL)
    for small in dimensions:
        for large in dimensions:
            if small != large and _inside(places[small], large, links):
                for whole in places[large]:
                    parts = tuple(
                        place for place in places[small] if links[(small, place[1], large)] == {whole[1]}
                    )
                    if parts:
                        yield Sum(parts, whole)


def _inside(parts: Sequence[Place], large: str, links: Links) -> bool:
    """Whether each value of a breakdown comes with one value alone of another."""
    return all(len(links.get((name, key, large), ())) == 1 for name, key in parts)
