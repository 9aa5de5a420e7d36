"""Work to be done after a commit: the rows that the scheduler drains."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class Job(Base, Scoped):
    """A function's name and the ids it takes. ``status``: ``waiting``, ``done``, ``dead`` or ``discarded``.

    Jobs of one ``lock`` run one at a time. ``dead`` gave up after its attempts; ``discarded`` is a dead one
    that a person set aside for good, with a reason in the journal.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due", "status", "run_at"),
        Index("ix_job_page", "territory_id", "status", "run_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    ids: Mapped[dict[str, Any]]
    lock: Mapped[str | None]
    run_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="waiting")
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
