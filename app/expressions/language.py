"""The safe language of conditions, timers, decision cells and parameters.

An interpreter over Python's ``ast`` that knows a short list of nodes and nothing else: no
attribute is ever read from an object (a dot is a dictionary look-up), no method is called, and
length, nodes, depth and sizes are bounded, so that a text a designer saves can neither reach
the machine nor occupy it.
"""

import ast
import decimal
from collections.abc import Callable, Collection, Mapping

from app.expressions.calendar import DESIGNER_FUNCTIONS
from app.expressions.errors import ExpressionError
from app.expressions.functions import BASE, is_present
from app.expressions.reading import ARITHMETIC, ORDER, parse
from app.expressions.values import admitted, computed, contained, kind, ordered, same

KNOWN_FUNCTIONS = frozenset({"present", *BASE, *DESIGNER_FUNCTIONS})

_CONTEXT = decimal.Context(
    prec=34,  # decimal128: exact for any sum of money, and a third still reads as a third
    rounding=decimal.ROUND_HALF_UP,
    traps=[decimal.DivisionByZero, decimal.Overflow, decimal.InvalidOperation],
)


def check(text: str, functions: Collection[str] = KNOWN_FUNCTIONS) -> frozenset[str]:
    """The dotted names that ``text`` reads, such as ``visite.issue``; function names excluded.

    Raises:
        ExpressionError: the text is not an expression of the language, or calls an unknown function.
    """
    parsed = parse(text)
    for name in sorted(parsed.functions):
        if name not in functions:
            raise ExpressionError(_unknown_function(name, functions))
    return parsed.names


def evaluate(
    text: str,
    names: Mapping[str, object],
    functions: Mapping[str, Callable[..., object]] | None = None,
    *,
    lenient: bool = False,
) -> object:
    """The value of ``text``, read over ``names`` (nested mappings).

    A missing last key of an existing group is None; a missing first name raises, except inside
    ``present(…)``, in ``… is None``, or everywhere when ``lenient`` (the inputs of decision tables).

    Raises:
        ExpressionError: unreadable, refused, or failed while running. Nothing else comes out,
            except what a function of ``functions`` raises on purpose.
    """
    parsed = parse(text)
    with decimal.localcontext(_CONTEXT):
        return _Run(names, functions or {}, lenient=lenient).value(parsed.body)


def _unknown_function(name: str, functions: Collection[str]) -> str:
    return (
        f"La fonction « {name[:40]} » n'existe pas. Fonctions disponibles : {', '.join(sorted(functions))}."
    )


class _Run:
    """One evaluation. Its steps are bounded by the nodes of the tree, since nothing loops."""

    def __init__(
        self, names: Mapping[str, object], functions: Mapping[str, Callable[..., object]], *, lenient: bool
    ) -> None:
        self.names = names
        self.functions = functions
        self.lenient = lenient

    def value(self, node: ast.expr) -> object:
        """The value of one node."""
        return _EVALUATE[type(node)](self, node)

    def constant(self, node: ast.Constant) -> object:
        return node.value

    def sequence(self, node: ast.List | ast.Tuple) -> object:
        return [self.value(item) for item in node.elts]

    def path(self, node: ast.Name | ast.Attribute | ast.Subscript) -> object:
        if isinstance(node, ast.Name):
            if node.id in self.names:
                return admitted(self.names[node.id], f"« {node.id} »")
            if self.lenient:
                return None
            raise ExpressionError(
                f"Le nom « {node.id[:40]} » est inconnu à cette étape. "
                "Vérifiez son orthographe ; si c'est un texte, mettez-le entre guillemets."
            )
        holder = self.value(node.value)
        key = node.attr if isinstance(node, ast.Attribute) else self.value(node.slice)
        return self._item(holder, key, ast.unparse(node))

    def _item(self, holder: object, key: object, written: str) -> object:
        if holder is None and self.lenient:
            return None
        if isinstance(holder, Mapping) and isinstance(key, str):
            return admitted(holder.get(key), f"« {written} »")
        if isinstance(holder, list | tuple) and isinstance(key, int) and not isinstance(key, bool):
            if -len(holder) <= key < len(holder):
                return admitted(holder[key], f"« {written} »")
            if self.lenient:
                return None
            raise ExpressionError(f"« {written} » : la liste n'a que {len(holder)} élément(s).")
        raise ExpressionError(
            f"« {written} » ne peut pas être lu : ce qui précède est {kind(holder)}. "
            "Vérifiez que cette réponse existe déjà à cette étape."
        )

    def both(self, node: ast.BoolOp) -> object:
        stop_on = isinstance(node.op, ast.Or)
        result: object = None
        for part in node.values:
            result = self.value(part)
            if bool(result) is stop_on:
                break
        return result

    def unary(self, node: ast.UnaryOp) -> object:
        operand = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not operand
        return computed(0, "-" if isinstance(node.op, ast.USub) else "+", operand)

    def binary(self, node: ast.BinOp) -> object:
        return computed(self.value(node.left), ARITHMETIC[type(node.op)], self.value(node.right))

    def choice(self, node: ast.IfExp) -> object:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def compare(self, node: ast.Compare) -> object:
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.Is | ast.IsNot):
            left = self._leniently(node.left)
            return (left is self.value(node.comparators[0])) is isinstance(node.ops[0], ast.Is)
        left = self.value(node.left)
        for symbol, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            if not _holds(left, symbol, right):
                return False
            left = right
        return True

    def _leniently(self, node: ast.expr) -> object:
        return _Run(self.names, self.functions, lenient=True).value(node)

    def call(self, node: ast.Call) -> object:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "present":
            return is_present(self._leniently(node.args[0]))
        function = self.functions.get(name) or BASE.get(name)
        if function is None:
            raise ExpressionError(_unknown_function(name, {"present", *BASE, *self.functions}))
        arguments = [self.value(argument) for argument in node.args]
        try:
            return admitted(function(*arguments), f"« {name}(…) »")
        except ExpressionError:
            raise
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as fault:
            given = ", ".join(kind(argument) for argument in arguments) or "rien"
            raise ExpressionError(
                f"« {name}(…) » n'a pas pu être calculé avec {given}. Vérifiez les valeurs données."
            ) from fault


def _holds(left: object, symbol: ast.cmpop, right: object) -> bool:
    if type(symbol) in ORDER:
        return ordered(left, ORDER[type(symbol)], right)
    if isinstance(symbol, ast.Is | ast.IsNot):
        return (left is right) is isinstance(symbol, ast.Is)
    if isinstance(symbol, ast.In | ast.NotIn):
        return contained(left, right) is isinstance(symbol, ast.In)
    return same(left, right) is isinstance(symbol, ast.Eq)


_EVALUATE: dict[type[ast.expr], Callable[..., object]] = {
    ast.Constant: _Run.constant,
    ast.List: _Run.sequence,
    ast.Tuple: _Run.sequence,
    ast.Name: _Run.path,
    ast.Attribute: _Run.path,
    ast.Subscript: _Run.path,
    ast.BoolOp: _Run.both,
    ast.UnaryOp: _Run.unary,
    ast.BinOp: _Run.binary,
    ast.IfExp: _Run.choice,
    ast.Compare: _Run.compare,
    ast.Call: _Run.call,
}
