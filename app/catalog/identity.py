"""``territoire.toml`` rewritten where the database knows better: code, name, live values, staffing.

People's comments and layout stay; only what differs is replaced, and the result is read again to prove that
nothing else moved.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import load_toml
from app.errors import BundleFault

LIVE: Final = "vivant"
STAFFING: Final = "simulation"

_HEADER: Final = re.compile(r"^\s*\[{1,2}\s*([A-Za-z0-9_-]+)[^\]\n]*\]{1,2}\s*(#.*)?$")


def renamed(text: str, *, code: str, name: str) -> str:
    """Return the file with this code and name at its top.

    Raises:
        BundleFault: ``code`` or ``nom`` cannot be found on a line of its own.
    """
    parsed = load_toml(text)
    lines = text.split("\n")
    head = next((number for number, line in enumerate(lines) if _HEADER.match(line)), len(lines))
    for key, value in (("code", code), ("nom", name)):
        if parsed.get(key) == value:
            continue
        found = [number for number in range(head) if re.match(rf"\s*{key}\s*=", lines[number])]
        if found:
            lines[found[0]] = f"{key} = {_value(value)}"
    return _proved("\n".join(lines), {**parsed, "code": code, "nom": name})


def with_live(text: str, live: Mapping[str, Any]) -> str:
    """Return the file whose ``[vivant]`` says ``live``; untouched when it says so already.

    Raises:
        BundleFault: ``[vivant]`` is not written as a table of its own.
    """
    parsed = load_toml(text)
    wanted = {key: value for key, value in live.items() if value not in (None, {}, [])}
    said = {key: value for key, value in parsed.get(LIVE, {}).items() if value not in (None, {}, [])}
    if said == wanted:
        return text
    return _proved(
        _with_block(text, LIVE, _table(LIVE, wanted)),
        {**parsed, LIVE: wanted} if wanted else {key: value for key, value in parsed.items() if key != LIVE},
    )


def block(text: str, table: str) -> str:
    """Return the lines of ``[table]`` and of its sub-tables as written, empty without any."""
    return "\n".join(line for start, end in _spans(text, table) for line in text.split("\n")[start:end])


def with_block(text: str, table: str, lines: str) -> str:
    """Return the file with these lines in place of ``[table]`` and its sub-tables.

    Raises:
        BundleFault: the table is not written under headers of its own.
    """
    if block(text, table) == lines:
        return text
    rest = {key: value for key, value in load_toml(text).items() if key != table}
    return _proved(_with_block(text, table, lines), rest | load_toml(lines))


def _with_block(text: str, table: str, block_lines: str) -> str:
    lines, spans = text.split("\n"), _spans(text, table)
    place = spans[0][0] if spans else len(lines)
    kept = [line for number, line in enumerate(lines) if not any(a <= number < b for a, b in spans)]
    before, after = kept[:place], kept[place:]
    if not block_lines:
        return "\n".join(before + after)
    if not spans:
        while before and not before[-1].strip():
            before.pop()
        return "\n".join([*before, "", block_lines, ""])
    return "\n".join([*before, block_lines, *after])


def _spans(text: str, table: str) -> list[tuple[int, int]]:
    """Return the ranges of lines of a table; what stands above the next header is the next's."""
    lines = text.split("\n")
    headers = [(number, match[1]) for number, line in enumerate(lines) if (match := _HEADER.match(line))]
    spans: list[tuple[int, int]] = []
    for position, (start, name) in enumerate(headers):
        if name != table:
            continue
        end = headers[position + 1][0] if position + 1 < len(headers) else len(lines)
        if spans and headers[position - 1][1] == table:
            start, _ = spans.pop()  # noqa: PLW2901  # sub-tables that follow each other are one block
        spans.append((start, end))
    return [(start, _trimmed(lines, start, end)) for start, end in spans]


def _trimmed(lines: list[str], start: int, end: int) -> int:
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def _table(name: str, values: Mapping[str, Any]) -> str:
    """Return a table as TOML: its values, then its sub-tables, in the order given."""
    if not values:
        return ""
    lines = [f"[{name}]"]
    plain = {key: value for key, value in values.items() if not (isinstance(value, Mapping) or _rows(value))}
    lines += [f"{key} = {_value(value)}" for key, value in plain.items()]
    for key, value in values.items():
        if isinstance(value, Mapping):
            lines += ["", _table(f"{name}.{key}", value)]
        for row in _rows(value):
            lines += ["", f"[[{name}.{key}]]", *(f"{word} = {_value(said)}" for word, said in row.items())]
    return "\n".join(lines)


def _rows(value: object) -> list[Mapping[str, Any]]:
    """Return a list of tables, empty for anything else."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_value(said)}' for key, said in value.items())} }}"
    return '"' + "".join(map(_escaped, str(value))) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    return sign if sign.isprintable() else f"\\U{ord(sign):08x}"


def _proved(text: str, expected: Mapping[str, Any]) -> str:
    if load_toml(text) != dict(expected):
        raise BundleFault(
            file=SETTINGS_FILE,
            cause="« code » et « nom » s'écrivent chacun sur une ligne en tête de fichier, [vivant] et "
            "[simulation] sous leur propre titre entre crochets. Remettez-les ainsi.",
        )
    return text
