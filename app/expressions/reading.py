"""Reading an expression: what the safe language allows, and the sentence for what it does not."""

import ast
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.expressions.errors import ExpressionError
from app.expressions.values import admitted

MAX_LENGTH = 2_000  # characters
MAX_BRACKETS = 20  # nested
MAX_NODES = 300
MAX_DEPTH = 40

_LITERALS = {"true": True, "false": False, "null": None}
ARITHMETIC: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
}  # fmt: skip
ORDER: dict[type, str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_ALLOWED = (
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, *ARITHMETIC,
    ast.Compare, *ORDER, ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Is, ast.IsNot,
    ast.IfExp, ast.Call, ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.List, ast.Tuple, ast.Load,
)  # fmt: skip
_REFUSED: dict[type, str] = {
    ast.Pow: "la puissance « ** »", ast.Lambda: "« lambda »", ast.JoinedStr: "les textes f\"…\"",
    ast.NamedExpr: "« := »", ast.Await: "« await »", ast.Dict: "les accolades", ast.Set: "les accolades",
    ast.ListComp: "les boucles", ast.GeneratorExp: "les boucles", ast.SetComp: "les boucles",
    ast.DictComp: "les boucles", ast.Slice: "les tranches « a:b »",
    ast.Starred: "l'étoile « * » devant un nom",
    ast.keyword: "les arguments nommés",
}  # fmt: skip
_UNQUOTED_DURATION = re.compile(r"P\d+[YMWD]\w*|PT\d+[HMS]\w*", re.ASCII)


@dataclass(frozen=True)
class Parsed:
    """An expression read and found harmless: its tree, the dotted names and the functions it uses."""

    body: ast.expr
    names: frozenset[str]
    functions: frozenset[str]


def is_path(text: str) -> bool:
    """Whether ``text`` is only a name or dotted names, such as ``visite.issue``."""
    node: ast.expr = parse(text).body
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def mask_texts(text: str) -> str:
    """``text`` with every quoted part, quotes included, replaced by as many double quotes.

    Commas, brackets and question marks found in the result stand outside quotes, at the same place.
    """
    out, quote = [], ""
    for character in text:
        if quote:
            out.append('"')
            quote = "" if character == quote else quote
        elif character in "\"'":
            out.append('"')
            quote = character
        else:
            out.append(character)
    if quote:
        raise ExpressionError(f"Il manque un guillemet {quote} à la fin d'un texte.")
    return "".join(out)


def parse(text: str) -> Parsed:
    """Read ``text`` and refuse whatever the language does not know; remembered by text.

    Raises:
        ExpressionError: with what to write instead.
    """
    if not isinstance(text, str) or not text.strip():
        raise ExpressionError("L'expression est vide. Écrivez une condition ou une valeur.")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"L'expression est trop longue (plus de {MAX_LENGTH} caractères). Découpez-la.")
    return _parse(re.sub(r"[\r\n]+", " ", text).strip())


@lru_cache(maxsize=2_048)
def _parse(text: str) -> Parsed:
    _check_characters(text)
    try:
        body = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise ExpressionError(_unreadable(text, fault)) from None
    reader = _Reader(text)
    body = reader.read(body, 1)
    return Parsed(body, frozenset(reader.names), frozenset(reader.functions))


