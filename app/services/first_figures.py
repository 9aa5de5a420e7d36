"""The first dated figures of a territory, and today's written back (BAT-3, BAT-7).

``[[vivant.series]]`` of ``territoire.toml`` carries them in and out. A figure whose day is known already is
left alone: somebody may have corrected it on the page since.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from app import clock
from app.catalog.series import LIVE_KEY, FirstFigure
from app.database import db
from app.ids import new_id
from app.models import Figure

SETTINGS: Final = "reglages"
"""Where these figures come from."""
_AUTHOR: Final = "Réglages"


def plant(first: Iterable[FirstFigure]) -> tuple[str, ...]:
    """Add the first figures whose day is not known yet, in a transaction; return the list that gave some."""
    dated = db.session.execute(select(Figure.series, Figure.place, Figure.on).distinct())
    known_days = {(row.series, row.place, row.on) for row in dated}
    rows = [
        Figure(
            id=new_id(), series=one.series, place=one.place, on=one.on, value=one.value, source=SETTINGS,
            by=_AUTHOR, user_id=None, at=clock.now(),
        )
        for one in first
        if (one.series, one.place, one.on) not in known_days
    ]  # fmt: skip
    db.session.add_all(rows)
    return (LIVE_KEY,) if rows else ()


def as_toml(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of today as ``[vivant]`` writes them, untouched when it says them already."""
    rows: list[dict[str, Any]] = [
        {"serie": row.series, **({"par": row.place} if row.place else {}), "le": row.on, "valeur": row.value}
        for row in db.session.scalars(
            select(Figure)
            .where(Figure.replaced_at.is_(None))
            .order_by(Figure.series, Figure.place, Figure.on)
        )
    ]
    before = said.get(LIVE_KEY, [])
    same = len(before) == len(rows) and set(map(_said, before)) == set(map(_said, rows))
    return {LIVE_KEY: before if same else [{**row, "valeur": plain(row["valeur"])} for row in rows]}


def _said(row: Mapping[str, Any]) -> tuple[object, ...]:
    return row.get("serie"), row.get("par", ""), row.get("le"), Decimal(str(row.get("valeur")))


def plain(number: Decimal) -> Decimal | int:
    """Return a number without the zeros that say nothing, as one would write it."""
    short = number.normalize()
    return int(short) if short == short.to_integral_value() else short
