"""The functions that need neither a calendar nor a clock: counting, rounding, converting."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from app.expressions.errors import ExpressionError
from app.expressions.values import computed, kind, ordered

MAX_ITEMS = 10_000  # of a list given to a function
_MAX_DECIMALS = 10


def is_present(value: object) -> bool:
    """Whether an answer was given: not None, not an empty text, not an empty list."""
    return value is not None and value not in ("", [], ())


def _items(values: tuple[object, ...], name: str) -> list[object]:
    """The values of ``name(a, b, …)`` or of ``name(list)``."""
    if len(values) == 1 and isinstance(values[0], list | tuple | set | frozenset):
        found = list(values[0])
    else:
        found = list(values)
    if len(found) > MAX_ITEMS:
        raise ExpressionError(f"« {name}(…) » porte sur plus de {MAX_ITEMS} valeurs.")
    return found


def length(value: object) -> int:
    """How many items a list has, or characters a text; None counts as an empty list."""
    if value is None:
        return 0
    if not isinstance(value, str | list | tuple | set | frozenset | Mapping):
        raise ExpressionError(f"« len(…) » compte une liste ou un texte, pas {kind(value)}.")
    return len(value)


def _extreme(name: str, symbol: str) -> Callable[..., object]:
    def chosen(*values: object) -> object:
        found = _items(values, name)
        if not found:
            raise ExpressionError(f"« {name}(…) » n'a aucune valeur à comparer.")
        best = found[0]
        for value in found:
            best = value if ordered(value, symbol, best) else best
        return best

    return chosen


def total(*values: object) -> object:
    """The sum of numbers, given one by one or as a list; 0 for none. Absent ones are left out."""
    result: object = 0
    for value in _items(values, "sum"):
        result = result if value is None else computed(result, "+", value)
    return result


def count(*values: object) -> int:
    """How many of the values are true: ``compte(froid, impaye) >= 2`` reads « at least two signs »."""
    return sum(1 for value in _items(values, "compte") if value)


def share(part: object, whole: object) -> object:
    """``taux(depense, revenu)``: ``part`` in percent of ``whole``; None when one is missing.

    Also None when ``whole`` is zero or less: an energy effort rate (TEE) then means nothing.
    """
    if part is None or whole is None or not ordered(whole, ">", 0):
        return None
    return computed(computed(part, "*", 100), "/", whole)


def column(rows: object, key: object) -> list[object]:
    """One column of a table's rows: ``sum(colonne(gestes, "cout"))``; [] when there is no table."""
    if rows is None:
        return []
    if not isinstance(rows, list | tuple) or not isinstance(key, str):
        raise ExpressionError('« colonne » attend un tableau et un nom : colonne(gestes, "cout").')
    return [row.get(key) for row in _items((rows,), "colonne") if isinstance(row, Mapping)]


def number(value: object, otherwise: object = None) -> object:
    """``value`` as a number: « 1 234,50 » gives 1234.50; ``otherwise`` stands in for a missing one."""
    if value is None or (isinstance(value, str) and not value.strip()):
        if otherwise is None:
            raise ExpressionError(
                "« nombre(…) » porte sur une valeur absente. Donnez une valeur de repli : nombre(x, 0)."
            )
        return otherwise
    if isinstance(value, bool | int | Decimal):
        return int(value) if isinstance(value, bool) else value
    if not isinstance(value, str):
        raise ExpressionError(f"« nombre(…) » attend un nombre ou un texte, pas {kind(value)}.")
    try:
        return Decimal("".join(value.split()).replace(",", "."))
    except InvalidOperation:
        raise ExpressionError(f"« {value[:40]} » n'est pas un nombre. Corrigez la réponse.") from None


def rounded(value: object, decimals: object = 0) -> object:
    """``value`` to the nearest, halves away from zero as on an invoice; at most 10 decimals.

    An int without ``decimals``, a Decimal otherwise.
    """
    if not isinstance(value, int | Decimal):
        raise ExpressionError(f"« round(…) » arrondit un nombre, pas {kind(value)}.")
    if not isinstance(decimals, int) or not 0 <= decimals <= _MAX_DECIMALS:
        raise ExpressionError(f"« round » accepte de 0 à {_MAX_DECIMALS} décimales.")
    result = Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return result if decimals else int(result)


def absolute(value: object) -> object:
    """``value`` without its sign."""
    return computed(0, "-", value) if ordered(value, "<", 0) else value


def literal_date(text: object) -> date:
    """``date("2026-01-31")``, the way decision tables write a date."""
    if isinstance(text, str):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    written = text if isinstance(text, str) else kind(text)
    raise ExpressionError(f'« {written[:40]} » n\'est pas une date. Écrivez date("2026-01-31").')


def text(value: object) -> str:
    """``value`` as a text; nothing for a missing one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, str | int | Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise ExpressionError(f"« texte(…) » ne sait pas écrire {kind(value)}.")


BASE: dict[str, Callable[..., object]] = {
    "len": length,
    "min": _extreme("min", "<"),
    "max": _extreme("max", ">"),
    "round": rounded,
    "abs": absolute,
    "sum": total,
    "compte": count,
    "taux": share,
    "colonne": column,
    "nombre": number,
    "texte": text,
    "date": literal_date,
}
