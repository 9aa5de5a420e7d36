"""A few numbers as bars: SVG drawn by the server, with the numbers written; a table stands beside it."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

from app.web.formats import number

_STEP: Final = 62
_HEIGHT: Final = 96
_FLOOR: Final = 74
_TOP: Final = 18


def bars(values: Sequence[tuple[str, int]], title: str, ident: str) -> Markup:
    """Return bars, one for each (label, count), each with its count above it.

    Args:
        title: what the picture says as a whole, read aloud.
        ident: its id in the page.
    """
    most = max((count for _, count in values), default=0) or 1
    parts = [_bar(place, label, count, most) for place, (label, count) in enumerate(values)]
    frame = Markup('<svg class="bars" viewBox="0 0 {} {}" role="img" aria-labelledby="{}">{}{}</svg>')
    named = Markup('<title id="{}">{}</title>').format(ident, title)
    return frame.format(_STEP * len(values), _HEIGHT, ident, named, Markup("").join(parts))


def _bar(place: int, label: str, count: int, most: int) -> Markup:
    middle = place * _STEP + _STEP // 2
    top = _FLOOR - round((_FLOOR - _TOP) * count / most)
    bar = Markup('<rect x="{}" y="{}" width="{}" height="{}"/>').format(
        middle - _STEP // 4, top, _STEP // 2, _FLOOR - top
    )
    return (
        bar
        + Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(middle, top - 4, number(count))
        + Markup('<text class="bars__label" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            middle, _FLOOR + 16, escape(label)
        )
    )
