"""Whether a cell of a decision table accepts a value: yes, no, or only known when the table is applied."""

import ast
from collections.abc import Mapping, Sequence

from app.checker.values.samples import ANYTHING, Constants, Sample, is_plain
from app.decisions.cells import INPUT, Cell, Comparison, Interval, Test
from app.expressions import ExpressionError, evaluate
from app.expressions.reading import parse

Names = Mapping[str, object]
"""What a cell may read that is known before any case: ``{"reglages": …}``."""


def accepted(cell: Cell, classes: Sequence[Sample], names: Names) -> tuple[bool | None, ...]:
    """Whether the cell accepts the values that each sample stands for; None: not known."""
    constants = [constants_of(test, names) for test in cell.tests]
    return tuple(_accepts(cell, constants, sample, names) for sample in classes)


def _accepts(cell: Cell, constants: list[Constants | None], sample: Sample, names: Names) -> bool | None:
    if not cell.tests:
        return True
    if cell.negated and sample.value is None:
        return False
    results = [_holds(test, known, sample, names) for test, known in zip(cell.tests, constants, strict=True)]
    if True in results:
        return not cell.negated
    return None if None in results else cell.negated


def _holds(test: Test, constants: Constants | None, sample: Sample, names: Names) -> bool | None:
    if constants is None or (sample.value is ANYTHING and constants.values != (None,)):
        return None
    try:
        return test.matches(sample.value, names, None)
    except ExpressionError:
        return None


def gathered(cells: list[Cell], names: Names) -> Constants:
    """Return what a column's cells compare with, those that cannot be known left out."""
    tests = [test for cell in cells for test in cell.tests]
    found = [(test, constants) for test in tests if (constants := constants_of(test, names))]
    closing = {c for test, each in found if isinstance(test, Interval) for c in each.values}
    closing -= {c for test, each in found if not isinstance(test, Interval) for c in each.values}
    values = dict.fromkeys(_marked(value) for _, each in found for value in each.values)
    return Constants(tuple(value for _, value in values), frozenset(closing))


def _marked(value: object) -> tuple[type, object]:
    return type(value), value  # 1, True and 1.0 are equal, yet not the same constant


def constants_of(test: Test, names: Names) -> Constants | None:
    """Return what a test compares with; None when only applying the table can tell."""
    if isinstance(test, Comparison):
        return _of_values([test.operand], names, ordered=test.symbol not in {"==", "!="})
    if isinstance(test, Interval):
        return _of_values([test.low, test.high], names, ordered=True)
    return _of_condition(parse(test.text).body)


def _of_values(texts: list[str], names: Names, *, ordered: bool) -> Constants | None:
    try:
        values = [evaluate(text, names) for text in texts]
    except ExpressionError:
        return None
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    if not all(is_plain(item) for item in flat):
        return None
    if ordered and not all(map(_is_ordered, flat)):
        return None
    return Constants(tuple(flat))


def _of_condition(node: ast.expr) -> Constants | None:
    """The constants of ``? > 3 and ? != 7``; None as soon as the input is computed with."""
    if isinstance(node, ast.BoolOp):
        parts = [_of_condition(value) for value in node.values]
        kept = [part for part in parts if part is not None]
        values = tuple(value for part in kept for value in part.values)
        return Constants(values) if len(kept) == len(parts) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _of_condition(node.operand)
    return _of_comparison(node) if isinstance(node, ast.Compare) else None


def _of_comparison(node: ast.Compare) -> Constants | None:
    values: list[object] = []
    for part in (node.left, *node.comparators):
        if not (isinstance(part, ast.Name) and part.id == INPUT):
            try:
                values.append(ast.literal_eval(part))
            except (ValueError, TypeError):
                return None
    flat = [item for value in values for item in (value if isinstance(value, list | tuple) else [value])]
    equal = all(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
    if not all(map(is_plain, flat)) or not (equal or all(_is_ordered(value) for value in values)):
        return None  # the order of texts, or a part of one
    return Constants(tuple(flat))


def _is_ordered(value: object) -> bool:
    """Whether a value has a place on a line; a list, searched item by item, needs none."""
    return not isinstance(value, str | bool) and value is not None
