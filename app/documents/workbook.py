"""Tables as a workbook (.xlsx): real dates, texts that are never run, memory that does not grow with rows."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final

import xlsxwriter

from app.clock import PARIS
from app.documents.spreadsheet import Cell

LONGEST: Final = 32_767
"""Characters that a cell holds, by the format."""
_WIDEST: Final = 44
_NARROWEST: Final = 12
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,  # a text that begins with « = » stays a text
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_workbook(
    target: IO[bytes],
    *,
    name: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    about: Sequence[tuple[str, Cell]],
) -> int:
    """Write a table on one sheet, and on a second one what it is; return how many rows there were.

    Args:
        target: a file open for writing.
        name: of the first sheet, at most 31 characters.
        headers: the first row; it stays in sight and filters the others.
        rows: as long as ``headers``; aware instants are written as the clock of Paris shows them.
        about: lines of the second sheet (« Filtre », « En retard »).
    """
    book = xlsxwriter.Workbook(target, _OPTIONS)
    sheet = _Sheet(book, name)
    for column, header in enumerate(headers):
        sheet.width(column, len(header))
    sheet.row(0, headers, bold=True)
    count = 0
    for count, row in enumerate(rows, 1):
        sheet.row(count, row)
    sheet.finish(count, len(headers))
    notes = _Sheet(book, "À propos")
    notes.width(0, _NARROWEST)
    notes.width(1, _WIDEST)
    for number, line in enumerate(about):
        notes.row(number, line)
    book.close()
    return count


class _Sheet:
    """One sheet, written from top to bottom."""

    def __init__(self, book: Any, name: str) -> None:
        self._sheet = book.add_worksheet(name)
        self._bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._day = book.add_format({"num_format": "dd/mm/yyyy"})
        self._instant = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})

    def width(self, column: int, letters: int) -> None:
        """Make a column wide enough for its heading, and not wider than a page allows."""
        self._sheet.set_column(column, column, min(max(letters + 3, _NARROWEST), _WIDEST))

    def row(self, number: int, cells: Sequence[Cell], *, bold: bool = False) -> None:
        """Write one row."""
        for column, value in enumerate(cells):
            self._cell(number, column, value, bold=bold)

    def _cell(self, row: int, column: int, value: Cell, *, bold: bool) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            self._sheet.write_string(row, column, "oui" if value else "non")
        elif isinstance(value, datetime):
            local = value.astimezone(PARIS).replace(tzinfo=None) if value.tzinfo else value
            self._sheet.write_datetime(row, column, local, self._instant)
        elif isinstance(value, date):
            self._sheet.write_datetime(row, column, value, self._day)
        elif isinstance(value, int | float | Decimal):
            self._sheet.write_number(row, column, float(value))
        else:
            self._sheet.write_string(row, column, value[:LONGEST], self._bold if bold else None)

    def finish(self, rows: int, columns: int) -> None:
        """Keep the heading in sight and let each column be filtered."""
        self._sheet.freeze_panes(1, 0)
        self._sheet.autofilter(0, 0, max(rows, 1), columns - 1)
