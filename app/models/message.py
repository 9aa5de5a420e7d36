"""The outbox: what must leave by mail once the transaction has committed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, column
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped, Sealed
from app.ids import new_id


class Message(Base, Scoped):
    """A mail written in a transaction and sent after it.

    ``status``: ``queued``, ``sent``, ``dead``, ``merged`` (it left inside another) or ``dropped`` (what it
    told was over before it left); ``error`` says in French why it has not left. ``bounced_at``: it came back
    because nobody has this address; nothing more is sent there until that is mended.
    ``channel``: ``courriel`` or ``sms``. ``key`` says what it tells to whom: the same fact leaves once.
    ``message_id`` is made from the row, so that a mail sent twice by accident carries the same one.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_case", "case_id", "queued_at"),
        Index("ix_message_key", "territory_id", "key", unique=True),
        Index("ix_message_message_id", "message_id"),
        Index(
            "ix_message_bounced",
            "territory_id",
            "recipient",
            postgresql_where=column("bounced_at").is_not(None),
            sqlite_where=column("bounced_at").is_not(None),
        ),
        Index("ix_message_person", "user_id", "kind", "status"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    kind: Mapped[str]
    recipient: Mapped[str]
    recipient_name: Mapped[str] = mapped_column(default="")
    subject: Mapped[str]
    body: Mapped[Any] = mapped_column(Sealed)
    message_id: Mapped[str]
    status: Mapped[str] = mapped_column(default="queued")
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]
    channel: Mapped[str] = mapped_column(default="courriel", server_default="courriel")
    html: Mapped[Any] = mapped_column(Sealed, nullable=True)
    user_id: Mapped[UUID | None]
    key: Mapped[str | None]
    bounced_at: Mapped[datetime | None]
