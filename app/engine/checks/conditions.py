"""Whether the conditions of a gateway may all fail: tried over the values that they tell apart.

Comparisons with constants are tried with each constant, a value between, below, above and another one;
everything else that a condition reads is taken as free. What is too large to try gets no verdict.
"""

import ast
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise, product
from typing import Any, Final

from app.expressions import ExpressionError
from app.expressions.reading import parse

MAX_TRIED: Final = 1_000
"""Combinations of values tried for one gateway."""

_OTHER: Final = "\0 autre"
_COUNTS: Final = tuple(f"Call(func=Name(id='{name}'" for name in ("len", "compte", "abs"))
_Values = Mapping[str, Any]
_Holds = Callable[[_Values], bool]
_ORDER: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Lt: lambda left, right: left < right,
    ast.LtE: lambda left, right: left <= right,
    ast.Gt: lambda left, right: left > right,
    ast.GtE: lambda left, right: left >= right,
    ast.Eq: lambda left, right: left == right,
    ast.NotEq: lambda left, right: left != right,
}
_MIRRORED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
    ast.Eq: ast.Eq,
    ast.NotEq: ast.NotEq,
}


def may_all_fail(conditions: list[str]) -> bool:
    """Say whether values exist for which none of these conditions holds; no when one cannot be read."""
    space = _Space()
    try:
        tests = [space.test(parse(text).body) for text in conditions]
    except ExpressionError:
        return False
    samples = space.samples()
    size = 1
    for values in samples.values():
        size *= len(values)
        if size > MAX_TRIED:
            return False
    return any(
        not any(test(values) for test in tests)
        for values in (dict(zip(samples, drawn, strict=True)) for drawn in product(*samples.values()))
    )


class _Space:
    """What the conditions read: for each thing compared, the constants it is compared with."""

    def __init__(self) -> None:
        self._constants: dict[str, list[Any]] = {}
        self._free: dict[str, tuple[Any, ...]] = {}

    def samples(self) -> dict[str, list[Any]]:
        """Return the values to try for each thing that is read."""
        found: dict[str, list[Any]] = {key: list(values) for key, values in self._free.items()}
        for key, constants in self._constants.items():
            around = _around(constants)
            counted = key.startswith(_COUNTS)
            found[key] = [one for one in around if not (counted and isinstance(one, int) and one < 0)]
        return found

    def test(self, node: ast.expr) -> _Holds:
        """Return how a condition is decided once values are chosen."""
        if isinstance(node, ast.BoolOp):
            parts = [self.test(part) for part in node.values]
            gather = any if isinstance(node.op, ast.Or) else all
            return lambda values: gather(part(values) for part in parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.test(node.operand)
            return lambda values: not inner(values)
        if isinstance(node, ast.Constant):
            return lambda _values: bool(node.value)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._compared(node.left, node.ops[0], node.comparators[0])
        return self._truth(node)

    def _truth(self, node: ast.expr) -> _Holds:
        key = ast.dump(node)
        self._constants.setdefault(key, []).extend((True, False))
        return lambda values: bool(values[key])

    def _compared(self, left: ast.expr, symbol: ast.cmpop, right: ast.expr) -> _Holds:
        known, value = _constant(right)
        if isinstance(symbol, ast.In | ast.NotIn):
            return self._among(left, right, wanted=isinstance(symbol, ast.In))
        if isinstance(symbol, ast.Is | ast.IsNot):
            return self._identical(left, value, wanted=isinstance(symbol, ast.Is))
        if known and not _constant(left)[0]:
            return self._against(left, _ORDER[type(symbol)], value)
        mirrored, first = _constant(left)
        if mirrored and not known:
            return self._against(right, _ORDER[_MIRRORED[type(symbol)]], first)
        if mirrored and known:
            result = _tried(_ORDER[type(symbol)], first, value)
            return lambda _values: result
        return self._between(left, symbol, right)

    def _against(self, node: ast.expr, order: Callable[[Any, Any], bool], constant: Any) -> _Holds:
        key = ast.dump(node)
        self._constants.setdefault(key, []).append(constant)
        return lambda values: _tried(order, values[key], constant)

    def _identical(self, node: ast.expr, constant: Any, *, wanted: bool) -> _Holds:
        key = ast.dump(node)
        self._constants.setdefault(key, []).append(constant)
        return lambda values: (values[key] is constant) is wanted

    def _among(self, node: ast.expr, group: ast.expr, *, wanted: bool) -> _Holds:
        items = [_constant(item) for item in group.elts] if isinstance(group, ast.List | ast.Tuple) else []
        if not items or not all(known for known, _ in items):
            key = f"{ast.dump(node)} in {ast.dump(group)}"
            self._free[key] = (True, False)
            return lambda values: values[key] is wanted
        key, constants = ast.dump(node), [value for _, value in items]
        self._constants.setdefault(key, []).extend(constants)
        return lambda values: any(_tried(_ORDER[ast.Eq], values[key], one) for one in constants) is wanted

    def _between(self, left: ast.expr, symbol: ast.cmpop, right: ast.expr) -> _Holds:
        first, second = ast.dump(left), ast.dump(right)
        if first > second:
            first, second, symbol = second, first, _MIRRORED[type(symbol)]()
        key = f"{first} <> {second}"
        self._free[key] = (-1, 0, 1)
        order = _ORDER[type(symbol)]
        return lambda values: order(values[key], 0)


def _constant(node: ast.expr) -> tuple[bool, Any]:
    if isinstance(node, ast.Constant):
        return True, node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        known, value = _constant(node.operand)
        if known and isinstance(value, int | Decimal):
            return True, -value if isinstance(node.op, ast.USub) else value
    return False, None


def _around(constants: list[Any]) -> list[Any]:
    """Return each constant and what lies between, beyond and elsewhere."""
    kinds = {type(value) for value in constants}
    found: list[Any] = []
    for value in constants:
        if not any(value is one or (type(value) is type(one) and value == one) for one in found):
            found.append(value)
    numbers = sorted(
        value for value in found if isinstance(value, int | Decimal) and not isinstance(value, bool)
    )
    if numbers:
        found += [numbers[0] - 1, numbers[-1] + 1]
        found += [(Decimal(low) + Decimal(high)) / 2 for low, high in pairwise(numbers)]
    if str in kinds or type(None) in kinds:
        found.append(_OTHER)
    return found


def _tried(order: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if isinstance(left, bool) is not isinstance(right, bool):
        return order is _ORDER[ast.NotEq]
    try:
        return bool(order(left, right))
    except TypeError:
        return False
