"""Recurring duties under watch (« 2 visites par mois ») and the promises that were not kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class Duty(Base, Scoped):
    """A frequency set on an active element of a diagram, with the window being counted (AST-6, CAR-11).

    A projection of the engine's state, as a task is; a duty of the territory's calendar has no process.
    ``rule`` holds the properties as evaluated on entry. ``window_from`` and ``window_to`` bound the current
    window (``window_to`` exclusive, it is when the window closes); ``warn_at`` is when to look whether it
    will be kept, None once looked or never. ``status``: ``watching``; ``leaving`` when its element has been
    left at ``ended_at`` and the days up to then are still to be judged; ``ended``; ``dead`` when it failed
    too often. One that fails is looked at again at ``retry_at``.
    """

    __tablename__ = "duty"
    __table_args__ = (
        Index("ix_duty_warn", "status", "warn_at"),
        Index("ix_duty_close", "status", "window_to"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    element: Mapped[str]
    called_process: Mapped[str]
    name: Mapped[str]
    rule: Mapped[dict[str, Any]]
    since: Mapped[datetime]
    window_from: Mapped[datetime]
    window_to: Mapped[datetime]
    warn_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(default="watching")
    ended_at: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)


class Breach(Base, Scoped):
    """A duty that was not kept, or a promise whose date has passed; answered by a person (supervision).

    ``kind``: ``frequence`` or ``echeance``. ``missed`` counts the windows it stands for: after a long stop
    one breach covers several. ``answer_process_id`` is the process in which it is answered; ``status``:
    ``open`` or ``settled``. Never an answer or a name in here (LAW-1).
    """

    __tablename__ = "breach"
    __table_args__ = (
        Index("ix_breach_open", "territory_id", "status", "recorded_at"),
        UniqueConstraint("duty_id", "window_to"),
        UniqueConstraint("task_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    duty_id: Mapped[UUID | None] = mapped_column(ForeignKey("duty.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))
    answer_process_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    kind: Mapped[str]
    element: Mapped[str]
    name: Mapped[str]
    rule: Mapped[dict[str, Any]] = mapped_column(default=dict)
    window_from: Mapped[datetime | None]
    window_to: Mapped[datetime]
    expected: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    expected_within: Mapped[int] = mapped_column(default=0)
    found_within: Mapped[int] = mapped_column(default=0)
    missed: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(default="open")
    recorded_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
