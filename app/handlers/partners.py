"""Asking partners to act: choose, ask, follow (CAR-9, CAR-10, F4)."""

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app.access import CLASSES
from app.catalog.bundle import Bundle
from app.database import db, seal_text
from app.handlers.effects import FollowOrientation, ProposeOrientation, QueueMessage, SendOrientation
from app.handlers.letters import known_message
from app.handlers.registry import NAMES, Context, HandlerFault, Result, operation
from app.ids import new_id
from app.models import Case, Orientation, Partner

STATUSES = ("acceptee", "refusee", "en_cours", "realisee", "abandonnee", "expiree")
FINAL = frozenset({"refusee", "realisee", "abandonnee", "expiree"})
"""States in which nothing more is expected of the partner: its personal link is dead."""


class PrepareParameters(Schema):
    """``lignes``: the rows people filled in, one for each partner."""

    lignes = fields.List(fields.Raw(), required=True)


class OneOrientation(Schema):
    """``orientation``: its id, as ``preparer_orientations`` gave it."""

    orientation = fields.UUID(required=True)


class AskParameters(OneOrientation):
    """``message``: the file of ``messages/`` that carries the personal link."""

    message = fields.String(required=True, metadata={NAMES: "messages"})


class FollowParameters(OneOrientation):
    """``statut`` to set, with an optional reason."""

    statut = fields.String(required=True, validate=validate.OneOf(STATUSES))
    motif = fields.String(load_default=None)


class AbandonParameters(Schema):
    """``motif``: why what is open is abandoned."""

    motif = fields.String(required=True)


@operation(
    "preparer_orientations",
    PrepareParameters,
    label="Préparer les demandes aux partenaires",
    gives="la liste des orientations à suivre",
)
def prepare_orientations(context: Context, *, lignes: list[Any]) -> Result:
    """Make one orientation for each row; an empty partner is found by kind and INSEE commune.

    Of the answers ticked, only those of a class that this kind of partner may receive are kept (LAW-1).
    """
    case = _case(context)
    effects = tuple(_proposal(context, case, row) for row in lignes if isinstance(row, dict))
    return Result([str(effect.id) for effect in effects], effects=effects)


def _proposal(context: Context, case: Case, row: dict[str, Any]) -> ProposeOrientation:
    kind = str(row.get("genre") or "")
    settings = context.bundle.settings.partner_kinds.get(kind)
    if settings is None:
        raise HandlerFault(
            operation="preparer_orientations", cause=f"le genre de partenaire « {kind} » n'existe pas."
        )
    due = row.get("echeance")
    return ProposeOrientation(
        id=new_id(),
        partner_id=_partner(kind, settings.label, row.get("partenaire"), case),
        reason=str(row.get("motif") or ""),
        domain=str(row.get("domaine") or settings.domain),
        shared_fields=tuple(
            name
            for name in map(str, row.get("champs_partages") or ())
            if _classe_of(name, context.bundle) in settings.receives
        ),
        agreement=row.get("accord") is True,
        due_on=due if isinstance(due, date) else None,
    )


def _classe_of(name: str, bundle: Bundle) -> str:
    """Return the class of « formulaire.champ »; what no form knows is protected most."""
    form_id, _, key = name.partition(".")
    form = bundle.forms.get(form_id)
    field = form.field(key) if form else None
    return field.classe if field else CLASSES[-1]


def _partner(kind: str, label: str, chosen: object, case: Case) -> UUID:
    if chosen:
        found = db.session.scalar(select(Partner).where(Partner.id == UUID(str(chosen)), Partner.active))
        if found is not None and found.kind == kind:
            return found.id
    return for_commune(kind, label, case, operation="preparer_orientations")


def for_commune(kind: str, label: str, case: Case, *, operation: str) -> UUID:
    """Return the active partner of that kind for the commune of the dwelling, else one for everywhere.

    Raises:
        HandlerFault: of ``operation``; the directory has none.
    """
    candidates = db.session.scalars(
        select(Partner).where(Partner.kind == kind, Partner.active).order_by(Partner.name)
    ).all()
    insee = case.dwelling.insee
    local = [partner for partner in candidates if insee in partner.communes]
    everywhere = [partner for partner in candidates if not partner.communes]
    if not (local or everywhere):
        raise HandlerFault(
            operation=operation,
            cause=f"aucun partenaire « {label} » n'est inscrit à l'annuaire pour {case.dwelling.commune}. "
            "Ajoutez-le à l'annuaire, puis relancez l'étape.",
        )
    return (local or everywhere)[0].id


