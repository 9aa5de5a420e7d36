"""Steps that could not run, with the command that replays them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class Incident(Base, Scoped):
    """A step was rolled back. ``command`` holds ids only; the answers wait as a draft.

    ``status``: ``open`` or ``resolved``.
    """

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_open", "territory_id", "status", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    element: Mapped[str]
    element_name: Mapped[str]
    cause: Mapped[str]
    command: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(default="open")
    times: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
