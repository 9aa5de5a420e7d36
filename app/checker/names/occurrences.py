"""Where each name stands in an expression: behind a guard or not, read every time or not."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from app.expressions import ExpressionError
from app.expressions.reading import parse


@dataclass(frozen=True)
class Occurrence:
    """One reading of a dotted name in an expression.

    ``guarded``: inside ``present(…)`` or ``… is None``, or where one of them has shown the name to be there.
    ``certain``: evaluated each time that the expression is.
    """

    name: str
    guarded: bool
    certain: bool

    @property
    def root(self) -> str:
        """The first name, before any dot."""
        return self.name.partition(".")[0]


def occurrences(text: str) -> tuple[Occurrence, ...]:
    """Return every reading of a name in ``text``; none when it cannot be read (others say so)."""
    try:
        body = parse(text).body
    except ExpressionError:
        return ()
    return tuple(_walk(body, frozenset(), certain=True))


def _walk(node: ast.AST, shown: frozenset[str], *, certain: bool) -> Iterator[Occurrence]:
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        yield from _path(node, shown, certain=certain)
    elif isinstance(node, ast.BoolOp):
        yield from _logic(node, shown, certain=certain)
    elif isinstance(node, ast.IfExp):
        here, absent = _facts(node.test)
        yield from _walk(node.test, shown, certain=certain)
        yield from _walk(node.body, shown | here, certain=False)
        yield from _walk(node.orelse, shown | absent, certain=False)
    elif isinstance(node, ast.Compare):
        yield from _comparison(node, shown, certain=certain)
    elif isinstance(node, ast.Call):
        lenient = isinstance(node.func, ast.Name) and node.func.id == "present"
        for argument in node.args:
            yield from _walk(argument, shown | _within(argument) if lenient else shown, certain=certain)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _walk(child, shown, certain=certain)


def _logic(node: ast.BoolOp, shown: frozenset[str], *, certain: bool) -> Iterator[Occurrence]:
    """A value of « and » is read when those before it hold, a value of « or » when they do not."""
    for value in node.values:
        yield from _walk(value, shown, certain=certain)
        certain = False
        true, false = _facts(value)
        shown |= true if isinstance(node.op, ast.And) else false


def _comparison(node: ast.Compare, shown: frozenset[str], *, certain: bool) -> Iterator[Occurrence]:
    lenient = len(node.ops) == 1 and isinstance(node.ops[0], ast.Is | ast.IsNot)
    yield from _walk(node.left, shown | _within(node.left) if lenient else shown, certain=certain)
    for rank, value in enumerate(node.comparators):
        yield from _walk(value, shown, certain=certain and rank == 0)


def _path(
    node: ast.Name | ast.Attribute | ast.Subscript, shown: frozenset[str], *, certain: bool
) -> Iterator[Occurrence]:
    """Name the path as ``app.expressions.check`` does: what follows a key known at run time is left out."""
    dotted = ""
    current: ast.expr = node
    while isinstance(current, ast.Attribute | ast.Subscript):
        if isinstance(current, ast.Attribute):
            dotted = f".{current.attr}{dotted}"
        else:
            key = current.slice.value if isinstance(current.slice, ast.Constant) else None
            dotted = f".{key}{dotted}" if isinstance(key, str) else ""
            yield from _walk(current.slice, shown, certain=certain)
        current = current.value
    if isinstance(current, ast.Name):
        yield Occurrence(f"{current.id}{dotted}", current.id in shown, certain)


def _facts(node: ast.expr) -> tuple[frozenset[str], frozenset[str]]:
    """Return the first names shown to be there when ``node`` holds, and when it does not."""
    nothing: frozenset[str] = frozenset()
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        true, false = _facts(node.operand)
        return false, true
    if isinstance(node, ast.BoolOp):
        each = zip(*(_facts(value) for value in node.values), strict=True)
        true, false = (nothing.union(*found) for found in each)
        return (true, nothing) if isinstance(node.op, ast.And) else (nothing, false)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "present":
        return nothing.union(*(_roots(argument) for argument in node.args)), nothing
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and _is_nothing(node.comparators[0]):
        roots = _roots(node.left)
        return (nothing, roots) if isinstance(node.ops[0], ast.Is) else (roots, nothing)
    return nothing, nothing


def _is_nothing(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _within(node: ast.expr) -> frozenset[str]:
    """Return every first name under ``node``: all are read leniently there."""
    return frozenset(item.id for item in ast.walk(node) if isinstance(item, ast.Name))


def _roots(node: ast.expr) -> frozenset[str]:
    """Return the first name of a path, nothing for any other expression."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return frozenset({node.id}) if isinstance(node, ast.Name) else frozenset()
