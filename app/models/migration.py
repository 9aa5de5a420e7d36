"""Running cases carried to another release: the lot, and what became of each case."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class Migration(Base, Scoped):
    """A lot of running processes to be carried to one release.

    ``status``: ``judging`` (each is being looked at), ``judged`` (to be confirmed), ``running``, ``stopped``,
    ``done``, ``undoing``, or ``dropped``. ``mapping`` says where open steps go on: ``[[process, element,
    [[process, element], …]], …]``. ``round`` grows each time the cases are to be judged again: a page made
    before is out of date. ``wanted_stop``: no further case is begun. ``reason`` is what the person wrote; it
    goes when the household of the only case of the lot is forgotten (LAW-5). ``chosen`` says what was asked
    for, in ids and words of the programme.
    """

    __tablename__ = "migration"
    __table_args__ = (Index("ix_migration_at", "territory_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    target_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))
    chosen: Mapped[dict[str, Any]] = mapped_column(default=dict)
    mapping: Mapped[list[Any]] = mapped_column(default=list)
    recompute: Mapped[bool] = mapped_column(default=False, server_default=false())
    reason: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="judging")
    wanted_stop: Mapped[bool] = mapped_column(default=False, server_default=false())
    round: Mapped[int] = mapped_column(default=1)
    author: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class MigratedProcess(Base, Scoped):
    """One process of a lot: the verdict, then what was done.

    ``state``: ``waiting`` (to be judged), ``judged``, ``done``, ``refused`` or ``undone``. ``verdict``:
    ``ready``, ``unchanged`` or ``refused``. ``told`` holds what changes for it and what is in the way, in
    elements, instants and words of the programme, never an answer. ``before`` is the engine's state before,
    ``details`` what undoing needs beside it, ``version`` that of the process right after: one that has moved
    since stays where it is. They are emptied after a month, when the case is brought back, and when its
    household is forgotten (LAW-5).
    """

    __tablename__ = "migrated_process"
    __table_args__ = (
        UniqueConstraint("migration_id", "process_id"),
        Index("ix_migrated_process_state", "migration_id", "state", "rank"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    migration_id: Mapped[UUID] = mapped_column(ForeignKey("migration.id"))
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    from_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))
    rank: Mapped[int]
    state: Mapped[str] = mapped_column(default="waiting")
    verdict: Mapped[str] = mapped_column(default="")
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)
    before: Mapped[bytes | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int | None]
    at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
