"""Dated figures as a page shows them: each series with its last figure, and its past (BAT-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select

from app import clock
from app.catalog.series import MONTH, Series
from app.database import db
from app.errors import NotFound
from app.models import Figure
from app.services import references

STEPS: Final = {"jour": "un chiffre par jour", "mois": "un chiffre par mois", "date": "vaut depuis sa date"}
_MOST: Final = 1_100
"""Figures that a page shows: three years of days."""


@dataclass(frozen=True)
class Line:
    """One suite of figures: a series, or one of its places. ``value`` is the figure in force today."""

    series: Series
    place: str
    place_label: str
    count: int
    last_on: date | None
    value: Decimal | None

    @property
    def late(self) -> bool:
        """Whether figures of a month are lacking: that before this one is not there."""
        if self.series.step != MONTH:
            return False
        today = clock.today().replace(day=1)
        return self.last_on is None or _months(today) - _months(self.last_on) > 1


def _months(day: date) -> int:
    return day.year * 12 + day.month


def overview() -> list[Line]:
    """Return every suite of figures of the territory, in the order of the settings."""
    rows = db.session.execute(
        select(Figure.series, Figure.place, func.count(), func.max(Figure.on))
        .where(Figure.replaced_at.is_(None))
        .group_by(Figure.series, Figure.place)
    )
    counted = {(series, place): (count, last) for series, place, count, last in rows}
    found, today = [], clock.today()
    for key, series in references.known().items():
        for place, label in (series.places or {"": ""}).items():
            count, last = counted.get((key, place), (0, None))
            value = references.value(key, place, today) if count else None
            found.append(Line(series, place, label, count, last, value))
    return found


@dataclass(frozen=True)
class Past:
    """The figures of a suite, the newest first: those that hold, and those that were corrected."""

    series: Series
    place: str
    place_label: str
    rows: Sequence[Figure]
    replaced: Sequence[Figure]
    more: bool


def past(key: str, place: str) -> Past:
    """Return the figures of one suite.

    Raises:
        NotFound: no such series or place here.
    """
    series = references.series_of(key)
    if place not in (series.places or {"": ""}):
        raise NotFound
    query = select(Figure).where(Figure.series == key, Figure.place == place)
    rows = db.session.scalars(
        query.where(Figure.replaced_at.is_(None)).order_by(Figure.on.desc()).limit(_MOST + 1)
    ).all()
    gone = db.session.scalars(
        query.where(Figure.replaced_at.is_not(None)).order_by(Figure.replaced_at.desc()).limit(_MOST)
    ).all()
    return Past(series, place, series.places.get(place, ""), rows[:_MOST], gone, len(rows) > _MOST)


def said(series: Series, on: date) -> str:
    """Return the day of a figure as people say it: a month, or a day."""
    return f"{on:%m/%Y}" if series.step == MONTH else f"{on:%d/%m/%Y}"
