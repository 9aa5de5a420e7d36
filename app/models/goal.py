"""What a programme plans over a period, and what it is given in kind (BAT-15). No household is named here."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped
from app.ids import new_id
from app.models.orientation import Partner


class Goal(Base, Scoped):
    """How many are planned under one word of ``[objectifs]`` between two dates. ``version`` fences."""

    __tablename__ = "goal"
    __table_args__ = (Index("ix_goal_code", "territory_id", "code", "starts_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    count: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]


class Donation(Base, Scoped):
    """Things given, counted and never priced. A mistake is cancelled with its reason, not deleted."""

    __tablename__ = "donation"
    __table_args__ = (Index("ix_donation_kind", "territory_id", "kind", "received_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    quantity: Mapped[int]
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True)
    giver: Mapped[str] = mapped_column(default="", server_default="")
    received_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="", server_default="")
    by: Mapped[str]
    at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str | None]
    partner: Mapped[Partner | None] = relationship(lazy="joined")
