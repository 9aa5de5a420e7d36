"""The exchange space of a network: threads, what people wrote, their files, who follows (ANG-6)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class Thread(Base, Scoped):
    """A conversation under a topic of ``[echanges]``. It names no case and hangs on none.

    ``closed_at``: nobody writes in it any more. ``user_id`` began it. No household (ANG-6); its title
    goes when its author leaves (LAW-5).
    """

    __tablename__ = "thread"
    __table_args__ = (Index("ix_thread_last", "territory_id", "last_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    topic: Mapped[str]
    title: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    opened_at: Mapped[datetime]
    last_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]


class Post(Base, Scoped):
    """What one person wrote in a thread. ``folded``: the same without accents, for the search.

    ``gone``: why its words are gone (``auteur``, ``moderation``, ``depart``); they are then erased from the
    row, with its files. A person's words and name go when their access does (LAW-5).
    """

    __tablename__ = "post"
    __table_args__ = (Index("ix_post_thread", "thread_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("thread.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    author: Mapped[str]
    text: Mapped[str]
    folded: Mapped[str]
    at: Mapped[datetime]
    gone: Mapped[str | None]
    gone_at: Mapped[datetime | None]
    gone_reason: Mapped[str | None]


class PostFile(Base, Scoped):
    """A file beside a post; its bytes stand in the store. It goes with the words (LAW-5)."""

    __tablename__ = "post_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[UUID] = mapped_column(ForeignKey("post.id"), index=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_file.id"))


class ThreadRead(Base, Scoped):
    """How far somebody has read a thread. Goes with their access."""

    __tablename__ = "thread_read"
    __table_args__ = (UniqueConstraint("user_id", "thread_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("thread.id"), index=True)
    read_at: Mapped[datetime]


class ExchangeReader(Base, Scoped):
    """How often somebody gets the summary of the exchange space: ``jour``, ``semaine`` or ``jamais``.

    ``since``: what was written up to then was told. ``next_at``: when to look next, None for ``jamais``. Goes
    with their access.
    """

    __tablename__ = "exchange_reader"
    __table_args__ = (
        UniqueConstraint("user_id", "territory_id"),
        Index("ix_exchange_reader_next", "next_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    rhythm: Mapped[str]
    since: Mapped[datetime]
    next_at: Mapped[datetime | None]
