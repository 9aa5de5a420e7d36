"""The case, its household and its dwelling."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped
from app.ids import new_id


class Household(Base, Scoped):
    """Who lives there. Identity lives here alone; elsewhere the household is an id."""

    __tablename__ = "household"
    __table_args__ = (Index("ix_household_match", "territory_id", "match_name", "birth_year"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str | None]
    last_name: Mapped[str]
    first_name: Mapped[str] = mapped_column(default="")
    birth_year: Mapped[int | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    reach: Mapped[str | None]
    language: Mapped[str | None]
    match_name: Mapped[str]


class Dwelling(Base, Scoped):
    """Where it is. ``insee`` is the commune's code (a postcode is not enough)."""

    __tablename__ = "dwelling"
    __table_args__ = (Index("ix_dwelling_match", "territory_id", "insee", "match_address"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    address: Mapped[str] = mapped_column(default="")
    complement: Mapped[str | None]
    postcode: Mapped[str | None]
    insee: Mapped[str | None]
    commune: Mapped[str | None]
    tenure: Mapped[str | None]
    energy_class: Mapped[str | None]
    landlord: Mapped[str | None]
    match_address: Mapped[str]


class Case(Base, Scoped):
    """A household, a dwelling, an agreement and a history.

    ``status``: ``open`` or ``closed``. ``alert_giver`` keeps origin, name, structure and e-mail of
    who sent the alert (they see the status of their own alert, LAW-7). ``follow_up`` is the sealed
    follow-up code given at confirmation.

    ``keep_until`` is the next day on which to look whether the case is kept, archived or erased (LAW-5);
    ``archived_at``: it is in the restricted archive; ``erased_at``: nothing of the household is left, the row
    only keeps the reference that the journal names. ``hold_until``: kept that long whatever the rule, because
    of ``hold_reason``. ``follows_id`` is the case of the same household that this one carries on. ``site_id``
    is the site it belongs to, None for a household that lives on none (« diffus »). ``keeps_apart``: a lane
    is, or was once, kept apart from it (``KeptApart``).
    """

    __tablename__ = "case_file"
    __table_args__ = (
        UniqueConstraint("territory_id", "reference"),
        Index("ix_case_open", "territory_id", "status", "opened_at"),
        Index("ix_case_keep", "keep_until"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    reference: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id"), index=True)
    dwelling_id: Mapped[UUID] = mapped_column(ForeignKey("dwelling.id"), index=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closure_reason: Mapped[str | None]
    priority: Mapped[str | None]
    follow_up: Mapped[str | None] = mapped_column(index=True)
    alert_giver: Mapped[dict[str, Any]] = mapped_column(default=dict)
    agreement: Mapped[dict[str, Any]] = mapped_column(default=dict)
    agreement_withdrawn_on: Mapped[date | None]
    duplicates: Mapped[list[Any]] = mapped_column(default=list)
    keep_until: Mapped[date | None]
    archived_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    hold_until: Mapped[date | None]
    hold_reason: Mapped[str | None]
    follows_id: Mapped[UUID | None] = mapped_column(index=True)
    site_id: Mapped[UUID | None] = mapped_column(index=True)
    keeps_apart: Mapped[bool] = mapped_column(default=False, server_default=false())
    household: Mapped[Household] = relationship(lazy="joined")
    dwelling: Mapped[Dwelling] = relationship(lazy="joined")
