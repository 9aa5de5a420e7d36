"""What values an expression can take, as far as forms, decision tables and its own shape tell."""

import ast
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from app.catalog.fields import Field
from app.catalog.forms import Form
from app.checker.model import Model
from app.expressions import ExpressionError, evaluate, is_path
from app.expressions.reading import parse

Family = Literal["text", "boolean", "number", "date", "other"]


@dataclass(frozen=True)
class Domain:
    """The values of an expression.

    ``family`` is None when nothing tells it; ``options`` the only texts possible; ``open`` says that any
    other text is possible too. ``absent`` is True or False when it is known that a value may, or cannot,
    be missing. Numbers are multiples of ``step`` (1: no decimals) and lie between ``low`` and ``high``.
    """

    family: Family | None = None
    options: tuple[str, ...] | None = None
    open: bool = False
    absent: bool | None = None
    step: int | Decimal | None = None
    low: int | Decimal | None = None
    high: int | Decimal | None = None


UNKNOWN: Final = Domain()
_MISSING: Final = Domain(absent=True)
_COUNTS: Final = frozenset({"len", "compte"})
_WHOLE: Final = frozenset({"jours_entre"})
_YES_NO: Final = Domain("boolean", absent=False)
_BY_TYPE: Final = {
    "oui_non": Domain("boolean"),
    "date": Domain("date"),
    "calcul": UNKNOWN,
    **dict.fromkeys(("texte", "texte_long", "courriel", "telephone"), Domain("text", open=True)),
}


def domain_of(text: str, model: Model) -> Domain:
    """Return what is known of the values of an expression."""
    try:
        body = parse(text).body
        named = is_path(text)
    except ExpressionError:
        return UNKNOWN
    return _of_name(text.strip(), model) if named else _of_tree(body)


def _of_name(path: str, model: Model) -> Domain:
    root, _, key = path.partition(".")
    if root in model.forms and key:
        form = model.forms[root][1]
        field = form.field(key)
        return UNKNOWN if field is None else _of_field(form, field)
    if root in model.tables and key:
        return _of_output(root, key, model)
    if root == "reglages" and model.settings is not None and key in model.settings.rules:
        return replace(_of_value(model.settings.rules[key]), absent=False)
    return UNKNOWN


def _of_field(form: Form, field: Field) -> Domain:
    section = next(section for section in form.sections if field in section.fields)
    asked = field.condition is None and section.condition is None
    return replace(_of_type(field), absent=None if field.type == "calcul" else not (field.required and asked))


def _of_type(field: Field) -> Domain:
    low = field.minimum if isinstance(field.minimum, int | Decimal) else None
    high = field.maximum if isinstance(field.maximum, int | Decimal) else None
    if field.type in {"choix", "partenaire"}:
        fixed = field.options_from is None
        return Domain("text", options=tuple(option.value for option in field.options) if fixed else None)
    if field.type in {"nombre", "montant"}:
        return Domain("number", step=Decimal(1).scaleb(-field.decimals), low=low, high=high)
    return _BY_TYPE.get(field.type, Domain("other"))


def _of_output(decision: str, name: str, model: Model) -> Domain:
    """The answers a decision table can give, when its cells say them in full."""
    table = model.tables[decision][1]
    place = next((n for n, output in enumerate(table.outputs) if output.name == name), None)
    if place is None or table.hit_policy == "COLLECT":
        return UNKNOWN
    texts = [rule.results[place] for rule in table.rules]
    texts += [table.outputs[place].default or "null"] if table.outputs[place].default else []
    try:
        values = [evaluate(text, {}) for text in texts]
    except ExpressionError:
        return UNKNOWN
    given = [value for value in values if value is not None]
    if given and all(isinstance(value, str) for value in given):
        options = tuple(dict.fromkeys(str(value) for value in given))
        return Domain("text", options=options, absent=len(given) < len(values))
    if given and all(isinstance(value, bool) for value in given):
        return Domain("boolean", absent=len(given) < len(values))
    return UNKNOWN


def _of_value(value: object) -> Domain:
    if isinstance(value, bool):
        return Domain("boolean")
    if isinstance(value, int | Decimal):
        return Domain("number", low=value, high=value, step=1 if isinstance(value, int) else None)
    if isinstance(value, date):
        return Domain("date")
    return Domain("text", options=(value,)) if isinstance(value, str) else UNKNOWN


def _of_tree(node: ast.expr) -> Domain:
    """What the shape of an expression alone tells."""
    if isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp):
        return _YES_NO if _is_yes_no(node) else UNKNOWN
    if isinstance(node, ast.Constant):
        return _MISSING if node.value is None else replace(_of_value(node.value), absent=False)
    if isinstance(node, ast.IfExp):
        return _either(_of_tree(node.body), _of_tree(node.orelse))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _of_call(node.func.id)
    return _of_sum(node) if isinstance(node, ast.BinOp) else UNKNOWN


def _is_yes_no(node: ast.expr) -> bool:
    if isinstance(node, ast.BoolOp):
        return all(_of_tree(value) == _YES_NO for value in node.values)
    return isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def _of_sum(node: ast.BinOp) -> Domain:
    """Whole numbers added, subtracted or multiplied give whole numbers."""
    left, right = _of_tree(node.left), _of_tree(node.right)
    if not left.step == right.step == 1 or not isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
        return UNKNOWN
    low = _sum(left.low, right.low) if isinstance(node.op, ast.Add) else None
    return Domain("number", absent=False, step=1, low=low)


def _sum(left: int | Decimal | None, right: int | Decimal | None) -> int | Decimal | None:
    return None if left is None or right is None else left + right


def _of_call(name: str) -> Domain:
    if name == "present":
        return _YES_NO
    if name in _COUNTS:
        return Domain("number", absent=False, step=1, low=0)
    return Domain("number", step=1) if name in _WHOLE else UNKNOWN


def _either(one: Domain, other: Domain) -> Domain:
    """What holds of a value that is one or the other; a missing one has no family."""
    if _MISSING in (one, other):
        return replace(other if one == _MISSING else one, absent=True)
    if one.family != other.family or one.family not in {"number", "boolean"}:
        return UNKNOWN
    lows = [item.low for item in (one, other)]
    absent = None if None in (one.absent, other.absent) else bool(one.absent or other.absent)
    low = None if None in lows else min(item for item in lows if item is not None)
    return Domain(one.family, absent=absent, step=one.step if one.step == other.step else None, low=low)
