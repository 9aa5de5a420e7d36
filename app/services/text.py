"""Texts made comparable: names and addresses without case, accents or punctuation."""

from app.catalog.comparable import fold

__all__ = ["fold", "fold_address"]

_SHORT = {"av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "pl": "place",
          "r": "rue", "imp": "impasse", "all": "allee", "ch": "chemin", "rte": "route", "st": "saint",
          "ste": "sainte", "res": "residence"}  # fmt: skip


def fold_address(text: str | None) -> str:
    """Return an address folded, with the usual short forms written out."""
    return " ".join(_SHORT.get(word, word) for word in fold(text).split())
