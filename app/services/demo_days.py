"""The days of a demonstration: when each sample story begins, and its steps; nobody works at night."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar

from app import clock
from app.expressions.calendar import is_working_day

Day = TypeVar("Day", date, datetime)
_RELATIVE: Final = re.compile(r"J([+-]\d+)")


@dataclass(frozen=True)
class Moment:
    """An alert (step -1), a step, or a day that passes (case -1)."""

    at: datetime
    case: int
    step: int


def moments(cases_: Sequence[Mapping[str, Any]], now: datetime) -> list[Moment]:
    """Return alerts and steps of every case in the order of time, so that the journal tells it so.

    What is only written down (« fait ») may be older than everything else: no night goes by since.
    """
    found = []
    for number, case in enumerate(cases_):
        start = working_day(_working_hour(now - timedelta(days=case["depuis"]), number))
        found.append(Moment(start, number, -1))
        found += [
            Moment(working_day(start + timedelta(days=step[1])), number, index)
            for index, step in enumerate(case.get("parcours", ()))
        ]
    found = [moment for moment in found if moment.at < now]
    first = min(moment.at for moment in found if "fait" not in cases_[moment.case])
    nights = [Moment(first + timedelta(days=day), -1, -1) for day in range(1, (now - first).days + 1)]
    return sorted(found + nights, key=lambda moment: (moment.at, moment.case, moment.step))


def working_day(day: Day) -> Day:
    """Return the day itself, or the working day before: nobody visits on a Sunday or at Christmas."""
    while not is_working_day(day.date() if isinstance(day, datetime) else day):
        day -= timedelta(days=1)
    return day


def _working_hour(day: datetime, number: int) -> datetime:
    """Return a moment of the working day, in Paris: people do not alert at midnight."""
    local = day.astimezone(clock.PARIS)
    return local.replace(hour=9 + number % 6, minute=(number * 17) % 60, second=0, microsecond=0)


def dated(value: Any, today: date) -> Any:
    """Return an answer with each « J+4 » replaced by its day, in the rows of a table too."""
    if isinstance(value, list):
        return [
            {key: dated(cell, today) for key, cell in row.items()} if isinstance(row, dict) else row
            for row in value
        ]
    relative = _RELATIVE.fullmatch(value) if isinstance(value, str) else None
    return working_day(today + timedelta(days=int(relative[1]))) if relative else value
