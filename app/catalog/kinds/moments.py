"""Dates."""
# ruff: noqa: ARG002, D102 - every method is described on Kind, which fixes its arguments

import random
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import marshmallow as ma

from app.catalog import words
from app.catalog.fields import Bound, Field
from app.catalog.kinds.base import Kind, Scope, scope_of
from app.catalog.source import Section, SettingsFault
from app.clock import PARIS
from app.expressions.calendar import is_working_day

TODAY = "aujourdhui"
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)
_DATE = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})[/. ](?P<m2>\d{1,2})[/. ](?P<y2>\d{4})",
    re.ASCII,
)
_INVALID = "Écrivez une date qui existe, comme 24/11/2026."


def read_date(text: str) -> date:
    """Read « 2026-11-24 » or « 24/11/2026 ».

    Raises:
        ma.ValidationError: no such date.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ma.ValidationError(_INVALID)
    year, month, day = (match[name] or match[f"{name}2"] for name in ("y", "m", "d"))
    try:
        return date(int(year), int(month), int(day))
    except ValueError as fault:
        raise ma.ValidationError(_INVALID) from fault


def bound_of(bound: Bound, today: date) -> date | None:
    """Return a date's ``min`` or ``max``; the word ``aujourdhui`` is the day of the answer, in Paris."""
    if bound == TODAY:
        return today
    return bound if isinstance(bound, date) else None


def read_bound(section: Section, key: str) -> Bound:
    """Read a date's bound: an ISO date, or ``aujourdhui``.

    Raises:
        SettingsFault: neither.
    """
    text = section.optional_text(key)
    if text is None or text == TODAY:
        return text
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise SettingsFault(
            f"« {section.at(key)} » : écrivez une date comme 2026-01-31, ou « {TODAY} »."
        ) from fault


def check_bounds(day: date, field: Field, today: date) -> date:
    """Return the day when it lies within the field's bounds.

    Raises:
        ma.ValidationError: it does not.
    """
    low = bound_of(field.minimum, today) or EARLIEST
    high = bound_of(field.maximum, today) or LATEST
    if day < low:
        raise ma.ValidationError(f"Choisissez une date à partir du {words.day(low)}.")
    if day > high:
        raise ma.ValidationError(f"Choisissez une date au plus tard le {words.day(high)}.")
    return day


class DateAnswer(ma.fields.Date):
    """A date, typed in French or in ISO order."""

    default_error_messages = {  # noqa: RUF012 - marshmallow declares it on instances
        "invalid": _INVALID,
        "format": _INVALID,
    }

    def __init__(self, field: Field) -> None:
        super().__init__(allow_none=True)
        self.field = field

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if isinstance(value, str):
            value = read_date(value).isoformat()
        elif isinstance(value, date) and not isinstance(value, datetime):
            value = value.isoformat()
        else:
            raise self.make_error("invalid")
        day: date = super()._deserialize(value, attr, data, **kwargs)
        return check_bounds(day, self.field, scope_of(self).now.astimezone(PARIS).date())


class Date(Kind):
    """A date; ``min`` and ``max`` are dates or ``aujourdhui``."""

    name = "date"
    attributes = frozenset({"min", "max"})

    def configure(self, section: Section) -> dict[str, Any]:
        return {"minimum": read_bound(section, "min"), "maximum": read_bound(section, "max")}

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return DateAnswer(field)

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        return {name: [value.isoformat()]} if isinstance(value, date) else {}

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        return sample_day(field, rng, scope)

    def text(self, value: object, field: Field) -> str:
        return words.say(value)


def sample_day(field: Field, rng: random.Random, scope: Scope) -> date:
    """Return a day within the field's bounds, at most 90 days from the day of the answer where it can be."""
    today = scope.now.astimezone(PARIS).date()
    low, high = bound_of(field.minimum, today), bound_of(field.maximum, today)
    within = field.simulation.get("dans_jours")
    if isinstance(within, list) and len(within) == 2:
        first, last = (today + timedelta(days=int(days)) for days in within)
        low, high = max(first, low or first), min(last, high or last)
    if low is None:
        low = min(today, high or today) - timedelta(days=0 if high is None else 90)
    if high is None:
        high = max(low, today) + timedelta(days=90)
    day = low + timedelta(days=rng.randint(0, max(0, (high - low).days)))
    while field.simulation.get("ouvres") is True and not is_working_day(day):
        day += timedelta(days=1)
    return day
