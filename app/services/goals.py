"""What a programme plans over a period against what was done, and what it is given in kind (BAT-15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app import clock
from app.catalog import goals as words
from app.catalog.goals import GoalKind
from app.database import db
from app.errors import NotFound
from app.expressions.calendar import midnight
from app.models import Case, Commitment, Donation, Goal, Site
from app.services import releases

_DAY: Final = timedelta(days=1)
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True)
class GoalLine:
    """A plan against what was done. ``share`` in percent, None where none was planned.

    ``spent`` and ``each`` in euros, only for a word whose count divides the spending (« cout »).
    ``in_force``: its period holds today.
    """

    id: UUID
    code: str
    label: str
    starts_on: date
    ends_on: date
    planned: int
    done: int
    share: int | None
    spent: Decimal | None
    each: Decimal | None
    in_force: bool
    version: int


@dataclass(frozen=True)
class GiftLine:
    """Everything of one kind that was given in the year of a day, and since the beginning."""

    code: str
    label: str
    unit: str
    this_year: int
    ever: int


def known() -> words.GoalWords:
    """Return the words of the territory."""
    return releases.current().settings.goals


def lines(on: date | None = None, *, ended: bool = True) -> list[GoalLine]:
    """Return each plan with what was done, the newest period first.

    Args:
        on: the day it is read (today).
        ended: also those whose period is over, or that the settings no longer name.
    """
    day, kinds = on or clock.today(), known().goals
    order = list(kinds)
    rows = [row for row in db.session.scalars(select(Goal)) if ended or row.ends_on >= day]
    rows.sort(
        key=lambda row: (-row.starts_on.toordinal(), order.index(row.code) if row.code in order else 99)
    )
    return [_line(row, kinds.get(row.code), day) for row in rows]


def get(goal_id: UUID) -> Goal:
    """Return one plan.

    Raises:
        NotFound: none of that id here.
    """
    row = db.session.scalar(select(Goal).where(Goal.id == goal_id))
    if row is None:
        raise NotFound
    return row


def _line(row: Goal, kind: GoalKind | None, day: date) -> GoalLine:
    done = _done(kind, row.starts_on, row.ends_on) if kind is not None else 0
    spent = _spent(row.starts_on, row.ends_on) if kind is not None and kind.cost else None
    return GoalLine(
        id=row.id,
        code=row.code,
        label=kind.label if kind is not None else row.code,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        planned=row.count,
        done=done,
        share=(200 * done + row.count) // (2 * row.count) if row.count else None,
        spent=spent,
        each=(spent / done).quantize(_CENT, ROUND_HALF_UP) if spent is not None and done else None,
        in_force=row.starts_on <= day <= row.ends_on,
        version=row.version,
    )


def _done(kind: GoalKind, first: date, last: date) -> int:
    """Return what a word counts between two days, both counted."""
    if kind.counts == words.CASES:
        query = select(func.count()).select_from(Case).where(*_within(Case.opened_at, first, last))
    elif kind.counts == words.SITES:
        query = select(func.count()).select_from(Site).where(Site.opened_on.between(first, last))
    else:
        unit = func.coalesce(Commitment.case_id, Commitment.id)
        query = select(func.count(unit.distinct())).where(
            Commitment.nature == kind.nature,
            Commitment.engaged_on.between(first, last),
            Commitment.amount > Commitment.released,
        )
    return db.session.scalar(query) or 0


def _within(column: Any, first: date, last: date) -> Sequence[ColumnElement[bool]]:
    return column >= midnight(first), column < midnight(last + _DAY)


def _spent(first: date, last: date) -> Decimal:
    """Return what was engaged between two days, less what was given back, whatever the envelope."""
    rows = db.session.execute(
        select(Commitment.amount, Commitment.released).where(Commitment.engaged_on.between(first, last))
    )
    return sum((row.amount - row.released for row in rows), Decimal("0.00"))


def gifts(on: date | None = None) -> list[GiftLine]:
    """Return what was given, by kind."""
    day = on or clock.today()
    rows = db.session.execute(
        select(Donation.kind, Donation.received_on, Donation.quantity).where(Donation.cancelled_at.is_(None))
    ).all()
    return [
        GiftLine(
            kind.id,
            kind.label,
            kind.unit,
            sum(row.quantity for row in rows if row.kind == kind.id and row.received_on.year == day.year),
            sum(row.quantity for row in rows if row.kind == kind.id),
        )
        for kind in known().gifts.values()
    ]


def received() -> list[Donation]:
    """Return every gift, the newest first, those cancelled too."""
    return list(
        db.session.scalars(select(Donation).order_by(Donation.received_on.desc(), Donation.at.desc()))
    )