@operation(
    "demander_partenaire", AskParameters, label="Demander l'intervention d'un partenaire", gives="transmise"
)
def ask_partner(context: Context, *, orientation: UUID, message: str) -> Result:
    """Open the personal link, record the share, and write to the partner.

    A recipient that is no social professional needs the household's recorded agreement; once it is
    withdrawn, nothing more is shared with anybody (LAW-2).
    """
    known_message(message, context, "demander_partenaire")
    row = _orientation(context, orientation)
    kind = context.bundle.settings.partner_kinds[row.partner.kind]
    if _case(context).agreement_withdrawn_on is not None:
        raise HandlerFault(
            operation="demander_partenaire",
            cause="le ménage a retiré son accord : plus rien n'est transmis (LAW-2). Retirez cette demande.",
        )
    social = kind.domain == "social"
    if not (social or row.agreement):
        raise HandlerFault(
            operation="demander_partenaire",
            cause=f"l'accord du ménage manque pour transmettre à {row.partner.name} (LAW-2). "
            "Recueillez-le, puis relancez l'étape.",
        )
    token = secrets.token_urlsafe(24)
    return Result(
        {"transmise": True},
        effects=(
            SendOrientation(
                orientation_id=orientation,
                link=seal_text(token),
                recipient=row.partner.name,
                fields=tuple(
                    name for name in row.shared_fields if _classe_of(name, context.bundle) in kind.receives
                ),
                basis="CASF L121-6-2" if social and not row.agreement else "accord du ménage",
            ),
            QueueMessage(message, "partenaire", orientation, extra={"lien": token}),
        ),
    )


@operation("suivre_orientation", FollowParameters, label="Noter où en est une orientation")
def follow_orientation(context: Context, *, orientation: UUID, statut: str, motif: str | None) -> Result:
    """Set the state of an orientation."""
    row = _orientation(context, orientation)
    return Result(effects=(FollowOrientation(row.id, statut, motif),))


@operation(
    "abandonner_orientations", AbandonParameters, label="Abandonner les demandes ouvertes", gives="nombre"
)
def abandon_orientations(context: Context, *, motif: str) -> Result:
    """Close every orientation of the case on which something was still expected."""
    open_rows = db.session.scalars(
        select(Orientation).where(
            Orientation.case_id == context.case_id, Orientation.status.not_in(sorted(FINAL))
        )
    ).all()
    effects = tuple(FollowOrientation(row.id, "abandonnee", motif) for row in open_rows)
    return Result({"nombre": len(effects)}, effects=effects)


def _case(context: Context) -> Case:
    case = db.session.get(Case, context.case_id) if context.case_id else None
    if case is None:
        raise HandlerFault(operation="preparer_orientations", cause="ce processus ne porte aucun dossier.")
    return case


@dataclass(frozen=True)
class _Asked:
    """What a verb needs to know of an orientation, stored or just proposed in this step."""

    id: UUID
    partner: Partner
    agreement: bool
    shared_fields: tuple[str, ...]


def _orientation(context: Context, orientation_id: UUID) -> _Asked:
    proposed = next(
        (e for e in context.earlier if isinstance(e, ProposeOrientation) and e.id == orientation_id), None
    )
    if proposed is not None:
        partner = db.session.scalars(select(Partner).where(Partner.id == proposed.partner_id)).one()
        return _Asked(proposed.id, partner, proposed.agreement, proposed.shared_fields)
    row = db.session.scalar(
        select(Orientation).where(Orientation.id == orientation_id, Orientation.case_id == context.case_id)
    )
    if row is None:
        raise HandlerFault(
            operation="suivre_orientation", cause="cette orientation n'existe pas dans ce dossier."
        )
    return _Asked(row.id, row.partner, row.agreement, tuple(row.shared_fields))
