"""What the address of an indicators' page asks for: a period, filters; and how figures are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from flask import request

from app import clock
from app.catalog.indicators import Indicator
from app.errors import Invalid
from app.expressions import add_months
from app.services import indicators, releases
from app.services.indicators_periods import Period, between, last_day, year_of
from app.services.indicators_sums import Value
from app.services.indicators_view import Words
from app.web import formats
from app.web.permissions import actor

FROM: Final = "du"
TO: Final = "au"
ANY: Final = "*"
"""The value of a filter that keeps everything; an empty one keeps what is not said."""
_NOTHING: Final = "–"
_SHORT: Final = (
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A period and the filters chosen; ``problem`` says why what was typed could not be taken."""

    period: Period
    filters: Mapping[str, str]
    problem: str = ""

    def query(self, **other: str | None) -> dict[str, Any]:
        """Return the parameters of the same request; ``other`` replaces some, None takes one away."""
        own: dict[str, str | None] = {
            FROM: self.period.first.isoformat()[:7],
            TO: self.period.last.isoformat()[:7],
            **{f"f_{name}": value for name, value in self.filters.items()},
            **other,
        }
        return {name: value for name, value in own.items() if value is not None}


def asked() -> Asked:
    """Read the address; a period that cannot be read is this year's, and the page says so."""
    offered = {one.id for one in releases.current().bundle.indicators.filters}
    chosen = {name: request.args.get(f"f_{name}", ANY) for name in sorted(offered)}
    kept = {name: value for name, value in chosen.items() if value != ANY}
    first, last = request.args.get(FROM, ""), request.args.get(TO, "")
    if not first and not last:
        return Asked(present_year(), kept)
    try:
        return Asked(between(first or last, last or first), kept)
    except Invalid as fault:
        said = " ".join(sentence for sentences in fault.problems.values() for sentence in sentences)
        return Asked(present_year(), kept, problem=said)


def present_year() -> Period:
    """Return the year being lived, as the programme counts its years."""
    return year_of(clock.today(), releases.current().bundle.indicators.first_month)


def presets() -> list[tuple[str, Period]]:
    """Return the periods offered by a click."""
    year, today = present_year(), clock.today()
    month = today.replace(day=1)
    return [
        ("Cette année", year),
        ("L'an dernier", Period(add_months(year.first, -12), last_day(add_months(year.first, -1)))),
        ("12 derniers mois", Period(add_months(month, -11), last_day(today))),
        ("Le mois dernier", Period(add_months(month, -1), last_day(add_months(month, -1)))),
    ]


def written(one: Indicator, value: Value) -> str:
    """Return a figure as people read it, with its unit."""
    return amount(one.format, value.value)


def amount(shape: str, value: Decimal | None) -> str:
    """Return a number in the format of an indicator; a dash where there is none."""
    if value is None:
        return _NOTHING
    if shape == "euros":
        return formats.money(value)
    if shape == "pourcent":
        return f"{formats.number(_rounded(value, 1))}\u202f%"
    if shape == "jours":
        return f"{formats.number(_rounded(value, 1))} j"
    return formats.number(_rounded(value, 1 if shape == "decimal" else 2))


def change(one: Indicator, now: Value, before: Value) -> str:
    """Return how a figure moved since the period before, nothing when there is nothing to compare."""
    if now.value is None or before.value is None:
        return ""
    moved = now.value - before.value
    sign = "+" if moved > 0 else ""
    if one.format == "pourcent":
        return f"{sign}{formats.number(_rounded(moved, 1))} points"
    return f"{sign}{amount(one.format, moved)}"


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP).normalize() + 0


def filter_fields(chosen: Asked, words: Words) -> list[dict[str, Any]]:
    """Return the filters of the page: each with its values and the one chosen."""
    return [
        {
            "name": f"f_{one.id}",
            "label": one.label,
            "chosen": chosen.filters.get(one.id),
            "values": words.values(one),
        }
        for one in indicators.visible_filters(actor())
    ]


def month_words(month: date) -> str:
    """Return a month in a few letters: « janv. »."""
    return _SHORT[month.month - 1]
