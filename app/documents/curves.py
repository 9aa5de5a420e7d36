"""Two lines along months: what was used, what was expected; SVG made by the server, a table beside it.

On a page the style sheet gives the colours; in a document, which has none of ours, ``ink`` does. The lines
differ by shape too: round marks on a full line, square ones on a dashed line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from markupsafe import Markup

from app.catalog.words import number
from app.documents.charts import Ink
from app.documents.svg import clean, tag

_COLUMN: Final = 52
_LEFT: Final = 96
_TOP: Final = 34
_FLOOR: Final = 150
_HEIGHT: Final = 178
_NARROWEST: Final = 340
_USED, _EXPECTED = "used", "expected"
_SHADE: Final = "#5b6b7c"


@dataclass(frozen=True)
class Point:
    """A month: its label, what was used and expected in it; None where nobody knows."""

    label: str
    used: Decimal | None
    expected: Decimal | None


def curve(
    points: Sequence[Point],
    unit: str,
    words: tuple[str, str],
    title: str,
    ident: str,
    *,
    ink: Ink | None = None,
) -> Markup:
    """Return both lines, each with its marks.

    Args:
        points: the months, in order.
        unit: of the figures, written beside the scale.
        words: how the lines are called: used, expected.
        title: what the drawing says as a whole, read aloud.
        ident: its id in the page.
        ink: its colours, in a document.
    """
    known = [value for one in points for value in (one.used, one.expected) if value is not None]
    most = max(known, default=Decimal(0)) or Decimal(1)
    width = max(_LEFT + _COLUMN * len(points), _NARROWEST)
    parts = [_scale(most, unit, width, ink), _legend(words, ink)]
    parts += [
        _line([_height(getattr(one, kind), most) for one in points], kind, ink) for kind in (_EXPECTED, _USED)
    ]
    parts += [
        tag("text", clean(one.label), x=_middle(place), y=_FLOOR + 20, text_anchor="middle",
            fill=ink.text if ink else None)
        for place, one in enumerate(points)
    ]  # fmt: skip
    drawn = tag(
        "svg", tag("title", clean(title), id=ident) + "".join(parts), xmlns="http://www.w3.org/2000/svg",
        class_="curve", viewBox=f"0 0 {width} {_HEIGHT}", width=width, height=_HEIGHT, role="img",
        aria_labelledby=ident, font_family="Source Sans 3, sans-serif" if ink else None,
        font_size=13 if ink else None,
    )  # fmt: skip
    return Markup(drawn)  # noqa: S704  # ``tag`` and ``clean`` have escaped it


def _middle(place: int) -> int:
    return _LEFT + place * _COLUMN + _COLUMN // 2


def _height(value: Decimal | None, most: Decimal) -> int | None:
    return None if value is None else _FLOOR - round((_FLOOR - _TOP) * max(value, Decimal(0)) / most)


def _scale(most: Decimal, unit: str, width: int, ink: Ink | None) -> str:
    """Return the floor, the top and what they stand for."""
    rule = ink.rule if ink else None
    text = ink.text if ink else None
    top = number(most.quantize(Decimal(1) if most >= 10 else Decimal("0.1"), ROUND_HALF_UP))
    return "".join((
        tag("path", class_="curve__rule", d=f"M{_LEFT} {_FLOOR}H{width}", stroke=rule, fill="none"),
        tag("path", class_="curve__rule", d=f"M{_LEFT} {_TOP}H{width}", stroke=rule, fill="none"),
        tag("text", clean(f"{top} {unit}"), x=_LEFT - 6, y=_TOP + 5, text_anchor="end", fill=text),
        tag("text", "0", x=_LEFT - 6, y=_FLOOR + 5, text_anchor="end", fill=text),
    ))  # fmt: skip


def _legend(words: tuple[str, str], ink: Ink | None) -> str:
    text = ink.text if ink else None
    parts = []
    for place, (kind, said) in enumerate(zip((_USED, _EXPECTED), words, strict=True)):
        x = _LEFT + place * 130
        parts.append(_mark(x, 12, kind, ink))
        parts.append(tag("text", clean(said), x=x + 10, y=17, fill=text))
    return "".join(parts)


def _line(heights: Sequence[int | None], kind: str, ink: Ink | None) -> str:
    """Return a line that stops where nothing is known, and its marks."""
    steps, open_ = [], False
    for place, y in enumerate(heights):
        if y is not None:
            steps.append(f"{'L' if open_ else 'M'}{_middle(place)} {y}")
        open_ = y is not None
    colour = _colour(kind, ink)
    path = tag(
        "path", class_=f"curve__line curve__line--{kind}", d="".join(steps), fill="none", stroke=colour,
        stroke_width=2, stroke_dasharray="6 4" if kind == _EXPECTED else None,
    )  # fmt: skip
    marks = [_mark(_middle(place), y, kind, ink) for place, y in enumerate(heights) if y is not None]
    return (path if steps else "") + "".join(marks)


def _mark(x: int, y: int, kind: str, ink: Ink | None) -> str:
    name, fill = f"curve__mark curve__mark--{kind}", _colour(kind, ink)
    if kind == _USED:
        return tag("circle", class_=name, cx=x, cy=y, r=4, fill=fill)
    return tag("rect", class_=name, x=x - 4, y=y - 4, width=8, height=8, fill=fill)


def _colour(kind: str, ink: Ink | None) -> str | None:
    if ink is None:
        return None
    return ink.bar if kind == _USED else _SHADE
