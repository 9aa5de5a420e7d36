"""Reading a csv as French spreadsheets write it: encoding, separator and lines found by content."""

import csv
import io
from typing import Final

from app.catalog.sheet_faults import CellTooLong, NotASheet, TooManyColumns, TooManyRows

_DELIMITERS: Final = (";", ",", "\t")
_LOOKED_AT: Final = 50  # rows that say which separator a file uses
_SAYS_SEPARATOR: Final = "sep="  # a first line of Excel's own, never shown as a row
_BELONGS_TO_NOTHING: Final = "#"  # our own exports say what they are on a first line
_FIELD: Final = 131_072  # the standard reader's own bound for a cell, in characters
_WIDEST: Final = 16_384  # cells of a row, a spreadsheet's own bound

Line = tuple[int, list[str]]


def read(content: bytes, name: str, *, most: int) -> list[Line]:
    """Return the rows of a csv with the line a spreadsheet shows them on, blank ones included.

    A line break inside quotation marks belongs to its cell: the row is still one line of the spreadsheet.

    Raises:
        NotASheet: not text, or of an encoding that is not one of those French spreadsheets write.
        TooManyRows: more than ``most`` rows hold something.
        CellTooLong: a quotation mark that is never closed, or a hostile cell.
    """
    text, delimiter = _said_separator(_text(content, name))
    if delimiter is None:
        delimiter = max(_DELIMITERS, key=lambda sign: _fit(text, sign))
    lines, held = [], 0
    for number, cells in _records(text, delimiter, name):
        held += any(cells)
        if held > most:
            raise TooManyRows(name=name, most=most)
        if not (number == 1 and cells and cells[0].startswith(_BELONGS_TO_NOTHING) and not any(cells[1:])):
            lines.append((number, cells))
    return lines


def _text(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # Excel's « Texte Unicode »
        return _decoded(content, "utf-16", name)
    if b"\0" in content:
        raise NotASheet(
            name=name,
            cause="ce n'est pas un tableau. Choisissez un fichier .xlsx, ou un .csv écrit par votre tableur.",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decoded(content, "cp1252", name)


def _decoded(content: bytes, encoding: str, name: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise NotASheet(
            name=name,
            cause="ses caractères ne sont ni de l'UTF-8 ni ceux de Windows. "
            "Enregistrez-le en « CSV UTF-8 » ou en .xlsx.",
        ) from None


def _said_separator(text: str) -> tuple[str, str | None]:
    first, _, rest = text.partition("\n")
    said = first.strip().strip('"')
    if said.casefold().startswith(_SAYS_SEPARATOR) and len(said) == len(_SAYS_SEPARATOR) + 1:
        return rest, said[-1]
    if said.casefold() == _SAYS_SEPARATOR:  # « sep= » followed by a tab
        return rest, "\t"
    return text, None


def _records(text: str, delimiter: str, name: str) -> list[Line]:
    number, records = 0, []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            if len(cells) > _WIDEST:
                raise TooManyColumns(name=name, most=_WIDEST)
            records.append((number, cells))
    except csv.Error:  # the standard reader's bound on one cell
        raise CellTooLong(name=name, line=number + 1, most=_FIELD) from None
    return records


def _fit(text: str, delimiter: str) -> tuple[int, int]:
    """Return how well a separator cuts a file: rows as wide as the widest heading, then its columns."""
    reader, widths = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), list[int]()
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                widths.append(len(cells))
            if len(widths) == _LOOKED_AT:
                break
    except csv.Error:
        pass  # the reading itself says on which line
    wide = max(widths, default=1)
    return (sum(width == wide for width in widths) if wide > 1 else 0, wide)
