"""Tables that people send: csv in the encodings and separators of French spreadsheets, and xlsx.

What a cell says is always text: nothing is run, computed or guessed. Dates of a workbook are ISO text
(``2026-03-01``, ``2026-03-01T14:30``), numbers have a point, « vrai » and « faux » are ``oui`` and ``non``,
a csv says what its cells say. The reader judges a file by its content, never by its name.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.catalog import commas, workbooks
from app.catalog.sheet_faults import (
    CellTooLong,
    FileTooLarge,
    NoTable,
    NotASheet,
    SheetRefused,
    TooManyColumns,
    TooManyRows,
    TwoColumns,
    WithoutResult,
)

__all__ = [
    "LONGEST",
    "MAX_BYTES",
    "CellTooLong",
    "FileTooLarge",
    "NoTable",
    "NotASheet",
    "Sheet",
    "SheetRefused",
    "SheetRow",
    "TooManyColumns",
    "TooManyRows",
    "TwoColumns",
    "WithoutResult",
    "read",
]

MAX_BYTES: Final = 10_000_000
"""Largest file, in bytes: twenty thousand rows of fifty cells."""
MAX_COLUMNS: Final = 200
LONGEST: Final = 32_767
"""Characters of a cell, the bound of the xlsx format."""
_TITLES: Final = 10  # rows that may stand above the heading: a title, a date, a logo's place
_BEGINS_FORMULA: Final = frozenset("=+-@|%\t\r\n")


@dataclass(frozen=True)
class SheetRow:
    """One row: ``cells`` by column name, trimmed; ``number`` is its line in the spreadsheet (from 1).

    ``beyond`` holds what stands past the last named column: often a separator inside a value.
    """

    number: int
    cells: Mapping[str, str]
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A table: its columns in order, its rows without the blank ones, the line its heading stands on.

    ``name`` is the sheet's of a workbook, empty for a csv.
    """

    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    header: int = 1
    name: str = field(default="")


def read(content: bytes, name: str, *, limit_rows: int = 20_000) -> Sheet:
    """Read the table of a file: the only one of a csv, the first visible sheet of a workbook.

    The heading is the first row with something in it; a row with a single cell above a wider one is taken
    as a title and passed over. A nameless column that holds something is called « Colonne D ».

    Args:
        content: the file's bytes.
        name: the file's name, for the sentences alone.
        limit_rows: most rows that hold something, the heading apart.

    Raises:
        SheetRefused: one of its family says what is wrong with the file and what to do.
    """
    if len(content) > MAX_BYTES:
        raise FileTooLarge(name=name, most=MAX_BYTES // 1_000_000)
    most = limit_rows + _TITLES + 1
    sheet = ""
    if workbooks.looks_like(content):
        sheet, lines = workbooks.read(content, name, most=most)
    else:
        lines = commas.read(content, name, most=most)
    return _table(name, sheet, [line for line in _cleaned(lines, name) if any(line[1])], limit_rows)


def _cleaned(lines: Sequence[tuple[int, Sequence[str]]], name: str) -> Iterator[tuple[int, list[str]]]:
    for number, cells in lines:
        if any(len(cell) > LONGEST for cell in cells):
            raise CellTooLong(name=name, line=number, most=LONGEST)
        yield number, [_clean(cell) for cell in cells]


def _clean(value: str) -> str:
    """Return a cell without what nobody sees, nor the apostrophe that keeps a text from being run."""
    kept = value
    if not value.isprintable():
        kept = "".join(letter for letter in value if letter in "\t\n" or unicodedata.category(letter) != "Cc")
    kept = unicodedata.normalize("NFC", kept.replace("\ufeff", "").replace("\xa0", " ")).strip()
    return kept[1:] if kept[:1] == "'" and kept[1:2] in _BEGINS_FORMULA else kept


def _table(name: str, sheet: str, lines: list[tuple[int, list[str]]], limit_rows: int) -> Sheet:
    place = _heading(lines)
    if place is None:
        raise NoTable(name=name)
    number, heading = lines[place]
    below = lines[place + 1 :]
    if len(below) > limit_rows:
        raise TooManyRows(name=name, most=limit_rows)
    columns = _columns(name, number, heading, below)
    named = [(place, title) for place, title in enumerate(columns) if title]
    rows = tuple(
        SheetRow(
            line,
            {title: cells[place] if place < len(cells) else "" for place, title in named},
            tuple(cell for cell in cells[len(columns) :] if cell),
        )
        for line, cells in below
    )
    return Sheet(tuple(title for _, title in named), rows, number, sheet)


def _heading(lines: list[tuple[int, list[str]]]) -> int | None:
    """Return which line names the columns: the first that is not a lonely title above a wider one."""
    for place, (_, cells) in enumerate(lines[:_TITLES]):
        if sum(map(bool, cells)) > 1:
            return place
    return 0 if lines else None


def _columns(name: str, line: int, heading: list[str], below: list[tuple[int, list[str]]]) -> list[str]:
    """Return one name a column, empty for a column with neither name nor content."""
    width = max((place + 1 for place, title in enumerate(heading) if title), default=0)
    if width > MAX_COLUMNS:
        raise TooManyColumns(name=name, most=MAX_COLUMNS)
    columns, seen = [], set[str]()
    for place in range(width):
        title = " ".join(heading[place].split())
        if not title and any(len(cells) > place and cells[place] for _, cells in below):
            title = f"Colonne {workbooks.letters(place)}"
        if title and title.casefold() in seen:
            raise TwoColumns(name=name, title=title, line=line)
        seen.add(title.casefold())
        columns.append(title)
    return columns
