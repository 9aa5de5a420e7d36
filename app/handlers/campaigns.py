"""A campaign that goes to the doors: opened, sent to the field, closed by its process (CAR-5)."""

from datetime import date, datetime
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import func, select

from app import clock
from app.database import db
from app.handlers.effects import MoveCampaign, OpenCampaign
from app.handlers.registry import Context, HandlerFault, Result, operation
from app.models import Campaign, Target

OUTCOMES = ("a_voir", "absent", "refus", "ecarte", "accord")
"""What may come of a target, in the order of the results."""


class OpenParameters(Schema):
    """``nom`` and ``criteres`` in words, ``communes`` (INSEE codes; none: all), first and last day."""

    nom = fields.String(required=True, validate=validate.Length(min=1, max=120))
    criteres = fields.String(load_default="")
    communes = fields.List(fields.String(), load_default=list)
    debut = fields.Raw(load_default=None)
    fin = fields.Raw(load_default=None)


class NoParameters(Schema):
    """Nothing to say: the campaign is the one that this process opened."""


@operation("ouvrir_campagne", OpenParameters, label="Ouvrir une campagne", gives="rien")
def open_campaign(
    context: Context, *, nom: str, criteres: str, communes: list[str], debut: object, fin: object
) -> Result:
    """Open the campaign that this process carries; its targets may be imported from now on."""
    settings = context.bundle.settings
    wanted = tuple(dict.fromkeys(communes)) or tuple(commune.insee for commune in settings.communes)
    strange = [insee for insee in wanted if settings.commune(insee) is None]
    if strange:
        raise HandlerFault(
            operation="ouvrir_campagne",
            cause=f"la commune {strange[0]} n'est pas du territoire. Choisissez-la dans la liste.",
        )
    first, last = _day(debut), _day(fin)
    if first is not None and last is not None and last < first:
        raise HandlerFault(operation="ouvrir_campagne", cause="la campagne finit avant de commencer.")
    return Result(None, effects=(OpenCampaign(nom.strip(), criteres.strip(), wanted, first, last),))


@operation("lancer_campagne", NoParameters, label="Envoyer une campagne sur le terrain", gives="cibles")
def launch_campaign(context: Context) -> Result:
    """Let its rounds be handed out; give back how many targets it has."""
    return Result(sum(_counts(context).values()), effects=(MoveCampaign("terrain"),))


@operation(
    "clore_campagne",
    NoParameters,
    label="Clore une campagne",
    gives="cibles, a_voir, absent, refus, ecarte, accord",
)
def close_campaign(context: Context) -> Result:
    """Close its rounds and their links; give back how many targets had which outcome."""
    counts = _counts(context)
    output: dict[str, Any] = {name: counts.get(name, 0) for name in OUTCOMES}
    return Result({"cibles": sum(counts.values()), **output}, effects=(MoveCampaign("close"),))


def _counts(context: Context) -> dict[str, int]:
    query = (
        select(Target.status, func.count())
        .join(Campaign, Campaign.id == Target.campaign_id)
        .where(Campaign.process_id == context.process_id)
        .group_by(Target.status)
    )
    return {row.status: row[1] for row in db.session.execute(query)}


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(clock.PARIS).date()
    if value is None or isinstance(value, date):
        return value
    raise HandlerFault(
        operation="ouvrir_campagne", cause="paramètres « debut » et « fin » : donnez une date."
    )
