"""Anah's income ceilings: dated live rows, a new year is a new row."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.ids import new_id


class AnahCeiling(Base):
    """One line of ``data/anah_plafonds.csv``: euros a year, reference tax income ≤ value."""

    __tablename__ = "anah_ceiling"
    __table_args__ = (UniqueConstraint("year", "zone", "category"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    year: Mapped[int]
    zone: Mapped[str]
    category: Mapped[str]
    persons: Mapped[list[Any]]
    per_extra_person: Mapped[int]
    source: Mapped[str]

    @property
    def amounts(self) -> tuple[Decimal, ...]:
        """The ceilings for one to five persons."""
        return tuple(Decimal(value) for value in self.persons)
