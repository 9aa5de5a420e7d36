"""Dated reference figures: what holds on a day, what was known between two (BAT-3, BAT-7).

A figure is never changed: a correction is another row, and the one it replaces says when, by whom and why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, select

from app import clock
from app.catalog.series import DATE, Series, fits
from app.database import db, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.ids import new_id
from app.models import Figure
from app.services import journal, releases
from app.services.actors import Actor

TYPED, IMPORTED = "saisie", "fichier"
"""Where a figure comes from, besides the settings (``first_figures``)."""


@dataclass(frozen=True)
class Dated:
    """A figure and its day: that from which it holds, or the first of the month it is of."""

    on: date
    value: Decimal


def known() -> Mapping[str, Series]:
    """Return the series of the territory being served."""
    return releases.current().settings.series


def series_of(key: str) -> Series:
    """Return a series by its key.

    Raises:
        NotFound: the territory has no such series.
    """
    found = known().get(key)
    if found is None:
        raise NotFound
    return found


def _current(series: str, place: str) -> Select[Figure]:
    return select(Figure).where(Figure.series == series, Figure.place == place, Figure.replaced_at.is_(None))


def value(series: str, place: str, on: date) -> Decimal | None:
    """Return the figure in force on a day: of that day, of its month, or the last one dated before."""
    words = known().get(series)
    if words is None:
        return None
    query = _current(series, place)
    if words.step == DATE:
        row = db.session.scalar(query.where(Figure.on <= on).order_by(Figure.on.desc()).limit(1))
    else:
        row = db.session.scalar(query.where(Figure.on == words.dated(on)))
    return row.value if row is not None else None


def between(series: str, place: str, first: date, last: date) -> list[Dated]:
    """Return the figures dated from ``first`` to ``last``, both counted, the oldest first."""
    rows = db.session.scalars(
        _current(series, place).where(Figure.on >= first, Figure.on <= last).order_by(Figure.on)
    )
    return [Dated(row.on, row.value) for row in rows]


def _may(actor: Actor) -> None:
    if not actor.rights.may("series.agir"):
        raise Forbidden


@dataclass(frozen=True)
class Entry:
    """A figure to record."""

    series: str
    place: str
    on: date
    value: Decimal


def record(
    series: str, place: str, on: date, value: Decimal, *, by: Actor, reason: str = "", source: str = TYPED
) -> Figure:
    """Record a figure, in place of that of the same day; the same again changes nothing.

    Raises:
        Forbidden: not theirs to do.
        NotFound: no such series.
        Invalid: no such place, a figure that cannot be kept, or one corrected without saying why.
    """
    rows = record_all([Entry(series, place, on, value)], by=by, reason=reason, source=source)
    return rows[0]


def record_all(entries: Sequence[Entry], *, by: Actor, reason: str = "", source: str = TYPED) -> list[Figure]:
    """Record figures, all or none; as ``record``.

    Raises:
        Forbidden: not theirs to do.
        NotFound: no such series.
        Invalid: one of them cannot be kept.
    """
    _may(by)
    for entry in entries:
        if fault := fault_of(entry):
            raise Invalid({"valeur": [fault]})
    with transaction():
        found = [_kept(entry, by=by, reason=reason.strip(), source=source) for entry in entries]
        changed = [row for row, new in found if new]
        if changed:
            journal.write(
                "series.enregistree", actor=by.name, user_id=by.user_id, subject=changed[0].series,
                details={"nombre": len(changed), "source": source},
            )  # fmt: skip
    return [row for row, _ in found]


def fault_of(entry: Entry) -> str:
    """Return why a figure cannot be kept, as a French sentence; empty when it can.

    Raises:
        NotFound: no such series.
    """
    words = series_of(entry.series)
    if words.places and entry.place not in words.places:
        return "Choisissez de quoi ce chiffre est donné dans la liste."
    if not words.places and entry.place:
        return "Cette série n'a qu'une suite de chiffres."
    if not 1900 <= entry.on.year <= 2200:
        return "Cette date n'est pas plausible. Vérifiez l'année."
    return fits(entry.value, words)


def _kept(entry: Entry, *, by: Actor, reason: str, source: str) -> tuple[Figure, bool]:
    on = series_of(entry.series).dated(entry.on)
    before = db.session.scalar(
        _current(entry.series, entry.place).where(Figure.on == on).with_for_update(of=Figure)
    )
    if before is not None and before.value == entry.value:
        return before, False
    if before is not None:
        if not reason:
            raise Invalid({"motif": ["Dites pourquoi ce chiffre change : l'ancien reste lisible."]})
        retire(before, by=by, reason=reason)
    row = Figure(
        id=new_id(), series=entry.series, place=entry.place, on=on, value=entry.value, source=source,
        by=by.name, user_id=by.user_id, at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row, True


def retire(row: Figure, *, by: Actor, reason: str) -> None:
    """Take a figure out of what counts; it stays readable with who did it and why."""
    row.replaced_at, row.replaced_by, row.reason = clock.now(), by.name, reason


def withdraw(figure_id: UUID, *, by: Actor, reason: str) -> None:
    """Withdraw a figure that should never have been; withdrawn twice is withdrawn once.

    Raises:
        Forbidden: not theirs to do.
        NotFound: no such figure in this territory.
        Invalid: no reason is given.
    """
    _may(by)
    if not reason.strip():
        raise Invalid({"motif": ["Dites pourquoi ce chiffre est retiré : il reste lisible."]})
    with transaction() as session:
        row = session.get(Figure, figure_id)
        if row is None:
            raise NotFound
        if row.replaced_at is None:
            retire(row, by=by, reason=reason.strip())
            journal.write(
                "series.retiree", actor=by.name, user_id=by.user_id, subject=row.series,
                details={"le": row.on.isoformat()},
            )  # fmt: skip
