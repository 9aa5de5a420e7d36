"""JSON read with its layout: what is not changed is written back as it was."""

import json
import re
from dataclasses import dataclass
from typing import Final

from app.merging.model import Unmergeable

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_PLAIN: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_DEPTH: Final = 60
_STEP: Final = "  "


@dataclass
class Leaf:
    """A text, a number, true, false or null, as the file writes it."""

    raw: str


@dataclass
class Record:
    """An object: its members in order; ``wide`` when each stands on a line of its own."""

    members: "dict[str, Value]"
    wide: bool = True


@dataclass
class Row:
    """A list; ``wide`` as in ``Record``."""

    items: "list[Value]"
    wide: bool = True


Value = Leaf | Record | Row


def parse(text: str) -> Value:
    """Return a file as values with their layout.

    Raises:
        Unmergeable: no JSON, or nested too deep.
    """
    value, at = _value(text, _space(text, 0), 0)
    if _space(text, at) != len(text):
        raise Unmergeable("more than one value")
    return value


def written(value: Value, level: int = 0) -> str:
    """Return a value as text, laid out as it was read."""
    if isinstance(value, Leaf):
        return value.raw
    if isinstance(value, Record):
        parts = [f"{quote(key)}: {written(item, level + 1)}" for key, item in value.members.items()]
        return _laid(parts, "{}", level, wide=value.wide)
    return _laid([written(item, level + 1) for item in value.items], "[]", level, wide=value.wide)


def quote(text: str) -> str:
    """Return a text as JSON writes it, accents kept."""
    return json.dumps(text, ensure_ascii=False)


def plain(value: Value) -> object:
    """Return a value without its layout; numbers stay as written."""
    return json.loads(written(value), parse_float=str)


def _laid(parts: list[str], ends: str, level: int, *, wide: bool) -> str:
    if not parts:
        return ends
    if not wide:
        return f"{ends[0]}{', '.join(parts)}{ends[1]}"
    inner, outer = "\n" + _STEP * (level + 1), "\n" + _STEP * level
    return f"{ends[0]}{inner}{f',{inner}'.join(parts)}{outer}{ends[1]}"


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int, depth: int) -> tuple[Value, int]:
    if depth > _DEPTH:
        raise Unmergeable("nested too deep")
    sign = text[at : at + 1]
    if sign == "{":
        return _record(text, at, depth)
    if sign == "[":
        return _row(text, at, depth)
    found = (_STRING if sign == '"' else _PLAIN).match(text, at)
    if found is None:
        raise Unmergeable(f"no JSON at {at}")
    return Leaf(found[0]), found.end()


def _record(text: str, at: int, depth: int) -> tuple[Record, int]:
    record, here = Record({}, wide=_breaks(text, at)), _space(text, at + 1)
    while text[here : here + 1] != "}":
        found = _STRING.match(text, here)
        if found is None:
            raise Unmergeable(f"no name at {here}")
        colon = _space(text, found.end())
        if text[colon : colon + 1] != ":":
            raise Unmergeable(f"no value at {colon}")
        key = str(json.loads(found[0], strict=False))
        if key in record.members:
            raise Unmergeable(f"{key} twice")
        record.members[key], end = _value(text, _space(text, colon + 1), depth + 1)
        here = _next(text, end, "}")
    return record, here + 1


def _row(text: str, at: int, depth: int) -> tuple[Row, int]:
    row, here = Row([], wide=_breaks(text, at)), _space(text, at + 1)
    while text[here : here + 1] != "]":
        item, end = _value(text, here, depth + 1)
        row.items.append(item)
        here = _next(text, end, "]")
    return row, here + 1


def _next(text: str, at: int, close: str) -> int:
    """Return where the next part begins, or where the list ends."""
    here = _space(text, at)
    if text[here : here + 1] == close:
        return here
    after = _space(text, here + 1)
    if text[here : here + 1] != "," or text[after : after + 1] == close:
        raise Unmergeable(f"no comma at {here}")
    return after


def _breaks(text: str, at: int) -> bool:
    return "\n" in text[at + 1 : _space(text, at + 1)]
