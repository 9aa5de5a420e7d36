"""A form's JSON read and written back so that what nobody changed keeps its layout, sign for sign.

``read`` remembers where each table and each list stood in the text. Edits (``catalog.form_edits``) make new
values that share what they did not touch; ``write`` copies the shared parts from the text and lays out the
rest: on one line when it fits, else one line a key.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out
from typing import Any, Final

from app.catalog.fingerprint import load_json, sorted_json
from app.errors import BundleFault

WIDTH: Final = 110
"""Signs of a line, its indentation counted."""
Tree = dict[str, Any]
"""The parsed form: tables in the order written, decimals as ``Decimal``."""
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_PLAIN: Final = re.compile(r"[^\s,\]}]+")
_STEP: Final = 2


@dataclass(frozen=True)
class FormText:
    """A form as read: its ``tree``, its ``text``, and where each of its tables and lists stands in it."""

    tree: Tree
    text: str
    spans: Mapping[int, tuple[int, int]] = field(repr=False)
    kept: tuple[Any, ...] = field(repr=False, default=())
    """Every value that ``spans`` names, so that none is freed and its number given to another."""


def read(text: str, *, file: str = "formulaire") -> FormText:
    """Read a form's JSON.

    Raises:
        BundleFault: no JSON, a key twice, nested too deep, or no table of keys.
    """
    if not isinstance(load_json(file, text.encode()), dict):
        raise BundleFault(file=file, cause="un formulaire commence par « { ». Ouvrez-le comme un texte.")
    reader = _Reader(text)
    try:
        tree, _ = reader.value(len(text) - len(text.lstrip(" \t\r\n")))
    except RecursionError as fault:
        raise BundleFault(file=file, cause="ce fichier est imbriqué trop profondément.") from fault
    return FormText(tree, text, reader.spans, tuple(reader.kept))


def write(before: FormText, tree: Tree) -> str:
    """Return ``tree`` as text; what it shares with ``before`` is copied as it was written."""
    if tree is before.tree:
        return before.text
    start, end = before.spans[id(before.tree)]
    return f"{before.text[:start]}{_laid(before, tree, 0, 0)}{before.text[end:]}"


def fresh(tree: Tree) -> str:
    """Return the text of a form that has none yet."""
    return _laid(FormText({}, "", {}), tree, 0, 0) + "\n"


def same(first: object, second: object) -> bool:
    """Whether two values say the same, whatever the order of their keys."""
    return sorted_json(first) == sorted_json(second)


class _Reader:
    """Walks a text that ``load_json`` accepted, and notes where tables and lists begin and end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: dict[int, tuple[int, int]] = {}
        self.kept: list[Any] = []

    def value(self, at: int) -> tuple[Any, int]:
        sign = self.text[at]
        if sign == "{":
            return self._table(at)
        if sign == "[":
            return self._list(at)
        if sign == '"':
            found, end = scanstring(self.text, at + 1)
            return found, end
        match = _PLAIN.match(self.text, at)
        word = match[0] if match is not None else "null"  # always one: the text was read whole before
        return load_json("", word.encode()), at + len(word)

    def _table(self, start: int) -> tuple[Tree, int]:
        found: Tree = {}
        at = self._next(start + 1)
        while self.text[at] != "}":
            key, at = self.value(at)
            at = self._next(self._next(at) + 1)
            found[key], at = self.value(at)
            at = self._after(at)
        return self._noted(found, start, at + 1)

    def _list(self, start: int) -> tuple[list[Any], int]:
        found: list[Any] = []
        at = self._next(start + 1)
        while self.text[at] != "]":
            item, at = self.value(at)
            found.append(item)
            at = self._after(at)
        return self._noted(found, start, at + 1)

    def _noted(self, found: Any, start: int, end: int) -> tuple[Any, int]:
        self.spans[id(found)] = (start, end)
        self.kept.append(found)
        return found, end

    def _after(self, at: int) -> int:
        at = self._next(at)
        return self._next(at + 1) if self.text[at] == "," else at

    def _next(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match is not None else at


def _laid(before: FormText, value: object, indent: int, used: int) -> str:
    """Return a value as text: as it was written, or laid out; ``used`` signs of its line are taken."""
    if id(value) in before.spans:
        return _copied(before, value, indent)
    line = _line(value)
    if not isinstance(value, dict | list) or not value or indent + used + len(line) <= WIDTH:
        return line
    inner = " " * (indent + _STEP)
    if isinstance(value, dict):
        rows = []
        for key, item in value.items():
            head = f"{_line(key)}: "
            rows.append(f"{inner}{head}{_laid(before, item, indent + _STEP, len(head) + 1)}")
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    rows = [f"{inner}{_laid(before, item, indent + _STEP, 1)}" for item in value]
    return "[\n" + ",\n".join(rows) + "\n" + " " * indent + "]"


def _line(value: object) -> str:
    """Return a value on one line, a decimal with the figures it was written with."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_line(key)}: {_line(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_line, value)) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _copied(before: FormText, value: object, indent: int) -> str:
    """Return the value's own text, moved to another indentation when it stands elsewhere now."""
    start, end = before.spans[id(value)]
    text = before.text[start:end]
    if "\n" not in text:
        return text
    line = before.text[before.text.rfind("\n", 0, start) + 1 : start]
    was = len(line) - len(line.lstrip(" "))
    if was == indent:
        return text
    first, *rest = text.split("\n")
    return "\n".join([first, *(_moved(row, indent - was) for row in rest)])


def _moved(row: str, by: int) -> str:
    if by >= 0:
        return " " * by + row if row.strip() else row
    lead = len(row) - len(row.lstrip(" "))
    return row[min(lead, -by) :]
