"""Every expression of the decision tables, with the table or the rule in which it stands."""

from collections.abc import Iterator

from app.checker.model import Model
from app.decisions import DecisionTable
from app.decisions.cells import Cell, Comparison, Condition, Interval
from app.decisions.table import COLLECT
from app.expressions import ExpressionError, check, is_path

_NULL = frozenset({"null", "None"})


def table_reads(model: Model) -> Iterator[tuple[str, str, str]]:
    """Yield ``(file, element, expression)`` of every table."""
    for path, table in model.tables.values():
        for element, text in texts(table):
            yield path, element, text


def texts(table: DecisionTable) -> Iterator[tuple[str, str]]:
    """Yield ``(table or rule, expression)``: a cell and a result are told by their rule."""
    for column in table.inputs:
        yield table.id, column.expression
    for output in table.outputs:
        if output.default is not None:
            yield table.id, output.default
    for rule in table.rules:
        for cell in rule.cells:
            for text in _of_cell(cell):
                yield rule.id or table.id, text
        for text in rule.results:
            yield rule.id or table.id, text


def _of_cell(cell: Cell) -> Iterator[str]:
    for test in cell.tests:
        if isinstance(test, Comparison):
            yield test.operand
        elif isinstance(test, Interval):
            yield test.low
            yield test.high
        elif isinstance(test, Condition):
            yield test.text


def needed(table: DecisionTable) -> Iterator[str]:
    """Yield the names without which no rule of a table can match: it would stop the step that calls it."""
    if table.hit_policy == COLLECT or all(output.default is not None for output in table.outputs):
        return
    for rank, column in enumerate(table.inputs):
        if _is_name(column.expression) and not any(_takes_nothing(rule.cells[rank]) for rule in table.rules):
            yield column.expression


def _is_name(text: str) -> bool:
    try:
        return is_path(text)
    except ExpressionError:
        return False


def _takes_nothing(cell: Cell) -> bool:
    """Whether a cell may accept a missing value: an empty cell, « null », or a name that may be empty too."""
    if not cell.tests or cell.negated:
        return not cell.tests
    equal = [test for test in cell.tests if isinstance(test, Comparison) and test.symbol == "=="]
    return any(test.operand in _NULL or check(test.operand) for test in equal)
