"""A map of communes shaded by a count, as SVG made by the server; a table always says the same."""

from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import Final

from markupsafe import Markup

_WIDTH: Final = 720
_MARGIN: Final = 8
SHADES: Final = 4
"""Shades of what is counted; nothing has a shade of its own."""
_FRAME: Final = Markup(
    '<svg class="outlines" viewBox="0 0 {} {}" role="img" aria-labelledby="carte-titre">{}{}</svg>'
)
Rings = Sequence[Sequence[tuple[float, float]]]


def bounds(counts: Sequence[int]) -> list[int]:
    """Return the smallest count of each shade, from the counts that there are: each shade has some."""
    some = sorted({count for count in counts if count > 0})
    if len(some) <= SHADES:
        return some
    return [some[len(some) * part // SHADES] for part in range(SHADES)]


def shade(count: int, limits: Sequence[int]) -> int:
    """Return the shade of a count: 0 for nothing."""
    return sum(1 for limit in limits if count >= limit) if count > 0 else 0


def legend(limits: Sequence[int]) -> list[tuple[int, str]]:
    """Return each shade with the counts it stands for."""
    found = [(0, "aucun")]
    for place, low in enumerate(limits):
        high = limits[place + 1] - 1 if place + 1 < len(limits) else None
        words = f"{low} et plus" if high is None else str(low) if high == low else f"{low} à {high}"
        found.append((place + 1, words))
    return found


def choropleth(
    shapes: Mapping[str, Rings], names: Mapping[str, str], counts: Mapping[str, int], title: str
) -> Markup:
    """Return the map: each commune with its name and count, read aloud when it is pointed at.

    Args:
        shapes: rings of longitude and latitude, by INSEE code.
        names: of the communes.
        counts: what is shaded; a commune without a count has none.
        title: what the map says as a whole.
    """
    points = [point for rings in shapes.values() for ring in rings for point in ring]
    if not points:
        return Markup("")
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrow = cos(radians((south + north) / 2))  # a degree of longitude is shorter than one of latitude
    scale = (_WIDTH - 2 * _MARGIN) / (max(east - west, 1e-6) * narrow)
    height = round((north - south) * scale) + 2 * _MARGIN
    limits = bounds(list(counts.values()))

    def place(point: tuple[float, float]) -> str:
        return (
            f"{_MARGIN + (point[0] - west) * narrow * scale:.1f} {_MARGIN + (north - point[1]) * scale:.1f}"
        )

    parts = []
    for code, rings in shapes.items():
        path = "".join(f"M{'L'.join(place(point) for point in ring)}Z" for ring in rings)
        count = counts.get(code, 0)
        grade = shade(count, limits)
        mark = f"outlines__{grade}" if grade else "outlines__none"
        parts.append(
            Markup('<path class="{}" fill-rule="evenodd" d="{}"><title>{} : {}</title></path>').format(
                mark, path, names.get(code, code), count
            )
        )
    named = Markup('<title id="carte-titre">{}</title>').format(title)
    return _FRAME.format(_WIDTH, height, named, Markup("").join(parts))
