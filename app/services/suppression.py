"""Counts that leave the house: cells under five are hidden, and nothing shown gives them back (LAW-9).

Hiding a cell alone would be vain where a total is shown: in every sum that a reader can make, at least two
cells are hidden, and together they hold at least ``LEAST``. The cells hidden beside the small ones are the
smallest that do (complementary suppression; Eurostat, « Handbook on Statistical Disclosure Control », 4.2).
A zero is shown where nothing must be hidden beside a small cell. ``settle`` is that rule, for sums of any
shape (``disclosure`` has those of indicators); ``publish`` and ``publish_list`` are tables and lists.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

LEAST: Final = 5
"""Households under which a count is not published (LAW-9)."""
HIDDEN: Final = "n. c."
"""What stands in place of a hidden count: « non communiqué »."""


Cell = TypeVar("Cell")


@dataclass(frozen=True)
class Sum(Generic[Cell]):
    """A sum that a reader can make: the cells that make it up, and the cell of the whole."""

    parts: tuple[Cell, ...]
    whole: Cell


def settle(
    hidden: set[Cell],
    sums: Sequence[Sum[Cell]],
    size: Callable[[Cell], int],
    cost: Callable[[Cell, bool], Any],
    *,
    least: int = LEAST,
) -> None:
    """Hide more cells, the cheapest first, until no sum gives a hidden one back.

    Args:
        hidden: the cells hidden so far; those hidden beside them are added.
        sums: what can be added up from the cells shown.
        size: how many stand behind a cell.
        cost: what hiding a cell costs, and whether it is the whole of the sum; cells are compared by it.
        least: what the hidden cells of a sum hold together at least, where its whole is shown.
    """
    while any(_mends(one, hidden, size, cost, least) for one in sums):
        pass


def _mends(
    one: Sum[Cell],
    hidden: set[Cell],
    size: Callable[[Cell], int],
    cost: Callable[[Cell, bool], Any],
    least: int,
) -> bool:
    """Hide one more cell where a sum gives one back; tell whether it did."""
    parts = [cell for cell in one.parts if cell in hidden]
    free = [(cell, False) for cell in one.parts if cell not in hidden]
    if one.whole in hidden:
        if parts or not free:
            return False
    elif not parts or (len(parts) > 1 and sum(map(size, parts)) >= least):
        return False
    else:
        free.append((one.whole, True))
    hidden.add(min(free, key=lambda one: cost(*one))[0])
    return True


@dataclass(frozen=True)
class Published:
    """A table as it may be shown: None is hidden. ``rows`` are as given, totals are the sums of all cells."""

    rows: tuple[tuple[int | None, ...], ...]
    row_totals: tuple[int | None, ...]
    column_totals: tuple[int | None, ...]
    total: int | None


def publish(rows: Sequence[Sequence[int]], *, least: int = LEAST) -> Published:
    """Return a table of counts with its totals, every count from 1 to ``least - 1`` hidden for good.

    Args:
        rows: lines of equal length, counts of 0 or more.
        least: the smallest count that may be shown.

    Raises:
        ValueError: lines of unequal length, or a negative count.
    """
    width = len(rows[0]) if rows else 0
    if any(len(row) != width for row in rows) or any(count < 0 for row in rows for count in row):
        raise ValueError("a table of counts has lines of equal length and no negative count")
    whole = [[*row, sum(row)] for row in rows]
    whole.append([sum(row[place] for row in whole) for place in range(width + 1)])
    shown = _Grid(whole, least).shown()
    return Published(
        rows=tuple(tuple(row[:-1]) for row in shown[:-1]),
        row_totals=tuple(row[-1] for row in shown[:-1]),
        column_totals=tuple(shown[-1][:-1]),
        total=shown[-1][-1],
    )


def publish_list(counts: Sequence[int], *, least: int = LEAST) -> tuple[tuple[int | None, ...], int | None]:
    """Return a list of counts as it may be shown, and its total."""
    held = [*counts, sum(counts)]
    whole = len(counts)
    hidden = {place for place, count in enumerate(held) if 0 < count < least}
    one = Sum(tuple(range(whole)), whole)

    def cost(place: int, is_total: bool) -> tuple[bool, bool, int, int]:
        return is_total, held[place] == 0, held[place], place

    settle(hidden, [one], held.__getitem__, cost, least=least)
    *cells, total = (None if place in hidden else count for place, count in enumerate(held))
    return tuple(cells), total


_Place = tuple[int, int]


class _Grid:
    """A table with its totals as last row and last column."""

    def __init__(self, cells: list[list[int]], least: int) -> None:
        self._cells, self._least = cells, least
        self._rows, self._columns = range(len(cells)), range(len(cells[0]))
        self._hidden = {
            (row, column) for row in self._rows for column in self._columns if 0 < cells[row][column] < least
        }

    def shown(self) -> list[list[int | None]]:
        """Return the cells that may be shown."""
        settle(self._hidden, list(self._sums()), self._at, self._cost, least=self._least)
        return [
            [None if (row, column) in self._hidden else count for column, count in enumerate(cells)]
            for row, cells in enumerate(self._cells)
        ]

    def _at(self, place: _Place) -> int:
        return self._cells[place[0]][place[1]]

    def _sums(self) -> Iterator[Sum[_Place]]:
        for row in self._rows:
            *parts, whole = ((row, column) for column in self._columns)
            yield Sum(tuple(parts), whole)
        for column in self._columns:
            *parts, whole = ((row, column) for row in self._rows)
            yield Sum(tuple(parts), whole)

    def _cost(self, place: _Place, _: bool) -> tuple[bool, bool, bool, int, _Place]:
        """No total, no zero; then one that protects both its line and its column; then the smallest."""
        row, column = place
        is_total = row == self._rows[-1] or column == self._columns[-1]
        across = any(one[0] == row for one in self._hidden) and any(one[1] == column for one in self._hidden)
        return (is_total, self._at(place) == 0, not across, self._at(place), place)
