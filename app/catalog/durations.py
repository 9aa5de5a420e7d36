"""Delays of the diagrams as people say them."""

import re
from typing import Final

UNITS: Final = (
    ("an", "ans"),
    ("mois", "mois"),
    ("semaine", "semaines"),
    ("jour", "jours"),
    ("heure", "heures"),
    ("minute", "minutes"),
)
_ISO = re.compile(r'"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?"')
_WORKING = re.compile(r"jours_ouvres\((\d+)\)")
_WITHIN = re.compile(r"dans\((\"[^\"]+\")\)")


def duration(text: str) -> str | None:
    """Return « 15 jours », « 5 jours ouvrés », None for an expression that is neither."""
    text = text.strip()
    working = _WORKING.fullmatch(text)
    if working is not None:
        count = int(working[1])
        return f"{count} jour ouvré" if count == 1 else f"{count} jours ouvrés"
    within = _WITHIN.fullmatch(text)
    match = _ISO.fullmatch(within[1] if within is not None else text)
    if match is None:
        return None
    parts = [
        f"{value} {one if int(value) == 1 else many}"
        for value, (one, many) in zip(match.groups(), UNITS, strict=True)
        if value
    ]
    return " et ".join(parts) or None
