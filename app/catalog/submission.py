"""What a browser sent: flat dotted names (``orientations.0.motif``), and the buttons of rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

ACTION = "_action"
"""Name of the submit buttons; its value says what was asked (``ajouter:orientations``)."""
ROW_MARK = "_"
"""Last part of a hidden input that says a row exists, even when nothing in it is filled."""
_MAX_NAMES = 5_000
_ACTION_VALUE = re.compile(r"(ajouter|retirer):([a-z][a-z0-9_]*)(?:\.(\d{1,3}))?", re.ASCII)


class MultiValues(Protocol):
    """What of werkzeug's MultiDict is used here."""

    def keys(self) -> Iterable[str]: ...  # noqa: D102

    def getlist(self, key: str) -> list[str]: ...  # noqa: D102


class SentFile(Protocol):
    """What of werkzeug's FileStorage is used here."""

    filename: str | None

    def read(self, size: int = -1) -> bytes: ...  # noqa: D102


class SentFiles(Protocol):
    """What of a browser's files is used here."""

    def getlist(self, key: str) -> Sequence[Any]: ...  # noqa: D102


@dataclass(frozen=True)
class RowAction:
    """A row to add to a table, or the row to take out of it (``index``)."""

    table: str
    index: int | None


class Flat:
    """Submitted texts by dotted name; each name may have several."""

    def __init__(self, values: Mapping[str, list[str]]) -> None:
        self.values = {name: list(texts) for name, texts in values.items()}

    @classmethod
    def of(cls, source: "MultiValues | Flat") -> "Flat":
        """Read a browser's form data; far more names than a form has are cut."""
        if isinstance(source, Flat):
            return source
        names = list(dict.fromkeys(source.keys()))[:_MAX_NAMES]
        return cls({name: list(source.getlist(name)) for name in names})

    def first(self, name: str) -> str | None:
        """Return the first text of that name."""
        return next(iter(self.values.get(name, ())), None)

    def all(self, name: str) -> list[str]:
        """Return every text of that name."""
        return list(self.values.get(name, ()))

    def rows(self, table: str) -> list[int]:
        """Return the row numbers present for a table, in order."""
        found = set()
        for name in self.values:
            if name.startswith(f"{table}."):
                number = name[len(table) + 1 :].partition(".")[0]
                if number.isascii() and number.isdigit() and len(number) <= 3:
                    found.add(int(number))
        return sorted(found)

    def under(self, prefix: str) -> dict[str, list[str]]:
        """Return the texts whose name starts with ``prefix.``, without it."""
        start = f"{prefix}."
        return {name[len(start) :]: texts for name, texts in self.values.items() if name.startswith(start)}


def row_action(source: "MultiValues | Flat") -> RowAction | None:
    """Return which row button was pressed, None for an ordinary submit."""
    match = _ACTION_VALUE.fullmatch(Flat.of(source).first(ACTION) or "")
    if match is None:
        return None
    if match[1] == "ajouter":
        return RowAction(match[2], None)
    return RowAction(match[2], int(match[3])) if match[3] is not None else None


def apply_row_action(flat: Flat, action: RowAction, *, max_rows: int) -> Flat:
    """Return the texts with one row more, or one less, the rows renumbered from 0."""
    kept = [number for number in flat.rows(action.table) if number != action.index]
    rows = [flat.under(f"{action.table}.{number}") for number in kept]
    if action.index is None and len(rows) < max_rows:
        rows.append({ROW_MARK: ["1"]})
    values = {
        name: texts
        for name, texts in flat.values.items()
        if not name.startswith(f"{action.table}.") and name != ACTION
    }
    for number, row in enumerate(rows):
        values.update({f"{action.table}.{number}.{name}": texts for name, texts in row.items()})
    return Flat(values)
