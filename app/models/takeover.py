"""Open situations brought in from a spreadsheet: the lot, its lines, the matching kept for the next time."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped, Sealed
from app.ids import new_id


class TakeoverProfile(Base, Scoped):
    """What the columns of a kind of spreadsheet mean, by name; no line of it, so nothing of a household.

    ``partner_id`` is the structure whose people made it, None for the territory's own staff.
    """

    __tablename__ = "takeover_profile"
    __table_args__ = (UniqueConstraint("territory_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    matching: Mapped[dict[str, Any]]
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True)
    author: Mapped[str]
    at: Mapped[datetime]


class TakeoverBatch(Base, Scoped):
    """One spreadsheet brought in, or about to be.

    ``status``: ``draft`` until confirmed, ``running``, ``done``, ``undoing``, ``undone``, or ``dropped`` when
    it was given up or forgotten before being confirmed. ``content`` is the sheet, sealed; it is erased when
    the lot is confirmed, given up, or a day after it was sent, at ``expires_at`` (LAW-5). ``digest`` tells
    the same file sent again. ``partner_id`` is the structure to which its cases must be entrusted, if any.
    """

    __tablename__ = "takeover_batch"
    __table_args__ = (Index("ix_takeover_batch_sent", "territory_id", "sent_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    file_name: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)
    lines: Mapped[int]
    status: Mapped[str] = mapped_column(default="draft")
    matching: Mapped[dict[str, Any]] = mapped_column(default=dict)
    profile: Mapped[str | None]
    content: Mapped[Any] = mapped_column(Sealed, nullable=True)
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True)
    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    author: Mapped[str]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class TakeoverRow(Base, Scoped):
    """One line of a confirmed lot.

    ``state``: ``waiting``, ``placed`` in a case, ``refused`` for its ``reason``, or ``undone``. ``kept`` is
    the line itself. Both are sealed, since a reason quotes its line: erased as soon as the case exists, and
    for a refused line a day after the file was sent (LAW-5). ``rank`` is the order in which lines are brought
    in, that of their dates. ``case_id`` has no constraint: an undone case is gone.
    """

    __tablename__ = "takeover_row"
    __table_args__ = (
        UniqueConstraint("batch_id", "line"),
        Index("ix_takeover_row_state", "batch_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("takeover_batch.id"))
    line: Mapped[int]
    rank: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="waiting")
    kept: Mapped[Any] = mapped_column(Sealed, nullable=True)
    reason: Mapped[Any] = mapped_column(Sealed, nullable=True)
    stop: Mapped[str | None]
    case_id: Mapped[UUID | None] = mapped_column(index=True)
    reference: Mapped[str | None]
    placed_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
