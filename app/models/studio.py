"""The studio: what changed in a draft file by file, and who is at work on which file."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class DraftChange(Base, Scoped):
    """A file of the draft changed, by one person in one sitting: saves that follow each other count as one.

    ``before`` is its text before the sitting, None for a file that did not exist; ``after`` the SHA-256 of
    its text now, None once removed. ``version`` is that of the draft after the last of these saves. Only so
    many are kept a file (``services.studio.drafting``), the oldest go. Of a person it keeps the name and the
    account, as the journal does; of a household nothing (LAW-5).
    """

    __tablename__ = "draft_change"
    __table_args__ = (Index("ix_draft_change_name", "territory_id", "name", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
    version: Mapped[int]
    by: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    began_at: Mapped[datetime]
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")


class DraftPresence(Base, Scoped):
    """Somebody has a file of the draft open: since when, and when last heard of.

    A row a person and file, removed when it is an hour old; of a household it says nothing (LAW-5).
    """

    __tablename__ = "draft_presence"
    __table_args__ = (UniqueConstraint("territory_id", "user_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    who: Mapped[str]
    name: Mapped[str]
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
