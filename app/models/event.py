"""Events between processes: written by the sender, received once by each receiver."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class Event(Base, Scoped):
    """A message for one process, or for every running process of a case.

    ``status``: ``waiting`` until caught, ``caught``, ``lost`` when the receiver ended first, or
    ``replaced`` by a newer one of the same kind.
    """

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_waiting", "territory_id", "status", "case_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    payload: Mapped[dict[str, Any]]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"))
    sent_by_process: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(default="waiting")
    at: Mapped[datetime]


class EventReceipt(Base, Scoped):
    """Says that a process has received an event: once per pair."""

    __tablename__ = "event_receipt"
    __table_args__ = (UniqueConstraint("event_id", "process_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id"))
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    at: Mapped[datetime]
