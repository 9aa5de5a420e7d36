"""Cases entrusted to the structures of the directory (AST-3, AST-6)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, column
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped
from app.ids import new_id
from app.models.orientation import Partner


class Entrustment(Base, Scoped):
    """A case entrusted to a structure, in a relation that is a word of the programme (``operateur``).

    A relation of a case is one structure's at a time: the next one ends the one before. ``until`` is None as
    long as it lasts; ``by`` and ``ended_by`` name who or what did it. People whose role is limited to their
    structure see a case while such a row lasts. It holds no personal data of the household, and goes with its
    case when that is erased (LAW-5).
    """

    __tablename__ = "entrustment"
    __table_args__ = (
        Index("ix_entrustment_partner", "partner_id", "until", "case_id"),
        Index("ix_entrustment_case", "case_id", "relation"),
        Index(
            "uq_entrustment_current",
            "case_id",
            "relation",
            unique=True,
            postgresql_where=column("until").is_(None),
            sqlite_where=column("until").is_(None),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    relation: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    by: Mapped[str]
    ended_by: Mapped[str | None]
    partner: Mapped[Partner] = relationship(lazy="joined")
