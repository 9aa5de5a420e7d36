"""Starting another process from a diagram."""

from typing import Any

from marshmallow import Schema, fields, validate

from app.handlers.effects import StartProcess
from app.handlers.registry import NAMES, Context, Result, operation
from app.ids import new_id


class StartParameters(Schema):
    """``processus``: its id in this programme; ``donnees``: what it reads as ``depart.<nom>``."""

    processus = fields.String(
        required=True, validate=validate.Regexp(r"[a-z][a-z0-9_]{0,60}\Z"), metadata={NAMES: "processes"}
    )
    donnees = fields.Raw(load_default=None)


@operation("demarrer_processus", StartParameters, label="Démarrer un autre processus")
def start_process(context: Context, *, processus: str, donnees: Any) -> Result:
    """Start a process beside this one, for the same case (or the territory)."""
    data = donnees if isinstance(donnees, dict) else {"valeur": donnees}
    return Result(effects=(StartProcess(new_id(), processus, context.case_id, data),))
