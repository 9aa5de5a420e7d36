"""Readings of meters and the consumption they are compared with (BAT-7, BAT-8).

What is read is of a household: erasing it (LAW-5) deletes every row of both tables, the trace of corrections
included; figures that must survive were counted before, without identity.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id
from app.models.reference import Scaled

_INDEX = Scaled(3, 15)
"""An index or a quantity: up to three decimals, as a gas meter shows."""


class Reading(Base, Scoped):
    """What one dial of a meter showed at the start of a day; never changed, replaced by a later row.

    ``dial`` is a key of ``[consommation.compteurs]``. ``change``: ``""``, ``tour`` (it went past zero since
    the reading before) or ``remplace`` (then ``old_end`` is where the old meter stopped, ``new_start`` where
    the new one began, ``changed_on`` the day it was changed, None when nobody knows). ``replaced_at`` is when
    another row took its place, or when it was withdrawn, ``reason`` why, as whoever corrected it said.
    ``classe`` is that of the field it was read in: who may read it follows (LAW-1). Which readings count is
    not kept: it follows from all of them together (``app.consumption.readings``).
    """

    __tablename__ = "reading"
    __table_args__ = (Index("ix_reading_case", "territory_id", "case_id", "dial", "on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    dial: Mapped[str]
    on: Mapped[date]
    index: Mapped[Decimal] = mapped_column(_INDEX)
    estimated: Mapped[bool] = mapped_column(default=False, server_default=false())
    change: Mapped[str] = mapped_column(default="", server_default="")
    old_end: Mapped[Decimal | None] = mapped_column(_INDEX)
    new_start: Mapped[Decimal | None] = mapped_column(_INDEX)
    changed_on: Mapped[date | None]
    classe: Mapped[str]
    by: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")


class Baseline(Base, Scoped):
    """A quantity used between two days, both counted, before anything was changed: a bill, or two readings.

    ``quantity`` is in the unit of the dial, or in kWh when ``converted`` (a gas bill). ``heating``: the part
    of it that follows the weather, from 0 to 1. ``source``: ``factures`` or ``releves``. The rows of one dial
    that are not ``replaced_at`` are its baseline.
    """

    __tablename__ = "baseline"
    __table_args__ = (Index("ix_baseline_case", "territory_id", "case_id", "dial"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    dial: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    quantity: Mapped[Decimal] = mapped_column(_INDEX)
    converted: Mapped[bool] = mapped_column(default=False, server_default=false())
    heating: Mapped[Decimal] = mapped_column(_INDEX, default=Decimal(0), server_default="0")
    source: Mapped[str]
    classe: Mapped[str]
    by: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
