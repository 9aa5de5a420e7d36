"""Expressions inside forms: « si », « calcul », « initiale », rules. ``app.expressions`` alone evaluates."""

import ast
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from app.expressions import ExpressionError, check, evaluate

Names = Mapping[str, object]
Functions = Mapping[str, Callable[..., object]]
Tree = list[object]
"""A condition a browser can follow: ``["==", ["champ", "statut"], "PO"]``."""

_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "==", ast.IsNot: "!=",
}  # fmt: skip


@dataclass(frozen=True)
class Expression:
    """A checked expression, with the names of its own form (``own``) and other dotted names it reads."""

    text: str
    own: frozenset[str]
    other: frozenset[str]

    def holds(self, names: Names, functions: Functions) -> bool:
        """Whether the condition is true; one that cannot be evaluated yet (nothing answered) is not."""
        try:
            return evaluate(self.text, names, functions) is True
        except ExpressionError:
            return False

    def value(self, names: Names, functions: Functions) -> object:
        """Return the value, None while an answer it needs is missing."""
        try:
            return evaluate(self.text, names, functions)
        except ExpressionError:
            return None

    def tree(self) -> Tree | None:
        """Return the condition for the browser, None when only the server can judge it."""
        if self.other or not self.own:
            return None
        try:
            return _tree(ast.parse(self.text.strip(), mode="eval").body)
        except (NotForBrowser, SyntaxError):
            return None


class NotForBrowser(ValueError):
    """Part of a condition uses what the browser's little evaluator does not know."""


def both(first: Expression, second: Expression | None) -> Expression:
    """Return the condition that holds when both do."""
    if second is None:
        return first
    text = f"({first.text}) and ({second.text})"
    return Expression(text, first.own | second.own, first.other | second.other)


def compile_expression(text: str, known: AbstractSet[str]) -> Expression:
    """Check ``text``; a bare name must be a field of ``known``, a dotted one may come from elsewhere.

    Raises:
        ExpressionError: refused by the language, or a bare name that is no earlier field.
    """
    own, other = set(), set()
    for name in check(text):
        root, dot, _ = name.partition(".")
        if root in known:
            own.add(root)
        elif dot:
            other.add(name)
        else:
            raise ExpressionError(
                f"« {root[:60]} » n'est pas un champ placé plus haut dans ce formulaire ; "
                "pour une réponse d'ailleurs, écrivez « formulaire.champ »."
            )
    return Expression(text, frozenset(own), frozenset(other))


def _tree(node: ast.expr) -> Tree:
    if isinstance(node, ast.BoolOp):
        return ["and" if isinstance(node.op, ast.And) else "or", *(_tree(value) for value in node.values)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ["not", _tree(node.operand)]
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        symbol = _COMPARE.get(type(node.ops[0]))
        if symbol is not None:
            return [symbol, _operand(node.left), _operand(node.comparators[0])]
    if isinstance(node, ast.Name):
        return ["==", ["champ", node.id], True]
    raise NotForBrowser


def _operand(node: ast.expr) -> object:
    if isinstance(node, ast.Name):
        literals: dict[str, object] = {"true": True, "false": False, "null": None}
        return literals.get(node.id, ["champ", node.id])
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str | int | float)):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        return ["liste", *(_operand(item) for item in node.elts)]
    raise NotForBrowser
