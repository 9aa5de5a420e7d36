"""Dated figures from a sheet: read, shown with what is wrong, recorded once confirmed (BAT-7).

A column of dates, then one of values (with one of places if the series has some), or one column a place.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from app.catalog import sheets
from app.catalog.series import Series
from app.catalog.sheets import Sheet, SheetRow
from app.services import references
from app.services.references import Entry
from app.services.text import fold

MOST_ROWS: Final = 4_000
"""Rows of a file: ten years of days."""
NEW, CHANGED, SAME = "nouveau", "change", "pareil"
_DATES: Final = frozenset({"date", "jour", "mois", "le", "periode"})
_VALUES: Final = frozenset({"valeur", "montant", "chiffre", "tarif", "prix", "taux", "degres jours", "dju"})
_PLACES: Final = frozenset({"par", "lieu", "station", "bailleur", "pour"})
_MONTH: Final = re.compile(r"(?:(\d{4})-(\d{1,2})|(\d{1,2})[/-](\d{4}))", re.ASCII)
_FRENCH: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)


@dataclass(frozen=True)
class Read:
    """One figure of a file: ``state`` is what recording it would do, ``before`` what it would replace."""

    entry: Entry
    state: str
    before: Decimal | None


@dataclass(frozen=True)
class Refused:
    """A line of a file that cannot be recorded, and why."""

    number: int
    sentence: str


@dataclass(frozen=True)
class Preview:
    """A file as it would be recorded."""

    figures: Sequence[Read]
    refused: Sequence[Refused]

    def count(self, state: str) -> int:
        """Return how many figures are new, changed or the same."""
        return sum(one.state == state for one in self.figures)


def preview(key: str, place: str, content: bytes, name: str) -> Preview:
    """Read a file of figures of a series; nothing of it is recorded.

    Args:
        key: the series.
        place: whose figures they are where the file does not say.
        content: the file.
        name: its name, for the sentences.

    Raises:
        NotFound: no such series here.
        SheetRefused: the file is no table; its sentence says why.
    """
    series = references.series_of(key)
    sheet = sheets.read(content, name, limit_rows=MOST_ROWS)
    found: dict[tuple[str, date], Entry] = {}
    refused: list[Refused] = []
    for number, entry in _entries(sheet, series, place):
        if isinstance(entry, str):
            refused.append(Refused(number, entry))
        elif fault := references.fault_of(entry):
            refused.append(Refused(number, fault))
        elif (entry.place, entry.on) in found:
            refused.append(Refused(number, "Ce jour est déjà donné plus haut. Gardez une ligne."))
        else:
            found[entry.place, entry.on] = entry
    return Preview([compared(entry) for entry in found.values()], refused)


def compared(entry: Entry) -> Read:
    """Return what recording a figure would do."""
    rows = references.between(entry.series, entry.place, entry.on, entry.on)
    before = rows[0].value if rows else None
    state = NEW if before is None else SAME if before == entry.value else CHANGED
    return Read(entry, state, before)


def _entries(sheet: Sheet, series: Series, place: str) -> Iterator[tuple[int, Entry | str]]:
    """Yield what each line gives, or why it gives nothing."""
    names = {fold(column): column for column in sheet.columns}
    dates = next((names[name] for name in names if name in _DATES), sheet.columns[0])
    wide = _wide(sheet.columns, series)
    values = next((names[name] for name in names if name in _VALUES), None)
    places = next((names[name] for name in names if name in _PLACES), None)
    if values is None and not wide:
        rest = [column for column in sheet.columns if column not in (dates, places)]
        values = rest[0] if rest else None
    for row in sheet.rows:
        on = _day(row.cells[dates])
        if on is None:
            yield (
                row.number,
                f"« {row.cells[dates][:30]} » n'est pas une date. Écrivez 01/03/2026 ou 03/2026.",
            )
            continue
        cells = wide.items() if wide else [(_place(row, places, series, place), values)]
        for where, column in cells:
            text = row.cells[column] if column is not None else ""
            if text or not wide:
                yield row.number, _entry(series, where, series.dated(on), text)


def _wide(columns: Sequence[str], series: Series) -> Mapping[str, str]:
    """Return the column of each place named by one, by place."""
    labels = _named(series)
    return {labels[fold(column)]: column for column in columns if fold(column) in labels}


def _place(row: SheetRow, column: str | None, series: Series, otherwise: str) -> str | None:
    """Return of what a line is, None when it names nothing that the series knows."""
    if column is None or not row.cells[column]:
        return otherwise
    return _named(series).get(fold(row.cells[column]))


def _named(series: Series) -> dict[str, str]:
    """Return the places by what a file may call them: their label or their key."""
    labels = {fold(label): key for key, label in series.places.items()}
    return labels | {fold(key): key for key in series.places}


def _entry(series: Series, place: str | None, on: date, text: str) -> Entry | str:
    if place is None:
        return "On ne sait pas de quoi est ce chiffre. Reprenez un nom de la liste."
    value = number(text)
    if value is None:
        return f"« {text[:30]} » n'est pas un nombre." if text else "La valeur manque."
    return Entry(series.id, place, on, value)


def number(text: str) -> Decimal | None:
    """Return a number as people write it: « 1 234,5 », « −0,57 », « 3,13 % »; None for anything else."""
    plain = re.sub(r"[\s\u202f\u00a0€%]", "", text).replace("−", "-").replace(",", ".")
    try:
        value = Decimal(plain) if len(plain) <= 20 else Decimal("NaN")
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < Decimal(10) ** 12 else None


def day(text: str) -> date | None:
    """Return a day or the first of a month: « 2026-03-01 », « 01/03/2026 », « 03/2026 », « 2026-03 »."""
    return _day(text.strip())


def _day(text: str) -> date | None:
    try:
        if match := _MONTH.fullmatch(text):
            year, month = (match[1], match[2]) if match[1] else (match[4], match[3])
            return date(int(year), int(month), 1)
        if match := _FRENCH.fullmatch(text):
            return date(int(match[3]), int(match[2]), int(match[1]))
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
