"""Small equipment: what is in stock, what came, what was handed over (BAT-9, MTP-4, CAR-7)."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped
from app.ids import new_id
from app.models.case import Case
from app.models.money import Exact


class StockItem(Base, Scoped):
    """How many of an article are in a place, worth how much; ``version`` fences those who take from it.

    ``last_cost`` is that of one at the last purchase. ``quantity`` is below zero when more was handed over
    than was known to be there.
    """

    __tablename__ = "stock_item"
    __table_args__ = (UniqueConstraint("territory_id", "article", "place"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    article: Mapped[str]
    place: Mapped[str] = mapped_column(default="", server_default="")
    quantity: Mapped[int] = mapped_column(default=0)
    value: Mapped[Decimal] = mapped_column(Exact)
    last_cost: Mapped[Decimal] = mapped_column(Exact)
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class StockMove(Base, Scoped):
    """Articles that came or left. Nothing is changed or removed: a mistake is followed by its contrary.

    ``kind``: ``achat``, ``don``, ``remise``, ``perte``, ``inventaire`` or ``annulation``. ``quantity`` and
    ``cost`` (euros in all) are below zero for what leaves. ``undoes_id`` is the move that this one cancels.
    A household is named by the id of its case alone: erasing it (LAW-5) leaves numbers and amounts.
    """

    __tablename__ = "stock_move"
    __table_args__ = (
        Index("ix_stock_move_article", "territory_id", "article", "day"),
        Index("ix_stock_move_case", "case_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    article: Mapped[str]
    place: Mapped[str] = mapped_column(default="", server_default="")
    kind: Mapped[str]
    quantity: Mapped[int]
    cost: Mapped[Decimal] = mapped_column(Exact)
    day: Mapped[date]
    at: Mapped[datetime]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    by: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(default="", server_default="")
    undoes_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_move.id"), unique=True)
    case: Mapped[Case | None] = relationship()
