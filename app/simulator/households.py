"""When households are alerted: the months by the seasons, working days, working hours."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Final

from app import clock
from app.catalog.settings import Settings
from app.expressions.calendar import is_working_day
from app.simulator.plan import Period, Plan

_OPENING: Final = time(8, 30)
_MINUTES: Final = 9 * 60
"""Alerts come between half past eight and half past five."""


@dataclass(frozen=True)
class Arrival:
    """A household and the moment of its alert."""

    household: int
    at: datetime


def arrivals(plan: Plan, period: Period, settings: Settings) -> list[Arrival]:
    """Return the households of a plan, each drawn for itself, in the order of time."""
    days = _working_days(period, settings.closing_days)
    if not days:
        return []
    weights = list(accumulate(settings.simulation.seasons[day.month - 1] for day in days))
    found = []
    for household in range(1, plan.households + 1):
        dice = plan.dice(household, "alerte")
        (day,) = dice.choices(days, cum_weights=weights) if weights[-1] else dice.choices(days)
        minutes = timedelta(minutes=dice.randrange(_MINUTES))
        found.append(Arrival(household, datetime.combine(day, _OPENING, clock.PARIS) + minutes))
    return sorted(found, key=lambda arrival: (arrival.at, arrival.household))


def _working_days(period: Period, closed: frozenset[date]) -> list[date]:
    span = (period.last - period.first).days
    days = (period.first + timedelta(days=number) for number in range(span))
    return [day for day in days if is_working_day(day, closed)]
