"""Quotas: places held and waited for, by operator, and whose turn it is (AST-2)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db
from app.errors import NotFound
from app.handlers import places
from app.models import Case, Partner, Quota, QuotaPlace
from app.services import releases


@dataclass(frozen=True)
class Part:
    """What is kept for one operator, and what it holds; ``id`` is the row that keeps it, None without one."""

    id: UUID | None
    partner_id: UUID | None
    partner: str
    count: int
    held: int
    waiting: int


@dataclass(frozen=True)
class PlaceLine:
    """A place of a case, or its turn (``rank``, 0 once held)."""

    id: UUID
    case_reference: str | None
    partner: str | None
    status: str
    rank: int
    asked_at: datetime
    held_at: datetime | None
    released_at: datetime | None
    reason: str | None


@dataclass(frozen=True)
class QuotaFigures:
    """A quota on a day. ``free``: places that somebody may still take; ``id`` None: no row is in force."""

    id: UUID | None
    code: str
    label: str
    total: int
    held: int
    waiting: int
    starts_on: date | None
    ends_on: date | None
    version: int
    parts: Sequence[Part]

    @property
    def free(self) -> int:
        """Places that nobody holds."""
        return max(0, self.total - self.held)

    @property
    def common(self) -> int:
        """Places that no part keeps."""
        return max(0, self.total - sum(part.count for part in self.parts))


def overview(on: date | None = None) -> list[QuotaFigures]:
    """Return the figures of each quota of the settings on a day (today)."""
    day = on or clock.today()
    words = releases.current().settings.money.quotas
    return [figures(code, label, day) for code, label in words.items()]


def label_of(code: str) -> str:
    """Return the words of a quota; one that the settings no longer name, and that has places, keeps its code.

    Raises:
        NotFound: no such quota here.
    """
    words = releases.current().settings.money.quotas
    if code in words:
        return words[code]
    if db.session.scalar(select(QuotaPlace.id).where(QuotaPlace.code == code).limit(1)) is None:
        raise NotFound
    return code


def figures(code: str, label: str, day: date) -> QuotaFigures:
    """Return the figures of one quota on a day; places are those held now."""
    row, queue = places.whole(code, day), places.waiting(code)
    room = places.room(row, day) if row is not None else places.Room(0)
    rows = {part.partner_id: part for part in parts(code, day)}
    waits = Counter(place.partner_id for place in queue)
    names = {one.id: one.name for one in db.session.scalars(select(Partner))}
    everyone = {*rows, *room.held, *waits} - {None}
    return QuotaFigures(
        id=row.id if row is not None else None,
        code=code,
        label=label,
        total=row.count if row is not None else 0,
        held=room.used,
        waiting=len(queue),
        starts_on=row.starts_on if row is not None else None,
        ends_on=row.ends_on if row is not None else None,
        version=row.version if row is not None else 0,
        parts=sorted(
            (
                Part(
                    rows[whose].id if whose in rows else None,
                    whose,
                    names.get(whose, "–") if whose is not None else "–",
                    rows[whose].count if whose in rows else 0,
                    room.held.get(whose, 0),
                    waits[whose],
                )
                for whose in everyone
            ),
            key=lambda part: part.partner,
        ),
    )


def parts(code: str, day: date) -> list[Quota]:
    """Return the parts kept for operators on a day."""
    query = select(Quota).where(Quota.code == code, Quota.partner_id.is_not(None), places.in_force(day))
    return list(db.session.scalars(query.order_by(Quota.starts_on)))


def lines(code: str) -> list[PlaceLine]:
    """Return who waits (in order), who holds a place, then what was given back, the newest first."""
    query = select(QuotaPlace, Case.reference).outerjoin(Case, Case.id == QuotaPlace.case_id)
    rows = db.session.execute(query.where(QuotaPlace.code == code)).all()
    turn = {place.id: number for number, place in enumerate(places.waiting(code), start=1)}
    order = (places.WAITING, places.HELD, places.RELEASED)
    found = [
        PlaceLine(
            row.QuotaPlace.id,
            row.reference,
            row.QuotaPlace.partner.name if row.QuotaPlace.partner is not None else None,
            row.QuotaPlace.status,
            turn.get(row.QuotaPlace.id, 0),
            row.QuotaPlace.asked_at,
            row.QuotaPlace.held_at,
            row.QuotaPlace.released_at,
            row.QuotaPlace.released_reason,
        )
        for row in rows
    ]
    return sorted(found, key=lambda line: (order.index(line.status), line.rank, -line.asked_at.timestamp()))
