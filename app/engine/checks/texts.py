"""Expressions and delays: each is read where it stands, and tried when it depends on nothing."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from app.engine.checks.sheet import Sheet
from app.engine.diagram import DEADLINES, local
from app.engine.loops import MAX_INSTANCES
from app.expressions import (
    ExpressionError,
    check,
    deadline,
    designer_functions,
    evaluate,
    mask_texts,
    parse_duration,
    timer_instant,
)
from app.expressions.reading import parse

Role = Literal["value", "timer", "deadline", "count", "list"]
Fault = tuple[str, str]

_TAGS: Final[dict[str, Role]] = {
    "conditionExpression": "value",
    "timeDate": "timer",
    "timeDuration": "timer",
    "loopCardinality": "count",
    "loopDataInputRef": "list",
    "completionCondition": "value",
    "loopCondition": "value",
    "condition": "value",
}
_EXTENSIONS: Final = ("messagePayload", "payloadExpression")
_BARE_DURATION: Final = re.compile(r"R?\d*/?P[\dYMWDTHS.]+")
_BARE_INSIDE: Final = re.compile(r"(?<![\w.])P(?:\d+[YMWD]|T\d+[HMS])\w*", re.ASCII)
_FOREIGN: Final = re.compile(r"[$#]\{|=(?!=)")
"""How other vendors begin an expression: ``${approved}``, ``=approved``."""
_SOME_DAY: Final = datetime(2026, 1, 15, 9, tzinfo=UTC)
"""An instant from which delays are tried: which one makes no difference."""


def check_texts(sheet: Sheet) -> None:
    """Judge every expression of a diagram."""
    found: list[tuple[Any, str | None, Role]] = [
        (node, node.text, _TAGS[local(node)]) for node in sheet.nodes(*_TAGS) if not _in_an_unread_place(node)
    ]
    found += [(node, node.text, "value") for node in sheet.extensions(*_EXTENSIONS)]
    found += [
        (node, node.get("value"), "value")
        for node in sheet.extensions("parameter")
        if node.get("value") is not None
    ]
    found += [
        (node, node.get("value"), "deadline")
        for node in sheet.extensions("property")
        if node.get("name") in DEADLINES and (node.get("value") or "").strip()
    ]
    for node, text, role in found:
        fault = fault_of((text or "").strip(), role)
        if fault:
            sheet.say(node, *fault)


def _in_an_unread_place(node: Any) -> bool:
    """``condition`` is also a tag of other vocabularies' wrappers: only an event's is read."""
    return local(node) == "condition" and local(node.getparent()) != "conditionalEventDefinition"


def fault_of(text: str, role: Role) -> Fault | None:
    """Return the code and the sentence of what is wrong with an expression in that role, else None."""
    written = _miswritten(text, role)
    if written is not None:
        return written
    try:
        names = check(text)
    except ExpressionError as error:
        return _code_of(text), str(error)
    if role != "value" and not names:
        return _tried(text, role)
    try:
        for duration in _written_durations(parse(text).body, outcome=role in ("timer", "deadline")):
            parse_duration(duration)
    except ExpressionError as error:
        return "bad-duration", str(error)
    return None


def _miswritten(text: str, role: Role) -> Fault | None:
    """Return what is wrong with the writing itself, before it is read."""
    if not text and role == "timer":
        return "missing-time", 'Ce minuteur n\'a ni date ni durée. Écrivez par exemple "P15D".'
    if _FOREIGN.match(text):
        return "bad-expression", (
            f"« {text[:60]} » est écrit comme dans un autre logiciel. Écrivez l'expression seule, sans "
            "« ${ » ni « = » devant, par exemple visite.issue == 'faite'."
        )
    if role in ("timer", "deadline") and _BARE_DURATION.fullmatch(text):
        return "unquoted-duration", f'Une durée s\'écrit entre guillemets : "{text}".'
    return None


def _code_of(text: str) -> str:
    try:
        masked = mask_texts(text)
    except ExpressionError:
        return "bad-expression"
    return "unquoted-duration" if _BARE_INSIDE.search(masked) else "bad-expression"


def _tried(text: str, role: Role) -> Fault | None:
    """Evaluate what reads no name, as the engine will."""
    try:
        value = evaluate(text, {}, designer_functions(_SOME_DAY))
        _READ[role](value)
    except ExpressionError as error:
        return ("bad-duration" if role in ("timer", "deadline") else "bad-multi-instance"), str(error)
    return None


def _count(value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_INSTANCES:
        raise ExpressionError(
            f"Le nombre de répétitions est un nombre entier, {MAX_INSTANCES} au plus. Corrigez-le."
        )


def _list(value: object) -> None:
    if not isinstance(value, list | tuple | None):
        raise ExpressionError("Une répétition se fait sur une liste. Nommez une liste, par exemple gestes.")
    _count(len(value or ()))


_READ: Final[Mapping[Role, Callable[[object], object]]] = {
    "timer": lambda value: timer_instant(value, _SOME_DAY),
    "deadline": lambda value: deadline(value, _SOME_DAY),
    "count": _count,
    "list": _list,
}


def _written_durations(node: ast.expr, *, outcome: bool) -> Iterator[str]:
    """Yield the durations written in full: given to ``dans``, or one of the delay's own outcomes."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "dans":
            yield from _text(inner.args[0] if inner.args else None)
    branches = [node] if outcome else []
    while branches:
        branch = branches.pop()
        if isinstance(branch, ast.IfExp):
            branches += [branch.body, branch.orelse]
        else:
            yield from _text(branch)


def _text(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
