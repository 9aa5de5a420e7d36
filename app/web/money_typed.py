"""What people type on the pages of money: amounts with a comma, dates, choices; None where it is none."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from flask import request

from app.errors import Invalid

_LONGEST: Final = 20
_BLANKS: Final = dict.fromkeys(map(ord, " \u00a0\u202f€"))


def amount(name: str) -> Decimal | None:
    """Return an amount to the cent: « 1 234,50 », « 1234.5 € »; None for anything else."""
    text = request.form.get(name, "").translate(_BLANKS).replace(",", ".")
    if not text or len(text) > _LONGEST:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or value != value.quantize(Decimal("0.01")):
        return None
    return value.quantize(Decimal("0.01"))


def whole(name: str) -> int | None:
    """Return a whole number, None for anything else."""
    text = request.form.get(name, "").translate(_BLANKS)
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= _LONGEST // 2 else None


def day(name: str) -> date | None:
    """Return a date as a date field sends it, None for anything else."""
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        return None


def unreadable(*names: str) -> dict[str, list[str]]:
    """Return what to say of optional dates and amounts that were typed and cannot be read."""
    problems: dict[str, list[str]] = {}
    for name in names:
        typed = request.form.get(name, "").strip()
        if typed and day(name) is None and amount(name) is None:
            problems[name] = ["Cette valeur ne se lit pas : corrigez-la, ou videz la case."]
    return problems


def must_read(*names: str) -> None:
    """Refuse optional values that were typed and cannot be read.

    Raises:
        Invalid: by field.
    """
    problems = unreadable(*names)
    if problems:
        raise Invalid(problems)


def an_id(name: str) -> UUID | None:
    """Return an id, None for anything else."""
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        return None


def text(name: str) -> str:
    """Return a text without the blanks around it."""
    return request.form.get(name, "").strip()


def version() -> int:
    """Return the version of the row that the page showed; -1 when the page says none."""
    found = whole("version")
    return -1 if found is None else found


def asked_day(name: str, otherwise: date) -> date:
    """Return the day an address asks for, ``otherwise`` when it asks for none that makes sense."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return otherwise
