"""Dates and durations as people in France count them, in Paris wall time.

Months are counted date to date: the last day of a shorter month stands in for a missing day
(31 January + one month = 28 February). Working days are Monday to Friday, less the public
holidays of metropolitan France and a territory's own closing days.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

import holidays
from dateutil.relativedelta import relativedelta

from app.expressions.errors import ExpressionError
from app.expressions.functions import BASE
from app.expressions.values import kind

PARIS = ZoneInfo("Europe/Paris")
MAX_WORKING_DAYS = 1_000  # about four years: beyond, someone mistyped
MAX_MONTHS = 1_200

_DURATION = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?"
    r"(T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?",
    re.ASCII,
)
_Day = TypeVar("_Day", date, datetime)


@dataclass(frozen=True)
class Duration:
    """An ISO 8601 duration; ``timed`` when it was written with a time part (``PT4H``)."""

    years: int
    months: int
    weeks: int
    days: int
    hours: int
    minutes: int
    seconds: int
    timed: bool


def parse_duration(text: str) -> Duration:
    """Read ``P15D``, ``P1Y6M``, ``PT24H``…; whole numbers only, one duration, no repetition.

    Raises:
        ExpressionError: anything else, with what to write.
    """
    if isinstance(text, str) and text.startswith("R"):
        raise ExpressionError(
            f"La répétition « {text[:40]} » n'est pas permise. "
            "Dessinez une boucle, ou comptez depuis une date : mois_apres(debut, 3)."
        )
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        written = text[:40] if isinstance(text, str) else kind(text)
        raise ExpressionError(
            f'« {written} » n\'est pas une durée. Écrivez par exemple "P15D" (15 jours), "P1M" (un mois) '
            'ou "PT4H" (4 heures), en nombres entiers.'
        )
    years, months, weeks, days, timed, hours, minutes, seconds = found.groups()
    return Duration(
        years=int(years or 0),
        months=int(months or 0),
        weeks=int(weeks or 0),
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(seconds or 0),
        timed=timed is not None,
    )


def after(start: datetime, duration: str) -> datetime:
    """The instant ``duration`` after the aware ``start``, in Paris.

    Years, months, weeks and days move the wall clock (9:00 stays 9:00 over a clock change; an
    hour that does not exist that night moves on by one, an hour that comes twice is the first);
    hours, minutes and seconds are absolute.
    """
    length = parse_duration(duration)
    moment = in_paris(start)
    calendar = relativedelta(years=length.years, months=length.months, weeks=length.weeks, days=length.days)
    try:
        if calendar:
            moment = _on_the_clock(moment.replace(tzinfo=None, fold=0) + calendar)
        exact = timedelta(hours=length.hours, minutes=length.minutes, seconds=length.seconds)
        return (moment.astimezone(UTC) + exact).astimezone(PARIS)
    except (ValueError, OverflowError):
        raise ExpressionError(f"« {duration} » mène au-delà du calendrier. Raccourcissez la durée.") from None


def in_paris(moment: datetime) -> datetime:
    """The same instant on a Paris clock; a moment without zone is refused."""
    if moment.tzinfo is None:
        raise ExpressionError("Une date avec heure doit porter son fuseau. Signalez-le à l'administration.")
    return moment.astimezone(PARIS)


def _on_the_clock(wall: datetime) -> datetime:
    """The instant when a Paris clock shows ``wall``; by way of UTC, which knows no missing hour."""
    return wall.replace(tzinfo=PARIS).astimezone(UTC).astimezone(PARIS)


def midnight(day: date) -> datetime:
    """The first instant of ``day`` in Paris."""
    return _on_the_clock(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - the zone comes next


@lru_cache(maxsize=256)
def public_holidays(year: int) -> frozenset[date]:
    """The public holidays of metropolitan France in ``year`` (Code du travail, L3133-1)."""
    return frozenset(holidays.country_holidays("FR", years=year))


def is_working_day(day: date, closed: frozenset[date] = frozenset()) -> bool:
    """Monday to Friday, neither a public holiday nor a closing day of the territory."""
    return day.weekday() < 5 and day not in closed and day not in public_holidays(day.year)


def working_day_after(start: date, n: int, closed: frozenset[date] = frozenset()) -> date:
    """The ``n``-th working day after ``start``, itself not counted (n from 1 to 1000)."""
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= MAX_WORKING_DAYS:
        raise ExpressionError(f"« jours_ouvres » attend un nombre entier de 1 à {MAX_WORKING_DAYS}.")
    day = start
    for _ in range(n):
        day += timedelta(days=1)
        while not is_working_day(day, closed):
            day += timedelta(days=1)
    return day


def add_months(d: _Day, n: int) -> _Day:
    """``d`` moved by ``n`` months, date to date; an aware datetime keeps its Paris wall time."""
    if not isinstance(n, int) or isinstance(n, bool) or abs(n) > MAX_MONTHS:
        raise ExpressionError(f"« mois_apres » attend un nombre entier de mois, {MAX_MONTHS} au plus.")
    try:
        if isinstance(d, datetime):
            return _on_the_clock(in_paris(d).replace(tzinfo=None, fold=0) + relativedelta(months=n))
        return d + relativedelta(months=n)
    except (ValueError, OverflowError):
        raise ExpressionError(f"« mois_apres » mène au-delà du calendrier ({n} mois).") from None


def timer_instant(value: object, now: datetime) -> datetime:
    """When a drawn timer fires, from what its expression gave.

    An aware datetime is taken as is, a date means 0:00 in Paris, a text is a duration from ``now``.
    """
    if isinstance(value, datetime):
        return in_paris(value)
    if isinstance(value, date):
        return midnight(value)
    if isinstance(value, str):
        return after(now, value)
    raise ExpressionError(
        f'Un minuteur attend une date ou une durée entre guillemets ("P15D"), pas {kind(value)}.'
    )


def deadline(value: object, entered: datetime) -> datetime:
    """When a delay set on a task ends (``delai``, ``rappel``), counted from ``entered``.

    A date, or a duration without a time part, lasts until midnight in Paris at the end of its
    last day: the instant given is 0:00 of the next day, exclusive. A duration with hours and an
    aware datetime are exact.
    """
    if isinstance(value, datetime):
        return in_paris(value)
    if isinstance(value, date):
        return _end_of(value)
    if isinstance(value, str):
        instant = after(entered, value)
        return instant if parse_duration(value).timed else _end_of(instant.date())
    raise ExpressionError(
        'Un délai attend une durée entre guillemets ("P15D"), jours_ouvres(5) ou une date, '
        f"pas {kind(value)}."
    )


def counted_from(due: datetime) -> datetime:
    """The moment from which to count days after a deadline: a day that ended at midnight still counts.

    Give it as ``now`` to :func:`designer_functions` for ``escalade``.
    """
    local = in_paris(due)
    return local - timedelta(microseconds=1) if local == midnight(local.date()) else local


def escalation(value: object, due: datetime) -> datetime:
    """When a late task is escalated: ``value`` (``escalade``) counted from its due instant.

    ``P3D`` after a task due on the 10th ends at midnight of the 13th.
    """
    timed = isinstance(value, str) and parse_duration(value).timed
    return deadline(value, due if timed else counted_from(due))


def _end_of(day: date) -> datetime:
    try:
        return midnight(day + timedelta(days=1))
    except OverflowError:
        raise ExpressionError("Le délai mène au-delà du calendrier.") from None


def _day(value: object, name: str) -> date:
    if isinstance(value, datetime):
        return in_paris(value).date()
    if isinstance(value, date):
        return value
    raise ExpressionError(f"« {name} » attend une date, pas {kind(value)}.")


def month_end(value: object) -> date:
    """``fin_de_mois(d)``: the last day of the month of a date or aware datetime."""
    day = _day(value, "fin_de_mois")
    return day + relativedelta(day=31)


def year(value: object) -> int | None:
    """``annee(d)``: the year of a date or an aware datetime, in Paris; None when it is missing."""
    return None if value is None else _day(value, "annee").year


def days_between(start: object, end: object) -> int | None:
    """``jours_entre(a, b)``: whole days from ``start`` to ``end``, negative when ``end`` comes first.

    None when a date is missing, so that a decision table can say so with ``null``.
    """
    if start is None or end is None:
        return None
    return (_day(end, "jours_entre") - _day(start, "jours_entre")).days


def days_after(start: object, days: object) -> date:
    """``jours_apres(d, 14)``: the date that many days later, or earlier when negative."""
    if not isinstance(days, int) or abs(days) > 100_000:
        raise ExpressionError("« jours_apres » attend une date et un nombre entier de jours.")
    return _day(start, "jours_apres") + timedelta(days=days)


def months_after(start: object, months: object) -> date:
    """``mois_apres(d, 3)``: :func:`add_months` for a date or an aware datetime."""
    if not isinstance(start, date):
        raise ExpressionError(f"« mois_apres » attend une date, pas {kind(start)}.")
    if not isinstance(months, int):
        raise ExpressionError(f"« mois_apres » attend un nombre entier de mois, pas {kind(months)}.")
    return add_months(start, months)


def designer_functions(
    now: datetime, closed: frozenset[date] = frozenset()
) -> dict[str, Callable[..., object]]:
    """The functions designers call, for one instant and one territory's closing days."""
    here = in_paris(now)

    def working_days(n: int, start: object = here) -> date:
        return working_day_after(_day(start, "jours_ouvres"), n, closed)

    return BASE | {
        "dans": lambda duration: after(here, duration),
        "jours_ouvres": working_days,
        "annee": year,
        "fin_de_mois": month_end,
        "mois_apres": months_after,
        "jours_apres": days_after,
        "jours_entre": days_between,
        "aujourdhui": here.date,
        "maintenant": lambda: here,
    }


DESIGNER_FUNCTIONS = frozenset(designer_functions(datetime(2026, 1, 1, tzinfo=UTC)))
