"""A territory's accent: two colours, refused when they would be hard to read (LAW-10)."""

import re
from typing import Final

from app.database import db
from app.errors import NotFound
from app.models import Territory
from app.web.permissions import place

PAPER: Final = "#ffffff"
NIGHT: Final = "#151b23"
CONTRAST: Final = 4.5
"""Least contrast of text on its ground. WCAG 2.1, 1.4.3 (AA)."""
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")


def stylesheet() -> str:
    """Return the custom properties of the territory being served; empty when it keeps the usual colours."""
    where = place()
    territory = db.session.get(Territory, where.id) if where is not None else None
    if territory is None:
        raise NotFound
    kept = [
        f"{name}: {colour};"
        for name, colour, ground in (
            ("--marque", str(territory.live.get("couleur", "")), PAPER),
            ("--marque-sombre", str(territory.live.get("couleur_sombre", "")), NIGHT),
        )
        if _COLOUR.fullmatch(colour) and contrast(colour, ground) >= CONTRAST
    ]
    return f":root {{ {' '.join(kept)} }}\n" if kept else "/* couleurs habituelles */\n"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours written ``#rrggbb``, from 1 to 21 (WCAG 2.1, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
