"""The trend of a landlord's arrears as a line: SVG drawn here; a table stands beside it (BAT-3)."""

from decimal import Decimal
from typing import Final

from markupsafe import Markup

from app.services.arrears import Trend
from app.web.formats import number

_WIDTH: Final = 560
_LEFT: Final = 24
_RIGHT: Final = 40
_TOP: Final = 30
_FLOOR: Final = 150
_HEIGHT: Final = 186


def chart(trend: Trend, ident: str) -> Markup:
    """Return the figures of a trend at their dates, joined by a line; zero is drawn where it lies within."""
    values = [value for _, value in trend.points]
    low, high = min([*values, Decimal(0)]), max([*values, Decimal(0)])
    spread = (high - low) or Decimal(1)
    days = [on.toordinal() for on, _ in trend.points]
    length = max(days[-1] - days[0], 1)

    def place(day: int, value: Decimal) -> tuple[int, int]:
        across = _LEFT + round((_WIDTH - _LEFT - _RIGHT) * (day - days[0]) / length)
        return across, _FLOOR - round((_FLOOR - _TOP) * (value - low) / spread)

    spots = [place(day, value) for day, value in zip(days, values, strict=True)]
    zero = place(days[0], Decimal(0))[1]
    line = Markup('<polyline class="site-chart__line" points="{}"/>').format(
        " ".join(f"{x},{y}" for x, y in spots)
    )
    marks = Markup("").join(
        _mark(x, y, f"{number(value)} {trend.unit}".strip(), f"{on.month:02}/{on.year}")
        for (x, y), (on, value) in zip(spots, trend.points, strict=True)
    )
    frame = Markup(
        '<svg class="site-chart" viewBox="0 0 {w} {h}" role="img" aria-labelledby="{i}"><title id="{i}">{t}'
        '</title><line class="site-chart__zero" x1="0" x2="{w}" y1="{z}" y2="{z}"/>{line}{marks}</svg>'
    )
    title = f"{trend.label}, {trend.landlord}"
    return frame.format(w=_WIDTH, h=_HEIGHT, i=ident, t=title, z=zero, line=line, marks=marks)


def _mark(x: int, y: int, words: str, when: str) -> Markup:
    return Markup(
        '<circle class="site-chart__spot" cx="{x}" cy="{y}" r="4"/>'
        '<text class="site-chart__value" x="{x}" y="{above}" text-anchor="middle">{words}</text>'
        '<text class="site-chart__when" x="{x}" y="{foot}" text-anchor="middle">{when}</text>'
    ).format(x=x, y=y, above=y - 10, words=words, foot=_FLOOR + 26, when=when)
