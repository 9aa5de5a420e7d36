"""The review's agenda: one line for each open situation, one decision each (CAR-11)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped
from app.ids import new_id
from app.models.case import Case


class ReviewItem(Base, Scoped):
    """A situation on the agenda of one meeting, and what the meeting decided."""

    __tablename__ = "review_item"
    __table_args__ = (UniqueConstraint("process_id", "case_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    listed_at: Mapped[datetime]
    decision: Mapped[str | None]
    comment: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship()
