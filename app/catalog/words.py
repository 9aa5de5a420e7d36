"""Values as people read them in French: numbers, money, dates, time slots, yes and no."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from app.clock import PARIS

NARROW = "\u202f"
"""Narrow no-break space: before a sign, between thousands."""
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Signs that command a terminal, end a line, or turn the order in which others are read."""
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre",
)  # fmt: skip


def printable(text: str) -> str:
    """Return a text on one line, with a mark for each sign that commands the terminal which shows it."""
    return _UNSEEN.sub(lambda sign: " " if sign[0] in "\t\n" else "\ufffd", text)


def printable_json(text: str) -> str:
    """Return JSON of the same meaning, in which those signs are written by their number."""
    return _UNSEEN.sub(lambda sign: sign[0] if sign[0] == "\n" else f"\\u{ord(sign[0]):04x}", text)


def number(value: Decimal | int, decimals: int | None = None) -> str:
    """Return ``1234.5`` as « 1 234,5 »; ``decimals`` forces the number of decimals.

    A whole number of four figures stays together: it may be a year (« 1958 »).
    """
    if decimals is None and value == int(value) and -10_000 < int(value) < 10_000:
        return str(int(value))
    if decimals is None:
        decimals = max(0, -int(Decimal(value).as_tuple().exponent))
    text = f"{value:,.{decimals}f}"
    return text.replace(",", NARROW).replace(".", ",")


def money(value: Decimal | int) -> str:
    """Return an amount in euros, with two decimals unless it is round: « 1 234,50 € », « 1 200 € »."""
    decimals = 0 if value == int(value) else 2
    return f"{number(value, decimals)}{NARROW}€"


def day(value: date) -> str:
    """Return « mardi 24 novembre 2026 »."""
    ordinal = "1er" if value.day == 1 else str(value.day)
    return f"{_DAYS[value.weekday()]} {ordinal} {_MONTHS[value.month - 1]} {value.year}"


def hour(value: datetime) -> str:
    """Return the Paris time of an aware instant: « 9 h 30 », « 14 h »."""
    local = value.astimezone(PARIS)
    minutes = f"{NARROW}{local.minute:02d}" if local.minute else ""
    return f"{local.hour}{NARROW}h{minutes}"


def instant(value: datetime) -> str:
    """Return « mardi 24 novembre 2026 à 9 h 30 », in Paris."""
    return f"{day(value.astimezone(PARIS).date())} à {hour(value)}"


def slot(start: datetime, end: datetime) -> str:
    """Return « mardi 24 novembre 2026, de 9 h à 11 h », in Paris."""
    return f"{day(start.astimezone(PARIS).date())}, de {hour(start)} à {hour(end)}"


def say(value: object) -> str:  # noqa: PLR0911 - one return a type
    """Return any answer as text; groups and lists are joined by commas, nothing is an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, Decimal | int):
        return number(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Mapping):
        return ", ".join(filter(None, (say(item) for item in value.values())))
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (say(item) for item in value)))
    return str(value)
