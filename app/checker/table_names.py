"""Every expression of the decision tables, with the input or the rule in which it stands."""

from collections.abc import Iterator

from app.checker.model import Model
from app.decisions import DecisionTable
from app.decisions.cells import Cell, Comparison, Condition, Interval


def table_reads(model: Model) -> Iterator[tuple[str, str, str]]:
    """Yield ``(file, element, expression)`` of every table."""
    for path, table in model.tables.values():
        for element, text in texts(table):
            yield path, element, text


def texts(table: DecisionTable) -> Iterator[tuple[str, str]]:
    """Yield ``(input, output or rule, expression)``; an element without an id is told by its table's."""
    for column in table.inputs:
        yield column.id or table.id, column.expression
    for output in table.outputs:
        if output.default is not None:
            yield output.id or table.id, output.default
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
