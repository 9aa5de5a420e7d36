"""What was done by hand to a running process: suspended, moved, corrected, and why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class Mend(Base, Scoped):
    """One intervention on a running process, with its reason; undone until the next step.

    ``kind``: ``suspend``, ``resume``, ``cancel``, ``move``, ``repeat``, ``skip``, ``correct``, ``due``.
    ``before`` is the engine's state before it (None when there is nothing to go back to), ``version`` that of
    the process once it was done: a process that has moved since cannot be brought back.
    ``details`` holds ids and instants, never an answer.
    """

    __tablename__ = "mend"
    __table_args__ = (Index("ix_mend_process", "process_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[str]
    reason: Mapped[str]
    element: Mapped[str | None]
    target: Mapped[str | None]
    before: Mapped[bytes | None]
    version: Mapped[int]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    by: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
