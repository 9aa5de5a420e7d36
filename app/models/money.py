"""Agreements, what may be spent and what is: dated rows, to the cent (AST-2, AST-10, AST-11, CAR-1, CAR-13).

Nothing here is deleted: an agreement, an envelope or a quota is ended, a payment cancelled, a commitment
released. No household is named: a row refers to its case by id. Erasing a household (LAW-5) leaves the
amounts and the dates, which an account must keep: what people type here says no name.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, false
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Numeric, TypeDecorator

from app.database import Base, Scoped
from app.ids import new_id
from app.models.case import Case
from app.models.orientation import Partner

_PLACES = 2
_WIDTH = 12


class Exact(TypeDecorator[Decimal]):
    """An exact number with two decimals; SQLite, whose numbers are binary, keeps whole hundredths."""

    impl = Numeric(_WIDTH, _PLACES)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Store cents as a whole number where decimals would pass through floats."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Numeric(_WIDTH, _PLACES))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Refuse floats and fractions of a cent."""
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError("amounts are Decimal")
        if value != value.quantize(Decimal(1).scaleb(-_PLACES)):
            raise ValueError("an amount has at most two decimals")
        return int(value.scaleb(_PLACES)) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Give back two decimals."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return Decimal(int(value)).scaleb(-_PLACES)
        return Decimal(value).quantize(Decimal(1).scaleb(-_PLACES))


class Agreement(Base, Scoped):
    """An agreement, a training, a charter: with whom, from when to when, for how much a year.

    ``key`` names it to expressions (``conventions.<key>``); its renewals keep it. ``party`` is the other side
    where the directory does not hold it. ``advance_limit`` is in percent of ``amount`` (a year's). ``files``
    lists attached documents (``{"id": …, "nom": …}``). ``remind_at`` is when to speak of its renewal, None
    once said at ``reminded_at`` or when nothing ends. ``version`` fences two editors.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        Index("ix_agreement_key", "territory_id", "key", "starts_on"),
        Index("ix_agreement_remind", "remind_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True)
    party: Mapped[str] = mapped_column(default="", server_default="")
    signed_on: Mapped[date | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    remind_on: Mapped[date | None]
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    amount: Mapped[Decimal | None] = mapped_column(Exact)
    advance_limit: Mapped[Decimal | None] = mapped_column(Exact)
    note: Mapped[str] = mapped_column(default="", server_default="")
    files: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    ended_on: Mapped[date | None]
    ended_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]
    partner: Mapped[Partner | None] = relationship(lazy="joined")


class Envelope(Base, Scoped):
    """What may be spent under one code between two dates. ``version`` fences every commitment."""

    __tablename__ = "envelope"
    __table_args__ = (Index("ix_envelope_code", "territory_id", "code", "starts_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    agreement_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreement.id"), index=True)
    amount: Mapped[Decimal] = mapped_column(Exact)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]
    agreement: Mapped[Agreement | None] = relationship(lazy="joined")


class Quota(Base, Scoped):
    """How many places there are under one code between two dates; with a partner, the part kept for it.

    The row without partner is the whole: parts are kept within it, what is left is common to all.
    ``version`` of the whole fences every place.
    """

    __tablename__ = "quota"
    __table_args__ = (Index("ix_quota_code", "territory_id", "code", "starts_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True)
    count: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]
    partner: Mapped[Partner | None] = relationship(lazy="joined")


class QuotaPlace(Base, Scoped):
    """A place of a case, or its turn in the waiting list.

    ``status``: ``waiting``, ``held`` or ``released``. ``quota_id`` is the whole it counts in, once held.
    ``rank`` orders those who asked at one instant.
    """

    __tablename__ = "quota_place"
    __table_args__ = (Index("ix_quota_place_code", "territory_id", "code", "status", "asked_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    quota_id: Mapped[UUID | None] = mapped_column(ForeignKey("quota.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True)
    status: Mapped[str]
    rank: Mapped[int]
    asked_at: Mapped[datetime]
    held_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    released_reason: Mapped[str | None]
    case: Mapped[Case | None] = relationship()
    partner: Mapped[Partner | None] = relationship(lazy="joined")


class Commitment(Base, Scoped):
    """An amount engaged on an envelope: a unit amount times a quantity (months, or one).

    Service is counted from ``starts_on`` by the rule of its nature, or by what is noted in ``services``
    (``[{"le": "2026-03-31", "quantite": "1"}]``). ``start_awaited``: the first day is not said yet, nothing
    is served and ``starts_on`` is that of the engagement. ``ended_on`` stops the count; ``released`` is what
    went back to the envelope that day. ``agreement_id`` is the one in force when it was engaged. ``label``
    and ``hours`` (of staff) belong to what was noted by hand (CAR-13).
    """

    __tablename__ = "commitment"
    __table_args__ = (
        Index("ix_commitment_envelope", "envelope_id", "engaged_on"),
        Index("ix_commitment_partner", "territory_id", "partner_id", "engaged_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id"))
    agreement_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreement.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True)
    nature: Mapped[str]
    label: Mapped[str] = mapped_column(default="", server_default="")
    unit_amount: Mapped[Decimal] = mapped_column(Exact)
    quantity: Mapped[Decimal] = mapped_column(Exact)
    amount: Mapped[Decimal] = mapped_column(Exact)
    engaged_on: Mapped[date]
    engaged_at: Mapped[datetime]
    starts_on: Mapped[date]
    start_awaited: Mapped[bool] = mapped_column(default=False, server_default=false())
    rule: Mapped[str]
    services: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    ended_on: Mapped[date | None]
    ended_reason: Mapped[str | None]
    released: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0), server_default="0")
    hours: Mapped[Decimal | None] = mapped_column(Exact)
    case: Mapped[Case | None] = relationship()
    partner: Mapped[Partner | None] = relationship(lazy="joined")


class Payment(Base, Scoped):
    """Money paid under an agreement. ``kind``: ``avance``, ``acompte`` or ``solde``; ``by`` who noted it.

    ``finding``: what was found of the service done and of its aims before a balance; it names no household.
    """

    __tablename__ = "payment"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreement.id"), index=True)
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True)
    kind: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Exact)
    paid_on: Mapped[date]
    reference: Mapped[str] = mapped_column(default="", server_default="")
    finding: Mapped[str] = mapped_column(default="", server_default="")
    by: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str | None]
    agreement: Mapped[Agreement] = relationship()
    partner: Mapped[Partner | None] = relationship(lazy="joined")
