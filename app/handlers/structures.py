"""Entrusting a case to a structure of the directory, and taking it back (AST-3, AST-6)."""

from uuid import UUID

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app.database import db
from app.handlers.effects import Entrust, TakeBack
from app.handlers.partners import for_commune
from app.handlers.registry import Context, HandlerFault, Result, operation
from app.models import Case, Partner

ENTRUST, TAKE_BACK = "confier_dossier", "retirer_dossier"
_RELATION = validate.Regexp(
    r"[a-z][a-z0-9_]{0,59}\Z", error="écrivez un mot en minuscules, sans accent ni espace."
)


class EntrustParameters(Schema):
    """``relation``: a word of the programme; ``partenaire``: an id; else the one of ``genre`` there."""

    relation = fields.String(required=True, validate=_RELATION)
    partenaire = fields.String(load_default=None)
    genre = fields.String(load_default=None)


class TakeBackParameters(Schema):
    """``relation``: that which ends."""

    relation = fields.String(required=True, validate=_RELATION)


@operation(
    ENTRUST,
    EntrustParameters,
    label="Confier le dossier à une structure",
    gives="l'identifiant de la structure",
)
def entrust_case(context: Context, *, relation: str, partenaire: str | None, genre: str | None) -> Result:
    """Entrust the case to a structure, in place of the one that had it in this relation.

    People whose role is limited to their structure see the case from then on. Without ``partenaire``, the
    directory's active structure of that kind for the commune of the dwelling.
    """
    case = _case(context, ENTRUST)
    _known_relation(relation, context, ENTRUST)
    if partenaire:
        partner_id = _active(partenaire, genre)
    elif genre:
        partner_id = _of_kind(genre, case, context)
    else:
        raise HandlerFault(
            operation=ENTRUST,
            cause="à qui confier ? Donnez « partenaire » (la structure choisie dans un formulaire) ou "
            "« genre » (la structure de ce genre pour la commune).",
        )
    return Result(str(partner_id), effects=(Entrust(relation, partner_id),))


@operation(TAKE_BACK, TakeBackParameters, label="Retirer le dossier à une structure")
def take_back_case(context: Context, *, relation: str) -> Result:
    """End the entrustment of the case in this relation; nothing when there is none."""
    _case(context, TAKE_BACK)
    _known_relation(relation, context, TAKE_BACK)
    return Result(effects=(TakeBack(relation),))


def _case(context: Context, verb: str) -> Case:
    case = db.session.get(Case, context.case_id) if context.case_id else None
    if case is None:
        raise HandlerFault(operation=verb, cause="ce processus ne porte aucun dossier.")
    return case


def _known_relation(relation: str, context: Context, verb: str) -> None:
    known = context.bundle.settings.relations
    if known and relation not in known:
        raise HandlerFault(
            operation=verb,
            cause=f"la relation « {relation} » n'est pas dans [relations] de territoire.toml "
            f"({', '.join(known)}). Ajoutez-la, ou corrigez ce mot.",
        )


def _active(chosen: str, kind: str | None) -> UUID:
    try:
        partner_id = UUID(chosen)
    except ValueError:
        partner_id = None
    found = db.session.scalar(select(Partner).where(Partner.id == partner_id)) if partner_id else None
    if found is None or (kind and found.kind != kind):
        raise HandlerFault(
            operation=ENTRUST,
            cause="la structure choisie n'est pas dans l'annuaire. Choisissez-en une autre.",
        )
    if not found.active:
        raise HandlerFault(
            operation=ENTRUST,
            cause=f"« {found.name} » n'est plus active dans l'annuaire. Réactivez-la ou choisissez-en une "
            "autre, puis relancez l'étape.",
        )
    return found.id


def _of_kind(kind: str, case: Case, context: Context) -> UUID:
    known = context.bundle.settings.partner_kinds.get(kind)
    if known is None:
        raise HandlerFault(operation=ENTRUST, cause=f"le genre de partenaire « {kind} » n'existe pas.")
    return for_commune(kind, known.label, case, operation=ENTRUST)
