"""The handbook of a release, laid out once as a PDF and kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class HandbookFile(Base, Scoped):
    """The PDF of a release's handbook: asked once, laid out by a job. It names no household.

    ``file_id`` is empty until it is laid out; ``error`` is the sentence that says why it could not be.
    """

    __tablename__ = "handbook_file"
    __table_args__ = (UniqueConstraint("territory_id", "release_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))
    asked_at: Mapped[datetime]
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    error: Mapped[str | None]
