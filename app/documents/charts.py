"""Figures as drawings: bars along rows or along months, SVG made by the server. A table always stands beside.

On a page the style sheet gives the colours; in a document, which has none of ours, ``ink`` does.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from app.documents.svg import clean, tag

_ROW: Final = 30
_LABEL: Final = 230
_WIDTH: Final = 640
_ENDS: Final = 70
_COLUMN: Final = 52
_HEIGHT: Final = 150
_FLOOR: Final = 118
_TOP: Final = 22
_LONGEST: Final = 34
"""Letters of a label on a drawing; the table has them all."""
_SHORT: Final = 4
"""Letters of a figure written over a bar of no height."""


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its length, what is written at its end; None when it is withheld."""

    label: str
    value: Decimal | None
    written: str


@dataclass(frozen=True)
class Ink:
    """Colours of a drawing in a document, as ``#rrggbb``."""

    bar: str = "#164a86"
    text: str = "#19212b"
    rule: str = "#c9d1da"


def along_rows(bars: Sequence[Bar], title: str, ident: str, *, ink: Ink | None = None) -> Markup:
    """Return one bar a row, from the left; ``title`` is what the drawing says as a whole."""
    most = max((bar.value for bar in bars if bar.value is not None), default=Decimal(0)) or Decimal(1)
    room = _WIDTH - _LABEL - _ENDS
    parts = []
    for place, bar in enumerate(bars):
        middle = place * _ROW + _ROW // 2
        length = round(room * bar.value / most) if bar.value is not None and bar.value > 0 else 0
        parts.append(_words(_LABEL - 8, middle + 5, _cut(bar.label), ink, anchor="end"))
        if length:
            parts.append(_box(_LABEL, middle - 8, length, 16, ink))
        parts.append(_words(_LABEL + length + 6, middle + 5, bar.written, ink, anchor="start"))
    return _frame((_WIDTH, max(_ROW * len(bars), _ROW)), parts, title, ident, ink)


def along_months(bars: Sequence[Bar], title: str, ident: str, *, ink: Ink | None = None) -> Markup:
    """Return one standing bar a month, each with its figure above it."""
    most = max((bar.value for bar in bars if bar.value is not None), default=Decimal(0)) or Decimal(1)
    parts = [_line(0, _FLOOR, _COLUMN * len(bars), ink)]
    for place, bar in enumerate(bars):
        middle = place * _COLUMN + _COLUMN // 2
        height = round((_FLOOR - _TOP) * bar.value / most) if bar.value is not None and bar.value > 0 else 0
        if height:
            parts.append(_box(middle - 14, _FLOOR - height, 28, height, ink))
        if bar.value is None or height or len(bar.written) < _SHORT:
            parts.append(_words(middle, _FLOOR - height - 5, bar.written, ink, anchor="middle"))
        parts.append(_words(middle, _FLOOR + 18, bar.label, ink, anchor="middle"))
    return _frame((_COLUMN * max(len(bars), 1), _HEIGHT), parts, title, ident, ink)


def as_image(drawing: Markup, words: str) -> Markup:
    """Return a drawing as an image of a document, with the words that replace it when it is read aloud."""
    held = b64encode(str(drawing).encode()).decode()
    return Markup('<img class="dessin" src="data:image/svg+xml;base64,{}" alt="{}">').format(held, words)


def _frame(size: tuple[int, int], parts: Sequence[str], title: str, ident: str, ink: Ink | None) -> Markup:
    width, height = size
    drawn = tag(
        "svg", tag("title", clean(title), id=ident) + "".join(parts), xmlns="http://www.w3.org/2000/svg",
        class_="chart", viewBox=f"0 0 {width} {height}", width=width, height=height, role="img",
        aria_labelledby=ident, font_family="Source Sans 3, sans-serif" if ink else None,
        font_size=14 if ink else None,
    )  # fmt: skip
    return Markup(drawn)  # noqa: S704  # ``tag`` and ``clean`` have escaped it


def _box(x: int, y: int, width: int, height: int, ink: Ink | None) -> str:
    fill = ink.bar if ink else None
    return tag("rect", class_="chart__bar", x=x, y=y, width=width, height=height, fill=fill)


def _line(x: int, y: int, width: int, ink: Ink | None) -> str:
    return tag("path", class_="chart__rule", d=f"M{x} {y}h{width}", stroke=ink.rule if ink else None)


def _words(x: int, y: int, text: str, ink: Ink | None, *, anchor: str) -> str:
    return tag("text", clean(text), x=x, y=y, text_anchor=anchor, fill=ink.text if ink else None)


def _cut(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1].rstrip()}…"
