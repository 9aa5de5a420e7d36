"""What the bell shows a person, and how each wants to be told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class Notice(Base, Scoped):
    """One line under the bell. ``key`` makes it unique: the same fact is told once to a person.

    ``digest``: ``none``, ``waiting`` for the day's summary, or ``sent`` in one. ``title`` says no name.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("user_id", "territory_id", "key"),
        Index("ix_notice_unread", "territory_id", "user_id", "read_at"),
        Index("ix_notice_digest", "digest", "user_id"),
        Index("ix_notice_at", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str]
    key: Mapped[str]
    title: Mapped[str]
    path: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"), index=True)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    digest: Mapped[str] = mapped_column(default="none")


class NoticePreference(Base, Scoped):
    """How a person wants one kind of message: ``aussitot``, ``resume`` (once a day) or ``jamais``."""

    __tablename__ = "notice_preference"
    __table_args__ = (UniqueConstraint("user_id", "territory_id", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str]
    mode: Mapped[str]
    sms: Mapped[bool] = mapped_column(default=False)


class NoticeSettings(Base, Scoped):
    """A person's quiet hours and hour of the summary, in minutes after midnight (Paris); phone for SMS."""

    __tablename__ = "notice_settings"
    __table_args__ = (UniqueConstraint("user_id", "territory_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    phone: Mapped[str | None]
    quiet_from: Mapped[int | None]
    quiet_to: Mapped[int | None]
    digest_at: Mapped[int]
    digest_sent_at: Mapped[datetime | None]
