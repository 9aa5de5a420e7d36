"""What is asked as bars under the line of what can be done: SVG drawn here, a table stands beside it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from app.services.capacity_weeks import Week
from app.web.formats import number

_STEP: Final = 26
_LEFT: Final = 8
_TOP: Final = 22
_FLOOR: Final = 170
_HEIGHT: Final = 208
_MONTHS: Final = ("jan", "fév", "mars", "avr", "mai", "juin", "juil", "août", "sep", "oct", "nov", "déc")


def chart(weeks: Sequence[Week], title: str, ident: str) -> Markup:
    """Return bars of what is asked, the part that cannot be done hollow, and a stepped line of what can.

    Args:
        weeks: in order, at least one.
        title: what the picture says as a whole, read aloud.
        ident: its id in the page.
    """
    most = max([*(week.asked for week in weeks), *(week.possible for week in weeks), Decimal(1)])
    width = _LEFT * 2 + _STEP * len(weeks)
    bars = Markup("").join(_bar(place, week, most) for place, week in enumerate(weeks))
    frame = Markup(
        '<svg class="capacity-chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}">'
        '<title id="{}">{}</title>{}<path class="capacity-chart__possible" d="{}"/>{}</svg>'
    )
    months = Markup("").join(_month(place, weeks) for place in range(len(weeks)))
    return frame.format(width, _HEIGHT, ident, ident, title, bars, _line(weeks, most), months)


def _height(value: Decimal, most: Decimal) -> int:
    return _FLOOR - round((_FLOOR - _TOP) * value / most)


def _bar(place: int, week: Week, most: Decimal) -> Markup:
    left, top, can = _LEFT + place * _STEP + 4, _height(week.asked, most), _height(week.possible, most)
    words = (
        f"Semaine du {week.monday:%d/%m/%Y} : {number(week.asked)} attendues, "
        f"{number(week.possible)} possibles"
    )
    rect = Markup('<rect class="capacity-chart__{}" x="{}" y="{}" width="{}" height="{}"/>')
    wide = _STEP - 8
    done = rect.format("done", left, max(top, can), wide, _FLOOR - max(top, can))
    over = rect.format("over", left, top, wide, can - top) if can > top else Markup("")
    return Markup("<g><title>{}</title>{}{}</g>").format(words, done, over)


def _line(weeks: Sequence[Week], most: Decimal) -> str:
    """Return the path of what can be done: a stair, level within a week."""
    parts = []
    for place, week in enumerate(weeks):
        left, level = _LEFT + place * _STEP, _height(week.possible, most)
        parts.append(f"{'M' if place == 0 else 'L'}{left} {level}H{left + _STEP}")
    return "".join(parts)


def _month(place: int, weeks: Sequence[Week]) -> Markup:
    """Return the name of a month under its first whole week."""
    monday = weeks[place].monday
    if place and weeks[place - 1].monday.month == monday.month:
        return Markup("")
    year = f" {monday.year}" if place == 0 or monday.month == 1 else ""
    words = f"{_MONTHS[monday.month - 1]}{year}"
    text = Markup('<text class="capacity-chart__label" x="{}" y="{}">{}</text>')
    return text.format(_LEFT + place * _STEP + 2, _FLOOR + 18, words)
