"""Time slots: a day, from one hour to another, in Paris."""
# ruff: noqa: D102 - every method is described on Kind, which fixes its arguments

import random
import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import marshmallow as ma

from app.catalog import words
from app.catalog.fields import Field
from app.catalog.kinds.base import Kind, Scope, scope_of
from app.catalog.kinds.moments import check_bounds, read_bound, read_date, sample_day
from app.catalog.kinds.whole import WholeAnswer
from app.catalog.source import Section
from app.catalog.submission import Flat
from app.clock import PARIS

MAX_SLOTS = 5
_TIME = re.compile(r"([01]?\d|2[0-3])(?:\s?[h:]\s?([0-5]\d)?)?(?::[0-5]\d)?", re.ASCII)


class SlotAnswer(WholeAnswer):
    """A day with a start and an end time in Paris: ``{"debut": instant, "fin": instant}``."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field

    def read(self, value: Any) -> Any:
        """Read a day and two times."""
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
