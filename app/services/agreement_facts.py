"""What diagrams may know of the agreements: « conventions.la_poste.en_cours » (CAR-1)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from app import clock
from app.database import db
from app.models import Agreement

NAME: Final = "conventions"
"""The name under which expressions read the agreements, by their key."""


class Agreements(Mapping[str, Any]):
    """The agreements by key, read when asked for; one that nobody entered is not in force."""

    def __getitem__(self, key: str) -> Mapping[str, Any]:
        rows = db.session.scalars(
            select(Agreement)
            .where(Agreement.key == key)
            .order_by(Agreement.starts_on.desc(), Agreement.created_at.desc())
        ).all()
        today = clock.today()
        found = next((row for row in rows if in_force(row, today)), rows[0] if rows else None)
        return {
            "en_cours": found is not None and in_force(found, today),
            "signee_le": found.signed_on if found is not None else None,
            "debut": found.starts_on if found is not None else None,
            "fin": (found.ended_on or found.ends_on) if found is not None else None,
        }

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(set(db.session.scalars(select(Agreement.key)))))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def in_force(row: Agreement, on: date) -> bool:
    """Whether an agreement is signed, begun and not ended on a day (``funds.running`` says it to a query)."""
    return (
        row.signed_on is not None
        and row.signed_on <= on
        and row.starts_on <= on
        and (row.ends_on is None or row.ends_on >= on)
        and (row.ended_on is None or row.ended_on > on)
    )


def running(key: str) -> bool:
    """Whether the agreement of that key is in force today."""
    return bool(Agreements()[key]["en_cours"])
