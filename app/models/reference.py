"""Dated reference figures of a territory: degree days, tariffs, arrears of a landlord (BAT-3, BAT-7)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Numeric, TypeDecorator

from app.database import Base, Scoped
from app.ids import new_id


class Scaled(TypeDecorator[Decimal]):
    """An exact number of so many decimals; SQLite, whose numbers are binary, keeps a whole number."""

    impl = Numeric
    cache_ok = True

    def __init__(self, places: int, width: int) -> None:
        super().__init__(width, places)
        self.places = places
        self.width = width

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Store a whole number where decimals would pass through floats."""
        plain = Integer() if dialect.name == "sqlite" else Numeric(self.width, self.places)
        return dialect.type_descriptor(plain)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Refuse floats and decimals beyond those kept."""
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError("figures are Decimal")
        if value != value.quantize(Decimal(1).scaleb(-self.places)):
            raise ValueError(f"a figure has at most {self.places} decimals")
        return int(value.scaleb(self.places)) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Give back every decimal kept."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return Decimal(int(value)).scaleb(-self.places)
        return Decimal(value).quantize(Decimal(1).scaleb(-self.places))


class Figure(Base, Scoped):
    """One figure of a series on a day; never changed: a correction is another row, the old one is kept.

    ``series`` is a key of ``[series]``, ``place`` one of its ``par`` (empty where it has none). ``on`` is the
    day from which it holds, or the first day of the month it is of. ``source``: ``saisie``, ``fichier`` or
    ``reglages``. ``replaced_at``: when it was corrected or withdrawn, by ``replaced_by`` and for ``reason``.
    Nobody's personal data: kept when a household is erased.
    """

    __tablename__ = "reference_figure"
    __table_args__ = (Index("ix_reference_figure_series", "territory_id", "series", "place", "on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    series: Mapped[str]
    place: Mapped[str] = mapped_column(default="", server_default="")
    on: Mapped[date]
    value: Mapped[Decimal] = mapped_column(Scaled(6, 18))
    source: Mapped[str]
    by: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    replaced_by: Mapped[str] = mapped_column(default="", server_default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
