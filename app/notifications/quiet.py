"""Hours when a person wants no mail or SMS, on a Paris clock; the bell is never held back."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.clock import PARIS
from app.models import NoticeSettings

DAY: Final = 24 * 60
DIGEST_AT: Final = 8 * 60
"""When the day's summary leaves unless a person says otherwise: 8 h (proposed)."""
SMS_QUIET: Final = (20 * 60, 8 * 60)
"""No SMS from 20 h to 8 h unless a person says otherwise (proposed)."""


def quiet_hours(channel: str, chosen: NoticeSettings | None) -> tuple[int, int] | None:
    """Return when nothing leaves by this channel, in minutes after midnight; None: at any hour."""
    if chosen is not None and chosen.quiet_from is not None and chosen.quiet_to is not None:
        return chosen.quiet_from, chosen.quiet_to
    return SMS_QUIET if channel == "sms" else None


def after_quiet(moment: datetime, hours: tuple[int, int] | None) -> datetime:
    """Return the first instant from ``moment`` on that is outside ``hours``.

    Exact over both nights when the clock changes: hours are what a Paris clock shows.
    """
    if hours is None or hours[0] == hours[1]:
        return moment
    begin, end = hours
    local = moment.astimezone(PARIS)
    minute = local.hour * 60 + local.minute
    inside = begin <= minute < end if begin < end else minute >= begin or minute < end
    if not inside:
        return moment
    day = local.date() if minute < end else local.date() + timedelta(days=1)
    over = on_the_clock(day, end)
    return over if over > moment else on_the_clock(day, end, second_time=True)


def on_the_clock(day: date, minute: int, *, second_time: bool = False) -> datetime:
    """Return the instant when a Paris clock shows ``minute`` (after midnight) on ``day``.

    An hour that does not exist that night moves on by one; one that comes twice is the first, unless told.
    """
    wall = datetime.combine(day, time(minute // 60, minute % 60), PARIS)
    return wall.replace(fold=int(second_time)).astimezone(UTC)
