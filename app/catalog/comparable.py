"""Texts made comparable: without case, accents or punctuation."""

import re
import unicodedata
from typing import Final

_APART: Final = re.compile(r"[^a-z0-9]+")


def fold(text: str | None) -> str:
    """Return ``text`` in lower case, without accents or punctuation, single spaces."""
    flat = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode().lower()
    return _APART.sub(" ", flat).strip()
