"""Gateways whose conditions may all fail because of an answer that the form allows.

The engine's own check tries the values that the conditions name; here the form or the decision that gives a
value says what else it may be: another option, or no answer at all.
"""

import ast
from collections.abc import Mapping, Sequence
from itertools import product
from math import prod

from app.checker.model import Model
from app.checker.values.domains import domain_of
from app.checker.values.samples import CERTAIN, Constants, Sample, is_plain, samples
from app.expressions import ExpressionError, evaluate
from app.expressions.reading import parse

MAX_TRIED = 2_000
"""Combinations of values tried for one gateway."""


def failing(conditions: Sequence[str], model: Model) -> str | None:
    """Return, in words, answers that do occur and for which no condition holds; None: none is known."""
    compared: dict[str, list[object]] = {}
    try:
        if not all(_read(parse(text).body, compared) for text in conditions):
            return None
    except ExpressionError:
        return None
    domains = {path: domain_of(path, model) for path in compared}
    if not domains or any(domain.family in {None, "other"} for domain in domains.values()):
        return None
    tried = [
        [sample for sample in samples(domains[path], Constants(tuple(values))) if sample.likely == CERTAIN]
        for path, values in compared.items()
    ]
    if prod(len(values) for values in tried) > MAX_TRIED:
        return None
    for drawn in product(*tried):
        chosen = dict(zip(compared, drawn, strict=True))
        if _all_fail(conditions, chosen):
            return " et ".join(f"« {path} » {sample.words}" for path, sample in chosen.items())
    return None


def _all_fail(conditions: Sequence[str], chosen: Mapping[str, Sample]) -> bool:
    names: dict[str, dict[str, object]] = {}
    for path, sample in chosen.items():
        group, _, key = path.partition(".")
        names.setdefault(group, {})[key] = sample.value
    try:
        return not any(evaluate(text, names) for text in conditions)
    except ExpressionError:
        return False


def _read(node: ast.expr, compared: dict[str, list[object]]) -> bool:
    """Gather what each answer is compared with; False when a condition does more than compare answers."""
    if isinstance(node, ast.BoolOp):
        return all(_read(part, compared) for part in node.values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _read(node.operand, compared)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _compared(node.left, node.comparators[0], compared)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "present":
        return _answer(node.args[0], (None,), compared)
    return _answer(node, (True,), compared)


def _compared(left: ast.expr, right: ast.expr, compared: dict[str, list[object]]) -> bool:
    if isinstance(left, ast.Constant):
        left, right = right, left
    try:
        value = ast.literal_eval(right)
    except (ValueError, TypeError):
        return False
    values = value if isinstance(value, list | tuple) else [value]
    return all(map(is_plain, values)) and _answer(left, values, compared)


def _answer(node: ast.expr, values: Sequence[object], compared: dict[str, list[object]]) -> bool:
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return False
    compared.setdefault(f"{node.value.id}.{node.attr}", []).extend(values)
    return True