def _check_characters(text: str) -> None:
    if "\\" in text:
        raise ExpressionError("La barre oblique inverse « \\ » n'est pas permise dans une expression.")
    depth = 0
    for character in mask_texts(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > MAX_BRACKETS:
            raise ExpressionError(f"Plus de {MAX_BRACKETS} parenthèses imbriquées. Simplifiez l'expression.")


def _unreadable(text: str, fault: BaseException) -> str:
    if isinstance(fault, SyntaxError) and re.search(r"(?<![=<>!:])=(?!=)", mask_texts(text)):
        return "L'expression contient un seul « = ». Pour comparer, écrivez « == »."
    place = f" vers le caractère {fault.offset}" if isinstance(fault, SyntaxError) and fault.offset else ""
    extract = text if len(text) <= 60 else f"{text[:60]}…"
    return f"L'expression « {extract} » ne se lit pas{place}. Vérifiez guillemets, parenthèses et opérateurs."


class _Reader:
    """Walks a tree once: refuses, counts, writes decimals as typed, gathers names."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.nodes = 0
        self.names: set[str] = set()
        self.functions: set[str] = set()

    def read(self, node: ast.expr, depth: int) -> ast.expr:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise ExpressionError("L'expression est trop compliquée. Découpez-la en plusieurs étapes.")
        self._allow(node)
        if isinstance(node, ast.Constant):
            return self._constant(node)
        if isinstance(node, ast.Name) and node.id in _LITERALS:
            return ast.Constant(_LITERALS[node.id])
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            return self._path(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        if isinstance(node, ast.Compare):
            self._compare(node)
        if isinstance(node, ast.BinOp):
            self._arithmetic(node)
        self._children(node, depth)
        return node

    def _children(self, node: ast.expr, depth: int) -> None:
        for field, child in ast.iter_fields(node):
            if isinstance(child, ast.expr):
                setattr(node, field, self.read(child, depth + 1))
            elif isinstance(child, list) and child and isinstance(child[0], ast.expr):
                child[:] = [self.read(item, depth + 1) for item in child]

    def _allow(self, node: ast.AST) -> None:
        for item in (node, *(c for c in ast.iter_child_nodes(node) if not isinstance(c, ast.expr))):
            if not isinstance(item, _ALLOWED):
                words = _REFUSED.get(type(item), "cette écriture")
                raise ExpressionError(f"Les expressions n'acceptent pas {words}. Écrivez-la autrement.")

    def _constant(self, node: ast.Constant) -> ast.Constant:
        value: Any = node.value
        if isinstance(value, float):
            written = ast.get_source_segment(self.text, node) or repr(value)
            value = Decimal(written.replace("_", ""))
        elif value is not None and not isinstance(value, bool | int | str):
            raise ExpressionError(
                "Les expressions n'acceptent que des nombres, des textes, true, false et null."
            )
        admitted(value, "L'expression")
        return ast.Constant(value)

    def _path(self, node: ast.Name | ast.Attribute | ast.Subscript, depth: int) -> ast.expr:
        dotted, current, step = "", node, depth
        while not isinstance(current, ast.Name):
            if step > MAX_DEPTH:
                raise ExpressionError("L'expression enchaîne trop de points. Simplifiez-la.")
            self._allow(current)
            part = self._part(current, depth)
            dotted = "" if part is None else f".{part}{dotted}"
            if not isinstance(current.value, ast.Name | ast.Attribute | ast.Subscript):
                raise ExpressionError("Un point ou un crochet ne peut suivre qu'un nom (visite.issue).")
            current, step = current.value, step + 1
            self.nodes += 1
        _permitted(current.id)
        if _UNQUOTED_DURATION.fullmatch(current.id):
            raise ExpressionError(f'La durée « {current.id} » doit être entre guillemets : "{current.id}".')
        self.names.add(f"{current.id}{dotted}")
        return node

    def _part(self, node: ast.Attribute | ast.Subscript, depth: int) -> str | None:
        """The key after a dot or in brackets; None when it is only known at run time."""
        if isinstance(node, ast.Attribute):
            return _permitted(node.attr)
        node.slice = self.read(node.slice, depth + 1)
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        return _permitted(key) if isinstance(key, str) else None

    def _call(self, node: ast.Call, depth: int) -> ast.Call:
        if not isinstance(node.func, ast.Name):
            raise ExpressionError("Une fonction s'appelle par son seul nom, sans point devant : len(…).")
        self.functions.add(_permitted(node.func.id))
        if node.func.id == "present" and len(node.args) != 1:
            raise ExpressionError("« present » attend une seule valeur : present(visite.date).")
        node.args = [self.read(argument, depth + 1) for argument in node.args]
        return node

    def _arithmetic(self, node: ast.BinOp) -> None:
        symbol = ARITHMETIC.get(type(node.op))
        for side in (node.left, node.right):
            text = isinstance(side, ast.Constant) and isinstance(side.value, str)
            if isinstance(side, ast.List | ast.Tuple) or (text and symbol != "+"):
                raise ExpressionError(
                    f"« {symbol} » ne calcule qu'avec des nombres, pas un texte ni une liste."
                )

    def _compare(self, node: ast.Compare) -> None:
        for symbol, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(symbol, ast.Is | ast.IsNot) and not _is_literal(right):
                raise ExpressionError("« is » ne va qu'avec None, True ou False. Sinon, écrivez « == ».")


def _permitted(name: str) -> str:
    if name.startswith("_"):
        raise ExpressionError(f"Le nom « {name[:40]} » n'est pas permis : il commence par un souligné.")
    return name


def _is_literal(node: ast.expr) -> bool:
    """None, True or False, also in the words of a decision table: null, true, false."""
    if isinstance(node, ast.Constant):
        return node.value is None or isinstance(node.value, bool)
    return isinstance(node, ast.Name) and node.id in _LITERALS
