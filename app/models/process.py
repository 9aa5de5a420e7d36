"""A running diagram: its state, its armed timers, the decisions it took."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped
from app.ids import new_id
from app.models.territory import Release


class ProcessInstance(Base, Scoped):
    """One run of one process of one release; ``state`` belongs to ``app.engine`` alone.

    ``status``: ``running``, ``suspended``, ``finished`` or ``cancelled``. ``version`` grows at each
    step and fences: a writer that read an older one cannot commit. ``done_elements``
    counts how often each element was completed, ``done_flows`` how often each flow was taken
    (``<process>/<flow>``, as drawn) and ``waits`` lists what the process waits for: they serve screens and
    event delivery. A territory process (a review) has no case; ``rank`` is its place in the series started
    by the calendar. ``act`` names the act (« geste ») with which somebody started it by hand.
    """

    __tablename__ = "process_instance"
    __table_args__ = (
        Index("ix_process_running", "territory_id", "process", "status"),
        Index("ix_process_status", "territory_id", "status", "suspended_at"),
        Index("ix_process_started", "territory_id", "started_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))
    process: Mapped[str]
    state: Mapped[bytes]
    version: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(default="running")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    rank: Mapped[int] = mapped_column(default=0)
    act: Mapped[str | None]
    done_elements: Mapped[dict[str, Any]] = mapped_column(default=dict)
    done_flows: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    waits: Mapped[list[Any]] = mapped_column(default=list)
    release: Mapped[Release] = relationship()


class Timer(Base, Scoped):
    """One waiting timer of the engine. The row is the truth; the scheduler only drains rows.

    ``id`` is the engine's own. A timer that fails is pushed back; past its attempts it is ``dead``.
    """

    __tablename__ = "timer"
    __table_args__ = (Index("ix_timer_due", "status", "due_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), index=True)
    element: Mapped[str]
    due_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="waiting")
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)


class DecisionRecord(Base, Scoped):
    """One evaluation of a decision table: which rule of which version, on which inputs.

    ``inputs`` lists the names read, never their values (they are shown according to their class).
    """

    __tablename__ = "decision_record"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    decision: Mapped[str]
    name: Mapped[str]
    element: Mapped[str]
    release_number: Mapped[int]
    rules: Mapped[list[Any]]
    inputs: Mapped[list[Any]]
    outputs: Mapped[dict[str, Any]]
    at: Mapped[datetime]
