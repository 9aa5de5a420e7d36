"""French spacing: the no-break spaces that nobody types."""

import re
from typing import Final

NO_BREAK: Final = "\u00a0"
NARROW: Final = "\u202f"

_TAG = re.compile(
    r"(<(?:style|script)\b.*?</(?:style|script)\s*>|<!--.*?-->|<[^>]*>)", re.DOTALL | re.IGNORECASE
)
_BEFORE_COLON = re.compile(r"(?<=\S) :(?=\s|$)")
_BEFORE_SIGN = re.compile(r"(?<=\S) (?=[;!?](?:\W|$))|(?<=\d) (?=[%€])")
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:h|min|ans?|m²|m³|kWh|°C|l/min)(?:\W|$))")
_OPENING = re.compile("« ")
_CLOSING = re.compile("(?<=\\S) »")


def set_spaces(html: str) -> str:
    """Return ``html`` whose texts carry the no-break spaces of French; tags, styles and comments stay."""
    parts = _TAG.split(html)
    return "".join(part if index % 2 else _spaced(part) for index, part in enumerate(parts))


def _spaced(text: str) -> str:
    text = _BEFORE_COLON.sub(f"{NO_BREAK}:", text)
    text = _OPENING.sub(f"«{NO_BREAK}", text)
    text = _CLOSING.sub(f"{NO_BREAK}»", text)
    text = _BEFORE_UNIT.sub(NO_BREAK, text)
    return _BEFORE_SIGN.sub(NARROW, text)
