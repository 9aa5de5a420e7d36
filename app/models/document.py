"""Documents to hand over, and the files people attached."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped, Sealed
from app.ids import new_id


class StoredFile(Base, Scoped):
    """A file in the store, found by ``key``; ``classe`` says who may open it."""

    __tablename__ = "stored_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    key: Mapped[str]
    name: Mapped[str]
    mime: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]
    classe: Mapped[str]
    at: Mapped[datetime]
    user_id: Mapped[UUID | None]


class Document(Base, Scoped):
    """A PDF made from a frozen context after the commit.

    ``context`` is sealed: it holds what the reader's classes allow. ``status``: ``pending``,
    ``ready`` or ``failed``. ``reads`` lists the classes its content draws on.
    """

    __tablename__ = "document"
    __table_args__ = (Index("ix_document_case", "case_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"))
    orientation_id: Mapped[UUID | None] = mapped_column(ForeignKey("orientation.id"))
    template: Mapped[str]
    title: Mapped[str]
    context: Mapped[Any] = mapped_column(Sealed)
    classes: Mapped[list[Any]]
    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))
    status: Mapped[str] = mapped_column(default="pending")
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    error: Mapped[str | None]
    at: Mapped[datetime]
