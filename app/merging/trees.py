"""Forms and settings as plain values (tables, lists, words, numbers), merged three ways by key.

A list of tables that each have a name of their own (``cle``, ``id``, ``insee``…) is merged table by table, a
list of words as a set that keeps its order; any other list is one value.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.catalog.fingerprint import sorted_json
from app.merging import ordering
from app.merging.ledger import Ledger, quoted
from app.merging.model import OURS, Side, Spot

NAMES: Final = ("cle", "id", "valeur", "insee", "processus", "enveloppe", "quota", "nom", "titre")
"""Keys that may name a table of a list, the first that all of them have."""


class Missing:
    """What a version does not have."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()
Path = tuple[str, ...]
Naming = Callable[[Path, Sequence[Any]], tuple[str, str]]
"""Returns what people call a place: the thing, and what of it; given the whole file three times."""


@dataclass(frozen=True)
class Meeting:
    """One file three times: its name, the three values, how its places are called, what decides."""

    file: str
    versions: tuple[Any, Any, Any]
    naming: Naming
    ledger: Ledger

    def spot(self, path: Path, what: str = "") -> Spot:
        """Return a place by its path."""
        element, attribute = self.naming(path, self.versions)
        return Spot(self.file, "/".join(path), what, element, what or attribute)


def merge(meeting: Meeting) -> Any:
    """Return the merged value of a file."""
    return _merge(meeting, (), *meeting.versions)


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: 1 is not true, 1.0 is 1.00."""
    if one is MISSING or other is MISSING:
        return one is other
    return sorted_json(one) == sorted_json(other)


def _merge(meeting: Meeting, path: Path, base: Any, ours: Any, theirs: Any, *, silent: bool = False) -> Any:
    if same(ours, theirs) and same(ours, base):
        return ours
    present = [value for value in (base, ours, theirs) if value is not MISSING]
    if path and ((ours is MISSING) != (theirs is MISSING)) and not _plain(present):
        return _one_gone(meeting, path, base, ours, theirs, silent=silent)
    if all(isinstance(value, Mapping) for value in present):
        tables = [value if value is not MISSING else {} for value in (base, ours, theirs)]
        return _tables(meeting, path, *tables, silent=silent or base is MISSING)
    lists = [value if value is not MISSING else [] for value in (base, ours, theirs)]
    if all(isinstance(value, list) for value in present):
        name = identity(lists)
        if name is not None:
            return _rows(meeting, path, name, *lists)
        if _words_only(lists):
            return _set(meeting, path, *lists)
    return _value(meeting, path, base, ours, theirs, silent=silent)


def _plain(values: Sequence[Any]) -> bool:
    return not any(isinstance(value, Mapping | list) for value in values)


def _one_gone(meeting: Meeting, path: Path, *versions: Any, silent: bool) -> Any:
    """A table that one side does not have: added, removed, or removed here and worked on there."""
    base, ours, theirs = versions
    kept, side = (ours, OURS) if theirs is MISSING else (theirs, "theirs")
    if base is MISSING or same(base, kept):
        spot = meeting.spot(path)
        name = "présent"
        values = [None if value is MISSING else name for value in (base, ours, theirs)]
        found = meeting.ledger.settle(spot, *values, silent=silent)
        return MISSING if found is None else kept
    said = {side: "gardé, et modifié", OURS if side != OURS else "theirs": "retiré"}
    chosen: Side = meeting.ledger.ask(
        meeting.spot(path), base="", ours=said[OURS], theirs=said["theirs"],
        said_base="tel qu'avant", said_ours=said[OURS], said_theirs=said["theirs"],
    )  # fmt: skip
    return ours if chosen == OURS else theirs


def _tables(
    meeting: Meeting, path: Path, base: Any, ours: Any, theirs: Any, *, silent: bool
) -> dict[str, Any]:
    found = {}
    for key in dict.fromkeys([*ours, *theirs]):
        value = _merge(
            meeting, (*path, key), *(table.get(key, MISSING) for table in (base, ours, theirs)), silent=silent
        )
        if value is not MISSING:
            found[key] = value
    order = ordering.merged(list(base), list(ours), list(theirs), kept=found)
    return {key: found[key] for key in order}


def _rows(meeting: Meeting, path: Path, name: str, *lists: Any) -> list[Any]:
    versions = [{str(row[name]): row for row in rows} for rows in lists]
    found = {}
    for key in dict.fromkeys([*versions[1], *versions[2]]):
        place = (*path[:-1], f"{path[-1] if path else ''}[{key}]")
        value = _merge(meeting, place, *(rows.get(key, MISSING) for rows in versions))
        if value is not MISSING:
            found[key] = value
    keys = [list(rows) for rows in versions]
    order = ordering.merged(*keys, kept=found)
    if ordering.clash(*keys):
        side = meeting.ledger.ask(
            meeting.spot(path, "l'ordre"), base="", ours=" ".join(keys[1]), theirs=" ".join(keys[2]),
            said_base="l'ordre d'avant", said_ours="l'ordre que vous avez choisi",
            said_theirs="l'ordre choisi en amont",
        )  # fmt: skip
        if side != OURS:
            order = ordering.merged(keys[2], keys[2], keys[1], kept=found)
    return [found[key] for key in order]


def identity(lists: Sequence[Sequence[Any]]) -> str | None:
    """Return the key that names each table of these lists, None when they are no such lists."""
    rows = [row for one in lists for row in one]
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        return None
    for name in NAMES:
        typed = all(
            isinstance(row.get(name), str | int) and not isinstance(row.get(name), bool) for row in rows
        )
        if typed and all(len({str(row[name]) for row in one}) == len(one) for one in lists):
            return name
    return None


def _words_only(lists: Sequence[Sequence[Any]]) -> bool:
    return all(
        all(isinstance(word, str) for word in one) and len(set(one)) == len(one) for one in lists
    ) and any(lists)


def _set(meeting: Meeting, path: Path, base: list[str], ours: list[str], theirs: list[str]) -> Any:
    """Merge lists of words: what either side adds comes in, what either removes goes."""
    kept = [
        word
        for word in dict.fromkeys([*ours, *theirs])
        if (word in ours and word in theirs) or word not in base
    ]
    result = ordering.merged(base, ours, theirs, kept=kept)
    spot = meeting.spot(path)
    for word in dict.fromkeys([*base, *kept]):
        values = [word if word in one else None for one in (base, ours, theirs)]
        part = Spot(spot.file, spot.element, word, spot.element_name, f"{spot.attribute_name} ({word})")
        meeting.ledger.settle(part, *values)
    return result


def _value(meeting: Meeting, path: Path, base: Any, ours: Any, theirs: Any, *, silent: bool) -> Any:
    texts = [None if value is MISSING else shown(value) for value in (base, ours, theirs)]
    if same(ours, theirs):
        texts[2] = texts[1]
    whole = not _plain([ours, theirs, base])
    kept = meeting.ledger.settle(meeting.spot(path), *texts, say=_say, silent=silent, editable=not whole)
    if kept is None:
        return MISSING
    for text, value in zip(texts[1:], (ours, theirs), strict=True):
        if kept == text:
            return value
    return _typed(kept, [value for value in (ours, theirs) if value is not MISSING])


def shown(value: Any) -> str:
    """Return a value as people type it."""
    if isinstance(value, str):
        return value
    return sorted_json(value).decode()


def _say(value: str | None) -> str:
    return {"true": "oui", "false": "non"}.get(value or "", quoted(value))


def _typed(text: str, like: Sequence[Any]) -> Any:
    """Return words typed in place of both values, of the same type when they can be."""
    if all(isinstance(value, str) for value in like):
        return text
    if all(isinstance(value, bool) for value in like) and text.strip().casefold() in ("oui", "non"):
        return text.strip().casefold() == "oui"
    try:
        return json.loads(text.replace(",", ".", 1) if "[" not in text else text)
    except ValueError:
        return text
