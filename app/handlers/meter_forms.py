"""What a form says of meters: the rows of its tables that name a dial, numbers and days (F5)."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from app import clock
from app.catalog.consumption import Consumption, Dial
from app.catalog.forms import Form
from app.handlers.registry import HandlerFault

_CLASSES: Final = ("technique", "social", "secret")
WORST: Final = "technique"
"""The class of what was read on meters, unless the field says a stricter one."""


def asked_rows(
    words: Consumption, answers: Mapping[str, Any], verb: str
) -> Iterator[tuple[Dial, Mapping[str, Any]]]:
    """Yield the rows of every table that name a dial, under ``cle`` or ``compteur``.

    Raises:
        HandlerFault: a row names a dial that the settings do not know.
    """
    for value in answers.values():
        for row in value if isinstance(value, list) else ():
            name = row.get("cle") or row.get("compteur") if isinstance(row, Mapping) else None
            if not isinstance(name, str):
                continue
            if name not in words.dials:
                raise HandlerFault(
                    operation=verb,
                    cause=f"le compteur « {name} » n'est pas dans [consommation.compteurs] de "
                    "territoire.toml. Ajoutez-le, ou corrigez le formulaire.",
                )
            yield words.dials[name], row


def class_of(form: Form | None, column: str) -> str:
    """Return the strictest class of the columns of that name: who may read what is kept from them."""
    found = [WORST]
    for item in form.fields if form is not None else ():
        found += [cell.classe for cell in item.columns if cell.key == column]
    return max(found, key=_CLASSES.index)


def number_of(value: Any, verb: str) -> Decimal:
    """Return a number of at most three decimals.

    Raises:
        HandlerFault: it is no such number.
    """
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or number < 0 or number >= Decimal(10) ** 12:
        raise HandlerFault(operation=verb, cause=f"« {value} » n'est pas un nombre que montre un compteur.")
    kept = number.quantize(Decimal("0.001"))
    if kept != number:
        raise HandlerFault(operation=verb, cause=f"« {value} » a plus de trois décimales.")
    return kept


def day_of(value: Any, verb: str) -> date | None:
    """Return a day, None when nothing is said; of an instant, its day in Paris.

    Raises:
        HandlerFault: it is no day.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.astimezone(clock.PARIS).date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as fault:
        raise HandlerFault(operation=verb, cause=f"« {value} » n'est pas une date.") from fault
