"""A calendar as a text that any calendar program reads (iCalendar, RFC 5545).

It leaves the server without a password: reference, step and commune, never a name, an address or an answer.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event

from app import clock
from app.services import calendar_view
from app.services.actors import Actor
from app.services.calendar_view import Entry, Whose

BEFORE: Final = timedelta(days=60)
AFTER: Final = timedelta(days=366)
"""How far back and ahead a feed tells."""
REFRESH: Final = timedelta(hours=1)
KINDS: Final = {
    "rendez_vous": "{}",
    "tache": "À faire : {}",
    "rappel": "À revoir : {}",
    "reunion": "{}",
}


def text(actor: Actor, name: str, *, whose: Whose = "moi", link: Callable[[Entry], str | None]) -> bytes:
    """Return the calendar of ``actor`` in the territory being served.

    Args:
        name: what the calendar is called.
        link: gives the page that an entry leads to (it asks for a login), None for none.
    """
    today, now = clock.today(), clock.now().replace(microsecond=0)
    found = calendar_view.calendar(actor, today - BEFORE, today + AFTER, whose=whose, cancelled=True)
    calendar = Calendar()
    calendar.add("prodid", "-//Relais//Agenda//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for entry in found.entries:
        if not entry.cancelled or entry.day >= today:  # what was called off is told until its day has passed
            calendar.add_component(_event(entry, now, link(entry)))
    written: bytes = calendar.to_ical()
    return written


def _event(entry: Entry, now: datetime, address: str | None) -> Event:
    event = Event()
    event.add("uid", f"{entry.id}@relais")
    event.add("dtstamp", now)
    event.add("summary", " · ".join(part for part in (_title(entry), entry.reference) if part))
    if entry.start is None or entry.end is None or entry.kind in ("tache", "rappel"):
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
    else:
        event.add("dtstart", entry.start.astimezone(UTC))
        event.add("dtend", entry.end.astimezone(UTC))
    if entry.commune:
        event.add("location", entry.commune)
    if address:
        event.add("url", address)
    event.add("transp", "OPAQUE" if entry.kind in ("rendez_vous", "reunion") else "TRANSPARENT")
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("sequence", int(entry.cancelled))
    return event


def _title(entry: Entry) -> str:
    return KINDS[entry.kind].format(entry.title)
