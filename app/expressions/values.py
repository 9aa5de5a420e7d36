"""What a value of the language may be, and how two values are compared and computed with."""

import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from app.expressions.errors import ExpressionError

MAX_DIGITS = 20  # of a number, before the decimal point: more is a bomb, never money
MAX_TEXT = 10_000  # characters of a text made by an expression
_PLAIN = (str, date, time, timedelta, UUID, Mapping, list, tuple, set, frozenset)
_KINDS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((bool,), "un oui/non"),
    ((int, float, Decimal), "un nombre"),
    ((str,), "un texte"),
    ((datetime,), "une date avec heure"),
    ((date,), "une date"),
    ((Mapping,), "un groupe de réponses"),
    ((list, tuple, set, frozenset), "une liste"),
)


def kind(value: object) -> str:
    """The French words for the kind of ``value``: « un nombre », « une date »…"""
    if value is None:
        return "une valeur absente"
    return next((words for types, words in _KINDS if isinstance(value, types)), "une valeur inconnue")


def admitted(value: object, origin: str) -> object:
    """``value`` as the language sees it; a float becomes the Decimal that is read on screen.

    Raises:
        ExpressionError: an object the language does not know, or a number or text beyond measure.
    """
    if isinstance(value, float):
        value = Decimal(repr(value))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return _measured(value, origin)
    if not isinstance(value, _PLAIN):
        raise ExpressionError(f"{origin} donne une valeur que les expressions ne savent pas lire.")
    return value


def _measured(number: int | Decimal, origin: str) -> int | Decimal:
    if isinstance(number, Decimal):
        if not number.is_finite():
            raise ExpressionError(f"{origin} ne donne pas un nombre. Vérifiez les valeurs utilisées.")
        if not number and abs(number.adjusted()) > 2 * MAX_DIGITS:
            return Decimal(0)  # 0E+999999 would become a mountain of zeros when written out
        digits = number.adjusted() if number else 0
    else:
        digits = int(number.bit_length() * 0.30103)
    if digits > MAX_DIGITS:
        raise ExpressionError(f"{origin} donne un nombre démesuré. Vérifiez les valeurs utilisées.")
    return number


def same(left: object, right: object) -> bool:
    """Equality without surprises: yes is not 1, and nothing but None equals None."""
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


_ORDERS: dict[str, Callable[[object, object], object]] = {
    "<": operator.lt,  # type: ignore[dict-item]
    "<=": operator.le,  # type: ignore[dict-item]
    ">": operator.gt,  # type: ignore[dict-item]
    ">=": operator.ge,  # type: ignore[dict-item]
}


def ordered(left: object, symbol: str, right: object) -> bool:
    """``left < right`` and the like, between two values of one kind: numbers, texts, dates.

    Raises:
        ExpressionError: values of different kinds, or one that is absent.
    """
    for value in (left, right):
        if value is None:
            raise ExpressionError(
                f"La comparaison « {symbol} » porte sur une valeur absente. "
                "Testez d'abord sa présence : present(…) and …"
            )
    if _family(left) is None or _family(left) != _family(right):
        raise ExpressionError(
            f"La comparaison « {symbol} » porte sur {kind(left)} et {kind(right)}. "
            "Comparez deux nombres, deux textes ou deux dates."
        )
    try:
        return bool(_ORDERS[symbol](left, right))
    except TypeError:
        raise ExpressionError(
            f"La comparaison « {symbol} » mêle une heure avec fuseau et une heure sans fuseau."
        ) from None


def _family(value: object) -> type | None:
    if isinstance(value, int | Decimal):
        return Decimal
    return next((family for family in (str, datetime, date, time) if isinstance(value, family)), None)


def contained(item: object, container: object) -> bool:
    """``item in container``: a list's item, a group's key, or a part of a text."""
    if isinstance(container, str):
        if not isinstance(item, str):
            raise ExpressionError(f"« in » cherche {kind(item)} dans un texte. Cherchez un texte.")
        return item in container
    if isinstance(container, Mapping):
        return isinstance(item, str) and item in container
    if isinstance(container, list | tuple | set | frozenset):
        return any(same(item, other) for other in container)
    raise ExpressionError(f"« in » cherche dans {kind(container)}. Cherchez dans une liste ou un texte.")


def computed(left: object, symbol: str, right: object) -> object:
    """``left symbol right`` for + - * / // %; two texts can be added, nothing else than numbers.

    A division always gives a Decimal, so that money never passes through binary floats.
    """
    if symbol == "+" and isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > MAX_TEXT:
            raise ExpressionError("L'expression fabrique un texte trop long. Raccourcissez-la.")
        return left + right
    if not isinstance(left, int | Decimal) or not isinstance(right, int | Decimal):
        raise ExpressionError(
            f"« {symbol} » porte sur {kind(left)} et {kind(right)}. On ne calcule qu'avec des nombres "
            "(pour les dates : jours_entre, mois_apres, dans)."
        )
    if symbol in {"/", "//", "%"} and not right:
        raise ExpressionError(f"« {symbol} » divise par zéro. Testez d'abord que le diviseur n'est pas nul.")
    if symbol == "/":
        left = Decimal(left)
    try:
        return admitted(_COMPUTE[symbol](left, right), f"« {symbol} »")
    except ArithmeticError:
        raise ExpressionError(f"« {symbol} » donne un nombre démesuré. Vérifiez les valeurs.") from None


_COMPUTE: dict[str, Callable[[object, object], object]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
