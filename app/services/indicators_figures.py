"""One indicator as a person sees it: its figure, the one before, its breakdowns and its months (AST-12)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.catalog.indicators import Dimension, Indicator
from app.services import indicators_aside, indicators_view
from app.services.actors import Actor
from app.services.indicators_periods import Period
from app.services.indicators_sums import MONTH, NOTHING, TOTAL, Cells, Value, months
from app.services.releases import LoadedRelease


@dataclass(frozen=True)
class Line:
    """One value of a breakdown, with the same of the period before; ``share`` is in percent of the figure."""

    key: str
    label: str
    now: Value
    before: Value
    share: Decimal | None


@dataclass(frozen=True)
class Breakdown:
    """A figure broken down; ``several``: a fact may count under more than one value."""

    dimension: Dimension
    lines: tuple[Line, ...]
    several: bool


@dataclass(frozen=True)
class Figure:
    """One indicator over the period and the one before; ``opens``: the reader may see the cases behind."""

    indicator: Indicator
    now: Value
    before: Value
    breakdowns: tuple[Breakdown, ...]
    months: tuple[tuple[date, Value], ...]
    opens: bool


def months_of(one: Indicator, cells: Cells, period: Period) -> tuple[tuple[date, Value], ...]:
    """Return a figure month by month; nothing for one month alone, or for what lasts over several."""
    if period.months == 1 or one.when != "debut" or one.derived:
        return ()
    return tuple(
        (month, cells.get((MONTH, month.isoformat()[:7]), none_of(one)))
        for month in months(period.first, period.last)
    )


def none_of(one: Indicator) -> Value:
    """Return the cell of an indicator of which nothing was counted: 0 for what is counted or added up."""
    return Value(Decimal(0) if one.measure in ("compte", "somme", "repartition") else None)


def figure(
    one: Indicator, actor: Actor, found: indicators_aside.Both, period: Period, words: indicators_view.Words
) -> Figure:
    """Return an indicator with the breakdowns whose classes the person reads."""
    release = words.release
    wanted = release.bundle.indicators
    here, there = found.now.get(one.id, {}), found.before.get(one.id, {})
    shown = []
    for ident in one.by:
        dimension = wanted.dimensions[ident]
        if indicators_view.may_see(indicators_view.of_dimension(dimension, release), actor.rights.read):
            shown.append(breakdown(dimension, here, there, words, none_of(one)))
    may_open = actor.rights.may("dossiers.voir") and not one.derived
    return Figure(
        one,
        here.get(TOTAL, NOTHING),
        there.get(TOTAL, NOTHING),
        tuple(shown),
        months_of(one, here, period),
        opens=may_open and indicators_view.of_indicator(one, release) <= actor.rights.read,
    )


def breakdown(
    dimension: Dimension, now: Cells, before: Cells, words: indicators_view.Words, empty: Value = NOTHING
) -> Breakdown:
    """Return the lines of a breakdown, « non renseigné » last; ``empty`` fills what is not there."""
    keys = {key for cells in (now, before) for name, key in cells if name == dimension.id}
    total = now.get(TOTAL, NOTHING)
    lines = []
    for key in sorted(keys, key=lambda key: words.order(dimension, key)):
        here = now.get((dimension.id, key), empty)
        share = Decimal(here.count) * 100 / total.count if total.count else None
        was = before.get((dimension.id, key), empty)
        lines.append(Line(key, words.of(dimension, key), here, was, share))
    counted = sum(line.now.count for line in lines)
    return Breakdown(dimension, tuple(lines), several=counted > total.count)


def drawn_by(figure: Figure, release: LoadedRelease) -> frozenset[str]:
    """Return the classes that a figure draws on, its breakdowns included."""
    parts = [indicators_view.of_dimension(part.dimension, release) for part in figure.breakdowns]
    return indicators_view.of_indicator(figure.indicator, release).union(*parts)
