"""Input cells of a decision table: FEEL's unary tests, read into the safe language.

A missing value matches only an empty cell, ``-`` and ``null``; every other test is false for it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.expressions import ExpressionError, check, evaluate, mask_texts
from app.expressions.reading import MAX_LENGTH
from app.expressions.values import ordered, same

ANY = frozenset({"", "-"})
INPUT = "valeur_de_la_colonne"
"""What « ? » becomes inside an expression."""

_COMPARISON = re.compile(r"(<=|>=|==|!=|<|>|=)")
_NEGATION = re.compile(r"not\s*\(")

Names = Mapping[str, object]
Functions = Mapping[str, Callable[..., object]]


@dataclass(frozen=True)
class Comparison:
    """``>= 10``, ``"a"`` (an equality), ``!= "a"``; the operand is an expression."""

    symbol: str
    operand: str

    def matches(self, value: object, names: Names, functions: Functions | None) -> bool:
        """Whether ``value`` stands in this relation to the operand."""
        other = evaluate(self.operand, names, functions)
        if self.symbol in {"==", "!="}:
            if isinstance(other, list) and value is not None and not isinstance(value, list | tuple):
                found = any(same(value, item) for item in other)
            else:
                found = same(value, other)
            return found if self.symbol == "==" else value is not None and not found
        return value is not None and ordered(value, self.symbol, other)


@dataclass(frozen=True)
class Interval:
    """``[1..5]``, ``]1..5[``, ``[1..5[``, ``(1..5]``: bounds are expressions, numbers or dates."""

    low: str
    high: str
    low_included: bool
    high_included: bool

    def matches(self, value: object, names: Names, functions: Functions | None) -> bool:
        """Whether ``value`` lies between the bounds."""
        if value is None:
            return False
        low, high = evaluate(self.low, names, functions), evaluate(self.high, names, functions)
        above = ordered(value, ">=" if self.low_included else ">", low)
        return above and ordered(value, "<=" if self.high_included else "<", high)


@dataclass(frozen=True)
class Condition:
    """``? > 3 and ? < 9``: a whole expression in which ``?`` is the input."""

    text: str

    def matches(self, value: object, names: Names, functions: Functions | None) -> bool:
        """Whether the expression is true of ``value``."""
        if value is None:
            return False
        try:
            return bool(evaluate(self.text, {**names, INPUT: value}, functions))
        except ExpressionError as fault:
            raise _in_the_words_of_the_cell(fault) from None


Test = Comparison | Interval | Condition


@dataclass(frozen=True)
class Cell:
    """One input cell: any of its tests, or none of them when ``negated``; no test matches all."""

    text: str
    tests: tuple[Test, ...]
    negated: bool
    reads: frozenset[str]

    def matches(self, value: object, names: Names, functions: Functions | None) -> bool:
        """Whether the cell accepts ``value``.

        Raises:
            ExpressionError: the cell compares things that cannot be compared.
        """
        if not self.tests:
            return True
        if self.negated and value is None:
            return False
        return any(test.matches(value, names, functions) for test in self.tests) is not self.negated


def read_cell(text: str) -> Cell:
    """Read one input cell.

    Raises:
        ExpressionError: the cell is not a list of unary tests of the safe language.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"La cellule est trop longue (plus de {MAX_LENGTH} caractères). Découpez-la.")
    if text in ANY:
        return Cell(text, (), negated=False, reads=frozenset())
    content, negated = text, False
    opening = _NEGATION.match(mask_texts(text))
    if opening and _closes_last(mask_texts(text), opening.end() - 1):
        content, negated = text[opening.end() : -1], True
    tests = tuple(_read_test(item.strip()) for item in _split(content))
    reads = frozenset().union(*(_reads(test) for test in tests))
    return Cell(text, tests, negated=negated, reads=reads)


def _closes_last(masked: str, opening: int) -> bool:
    """Whether the bracket at ``opening`` is closed by the very last character, intervals aside."""
    depth, place, starts = 1, opening + 1, True
    while place < len(masked):
        interval_end = _interval_end(masked, place) if starts else None
        if interval_end is not None:
            place, starts = interval_end, False
            continue
        depth += (masked[place] == "(") - (masked[place] == ")")
        if depth == 0:
            return place == len(masked) - 1
        starts = masked[place] == ","
        place += 1
    return False


def _split(text: str) -> list[str]:
    """The tests of a list, cut at commas outside quotes, brackets and intervals."""
    masked, items, start = mask_texts(text), [], 0
    while start <= len(masked):
        end = _interval_end(masked, start)
        end = _next_comma(masked, start if end is None else end)
        items.append(text[start:end])
        start = end + 1
    return items


def _next_comma(masked: str, start: int) -> int:
    depth = 0
    for place in range(start, len(masked)):
        depth += (masked[place] in "([") - (masked[place] in ")]")
        if masked[place] == "," and depth <= 0:
            return place
    return len(masked)


def _interval_end(masked: str, start: int) -> int | None:
    """Just after the interval that begins at ``start`` (spaces skipped); None when none does."""
    found = re.compile(r"\s*[\[\](]").match(masked, start)
    if found is None:
        return None
    dots, depth = False, 0  # "]" opens as well as it closes, so brackets cannot simply be counted
    for place in range(found.end(), len(masked)):
        if masked[place] == "(":
            depth += 1
        elif masked[place] == ")" and depth:
            depth -= 1
        elif masked.startswith("..", place):
            dots = True
        elif depth == 0 and masked[place] in "[])":
            return place + 1 if dots else None
        elif depth == 0 and masked[place] == "," and not dots:
            return None
    return None


def _read_test(text: str) -> Test:
    if text in ANY:
        raise ExpressionError("Une cellule contient une virgule de trop ou un tiret parmi d'autres valeurs.")
    masked = mask_texts(text)
    if _interval_end(masked, 0) == len(masked):
        return _read_interval(text, masked)
    if "?" in masked:
        replaced = "".join(
            INPUT if mark == "?" else letter for letter, mark in zip(text, masked, strict=True)
        )
        try:
            check(replaced)
        except ExpressionError as fault:
            raise _in_the_words_of_the_cell(fault) from None
        return Condition(replaced)
    comparison = _COMPARISON.match(text)
    symbol = comparison.group(1) if comparison else "=="
    operand = text[comparison.end() :].strip() if comparison else text
    check(operand)
    return Comparison("==" if symbol == "=" else symbol, operand)


def _in_the_words_of_the_cell(fault: ExpressionError) -> ExpressionError:
    return ExpressionError(str(fault).replace(INPUT, "?"))


def _read_interval(text: str, masked: str) -> Interval:
    dots = masked.index("..")
    low, high = text[1:dots].strip(), text[dots + 2 : -1].strip()
    check(low)
    check(high)
    return Interval(low, high, low_included=text[0] == "[", high_included=text[-1] == "]")


def _reads(test: Test) -> frozenset[str]:
    if isinstance(test, Comparison):
        return check(test.operand)
    if isinstance(test, Interval):
        return check(test.low) | check(test.high)
    return frozenset(name for name in check(test.text) if name.split(".")[0] != INPUT)
