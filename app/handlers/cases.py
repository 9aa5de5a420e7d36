"""Closing a case."""

from marshmallow import Schema, fields, validate

from app.handlers.effects import CloseCase
from app.handlers.registry import Context, HandlerFault, Result, operation


class CloseParameters(Schema):
    """``motif``: the reason, as the territory words it."""

    motif = fields.String(required=True, validate=validate.Length(min=1, max=200))


@operation("cloturer_dossier", CloseParameters, label="Clore le dossier")
def close_case(context: Context, *, motif: str) -> Result:
    """Close the case of this process."""
    if context.case_id is None:
        raise HandlerFault(operation="cloturer_dossier", cause="ce processus ne porte aucun dossier.")
    return Result(effects=(CloseCase(motif),))
