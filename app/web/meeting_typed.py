"""What is typed on the pages of a meeting: a date and an hour, who is present, what was looked at."""

from datetime import date, datetime, time
from typing import Any

from flask import request

from app import clock
from app.catalog.submission import Flat
from app.errors import Invalid
from app.services.meeting_plan import MOST_PEOPLE


def version() -> int:
    """Return the version that the page showed; one that never existed when there is none."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def moment() -> datetime:
    """Return the date and hour typed, in Paris; without an hour, the beginning of the day.

    Raises:
        Invalid: no date, or an hour that does not exist.
    """
    day, hour = request.form.get("date", "").strip(), request.form.get("heure", "").strip()
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise Invalid({"date": ["Indiquez une date, comme 28/04/2026."]}) from None
    try:
        at = time.fromisoformat(hour) if hour else time(0)
    except ValueError:
        raise Invalid({"heure": ["Indiquez une heure, comme 14:30, ou laissez vide."]}) from None
    return datetime.combine(wanted, at.replace(tzinfo=None), clock.PARIS)


def people() -> list[dict[str, Any]]:
    """Return the lines of the attendance, as typed."""
    flat = Flat.of(request.form)
    return [
        {
            "nom": flat.first(f"presents.{number}.nom"),
            "structure": flat.first(f"presents.{number}.structure"),
            "present": flat.first(f"presents.{number}.present") == "oui",
        }
        for number in flat.rows("presents")
    ][: MOST_PEOPLE + 1]
