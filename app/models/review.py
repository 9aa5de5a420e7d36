"""The review's agenda: one line for each open situation, one decision each (CAR-11)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped
from app.ids import new_id
from app.models.case import Case


class ReviewItem(Base, Scoped):
    """A situation on the agenda of one meeting, and what the meeting decided.

    ``changes`` says what happened since the last meeting (words, frozen when it was listed); ``actions``
    who does what by when (``{"qui": …, "quoi": …, "pour_le": "2026-04-30"}``, and the ``processus`` that
    carries it); ``added`` at the last minute; ``postponed`` to the next meeting for want of time.
    ``answers`` is what the meeting has written of this situation so far, by column of its form; ``version``
    grows each time and fences: two people who hold the meeting never write over each other.
    """

    __tablename__ = "review_item"
    __table_args__ = (UniqueConstraint("process_id", "case_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    listed_at: Mapped[datetime]
    rank: Mapped[int] = mapped_column(default=0, server_default="0")
    late_partners: Mapped[bool] = mapped_column(default=False, server_default=false())
    changes: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    actions: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    added: Mapped[bool] = mapped_column(default=False, server_default=false())
    postponed: Mapped[bool] = mapped_column(default=False, server_default=false())
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    saved_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decision: Mapped[str | None]
    comment: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship()


class Meeting(Base, Scoped):
    """The sitting of a territory process: when and where, who came, whether it was put off (CAR-11).

    ``status``: ``planned``, ``sitting``, ``held`` or ``cancelled`` (then re-dated by ``meets_at``).
    ``attendance``: ``[{"nom": …, "structure": …, "present": true}]``; ``moves``: earlier dates and reasons.
    ``criteria`` is what narrows its agenda (None: no agenda of situations was made); ``version`` fences
    the date and the attendance.
    """

    __tablename__ = "meeting"
    __table_args__ = (UniqueConstraint("process_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    meets_at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="planned")
    attendance: Mapped[list[Any]] = mapped_column(default=list)
    moves: Mapped[list[Any]] = mapped_column(default=list)
    notes: Mapped[str] = mapped_column(default="")
    criteria: Mapped[dict[str, Any] | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
