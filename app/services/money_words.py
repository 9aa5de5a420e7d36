"""Amounts and changes in words: « 1 234,50 € », what stood before and what stands after."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.documents.typography import NARROW, NO_BREAK

LONGEST: Final = 200
"""Characters of a reason or a reference."""


def euros(value: Decimal | None) -> str:
    """Return an amount as people read it, with its two decimals; nothing for none."""
    if value is None:
        return ""
    written = f"{value:,.2f}".replace(",", NARROW).replace(".", ",")
    return f"{written}{NO_BREAK}€"


def percent(value: Decimal | None) -> str:
    """Return a share in percent, without useless zeros."""
    if value is None:
        return ""
    shown = f"{value.normalize():f}".replace(".", ",")
    return f"{shown}{NO_BREAK}%"


def plain(value: object) -> Any:
    """Return a fact as the journal keeps it: dates and amounts as text."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, Any]:
    """Return what changed, ``{"avant": {…}, "apres": {…}}``, for the journal; empty when nothing did."""
    changed = [name for name in after if before.get(name) != after[name]]
    if not changed:
        return {}
    return {
        "avant": {name: plain(before.get(name)) for name in changed},
        "apres": {name: plain(after[name]) for name in changed},
    }
