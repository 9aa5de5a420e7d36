"""The personal link of a step that somebody without an account answers: household, alert giver (LAW-12)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class StepLink(Base, Scoped):
    """A link to one open step, for one answer; it dies with the step.

    ``link`` is the sealed digest of the token, replaced when a new link is given. ``sent``: it left by mail
    or by SMS, else somebody hands it over. ``audience``: ``menage`` or ``donneur_alerte``. No personal data;
    it goes when its case is erased (LAW-5).
    """

    __tablename__ = "step_link"
    __table_args__ = (UniqueConstraint("task_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    link: Mapped[str] = mapped_column(index=True)
    sent: Mapped[bool] = mapped_column(default=False)
    audience: Mapped[str] = mapped_column(default="menage", server_default="menage")
    at: Mapped[datetime]
