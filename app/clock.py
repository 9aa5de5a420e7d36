"""The only reader of the wall clock. Everything else asks ``now()``, so that tests can travel."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

_travel: ContextVar[datetime | None] = ContextVar("relais_clock_travel", default=None)
_offset: list[timedelta] = [timedelta()]


def now() -> datetime:
    """Return the present instant as an aware UTC datetime, travelled or real."""
    travelled = _travel.get()
    return travelled if travelled is not None else datetime.now(UTC) + _offset[0]


def today() -> date:
    """Return the present date in Paris."""
    return now().astimezone(PARIS).date()


@contextmanager
def at(instant: datetime | str) -> Iterator[datetime]:
    """Travel to ``instant`` (aware, or ISO 8601 text with a zone) for the time of the block.

    Raises:
        ValueError: the instant carries no zone.
    """
    moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    if moment.tzinfo is None:
        raise ValueError(f"{instant} carries no time zone")
    token = _travel.set(moment.astimezone(UTC))
    try:
        yield moment
    finally:
        _travel.reset(token)


def shift(offset: timedelta) -> None:
    """Move the whole process's clock by ``offset``; ``Settings`` refuses it in production."""
    _offset[0] = offset


def shifted() -> timedelta:
    """Return by how much the process's clock has been moved."""
    return _offset[0]
