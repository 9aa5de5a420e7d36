"""What every verb of money does: know its words, read a day, fence the row it decided on (AST-2, AST-10)."""

from collections.abc import Container
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select

from app import clock
from app.database import db
from app.handlers.money_effects import OnMoney
from app.handlers.registry import Context, HandlerFault
from app.models import Envelope, Quota

T = TypeVar("T", Envelope, Quota)


def fence(context: Context, row: Quota | Envelope | None) -> dict[str, Any]:
    """Return which row a verb decided on, and the version it will have by then."""
    if row is None:
        return {"row_id": None, "row_version": 0}
    return {"row_id": row.id, "row_version": version(context, row.id, row.version)}


def version(context: Context, row_id: UUID, version: int) -> int:
    """Return the version that a row will have by then: each effect of this step on it adds one."""
    return version + sum(isinstance(item, OnMoney) and item.row_id == row_id for item in context.earlier)


def to_decide(query: Select[T], entity: type[T]) -> Select[T]:
    """Return the statement that reads a row on which a verb decides.

    A process that begins does so inside the transaction that stores it: there the row is held at once, since
    such a step cannot be tried again.
    """
    if not db.session().info.get("writing"):
        return query
    return query.with_for_update(of=entity).execution_options(populate_existing=True)


def known(code: str, words: Container[str], verb: str, noun: str, section: str) -> None:
    """Refuse a word that the settings do not hold.

    Raises:
        HandlerFault: with the section where it is missing.
    """
    if code not in words:
        raise HandlerFault(
            operation=verb,
            cause=f"{noun} « {code} » n'est pas dans [{section}] de territoire.toml. "
            "Ajoutez ce mot, ou corrigez-le.",
        )


def today(context: Context) -> date:
    """Return the day of the step, in Paris."""
    return context.now.astimezone(clock.PARIS).date()


def day(context: Context, value: object, verb: str, name: str) -> date:
    """Return a day as a designer gives it: a date, an instant, or nothing for today.

    Raises:
        HandlerFault: anything else.
    """
    if value is None:
        return today(context)
    if isinstance(value, datetime):
        return value.astimezone(clock.PARIS).date()
    if isinstance(value, date):
        return value
    raise HandlerFault(operation=verb, cause=f"le paramètre « {name} » attend une date.")
