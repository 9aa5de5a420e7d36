"""How many places of a quota are left, and whose turn it is: parts of operators first, then common (AST-2).

The waiting list is served in the order of asking: who has no place left in its part nor in common lets the
next one pass, and keeps its turn.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.database import db
from app.handlers.money_rows import to_decide
from app.models import Quota, QuotaPlace

WAITING, HELD, RELEASED = "waiting", "held", "released"
CALLED: Final = "place_liberee"
"""The message that a case of the waiting list receives."""


@dataclass
class Room:
    """The places of one quota: ``total``, the ``parts`` kept for operators within it, those ``held``."""

    total: int
    parts: Mapping[UUID, int] = field(default_factory=dict)
    held: dict[UUID | None, int] = field(default_factory=dict)

    @property
    def used(self) -> int:
        """How many places are held, by anybody."""
        return sum(self.held.values())

    def free(self, partner: UUID | None) -> int:
        """Return how many places one operator (None: nobody's part) could still take."""
        own = max(0, self.part(partner) - self.held.get(partner, 0))
        beyond = sum(max(0, count - self.part(whose)) for whose, count in self.held.items())
        common = max(0, self.total - sum(self.parts.values()) - beyond)
        return max(0, min(own + common, self.total - self.used))

    def part(self, partner: UUID | None) -> int:
        """Return how many places are kept for one operator."""
        return self.parts.get(partner, 0) if partner is not None else 0

    def take(self, partner: UUID | None) -> bool:
        """Hold one more place, when there is one."""
        if not self.free(partner):
            return False
        self.held[partner] = self.held.get(partner, 0) + 1
        return True

    def leave(self, partner: UUID | None) -> None:
        """Give one place back."""
        self.held[partner] = self.held.get(partner, 0) - 1

    def serve(self, waiting: Sequence[QuotaPlace]) -> Iterator[QuotaPlace]:
        """Hold a place for each of the waiting list that has one, in the order of asking; yield them."""
        for place in waiting:
            if self.take(place.partner_id):
                yield place


def in_force(day: date) -> ColumnElement[bool]:
    """Return the condition on quotas that count on a day."""
    return (Quota.starts_on <= day) & or_(Quota.ends_on.is_(None), Quota.ends_on >= day)


def whole(code: str, day: date) -> Quota | None:
    """Return the quota in force on a day: the row without partner; None without any."""
    query = select(Quota).where(Quota.code == code, Quota.partner_id.is_(None), in_force(day))
    query = query.order_by(Quota.starts_on.desc(), Quota.created_at.desc()).limit(1)
    return db.session.scalar(to_decide(query, Quota))


def room(quota: Quota, day: date) -> Room:
    """Return the places of a quota as they are held now."""
    parts = select(Quota).where(Quota.code == quota.code, Quota.partner_id.is_not(None), in_force(day))
    held = (
        select(QuotaPlace.partner_id, func.count().label("number"))
        .where(QuotaPlace.quota_id == quota.id, QuotaPlace.status == HELD)
        .group_by(QuotaPlace.partner_id)
    )
    return Room(
        total=quota.count,
        parts={
            row.partner_id: row.count
            for row in db.session.scalars(parts.order_by(Quota.starts_on))
            if row.partner_id is not None
        },
        held={row.partner_id: row.number for row in db.session.execute(held)},
    )


def waiting(code: str) -> list[QuotaPlace]:
    """Return who waits for a place, in the order of asking."""
    query = select(QuotaPlace).where(QuotaPlace.code == code, QuotaPlace.status == WAITING)
    return list(db.session.scalars(query.order_by(QuotaPlace.asked_at, QuotaPlace.rank)))


def of(code: str, case_id: UUID | None, process_id: UUID) -> QuotaPlace | None:
    """Return the place or the turn of a case (of a process that has none)."""
    return db.session.scalar(_of(case_id, process_id).where(QuotaPlace.code == code).limit(1))


def _of(case_id: UUID | None, process_id: UUID) -> Select[QuotaPlace]:
    theirs = QuotaPlace.process_id == process_id if case_id is None else QuotaPlace.case_id == case_id
    return (
        select(QuotaPlace)
        .where(theirs, QuotaPlace.status.in_((WAITING, HELD)))
        .order_by(QuotaPlace.asked_at.desc())
    )
