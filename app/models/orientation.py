"""Partners, what they were asked, what was shared with them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped
from app.ids import new_id


class Partner(Base, Scoped):
    """A structure of the directory: found by kind and INSEE commune (an empty list means everywhere).

    People may work for it (``Membership.partner_id``) and cases be entrusted to it (``Entrustment``). One
    that is not ``active`` is proposed no more; what it was entrusted with stays until it is taken back.
    """

    __tablename__ = "partner"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    communes: Mapped[list[Any]] = mapped_column(default=list)
    email: Mapped[str]
    phone: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    address: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="", server_default="")


class Orientation(Base, Scoped):
    """One partner asked to act for one case.

    ``status``: ``proposee``, ``transmise``, ``acceptee``, ``refusee``, ``en_cours``, ``realisee``,
    ``abandonnee`` or ``expiree`` (F4). ``link`` is the sealed digest of the personal link, which
    dies when the orientation closes.
    """

    __tablename__ = "orientation"
    __table_args__ = (
        Index("ix_orientation_case", "case_id", "status"),
        Index("ix_orientation_partner", "territory_id", "partner_id", "status"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    reason: Mapped[str]
    domain: Mapped[str]
    shared_fields: Mapped[list[Any]] = mapped_column(default=list)
    agreement: Mapped[bool]
    due_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(default="proposee")
    status_note: Mapped[str | None]
    link: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    partner: Mapped[Partner] = relationship(lazy="joined")


class Share(Base, Scoped):
    """What was sent to whom, field by field, on what basis (LAW-3). Names of fields, never values.

    ``lane``: it was shared inside the team, with a lane of the programme; its elements are rows of their own
    (``SharedElement``). None: it left for a partner. ``reason``: why, in the words of whoever decided.
    """

    __tablename__ = "share"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    orientation_id: Mapped[UUID | None] = mapped_column(ForeignKey("orientation.id"))
    recipient: Mapped[str]
    fields: Mapped[list[Any]]
    basis: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    lane: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")
