"""The months of an envelope as bars under its ceiling: SVG drawn here; a table stands beside it."""

from decimal import Decimal
from typing import Final

from markupsafe import Markup

from app.services.forecast import Forecast, Month
from app.web.formats import money

_STEP: Final = 46
_LEFT: Final = 8
_TOP: Final = 26
_FLOOR: Final = 190
_HEIGHT: Final = 226
_LABELS: Final = ["jan", "fév", "mars", "avr", "mai", "jui", "jul", "aoû", "sep", "oct", "nov", "déc"]


def chart(forecast: Forecast, amount: Decimal, title: str, ident: str) -> Markup:
    """Return bars of what is served in all at the end of each month, under the amount of the envelope.

    What is to come is hatched, what comes after the end is drawn hollow: a shape, not a colour alone.
    """
    months = list(forecast.months)
    most = max([amount, *(month.served_so_far for month in months), Decimal(1)])
    width = _LEFT * 2 + _STEP * max(len(months), 1)
    ceiling = _height(amount, most)
    parts = [_bar(place, month, most) for place, month in enumerate(months)]
    line = Markup(
        '<line class="budget-chart__ceiling" x1="0" x2="{0}" y1="{1}" y2="{1}"/>'
        '<text class="budget-chart__label" x="4" y="{2}">Enveloppe : {3}</text>'
    ).format(width, ceiling, ceiling - 6, money(amount))
    frame = Markup(
        '<svg class="budget-chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}">'
        '<title id="{}">{}</title>{}{}{}</svg>'
    )
    return frame.format(width, _HEIGHT, ident, ident, title, _HATCH, Markup("").join(parts), line)


_HATCH: Final = Markup(
    '<defs><pattern id="a-venir" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect class="budget-chart__soft" width="6" height="6"/>'
    '<line class="budget-chart__stroke" x1="0" x2="0" y1="0" y2="6"/></pattern></defs>'
)


def _height(value: Decimal, most: Decimal) -> int:
    return _FLOOR - round((_FLOOR - _TOP) * value / most)


def _bar(place: int, month: Month, most: Decimal) -> Markup:
    left, top = _LEFT + place * _STEP, _height(month.served_so_far, most)
    kind = "beyond" if month.beyond else "coming" if month.to_come else "done"
    words = f"{_LABELS[month.first.month - 1]} {month.first.year} : {money(month.served_so_far)}"
    fill = Markup(' fill="url(#a-venir)"') if kind == "coming" else ""
    bar = Markup(
        '<rect class="budget-chart__bar budget-chart__bar--{}"{} x="{}" y="{}" width="{}" height="{}">'
        "<title>{}</title></rect>"
    ).format(kind, fill, left + 6, top, _STEP - 12, _FLOOR - top, words)
    year = str(month.first.year) if place == 0 or month.first.month == 1 else ""
    label = Markup(
        '<text class="budget-chart__label" x="{0}" y="{1}" text-anchor="middle">{2}</text>'
        '<text class="budget-chart__label" x="{0}" y="{3}" text-anchor="middle">{4}</text>'
    ).format(left + _STEP // 2, _FLOOR + 15, _LABELS[month.first.month - 1], _FLOOR + 30, year)
    return bar + label
