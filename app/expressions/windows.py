"""Windows in which a frequency is counted: calendar weeks, months, quarters, years, or a duration.

Every window begins and ends at midnight in Paris. A calendar window is the same for everybody; one of a
duration is counted from the day the activity began, the n-th always from that day and never from the last
(31 January, then 28 February, then 31 March).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta

from app.expressions.calendar import PARIS, in_paris, midnight, parse_duration, timer_instant
from app.expressions.errors import ExpressionError
from app.expressions.language import evaluate

MONTHS_OF: Final = {"mois": 1, "trimestre": 3, "annee": 12}
WORDS: Final = ("semaine", *MONTHS_OF)
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Window:
    """One window: its first day and the day after its last."""

    first: date
    after: date

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return midnight(self.first)

    @property
    def end(self) -> datetime:
        """The instant it closes, exclusive."""
        return midnight(self.after)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.after - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.after - self.first).days


def length_of(text: str) -> str:
    """Return the length of the windows as kept: one of ``WORDS`` or a duration of whole days (``P1M``).

    Args:
        text: as written in the diagram: a plain word, or a duration between quotes.

    Raises:
        ExpressionError: anything else, with what to write.
    """
    written = text.strip()
    if written in WORDS:
        return written
    refusal = (
        f"« {written[:40]} » n'est pas une période. Écrivez semaine, mois, trimestre ou annee, "
        'ou une durée d\'au moins un jour entre guillemets : "P1M".'
    )
    if not written.startswith(('"', "'")):
        raise ExpressionError(refusal)
    value = evaluate(written, {}, {})
    if not isinstance(value, str):
        raise ExpressionError(refusal)
    length = parse_duration(value)
    if length.timed or _step(value) == relativedelta():
        raise ExpressionError(refusal)
    return value


def window_at(length: str, since: datetime, moment: datetime) -> Window:
    """Return the window in which ``moment`` falls; ``since`` is when the activity began."""
    anchor, day = in_paris(since).date(), in_paris(moment).date()
    if length == "semaine":
        first = day - timedelta(days=day.weekday())
        return Window(first, first + timedelta(days=7))
    if length in MONTHS_OF:
        months = MONTHS_OF[length]
        first = date(day.year, (day.month - 1) // months * months + 1, 1)
        return Window(first, first + relativedelta(months=months))
    return _from_anchor(_step(length), anchor, max(day, anchor))


def _from_anchor(step: relativedelta, anchor: date, day: date) -> Window:
    try:
        return _nth(step, anchor, day)
    except (ValueError, OverflowError):
        raise ExpressionError("Cette période mène au-delà du calendrier. Raccourcissez-la.") from None


def _nth(step: relativedelta, anchor: date, day: date) -> Window:
    rough = step.years * 366 + step.months * 31 + step.days
    turn = (day - anchor).days // rough  # never too far: months and years are taken at their longest
    while anchor + step * (turn + 1) <= day:
        turn += 1
    return Window(anchor + step * turn, anchor + step * (turn + 1))


def _step(duration: str) -> relativedelta:
    length = parse_duration(duration)
    return relativedelta(years=length.years, months=length.months, days=length.weeks * 7 + length.days)


Pause = tuple[datetime, datetime]


def days_covered(window: Window, since: datetime, until: datetime, pauses: Iterable[Pause] = ()) -> int:
    """Return on how many days of a window the activity stood, from ``since`` to ``until`` (exclusive).

    A day begun counts whole. A day on which it was suspended from end to end does not.
    """
    if until <= since or until <= window.start:
        return 0
    first = max(window.first, in_paris(since).date())
    last = min(window.last, in_paris(until - _INSTANT).date())
    days = {first + timedelta(days=n) for n in range((last - first).days + 1)}
    for begun, ended in pauses:
        day = in_paris(begun).date() + timedelta(days=0 if begun == midnight(in_paris(begun).date()) else 1)
        while midnight(day + timedelta(days=1)) <= ended:
            days.discard(day)
            day += timedelta(days=1)
    return len(days)


def owed(minimum: int, days: int, whole: int) -> int:
    """Return what ``days`` of a window of ``whole`` days owe: their share, rounded down (AST-6)."""
    return minimum * days // whole if whole else 0


def warning_instant(value: object, window: Window) -> datetime:
    """Return when to warn: ``value`` is an instant, a date (its midnight) or a duration before the end.

    Raises:
        ExpressionError: it is none of these.
    """
    if not isinstance(value, str):
        return timer_instant(value, window.end)
    length = parse_duration(value)
    wall = in_paris(window.end).replace(tzinfo=None) - _step(value)
    exact = timedelta(hours=length.hours, minutes=length.minutes, seconds=length.seconds)
    return in_paris(wall.replace(tzinfo=PARIS).astimezone(UTC) - exact)
