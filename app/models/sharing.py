"""What is shared inside a team, element by element, and who is kept apart from a case (BAT-10, BAT-11)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, column
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class KeptApart(Base, Scoped):
    """A lane kept apart from a case: whoever holds the case only by that lane sees nothing of it.

    ``stand_in`` is the lane that takes over its steps, if one does. ``until`` is None as long as it lasts;
    ``by`` and ``ended_by`` name who or what did it. ``reason`` is told to nobody but those who read every
    class. It holds no answer of the household; ``reason`` is emptied when its case is erased (LAW-5).
    """

    __tablename__ = "kept_apart"
    __table_args__ = (
        Index("ix_kept_apart_lane", "territory_id", "lane", "until", "case_id"),
        Index("ix_kept_apart_case", "case_id", "lane"),
        Index(
            "uq_kept_apart_current",
            "case_id",
            "lane",
            unique=True,
            postgresql_where=column("until").is_(None),
            sqlite_where=column("until").is_(None),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    lane: Mapped[str]
    stand_in: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    by: Mapped[str]
    ended_by: Mapped[str | None]


class SharedElement(Base, Scoped):
    """One answer shared with a lane of a case, as it stood: the submission it was in, never its value.

    ``until`` is None as long as the lane may read it; a later share of the same answer ends the earlier.
    ``submission_id`` has no constraint: once the answers are erased the row says a field's name and dates,
    and shows nothing (LAW-5).
    """

    __tablename__ = "shared_element"
    __table_args__ = (Index("ix_shared_element_case", "case_id", "lane", "until"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    share_id: Mapped[UUID] = mapped_column(ForeignKey("share.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    lane: Mapped[str]
    form: Mapped[str]
    field: Mapped[str]
    submission_id: Mapped[UUID]
    at: Mapped[datetime]
    until: Mapped[datetime | None]
    ended_by: Mapped[str | None]
