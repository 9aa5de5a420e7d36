"""How people work through their tasks: what they have seen, filters, absences, calendars, visits."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class TaskVisit(Base, Scoped):
    """Who has opened a task and when last: unread without a row, « ici en ce moment » when it is fresh."""

    __tablename__ = "task_visit"
    __table_args__ = (UniqueConstraint("task_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class SavedFilter(Base, Scoped):
    """A list somebody keeps, for oneself or shared with the team (whoever holds one of its owner's lanes).

    ``query``: the parameters of the address of the list.
    """

    __tablename__ = "saved_filter"
    __table_args__ = (UniqueConstraint("user_id", "territory_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str]
    query: Mapped[dict[str, Any]]
    shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Delegation(Base, Scoped):
    """An absence: from ``starts_on`` to ``ends_on`` included, somebody else answers one's tasks.

    ``ended_at`` is set when it is called off. Whoever replaces gets no class that they may not read.
    """

    __tablename__ = "delegation"
    __table_args__ = (Index("ix_delegation_days", "territory_id", "starts_on", "ends_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    from_user: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    to_user: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")
    created_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CalendarFeed(Base, Scoped):
    """A private address from which a calendar program reads one's dates; ``link`` is its sealed digest."""

    __tablename__ = "calendar_feed"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    link: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Appointment(Base, Scoped):
    """A visit or a meeting that an answered form has set (the form's ``agenda`` says which fields).

    ``status``: ``planned`` or ``replaced`` by a later answer of the same form and branch.
    """

    __tablename__ = "appointment"
    __table_args__ = (Index("ix_appointment_day", "territory_id", "status", "starts_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[UUID | None]
    form: Mapped[str]
    scope: Mapped[str | None]
    title: Mapped[str]
    lane: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="planned")


class CaseWord(Base, Scoped):
    """One folded word of a case (household, address, commune, reference): search is a prefix on an index."""

    __tablename__ = "case_word"
    __table_args__ = (
        Index("ix_case_word_word", "territory_id", "word"),
        Index("ix_case_word_case", "case_id", "word"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    word: Mapped[str]
