"""Texts made comparable: names and addresses without case, accents or punctuation."""

import re
import unicodedata

_APART = re.compile(r"[^a-z0-9]+")


def fold(text: str | None) -> str:
    """Return ``text`` in lower case, without accents or punctuation, single spaces."""
    flat = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode().lower()
    return _APART.sub(" ", flat).strip()


_SHORT = {"av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "pl": "place",
          "r": "rue", "imp": "impasse", "all": "allee", "ch": "chemin", "rte": "route", "st": "saint",
          "ste": "sainte", "res": "residence"}  # fmt: skip


def fold_address(text: str | None) -> str:
    """Return an address folded, with the usual short forms written out."""
    return " ".join(_SHORT.get(word, word) for word in fold(text).split())
