"""The journal: append-only lines, each sealed by the one before."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class JournalLine(Base, Scoped):
    """Who did what to which row, by ids; never an answer, a name or an address.

    ``seal`` is an HMAC over the line and the previous seal of the territory.
    """

    __tablename__ = "journal_line"
    __table_args__ = (
        UniqueConstraint("territory_id", "number"),
        Index("ix_journal_case", "case_id", "number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    user_id: Mapped[UUID | None]
    action: Mapped[str]
    case_id: Mapped[UUID | None]
    process_id: Mapped[UUID | None]
    subject: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seal: Mapped[str]
