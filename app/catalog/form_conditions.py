"""Conditions as rows of field, comparison and value: what the form editor shows, and the text it writes.

``read`` gives rows for the plain conditions that designers write most, None for any other: those stay
expressions. ``write(read(text))`` says the same as ``text``.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from app.expressions import ExpressionError, check

Join = Literal["and", "or"]
OPERATORS: Final[Mapping[str, str]] = {
    "==": "est",
    "!=": "n'est pas",
    "in": "est l'une de",
    "has": "comporte",
    ">": "dépasse",
    ">=": "est d'au moins",
    "<": "est sous",
    "<=": "est d'au plus",
    "filled": "est rempli",
    "empty": "est vide",
}
"""Every comparison of a row, in words."""
ALONE: Final = frozenset({"filled", "empty"})
"""Comparisons that take no value."""
BETWEEN: Final = " ; "
"""Between the values of « est l'une de »."""
_SIGNS: Final[Mapping[type[ast.cmpop], str]] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=",
}  # fmt: skip
_NUMBER: Final = re.compile(r"-?\d{1,15}(?:[.,]\d{1,10})?", re.ASCII)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*){0,3}", re.ASCII)
_WORDS: Final = {"oui": "true", "non": "false"}
_NUMBERS: Final = frozenset({"nombre", "montant", "calcul"})


class Row(NamedTuple):
    """One comparison: the field's name, a key of ``OPERATORS``, the value as people write it."""

    field: str
    operator: str
    value: str = ""


@dataclass(frozen=True)
class Condition:
    """Rows that must all hold (« and »), or of which one is enough (« or »)."""

    rows: tuple[Row, ...]
    join: Join = "and"


def read(text: str) -> Condition | None:
    """Return a condition as rows, None when rows cannot say it."""
    try:
        check(text)
        body = ast.parse(re.sub(r"[\r\n]+", " ", text).strip(), mode="eval").body
    except (ExpressionError, SyntaxError, ValueError):
        return None
    join: Join = "and"
    parts: Sequence[ast.expr] = [body]
    if isinstance(body, ast.BoolOp):
        join = "and" if isinstance(body.op, ast.And) else "or"
        parts = body.values
    rows = [_row(part) for part in parts]
    found = tuple(row for row in rows if row is not None)
    return Condition(found, join) if len(found) == len(rows) else None


def write(condition: Condition, types: Mapping[str, str]) -> str:
    """Return rows as an expression; ``types`` gives the type of each field that is known.

    Raises:
        ValueError: a row cannot be written; the message is a French sentence.
    """
    texts = [_text(row, types.get(row.field, "")) for row in condition.rows]
    return f" {condition.join} ".join(texts)


def _row(node: ast.expr) -> Row | None:
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return None
    left, operator, right = node.left, node.ops[0], node.comparators[0]
    if isinstance(operator, ast.In):
        return _member(left, right)
    name = _dotted(left)
    if name is None:
        return None
    if isinstance(operator, ast.Is | ast.IsNot):
        empty = isinstance(right, ast.Constant) and right.value is None
        return Row(name, "empty" if isinstance(operator, ast.Is) else "filled") if empty else None
    sign, value = _SIGNS.get(type(operator)), _value(right)
    return Row(name, sign, value) if sign is not None and value is not None else None


def _member(left: ast.expr, right: ast.expr) -> Row | None:
    """Read « champ in [...] », and « "x" in champ »."""
    name = _dotted(left)
    if name is not None and isinstance(right, ast.List | ast.Tuple):
        values = [_value(item) for item in right.elts]
        known = [value for value in values if value is not None and BETWEEN.strip() not in value]
        alike = len({type(getattr(item, "value", None)) for item in right.elts}) == 1
        whole = bool(known) and len(known) == len(values) and alike
        return Row(name, "in", BETWEEN.join(known)) if whole else None
    listed = _dotted(right)
    if listed is not None and isinstance(left, ast.Constant) and isinstance(left.value, str):
        value = _value(left)
        return Row(listed, "has", value) if value is not None else None
    return None


def _dotted(node: ast.expr) -> str | None:
    try:
        text = ast.unparse(node)
    except (ValueError, RecursionError):
        return None
    plain = _NAME.fullmatch(text) is not None and text not in {"true", "false", "null"}
    return text if plain else None


def _value(node: ast.expr) -> str | None:
    """Return a literal as people write it; None for what its text alone could not give back."""
    if isinstance(node, ast.Name):
        return {"true": "oui", "false": "non"}.get(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand) if isinstance(node.operand, ast.Constant) else None
        return f"-{inner}" if inner and _NUMBER.fullmatch(inner) else None
    return _constant(node.value) if isinstance(node, ast.Constant) else None


def _constant(value: object) -> str | None:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int | float):
        text = f"{value}"
        return text.replace(".", ",") if _NUMBER.fullmatch(text) else None
    if not isinstance(value, str):
        return None
    return f"« {value} »" if _ambiguous(value) else value


def _ambiguous(value: str) -> bool:
    """Whether a text would read as a number, or as yes or no, if nothing said that it is a text."""
    return value in _WORDS or _NUMBER.fullmatch(value) is not None


def _text(row: Row, kind: str) -> str:
    if not _NAME.fullmatch(row.field):
        raise ValueError("Choisissez le champ que la condition regarde.")
    if row.operator in ALONE:
        return f"{row.field} is {'not ' if row.operator == 'filled' else ''}None"
    if row.operator not in OPERATORS:
        raise ValueError("Choisissez comment comparer : « est », « dépasse »…")
    if row.operator == "in":
        parts = [part.strip() for part in row.value.split(BETWEEN.strip()) if part.strip()]
        if not parts:
            raise ValueError(f"Écrivez les réponses attendues pour « {row.field} », séparées par « ; ».")
        return f"{row.field} in [{', '.join(_literal(part, kind) for part in parts)}]"
    if not row.value.strip():
        raise ValueError(f"Écrivez la valeur à comparer avec « {row.field} ».")
    if row.operator == "has":
        return f"{_quoted(row.value.strip())} in {row.field}"
    literal = _literal(row.value.strip(), kind)
    if row.operator not in {"==", "!="} and literal.startswith(('"', "'")) and kind in _NUMBERS:
        raise ValueError(f"« {row.field} » se compare avec un nombre, comme 12 ou 12,5.")
    return f"{row.field} {row.operator} {literal}"


def _literal(value: str, kind: str) -> str:
    if value.startswith("« ") and value.endswith(" »"):
        return _quoted(value[2:-2])
    if value in _WORDS and kind in {"oui_non", "", "calcul"}:
        return _WORDS[value]
    if _NUMBER.fullmatch(value) and kind in {*_NUMBERS, ""}:
        return value.replace(",", ".")
    return _quoted(value)


def _quoted(value: str) -> str:
    """Write a text of the language, which has no way to write both signs of quotation, nor ``\\``."""
    bare = value[2:-2] if value.startswith("« ") and value.endswith(" »") else value
    if "\\" in bare or ('"' in bare and "'" in bare):
        raise ValueError(
            f"« {bare[:40]} » ne peut pas s'écrire dans une condition : retirez guillemets et « \\ »."
        )
    return f"'{bare}'" if '"' in bare else f'"{bare}"'
