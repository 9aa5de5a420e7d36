"""Two states of the settings or of the indicators: every key of the TOML, by its path."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, Final

from app.catalog.settings import load_toml
from app.services.release_changes.model import Change, Movement, instead, quoted

_NAMED: Final = ("id", "cle", "code", "insee", "processus", "genre", "nom")
"""Keys that name the row of a list, the first that every row has."""


def compare(before: bytes, after: bytes) -> list[Change]:
    """Return what differs between two states of a TOML file.

    Raises:
        BundleFault: one of them cannot be read.
    """
    old = dict(_flat(load_toml(before.decode()), ""))
    new = dict(_flat(load_toml(after.decode()), ""))
    found: list[Change] = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was != now:
            movement: Movement = "added" if was is None else "removed" if now is None else "changed"
            told = f"Réglage {quoted(key)} : {instead(was, now)}."
            found.append(Change(movement, key, "", was, now, cosmetic=False, sentence=told))
    return found


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        name = next((key for key in _NAMED if all(key in row for row in value)), None)
        for place, row in enumerate(value, start=1):
            yield from _flat(row, f"{path}[{row[name] if name else place}]")
    else:
        yield path, _said(value)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(_said(item) for item in value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value)
