"""Counts that leave the house: cells under five are hidden, and nothing shown gives them back (LAW-9).

A hidden cell is ``None``. Hiding it alone would be vain where a total is shown: in every line and column
at least two cells are hidden, and together they hold at least ``LEAST``. The cells hidden beside the small
ones are the smallest that do (complementary suppression; Eurostat, « Handbook on Statistical Disclosure
Control », 4.2). A zero is shown where nothing must be hidden beside a small cell.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

LEAST: Final = 5
"""Households under which a count is not published (LAW-9)."""
HIDDEN: Final = "n. c."
"""What stands in place of a hidden count: « non communiqué »."""


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
    hidden = {place for place, count in enumerate(counts) if 0 < count < least}
    total = sum(counts)
    shows_total = total == 0 or total >= least
    order = sorted(range(len(counts)), key=lambda place: (counts[place] == 0, counts[place]))
    for place in order:
        alone = len(hidden) == 1 or sum(counts[one] for one in hidden) < least
        if hidden and shows_total and alone:
            hidden.add(place)
    if len(hidden) == 1:  # a single count is its own total
        shows_total = False
    cells = tuple(None if place in hidden else count for place, count in enumerate(counts))
    return cells, total if shows_total else None


class _Grid:
    """A table with its totals as last row and last column, hidden until nothing is given back."""

    def __init__(self, cells: list[list[int]], least: int) -> None:
        self._cells, self._least = cells, least
        self._height, self._width = len(cells), len(cells[0])
        self._hidden = {place for place in self._places() if 0 < self._at(place) < least}

    def shown(self) -> list[list[int | None]]:
        """Return the cells that may be shown."""
        while self._hides_more():
            pass
        return [
            [None if (row, column) in self._hidden else count for column, count in enumerate(cells)]
            for row, cells in enumerate(self._cells)
        ]

    def _places(self) -> Iterator[tuple[int, int]]:
        return ((row, column) for row in range(self._height) for column in range(self._width))

    def _at(self, place: tuple[int, int]) -> int:
        return self._cells[place[0]][place[1]]

    def _lines(self) -> Iterator[list[tuple[int, int]]]:
        for row in range(self._height):
            yield [(row, column) for column in range(self._width)]
        for column in range(self._width):
            yield [(row, column) for row in range(self._height)]

    def _hides_more(self) -> bool:
        """Hide one more cell where a line would give one back; tell whether there was such a line."""
        for line in self._lines():
            hidden = [place for place in line if place in self._hidden]
            if hidden and self._gives_back(line, hidden):
                self._hidden.add(self._companion(line))
                return True
        return False

    def _gives_back(self, line: list[tuple[int, int]], hidden: list[tuple[int, int]]) -> bool:
        if len(hidden) == len(line):
            return False
        if len(hidden) == 1:
            return True
        total = line[-1]  # hidden with it, what is left may be anything
        return total not in self._hidden and sum(map(self._at, hidden)) < self._least

    def _companion(self, line: list[tuple[int, int]]) -> tuple[int, int]:
        """Return what to hide beside: one that protects the other direction too, the smallest, no total."""
        free = [place for place in line if place not in self._hidden]

        def cost(place: tuple[int, int]) -> tuple[bool, bool, bool, int, int, int]:
            row, column = place
            is_total = row == self._height - 1 or column == self._width - 1
            across = any(
                one in self._hidden
                for one in (
                    [(other, column) for other in range(self._height)]
                    if all(spot[0] == row for spot in line)
                    else [(row, other) for other in range(self._width)]
                )
            )
            return (is_total, self._at(place) == 0, not across, self._at(place), row, column)

        return min(free, key=cost)
