"""The values a process may hold, and their exact form in a stored state.

JSON types plus Decimal, date, time, aware datetime, UUID and tuple, each with its own mark, so that
``Decimal("1.00")`` and ``Decimal("1.0")``, 1 and True come back as they went in.
"""

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

MAX_DEPTH = 40
"""How deep a value may nest: beyond, it is a mistake or an attack."""

FORBIDDEN_KEY = "typename"
"""SpiffWorkflow's own mark of a serialised object: never a key of process data."""

_PLAIN = (str, int, float, bool, type(None), Decimal, date, time, UUID)


class UnfitValue(ValueError):
    """A value cannot enter process data; its text is the French cause."""


def clone(value: Any) -> Any:
    """Return an independent copy of a process value (containers copied, the rest is immutable)."""
    kind = type(value)
    if kind is dict:
        return {key: clone(item) for key, item in value.items()}
    if kind is list:
        return [clone(item) for item in value]
    return value


def admit(value: object, depth: int = 0) -> Any:
    """Return ``value`` as process data: mappings become dicts, sequences lists.

    Raises:
        UnfitValue: a type that a state cannot hold, a forbidden key, a naive datetime, too deep.
    """
    if depth > MAX_DEPTH:
        raise UnfitValue("une valeur est trop imbriquée")
    if isinstance(value, Mapping):
        return {_key(key): admit(item, depth + 1) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(admit(item, depth + 1) for item in value)
    if isinstance(value, list | set | frozenset):
        items = value if isinstance(value, list) else sorted(value, key=repr)
        return [admit(item, depth + 1) for item in items]
    if not isinstance(value, _PLAIN):
        raise UnfitValue(f"une valeur de type {type(value).__name__} ne peut pas être conservée")
    if isinstance(value, datetime) and value.tzinfo is None:
        raise UnfitValue("une date et heure sans fuseau ne peut pas être conservée")
    if isinstance(value, float) and not math.isfinite(value):
        raise UnfitValue("un nombre infini ou indéfini ne peut pas être conservé")
    return str(value) if isinstance(value, str) else value


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise UnfitValue("le nom d'une donnée doit être un texte")
    if key == FORBIDDEN_KEY:
        raise UnfitValue("une donnée ne peut pas s'appeler « typename »")
    return str(key)


def pack(value: Any) -> Any:
    """Return the JSON form of a process value."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None or kind is float:
        return value
    if kind is dict:
        packed = {key: pack(item) for key, item in value.items()}
        if any(key.startswith("$") for key in packed):
            return {"$o": [[key, item] for key, item in packed.items()]}
        return packed
    if kind is list:
        return [pack(item) for item in value]
    return _pack_marked(value)


def _pack_marked(value: Any) -> Any:
    for kinds, write in _WRITERS:
        if isinstance(value, kinds):
            return write(value)
    raise UnfitValue(f"une valeur de type {type(value).__name__} ne peut pas être conservée")


def _pack_datetime(value: datetime) -> dict[str, Any]:
    """Keep the zone by its name when it has one: an offset alone would lose the summer time."""
    if isinstance(value.tzinfo, ZoneInfo):
        naive = value.replace(tzinfo=None, fold=0)
        return {"$t": naive.isoformat(), "z": value.tzinfo.key, "f": value.fold}
    return {"$t": value.isoformat()}


_WRITERS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (datetime, _pack_datetime),  # before date, which it is too
    (date, lambda value: {"$j": value.isoformat()}),
    (time, lambda value: {"$h": value.isoformat()}),
    (Decimal, lambda value: {"$d": str(value)}),
    (UUID, lambda value: {"$u": value.hex}),
    (tuple, lambda value: {"$l": [pack(item) for item in value]}),
)


def unpack(value: Any) -> Any:
    """Return the process value whose JSON form is ``value``."""
    kind = type(value)
    if kind is dict:
        for mark, read in _MARKS.items():
            if mark in value:
                return read(value)
        return {key: unpack(item) for key, item in value.items()}
    if kind is list:
        return [unpack(item) for item in value]
    return value


def _datetime(packed: dict[str, Any]) -> datetime:
    moment = datetime.fromisoformat(packed["$t"])
    if "z" in packed:
        return moment.replace(tzinfo=ZoneInfo(packed["z"]), fold=packed["f"])
    return moment


_MARKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "$t": _datetime,
    "$d": lambda packed: Decimal(packed["$d"]),
    "$j": lambda packed: date.fromisoformat(packed["$j"]),
    "$h": lambda packed: time.fromisoformat(packed["$h"]),
    "$u": lambda packed: UUID(packed["$u"]),
    "$l": lambda packed: tuple(unpack(item) for item in packed["$l"]),
    "$o": lambda packed: {key: unpack(item) for key, item in packed["$o"]},
}
