"""Are we on course, and what is drifting: one look at a programme for those who answer for it.

What counts as a drift stands in the programme (``[pilotage]`` of ``indicateurs.toml``); without a threshold
the figure is shown and nothing is judged. Counted in the database, whatever the size of the territory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import case as sql_case
from sqlalchemy import func, select

from app import clock
from app.catalog.indicators import Targets
from app.database import db
from app.errors import Forbidden
from app.expressions import add_months
from app.models import Breach, Case, Dwelling, Task
from app.services import envelopes, pilotage_words, quotas, releases
from app.services.actors import Actor
from app.services.envelopes import EnvelopeFigures
from app.services.indicators_sums import months, rate
from app.services.pilotage_words import Seen, State
from app.services.quotas import QuotaFigures

SEE: Final = "pilotage.voir"
SPAN: Final = 12
"""Months looked back upon, the present one included."""
YEARS: Final = 3
"""Years of the season, the present one included."""
AGES: Final = (90, 180, 365)
"""Days that bound the brackets of age of open cases; the last bracket is open."""


@dataclass(frozen=True)
class Kept:
    """Steps done that had a due date, and how many of them in time."""

    due: int = 0
    kept: int = 0

    @property
    def rate(self) -> Decimal | None:
        """Percent kept, None of nothing."""
        return rate(self.kept, self.due)

    def __add__(self, other: "Kept") -> "Kept":
        """Both together."""
        return Kept(self.due + other.due, self.kept + other.kept)


@dataclass(frozen=True)
class StepKept:
    """A step month by month, and the lane that does it."""

    name: str
    process: str
    by_month: tuple[Kept, ...]
    lane: str

    @property
    def total(self) -> Kept:
        """The whole span."""
        return sum(self.by_month, Kept())


@dataclass(frozen=True)
class Verdict:
    """One line of « are we on course »: a sentence and what it means."""

    state: State
    sentence: str


@dataclass(frozen=True)
class Overview:
    """All that the page shows.

    ``kept`` is by month over every step; ``season`` the alerts of each year by month (None: still to come);
    ``places`` the cases open now and those opened in the span, by INSEE code.
    """

    first: date
    months: tuple[date, ...]
    kept: tuple[Kept, ...]
    steps: tuple[StepKept, ...]
    ages: tuple[int, ...]
    season: Mapping[int, tuple[int | None, ...]]
    envelopes: Sequence[EnvelopeFigures]
    quotas: Sequence[QuotaFigures]
    places: Mapping[str, tuple[int, int]]
    breaches: int
    verdicts: tuple[Verdict, ...]


def overview(actor: Actor) -> Overview:
    """Return what a person who steers the programme sees now.

    Raises:
        Forbidden: the role does not steer.
    """
    if not actor.rights.may(SEE):
        raise Forbidden
    today = clock.today()
    first = add_months(today.replace(day=1), 1 - SPAN)
    span = tuple(months(first, today))
    steps = _steps(span)
    kept = tuple(sum((step.by_month[place] for step in steps), Kept()) for place in range(SPAN))
    targets = releases.current().bundle.indicators.targets
    ages, old = _ages(today, targets)
    money = [one for one in envelopes.overview(today) if one.in_force]
    places = quotas.overview(today)
    breaches = db.session.scalar(select(func.count()).select_from(Breach).where(Breach.status == "open")) or 0
    season = _season(today)
    return Overview(
        first=first,
        months=span,
        kept=kept,
        steps=steps,
        ages=ages,
        season=season,
        envelopes=money,
        quotas=places,
        places=_places(first),
        breaches=breaches,
        verdicts=tuple(
            Verdict(state, sentence)
            for state, sentence in pilotage_words.verdicts(
                Seen([(one.kept, one.due) for one in kept], old, breaches, money, places), targets
            )
        ),
    )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.PARIS)


def _month_of(column: Any, span: Sequence[date]) -> Any:
    """Return the place of an instant among months, as Paris sees them; the last one is open."""
    return sql_case(
        *((column < _midnight(month), place) for place, month in enumerate(span[1:])), else_=len(span) - 1
    )


def _steps(span: Sequence[date]) -> tuple[StepKept, ...]:
    """Count the steps done in time by step and month; those without a due date are no promise."""
    place = _month_of(Task.completed_at, span).label("place")
    in_time = func.count().filter(Task.completed_at < Task.due_at)
    query = (
        select(
            Task.called_process,
            Task.element,
            func.max(Task.name),
            func.max(Task.lane),
            place,
            func.count(),
            in_time,
        )
        .where(Task.status == "done", Task.due_at.is_not(None), Task.completed_at >= _midnight(span[0]))
        .group_by(Task.called_process, Task.element, place)
    )
    found: dict[tuple[str, str], dict[int, Kept]] = {}
    names: dict[tuple[str, str], tuple[str, str]] = {}
    for process, element, name, lane, month, due, kept in db.session.execute(query):
        found.setdefault((process, element), {})[month] = Kept(due, kept)
        names[process, element] = name, lane
    rows = [
        StepKept(name, step[0], tuple(by.get(place, Kept()) for place in range(len(span))), lane)
        for step, by in found.items()
        for name, lane in (names[step],)
    ]
    return tuple(sorted(rows, key=lambda row: (row.total.rate or Decimal(0), row.name)))


def _ages(today: date, targets: Targets) -> tuple[tuple[int, ...], int]:
    """Return how many open cases stand in each bracket of age, and how many are old for the programme."""
    bounds = [_midnight(today - timedelta(days=days)) for days in AGES]
    place = sql_case(
        *((Case.opened_at > bound, number) for number, bound in enumerate(bounds)), else_=len(bounds)
    ).label("place")
    query = select(place, func.count()).where(Case.status == "open").group_by(place)
    counted = {number: count for number, count in db.session.execute(query)}  # noqa: C416  # rows have no types
    old = 0
    if targets.old is not None:
        limit = _midnight(today - timedelta(days=targets.old))
        query_old = (
            select(func.count()).select_from(Case).where(Case.status == "open", Case.opened_at <= limit)
        )
        old = db.session.scalar(query_old) or 0
    return tuple(counted.get(number, 0) for number in range(len(AGES) + 1)), old


def _season(today: date) -> dict[int, tuple[int | None, ...]]:
    """Return the alerts of each month of this year and of the years before."""
    first = date(today.year - YEARS + 1, 1, 1)
    span = list(months(first, date(today.year, 12, 1)))
    place = _month_of(Case.opened_at, span).label("place")
    query = select(place, func.count()).where(Case.opened_at >= _midnight(first)).group_by(place)
    counted = {number: count for number, count in db.session.execute(query)}  # noqa: C416  # rows have no types
    return {
        year: tuple(
            counted.get(offset * 12 + month, 0) if date(year, month + 1, 1) <= today else None
            for month in range(12)
        )
        for offset, year in enumerate(range(today.year - YEARS + 1, today.year + 1))
    }


def _places(first: date) -> dict[str, tuple[int, int]]:
    """Return by commune the cases open now, and those opened since ``first``."""
    opened = func.count().filter(Case.opened_at >= _midnight(first))
    query = (
        select(Dwelling.insee, func.count().filter(Case.status == "open"), opened)
        .join(Case, Case.dwelling_id == Dwelling.id)
        .where(Dwelling.insee.is_not(None))
        .group_by(Dwelling.insee)
    )
    rows = db.session.execute(query)
    return {str(insee): (now, since) for insee, now, since in rows if now or since}
