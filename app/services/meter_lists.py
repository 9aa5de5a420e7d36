"""The rows of a form that reads meters: one a dial, with what was read last (F5)."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog import words as said
from app.catalog.consumption import Consumption, Dial
from app.catalog.settings import Settings
from app.consumption.readings import Reading
from app.database import db
from app.handlers.meter_rows import Known, known
from app.models import ProcessInstance

NAME: Final = "compteurs"
"""What a form writes in « lignes_de » for a row a dial."""
_NOTHING: Final = "Premier relevé"
_WHOLE: Final = Decimal(1)
_LITTLE: Final = Fraction(7, 10)
_MUCH: Final = Fraction(11, 10)
"""Between what parts of the use expected a simulated household stays."""
_START: Final = (20, 2)
"""A first simulated index lies between a twentieth and half of what the meter can count."""


def rows(process_id: UUID, settings: Settings) -> list[dict[str, Any]]:
    """Return a row for each dial: ``cle``, ``libelle``, ``unite``, ``precedent``, and bounds to simulate."""
    case_id = db.session.scalar(select(ProcessInstance.case_id).where(ProcessInstance.id == process_id))
    if case_id is None:
        return blank_rows(settings)
    found = known(case_id)
    return [_row(dial, found, clock.today()) for dial in settings.consumption.dials.values()]


def blank_rows(settings: Settings) -> list[dict[str, Any]]:
    """Return the rows where no household is known yet."""
    consumption: Consumption = settings.consumption
    return [_row(dial, Known({}, {}), clock.today()) for dial in consumption.dials.values()]


def _row(dial: Dial, found: Known, today: date) -> dict[str, Any]:
    kept = found.read(dial.id, dial.digits).kept
    low, high = _bounds(dial, found, kept, today)
    return {
        "valeur": dial.id,
        "cle": dial.id,
        "libelle": dial.label,
        "unite": dial.unit,
        "titre": f"{dial.label} ({dial.unit})",
        "precedent": _previous(kept[-1]) if kept else _NOTHING,
        "connu": bool(kept),
        "index_min": low,
        "index_max": high,
    }


def _previous(last: Reading) -> str:
    estimated = ", estimé" if last.estimated else ""
    return f"{said.number(last.index)} le {said.day(last.on)}{estimated}"


def _bounds(dial: Dial, found: Known, kept: Sequence[Reading], today: date) -> tuple[Decimal, Decimal]:
    """Return between which indexes a simulated household's next reading lies."""
    limit = Decimal(10) ** dial.digits
    if not kept:
        return (limit / _START[0]).quantize(_WHOLE, ROUND_DOWN), (limit / _START[1]).quantize(_WHOLE)
    expected = _daily(dial, found, limit) * max((today - kept[-1].on).days, 1)
    low, high = (kept[-1].index + _decimal(expected * part) for part in (_LITTLE, _MUCH))
    return (low, high) if high < limit else (low - limit, high - limit) if low >= limit else (low, low)


def _daily(dial: Dial, found: Known, limit: Decimal) -> Fraction:
    """Return what is used a day: by the bills, else by the readings, else little beside the meter."""
    bills = found.bills.get(dial.id, ())
    if bills and not any(bill.converted for bill in bills):
        used = sum((Fraction(bill.quantity) for bill in bills), Fraction(0))
        return used / sum((bill.until - bill.first).days for bill in bills)
    some = [one for one in found.read(dial.id, dial.digits).stretches if one.quantity]
    used = sum((one.quantity for one in some if one.quantity is not None), Fraction(0))
    length = sum((one.until - one.first).days for one in some)
    return used / length if length else Fraction(limit) / 36_500


def _decimal(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / value.denominator).quantize(_WHOLE, ROUND_DOWN)
