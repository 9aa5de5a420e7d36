"""The rows of the stock: each move changes what a place holds, under its version (BAT-9, MTP-4, CAR-7)."""

from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.catalog.stock import Held, after_coming, after_leaving
from app.database import db
from app.errors import Conflict
from app.handlers.effects import HandOver
from app.ids import new_id
from app.models import ProcessInstance, StockItem, StockMove
from app.notifications.once import add_once
from app.services import journal, releases

BOUGHT: Final = "achat"
GIVEN: Final = "don"
HANDED: Final = "remise"
LOST: Final = "perte"
COUNTED: Final = "inventaire"
UNDONE: Final = "annulation"


def held_row(article: str, place: str) -> StockItem:
    """Return the row of an article in a place, locked; made when nothing was ever there."""
    query = select(StockItem).where(StockItem.article == article, StockItem.place == place)
    row = db.session.scalar(query.with_for_update(of=StockItem).execution_options(populate_existing=True))
    if row is not None:
        return row
    words = releases.current().settings.stock.articles.get(article)
    first = {
        "id": new_id(), "territory_id": tenancy.current_id(), "article": article, "place": place,
        "quantity": 0, "value": Decimal("0.00"), "version": 0,
        "last_cost": words.cost if words is not None else Decimal("0.00"),
    }  # fmt: skip
    add_once(StockItem, first, "territory_id", "article", "place")
    return db.session.scalars(query.with_for_update(of=StockItem)).one()


def hand_over(effect: HandOver, process: ProcessInstance, *, by: tuple[str, UUID | None]) -> None:
    """Store one article handed over in a step.

    Raises:
        Conflict: somebody took from the same stock meanwhile; the step begins again.
    """
    row = held_row(effect.article, effect.place)
    if row.version != effect.version:
        raise Conflict
    author, user_id = by
    keep(row, after_leaving(held(row), effect.number, effect.cost))
    move = StockMove(
        article=effect.article, place=effect.place, kind=HANDED, quantity=-effect.number, cost=-effect.cost,
        day=clock.today(), at=clock.now(), case_id=process.case_id, process_id=process.id,
        by=author, user_id=user_id,
    )  # fmt: skip
    db.session.add(move)
    journal.write(
        "stock.remise", actor=author, user_id=user_id, case_id=process.case_id, process_id=process.id,
        subject=effect.article, details={"nombre": effect.number, "cout": str(effect.cost)},
    )  # fmt: skip


def held(row: StockItem) -> Held:
    """Return what a row holds."""
    return Held(row.quantity, row.value, row.last_cost)


def keep(row: StockItem, now: Held) -> None:
    """Write what a row holds from now on."""
    row.quantity, row.value, row.last_cost = now.quantity, now.value, now.last_cost
    row.version += 1


def come(row: StockItem, number: int, unit_cost: Decimal) -> None:
    """Add articles that cost ``unit_cost`` euros each to a row."""
    keep(row, after_coming(held(row), number, unit_cost))
