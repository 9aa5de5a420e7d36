"""Dates and time slots."""
# ruff: noqa: ARG002, D102 - every method is described on Kind, which fixes its arguments

import random
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import marshmallow as ma

from app.catalog import words
from app.catalog.fields import Bound, Field
from app.catalog.kinds.base import Kind, Scope, scope_of
from app.catalog.source import Section, SettingsFault
from app.catalog.submission import Flat
from app.clock import PARIS

TODAY = "aujourdhui"
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)
MAX_SLOTS = 5
_DATE = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})[/. ](?P<m2>\d{1,2})[/. ](?P<y2>\d{4})",
    re.ASCII,
)
_TIME = re.compile(r"([01]?\d|2[0-3])(?:\s?[h:]\s?([0-5]\d)?)?(?::[0-5]\d)?", re.ASCII)
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


class SlotAnswer(ma.fields.Field[Any]):
    """A day with a start and an end time in Paris: ``{"debut": instant, "fin": instant}``."""

    def __init__(self, field: Field) -> None:
        super().__init__(allow_none=True)
        self.field = field

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> Any:
        if not isinstance(value, Mapping):
            raise ma.ValidationError("Indiquez un jour, une heure de début et une heure de fin.")
        if "jour" not in value:
            value = parts_of(value)
        problems: dict[str, list[str]] = {}
        day = self._part(value, "jour", "Indiquez le jour.", problems)
        start = self._part(value, "debut", "Indiquez l'heure de début.", problems)
        end = self._part(value, "fin", "Indiquez l'heure de fin.", problems)
        if problems:
            raise ma.ValidationError(problems)
        if end <= start:
            raise ma.ValidationError({"fin": ["L'heure de fin doit suivre l'heure de début."]})
        return {"debut": datetime.combine(day, start, PARIS), "fin": datetime.combine(day, end, PARIS)}

    def _part(self, value: Mapping[str, Any], name: str, missing: str, problems: dict[str, list[str]]) -> Any:
        text = value.get(name)
        try:
            if not isinstance(text, str) or not text.strip():
                raise ma.ValidationError(missing)  # noqa: TRY301 - one path for both faults
            if name != "jour":
                return read_time(text)
            return check_bounds(read_date(text), self.field, scope_of(self).now.astimezone(PARIS).date())
        except ma.ValidationError as fault:
            problems[name] = [str(message) for message in fault.messages]
        return None


class SlotsAnswer(ma.fields.List[Any]):
    """Several slots; blank ones are left out, and errors keep the place of each on the page."""

    def __init__(self, field: Field) -> None:
        super().__init__(SlotAnswer(field), allow_none=True)
        self.field = field

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        slots = [slot for slot in super()._deserialize(value, attr, data, **kwargs) if slot is not None]
        if len(slots) > self.field.count:
            raise ma.ValidationError(f"Indiquez au plus {self.field.count} créneaux.")
        return slots or None


def read_time(text: str) -> time:
    """Read « 9:30 », « 9h30 » or « 9 h ».

    Raises:
        ma.ValidationError: no such time.
    """
    match = _TIME.fullmatch(text.strip().lower().replace("\u202f", " "))
    if match is None:
        raise ma.ValidationError("Écrivez une heure, comme 9:30.")
    return time(int(match[1]), int(match[2] or 0))


def parts_of(slot: Mapping[str, Any]) -> dict[str, str]:
    """Return day, start and end of a slot (instants, or ISO texts of instants) as typed texts."""
    try:
        start, end = (_instant(slot.get(part)) for part in ("debut", "fin"))
    except ValueError:
        return {}
    if start.date() != end.date():
        return {}
    return {"jour": start.date().isoformat(), "debut": f"{start:%H:%M}", "fin": f"{end:%H:%M}"}


def _instant(found: object) -> datetime:
    moment = datetime.fromisoformat(found) if isinstance(found, str) else found
    if not isinstance(moment, datetime):
        raise ValueError(f"{found!r} is no instant")  # noqa: TRY004 - as fromisoformat says it
    return moment.astimezone(PARIS)


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
    return low + timedelta(days=rng.randint(0, max(0, (high - low).days)))


class Slot(Kind):
    """A time slot, or up to ``nombre`` of them."""

    name = "creneau"
    attributes = frozenset({"min", "max", "nombre"})

    def configure(self, section: Section) -> dict[str, Any]:
        return {
            "minimum": read_bound(section, "min"),
            "maximum": read_bound(section, "max"),
            "count": section.integer("nombre", low=1, high=MAX_SLOTS) or 1,
        }

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        if field.count == 1:
            return SlotAnswer(field)
        return ma.fields.List(
            SlotAnswer(field),
            allow_none=True,
            validate=ma.validate.Length(max=field.count, error=f"Indiquez au plus {field.count} créneaux."),
        )

    def gather(self, flat: Flat, name: str, field: Field) -> object:
        if field.count == 1:
            return _gather_one(flat, name)
        slots = [_gather_one(flat, f"{name}.{number}") for number in flat.rows(name)]
        return slots if any(slot is not None for slot in slots) else None

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        if isinstance(value, Mapping):
            prefix = name if field.count == 1 else f"{name}.0"
            return {f"{prefix}.{part}": [text] for part, text in parts_of(value).items()}
        found: dict[str, list[str]] = {}
        for number, slot in enumerate(value if isinstance(value, list) else ()):
            found |= {f"{name}.{number}.{part}": [text] for part, text in parts_of(slot).items()}
        return found

    def json_schema(self, field: Field) -> dict[str, Any]:
        instant = {"type": "string", "format": "date-time"}
        slot = {
            "type": "object",
            "properties": {"debut": instant, "fin": instant},
            "required": ["debut", "fin"],
            "additionalProperties": False,
        }
        return slot if field.count == 1 else {"type": "array", "items": slot, "maxItems": field.count}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        def one() -> dict[str, object]:
            start = datetime.combine(sample_day(field, rng, scope), time(rng.randint(8, 17)), PARIS)
            return {"debut": start, "fin": start.replace(hour=start.hour + rng.randint(1, 3))}

        return one() if field.count == 1 else [one() for _ in range(rng.randint(1, field.count))]

    def text(self, value: object, field: Field) -> str:
        if isinstance(value, list):
            return " ; ".join(self.text(slot, field) for slot in value)
        if not isinstance(value, Mapping):
            return ""
        start, end = value.get("debut"), value.get("fin")
        both = isinstance(start, datetime) and isinstance(end, datetime)
        return words.slot(start, end) if both else ""  # type: ignore[arg-type]


def _gather_one(flat: Flat, name: str) -> object:
    parts = {part: (flat.first(f"{name}.{part}") or "").strip() for part in ("jour", "debut", "fin")}
    return parts if any(parts.values()) else None
