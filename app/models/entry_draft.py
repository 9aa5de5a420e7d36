"""What somebody with an account has begun to write before any case exists: an alert, a saisine (AST-4)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped, Sealed
from app.ids import new_id


class EntryDraft(Base, Scoped):
    """An entry form begun and not sent: its author finds it again on any device, until ``forget_at``.

    ``raw`` is sealed: ``{"typed": {name: [texts]}, "files": {field: [references]}}``. ``case_id`` is the case
    that the new one is to follow, None for a first alert. ``version`` tells a stale page from a fresh one.
    Erasure (LAW-5): it goes when it is sent, given up or too old, and with the case it follows; so do its
    files, which belong to no case until then.
    """

    __tablename__ = "entry_draft"
    __table_args__ = (
        Index("ix_entry_draft_person", "territory_id", "user_id", "at"),
        Index("ix_entry_draft_forget", "forget_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    case_id: Mapped[UUID | None] = mapped_column(index=True)
    raw: Mapped[Any] = mapped_column(Sealed)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    at: Mapped[datetime]
    forget_at: Mapped[datetime]
