"""Tables for spreadsheets, as CSV that French Excel and LibreOffice open by a double click.

A cell that begins like a formula is run by the spreadsheet of whoever opens it. Names and answers come
from people, so every text that could begin one is led by an apostrophe, which spreadsheets do not run
(OWASP, « CSV Injection »). Numbers stay numbers: only texts are led.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from app.clock import PARIS

SEPARATOR: Final = ";"
"""What French Excel expects: the comma is its decimal mark."""

BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it, Excel reads accents as another encoding's."""

Cell = str | int | float | Decimal | bool | date | datetime | None

_BEGINS_FORMULA: Final = frozenset("=+-@|%")
_WRITTEN_ESCAPES: Final = ("\\t", "\\r", "\\n")  # some tools turn them back into the character
_SKIPPED: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
"""Categories of what a spreadsheet may pass over before it looks for a formula."""


def text(value: str) -> str:
    """Return ``value`` as a spreadsheet may hold it: never run, whatever it begins with."""
    kept = "".join(letter for letter in value if letter in "\t\n\r" or unicodedata.category(letter) != "Cc")
    if not kept:
        return ""
    risky = kept[0] in "\t\r\n" or kept.startswith(_WRITTEN_ESCAPES)
    return f"'{kept}" if risky or _first_seen(kept) in _BEGINS_FORMULA else kept


def _first_seen(value: str) -> str:
    """Return the first visible character; wide and small forms count as the usual one (＝ is =)."""
    for letter in value:
        if unicodedata.category(letter) not in _SKIPPED:
            return unicodedata.normalize("NFKC", letter)[0]
    return ""


def cell(value: Cell) -> str:
    """Return one cell as written, before quotes: decimal comma, « oui » and « non », ISO dates."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int | float | Decimal):
        return str(value).replace(".", ",")
    if isinstance(value, datetime):
        return value.astimezone(PARIS).strftime("%Y-%m-%d %H:%M") if value.tzinfo else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return text(value)


def csv_text(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table as CSV: a heading, then each row; write it in UTF-8 as it is.

    Raises:
        ValueError: a row has more or fewer cells than there are headings.
    """
    return "".join(csv_lines(headers, rows))


def csv_lines(
    headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, about: str | None = None
) -> Iterator[str]:
    """Yield a table as CSV line by line, for one too long to be held whole.

    Args:
        headers: the heading.
        rows: each as long as the heading.
        about: what the table is, as a first line that begins with « # ».

    Raises:
        ValueError: a row has more or fewer cells than there are headings.
    """
    written = io.StringIO(newline="")
    out = csv.writer(written, delimiter=SEPARATOR, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)

    def line(cells: Sequence[str]) -> str:
        written.seek(0)
        written.truncate()
        out.writerow(cells)
        return written.getvalue()

    yield BYTE_ORDER_MARK
    if about is not None:
        yield line([f"# {' '.join(about.split())}"])
    yield line([text(header) for header in headers])
    for row in rows:
        if len(row) != len(headers):
            raise ValueError(f"{len(row)} cells under {len(headers)} headings")
        yield line([cell(value) for value in row])
