"""What is to be simulated, and how far a run has come."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from dateutil.relativedelta import relativedelta

from app.catalog.settings import Settings
from app.errors import Invalid
from app.expressions.calendar import midnight

MOST_HOUSEHOLDS: Final = 100_000
MOST_MONTHS: Final = 240
EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(2200, 12, 31)
_USUAL_YEAR: Final = 2026
"""The year of a programme that names no date at all: a run never depends on the day it is made."""


@dataclass(frozen=True)
class Plan:
    """How many households arrive over how many months, from ``start`` (None: the programme's own first day).

    Raises:
        Invalid: a number out of bounds, by its name.
    """

    households: int
    months: int
    seed: int
    start: date | None = None

    def __post_init__(self) -> None:
        problems = {}
        if not 0 <= self.households <= MOST_HOUSEHOLDS:
            problems["households"] = [f"Entre 0 et {MOST_HOUSEHOLDS} ménages."]
        if not 1 <= self.months <= MOST_MONTHS:
            problems["months"] = [f"Entre 1 et {MOST_MONTHS} mois."]
        if problems:
            raise Invalid(problems)

    def first_day(self, settings: Settings) -> date:
        """Return the day on which the run begins.

        By default that of the first date of the calendar (its first meeting finds nobody yet), else the
        first day of the Anah year.
        """
        if self.start is not None:
            return self.start
        anchors = [scheduled.anchor for scheduled in settings.schedule]
        return min(anchors) if anchors else date(settings.anah_year or _USUAL_YEAR, 1, 1)

    def period(self, settings: Settings) -> "Period":
        """Return the instants between which time runs.

        Raises:
            Invalid: the first day is out of the years that calendars know.
        """
        first = self.first_day(settings)
        if not EARLIEST <= first <= LATEST:
            told = (
                f"Le premier jour serait le {first.isoformat()}. Choisissez-en un par « --start », "
                f"entre {EARLIEST.year} et {LATEST.year}."
            )
            raise Invalid({"start": [told]})
        return Period(first, first + relativedelta(months=self.months))

    def dice(self, *key: object) -> random.Random:
        """Return a generator of its own for ``key``: what others draw does not change what it gives."""
        return random.Random("/".join(map(str, (self.seed, *key))))  # noqa: S311  # plausible lives, no secret


@dataclass(frozen=True)
class Period:
    """From the first day, included, to the last, excluded."""

    first: date
    last: date

    @property
    def opening(self) -> datetime:
        """The moment just before the first day, when everything is put in place."""
        return self.begin - timedelta(seconds=1)

    @property
    def begin(self) -> datetime:
        """The midnight with which the first day begins."""
        return midnight(self.first)

    @property
    def end(self) -> datetime:
        """The midnight at which time stops."""
        return midnight(self.last)


class SeededIds:
    """Ids drawn from one seed: the same run gives the same ones, in any process."""

    def __init__(self, plan: Plan) -> None:
        self._dice = plan.dice("ids")

    def __call__(self) -> UUID:
        """Draw the next id."""
        return UUID(int=self._dice.getrandbits(128), version=4)


@dataclass(frozen=True)
class Progress:
    """How far a run has come: the day it has reached, between the first and the last."""

    day: date
    first: date
    last: date
    started: int
    closed: int

    @property
    def share(self) -> float:
        """The share of the simulated time that has passed, from 0 to 1."""
        return (self.day - self.first).days / max(1, (self.last - self.first).days)
