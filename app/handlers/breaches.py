"""What was promised and not kept: counted for a choice of the diagram, settled by its answer (AST-10)."""

from marshmallow import Schema, fields, validate
from sqlalchemy import ColumnElement, func, select

from app.database import db
from app.handlers.effects import SettleBreach
from app.handlers.registry import Context, Result, operation
from app.models import Breach


class NoParameters(Schema):
    """Takes nothing."""


class SettleParameters(Schema):
    """``issue``: how it was settled, as the territory words it."""

    issue = fields.String(required=True, validate=validate.Length(min=1, max=200))


@operation(
    "compter_manquements",
    NoParameters,
    label="Compter les manquements du dossier",
    gives="ouverts et total : combien attendent encore, combien il y en a eu",
)
def count_breaches(context: Context) -> Result:
    """Count the breaches of this case (of the territory, without one): still open, and ever."""
    theirs: ColumnElement[bool] = Breach.case_id.is_(None)
    if context.case_id is not None:
        theirs = Breach.case_id == context.case_id
    open_ones = func.count().filter(Breach.status == "open")
    row = db.session.execute(select(open_ones, func.count()).select_from(Breach).where(theirs)).one()
    return Result({"ouverts": row[0], "total": row[1]})


@operation("regler_manquement", SettleParameters, label="Régler le manquement")
def settle_breach(context: Context, *, issue: str) -> Result:  # noqa: ARG001  # a verb always receives its context
    """Settle the breach that this process answers; nothing in a process that answers none."""
    return Result(effects=(SettleBreach(issue),))
