"""A decision taken together: a proposal, one voice a structure, objections treated, a result (ANG-1)."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from marshmallow import Schema, fields, validate
from sqlalchemy import func, select

from app import clock
from app.database import db
from app.handlers.gathering_effects import CloseRound, Decide, OpenRound
from app.handlers.gatherings import known_kinds
from app.handlers.letters import known_message
from app.handlers.registry import NAMES, Context, HandlerFault, Result, operation
from app.models import Consultation, Partner, Voice

CONSENT, OBJECTION, ABSTENTION = "consentement", "objection", "abstention"
CHOICES: Final = (CONSENT, OBJECTION, ABSTENTION)
"""What a structure may say of a proposal."""
STATUSES: Final = ("adoptee", "retiree", "rejetee")


class OpenParameters(Schema):
    """``jours``: how long voices are taken; ``message`` carries the personal link of each structure."""

    titre = fields.String(required=True, validate=validate.Length(min=1, max=160))
    genre = fields.String(load_default="")
    texte = fields.String(required=True, validate=validate.Length(min=1, max=10_000))
    motif = fields.String(load_default="")
    jours = fields.Integer(required=True, validate=validate.Range(min=1, max=180))
    message = fields.String(required=True, metadata={NAMES: "messages"})
    genres = fields.List(fields.String(), load_default=list)


def end_of_round(begun: datetime, days: int) -> datetime:
    """Return the instant at which voices are taken no more: a midnight in Paris, so many whole days later."""
    day = begun.astimezone(clock.PARIS).date() + timedelta(days=days + 1)
    return datetime.combine(day, time(), clock.PARIS).astimezone(begun.tzinfo)


class NoParameters(Schema):
    """Nothing to say: the proposal is the one that this process put to the structures."""


class DecideParameters(Schema):
    """``statut``: what became of it; ``resultat``: a sentence that says how."""

    statut = fields.String(required=True, validate=validate.OneOf(STATUSES))
    resultat = fields.String(load_default="")


@operation("ouvrir_consultation", OpenParameters, label="Consulter les structures", gives="structures, fin")
def open_consultation(context: Context, *, message: str, genres: list[str], **said: Any) -> Result:
    """Ask every structure of the directory, each by a link of its own; one voice a structure.

    Asked again with an amended text, a new round begins.
    """
    known_message(message, context, "ouvrir_consultation")
    known_kinds(genres, context, "ouvrir_consultation")
    query = select(func.count()).select_from(Partner).where(Partner.active)
    asked = db.session.scalar(query.where(Partner.kind.in_(genres)) if genres else query) or 0
    opened = OpenRound(
        title=said["titre"].strip(), kind=said["genre"].strip(), text=said["texte"].strip(),
        reason=said["motif"].strip(), closes_in=said["jours"], message=message, kinds=tuple(genres),
    )  # fmt: skip
    ends = end_of_round(context.now, said["jours"])
    return Result({"structures": asked, "fin": ends}, effects=(opened,))


@operation(
    "clore_consultation",
    NoParameters,
    label="Compter les voix",
    gives="consentements, objections, abstentions, silences, raisons",
)
def close_consultation(context: Context) -> Result:
    """Count the voices of the round; ``raisons`` are rows ``structure``, ``raison`` of the objections."""
    rows = db.session.execute(
        select(Voice.choice, Voice.reason, Partner.name)
        .join(Consultation, Consultation.id == Voice.consultation_id)
        .join(Partner, Partner.id == Voice.partner_id)
        .where(Consultation.process_id == context.process_id)
        .where(Voice.round_number == Consultation.round_number)
        .order_by(Partner.name, Voice.id)
    ).all()
    said = [row.choice for row in rows]
    found = {
        "consentements": said.count(CONSENT),
        "objections": said.count(OBJECTION),
        "abstentions": said.count(ABSTENTION),
        "silences": said.count(""),
        "raisons": [{"structure": row.name, "raison": row.reason} for row in rows if row.choice == OBJECTION],
    }
    return Result(found, effects=(CloseRound(),))


@operation("conclure_consultation", DecideParameters, label="Noter la décision", gives="rien")
def decide(context: Context, *, statut: str, resultat: str) -> Result:
    """Keep what was decided, with the voices that stand beside it."""
    known = select(Consultation.id).where(Consultation.process_id == context.process_id)
    if db.session.scalar(known) is None:
        raise HandlerFault(operation="conclure_consultation", cause="aucune proposition n'a été soumise.")
    return Result(effects=(Decide(statut, resultat.strip()),))
