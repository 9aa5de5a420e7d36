"""Human steps, what people answered, and what they have begun to answer."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped, Sealed
from app.ids import new_id
from app.models.case import Case
from app.models.process import ProcessInstance


class Task(Base, Scoped):
    """A user task waiting for, or answered by, a person.

    A projection of the engine's state, kept so that an inbox is one query. The engine
    decides; this row only remembers. ``status``: ``open``, ``done`` or ``cancelled``.
    ``scope`` names the branch of a parallel multi-instance (an orientation's id). ``escalate_to`` is the
    lane told of its lateness, ``breach_at`` when it becomes a breach, ``follow_up_on`` the day its holder
    wants to see it again (``set_aside``: and not before, unless it becomes late); ``note`` is what whoever
    handed it over wrote to its holder (``{"text", "by", "at"}``); ``commune`` is that of the case while the
    task is open, so that a list is sorted and filtered on an index; ``active`` is false while its process is
    suspended, or since ``held_at`` while another step holds its deadlines.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_inbox", "territory_id", "status", "lane", "due_at"),
        Index("ix_task_remind", "status", "remind_at"),
        Index("ix_task_escalate", "status", "escalate_at"),
        Index("ix_task_breach", "status", "breach_at"),
        Index("ix_task_late", "territory_id", "status", "due_at"),
        Index("ix_task_held", "territory_id", "claimed_by", "status", "due_at"),
        Index("ix_task_done", "territory_id", "called_process", "element", "completed_at"),
        Index("ix_task_branch", "territory_id", "scope"),
        Index("ix_task_step", "territory_id", "status", "called_process", "element", "due_at"),
        Index("ix_task_age", "territory_id", "status", "entered_at"),
        Index("ix_task_commune", "territory_id", "status", "commune", "due_at"),
        Index("ix_task_priority", "territory_id", "status", "priority", "due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    element: Mapped[str]
    called_process: Mapped[str]
    name: Mapped[str]
    lane: Mapped[str]
    form: Mapped[str]
    instructions: Mapped[str | None]
    button: Mapped[str | None]
    scope: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="open")
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    priority: Mapped[str | None]
    commune: Mapped[str | None]
    entered_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    escalate_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    escalate_to: Mapped[str | None]
    breach_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    follow_up_on: Mapped[date | None]
    set_aside: Mapped[bool] = mapped_column(default=False, server_default=false())
    note: Mapped[Any] = mapped_column(Sealed, nullable=True)
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    held_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    case: Mapped[Case | None] = relationship()
    process: Mapped[ProcessInstance] = relationship()


class Submission(Base, Scoped):
    """What a person answered. The latest of a form wins, earlier ones are kept.

    ``answers`` holds the classes ``technique`` and ``social``; ``secret`` is encrypted apart (LAW-4).
    ``classes`` are those its author could collect: it replaces earlier answers of these classes only.
    """

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("task_id"),
        Index("ix_submission_latest", "process_id", "form", "scope", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    task_id: Mapped[UUID | None]
    element: Mapped[str]
    form: Mapped[str]
    scope: Mapped[str | None]
    answers: Mapped[dict[str, Any]]
    secret: Mapped[Any] = mapped_column(Sealed, nullable=True)
    classes: Mapped[list[Any]]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    author: Mapped[str]
    at: Mapped[datetime]


class Draft(Base, Scoped):
    """An answer begun and not sent, one for each task and person.

    The whole draft is sealed: it has not been sorted by class yet.
    """

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("task_id", "person"),
        Index("ix_draft_person", "territory_id", "person"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    task_id: Mapped[UUID] = mapped_column(index=True)
    person: Mapped[str]
    raw: Mapped[Any] = mapped_column(Sealed)
    at: Mapped[datetime]
