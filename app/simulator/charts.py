"""The load of a role month by month, as an SVG of bars against the hours its people have."""

from typing import Final

from app.documents.svg import clean, figure, tag
from app.simulator.result import RoleMonth
from app.simulator.story import Load
from app.simulator.words import NARROW, month, number, short_month

_WIDTH: Final = 640.0
_HEIGHT: Final = 174.0
_LEFT: Final = 48.0
_TOP: Final = 22.0
_FLOOR: Final = 132.0
_MOST_LABELS: Final = 12
_MIN_SCALE: Final = 1.0


def load_chart(load: Load, ident: str) -> str:
    """Return the bars of one role; months above the hours available are marked by a triangle too.

    Args:
        ident: begins the ids inside, so that several charts can stand in one page.
    """
    months = load.months
    most = max((max(one.hours, one.capacity) for one in months.values()), default=0.0)
    scale = _round_up(max(most, _MIN_SCALE))
    step = (_WIDTH - _LEFT) / max(1, len(months))
    parts = [_axis(scale)]
    every = -(-len(months) // _MOST_LABELS)
    for place, (name, one) in enumerate(months.items()):
        left = _LEFT + place * step
        parts.append(_month(name, one, left, step, scale))
        if place % every == 0:
            parts.append(_word(short_month(name), left + step / 2, _FLOOR + 16))
        if place == 0 or name.endswith("-01"):
            parts.append(_word(name[:4], left + step / 2, _FLOOR + 36))
    summary = (
        f"{load.label} : {number(load.weekly, 1)} h par semaine en moyenne, "
        f"jusqu'à {number(100 * load.fullest_share)} % du temps en {month(load.fullest)}."
    )
    head = tag("title", clean(f"Charge de {load.label} par mois"), id=f"{ident}-titre")
    head += tag("desc", clean(summary), id=f"{ident}-desc")
    return tag(
        "svg", head + "".join(parts), xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {figure(_WIDTH)} {figure(_HEIGHT)}", role="img", class_="charge",
        aria_labelledby=f"{ident}-titre {ident}-desc",
    )  # fmt: skip


def _month(name: str, one: RoleMonth, left: float, step: float, scale: float) -> str:
    """Return one month: its bar, the line of its available hours, a triangle when it is above."""
    over = one.hours > one.capacity
    hours, capacity = _at(one.hours, scale), _at(one.capacity, scale)
    share = f"{number(100 * one.hours / one.capacity)}{NARROW}%" if one.capacity else "personne"
    said = f"{month(name)} : {number(one.hours, 1)} h sur {number(one.capacity, 1)} h ({share})"
    drawn = tag(
        "rect", x=left + step * 0.16, y=hours, width=step * 0.68, height=_FLOOR - hours,
        class_="barre trop" if over else "barre",
    )  # fmt: skip
    drawn += tag(
        "path", d=f"M{figure(left + 1)} {figure(capacity)}H{figure(left + step - 1)}", class_="temps"
    )
    if over:
        drawn += tag(
            "path", d=f"M{figure(left + step / 2 - 4)} {figure(hours - 3)}h8l-4 -7z", class_="alerte"
        )
    return tag("g", tag("title", clean(said)) + drawn)


def _at(hours: float, scale: float) -> float:
    return _FLOOR - (_FLOOR - _TOP) * hours / scale


def _round_up(value: float) -> float:
    """Return the next round figure: 1, 2, 5 times a power of ten."""
    size = 1.0
    while size * 10 < value:
        size *= 10
    return next(size * factor for factor in (1, 2, 4, 5, 8, 10) if size * factor >= value)


def _axis(scale: float) -> str:
    lines = []
    for share in (0, 0.5, 1):
        height = _at(scale * share, scale)
        lines.append(tag("path", d=f"M{figure(_LEFT)} {figure(height)}H{figure(_WIDTH)}", class_="axe"))
        lines.append(_word(f"{number(scale * share)} h", _LEFT - 5, height + 4, anchor="end"))
    return "".join(lines)


def _word(text: str, x: float, y: float, *, anchor: str = "middle") -> str:
    return tag("text", clean(text), x=x, y=y, text_anchor=anchor)
