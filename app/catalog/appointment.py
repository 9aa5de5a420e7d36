"""The appointment that an answered form sets: the « agenda » at the top of its JSON."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.catalog.fields import Field
from app.catalog.source import Section, SettingsFault, listed
from app.clock import PARIS
from app.expressions.calendar import midnight

MINUTES: Final = 60
"""Length of an appointment whose form says nothing."""
_HOUR = re.compile(r"(?<!\d)([01]?\d|2[0-3])\s*(?:heures?|[h:])\s*([0-5]\d)?(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class AppointmentRule:
    """Which answers say when. ``hour`` may be any text: « 14 h 30 », « vers 9 heures ».

    Without an hour that can be read, the appointment takes the whole day. ``lane`` is who goes there; None
    is the lane of whoever answers the form.
    """

    day: str
    hour: str | None
    minutes: int
    title: str
    lane: str | None

    def moment(self, answers: Mapping[str, object]) -> tuple[datetime, datetime] | None:
        """Return when it begins and ends (aware), None when these answers set no appointment."""
        when = answers.get(self.day)
        if isinstance(when, Sequence) and not isinstance(when, str) and when:
            when = when[0]
        if isinstance(when, Mapping):
            return _slot(when)
        if not isinstance(when, date) or isinstance(when, datetime):
            return None
        hour = read_hour(answers.get(self.hour)) if self.hour else None
        if hour is None:
            return midnight(when), midnight(when + timedelta(days=1))
        start = datetime.combine(when, hour, PARIS).astimezone(UTC)
        return start, start + timedelta(minutes=self.minutes)


def _slot(slot: Mapping[str, object]) -> tuple[datetime, datetime] | None:
    start, end = slot.get("debut"), slot.get("fin")
    return (start, end) if isinstance(start, datetime) and isinstance(end, datetime) else None


def read_hour(text: object) -> time | None:
    """Return the first hour that a text names, None when it names none."""
    found = _HOUR.search(text) if isinstance(text, str) else None
    return time(int(found[1]), int(found[2] or 0)) if found else None


def read_appointment(section: Section, fields: Sequence[Field]) -> AppointmentRule | None:
    """Read « agenda » against the fields of its form; None when the form declares none.

    Raises:
        SettingsFault: an unknown key, a field that is not there, is of another type, or is secret.
    """
    if not section.values:
        return None
    section.only("date", "heure", "minutes", "titre", "couloir")
    known = {field.key: field for field in fields}
    hour = section.optional_text("heure")
    return AppointmentRule(
        day=_named(section, "date", section.text("date"), known, ("date", "creneau")),
        hour=_named(section, "heure", hour, known, ("texte",)) if hour else None,
        minutes=section.integer("minutes", low=5, high=24 * 60) or MINUTES,
        title=section.text("titre"),
        lane=section.optional_text("couloir"),
    )


def _named(section: Section, key: str, name: str, known: Mapping[str, Field], types: Sequence[str]) -> str:
    field = known.get(name)
    if field is None or field.type not in types:
        fitting = sorted(item.key for item in known.values() if item.type in types)
        raise SettingsFault(
            f"« {section.at(key)} » : « {name[:60]} » n'est pas un champ de ce formulaire du type "
            f"{listed(types)}. Champs possibles : {listed(fitting)}."
        )
    if field.classe == "secret":
        raise SettingsFault(
            f"« {section.at(key)} » : « {name} » est de la classe « secret », un agenda ne peut pas le "
            "montrer. Choisissez un autre champ."
        )
    return name
