"""Verbs of the directory: which sheets to verify, that one was, writing to structures by a link (ANG-5)."""

import secrets
from datetime import date
from typing import Any, Final
from uuid import UUID

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app.catalog.directory import CHECKED
from app.clock import PARIS
from app.database import db
from app.expressions import ExpressionError
from app.expressions.calendar import after, midnight
from app.handlers.directory_effects import VerifySheet, WriteToStructure
from app.handlers.letters import known_message
from app.handlers.registry import NAMES, Context, HandlerFault, Result, operation
from app.models import CharterSignature, CharterText, DirectorySheet, Partner, WatchFigure

SHEET, CHARTER, FIGURES = "fiche", "charte", "chiffres"
PURPOSES: Final = (SHEET, CHARTER, FIGURES)
"""What a structure's link is for: its sheet, the charter to sign, its figures of a quarter."""
_BYTES: Final = 16


class StaleParameters(Schema):
    """``delai``: after how long a sheet must be verified again; the territory's own unless said.

    ``au``: the day it is asked for; today unless said.
    """

    delai = fields.String(load_default=None, allow_none=True)
    au = fields.Date(load_default=None, allow_none=True)


class VerifyParameters(Schema):
    """``partenaire``: the structure whose sheet still holds; ``le``: the day, today unless said."""

    partenaire = fields.UUID(required=True)
    le = fields.Date(load_default=None, allow_none=True)


class WriteParameters(Schema):
    """``objet`` of the link, the ``message`` that carries it, and to whom.

    ``structures``: these ids; unless said, those from whom it is awaited: a sheet to verify, no signature of
    the charter in force, no figure for the ``trimestre`` (any day of it).
    """

    objet = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    message = fields.String(required=True, metadata={NAMES: "messages"})
    structures = fields.List(fields.UUID(), load_default=None, allow_none=True)
    trimestre = fields.Date(load_default=None, allow_none=True)


@operation(
    "fiches_a_verifier",
    StaleParameters,
    label="Relever les fiches à vérifier",
    gives="nombre, structures, noms",
)
def sheets_to_verify(context: Context, *, delai: str | None, au: date | None) -> Result:
    """List the active structures whose sheet was never verified, or too long ago; the oldest first."""
    rows = stale(context.bundle.settings.directory.checked if delai is None else delai, au or _today(context))
    return Result(
        {
            "nombre": len(rows),
            "structures": [str(row.id) for row in rows],
            "noms": ", ".join(row.name for row in rows),
        }
    )


@operation("verifier_fiche", VerifyParameters, label="Noter qu'une fiche est vérifiée", gives="partenaire")
def verify_sheet(context: Context, *, partenaire: UUID, le: date | None) -> Result:
    """Note that a structure's sheet still holds; whoever answered the step before is who says so."""
    known = db.session.scalar(select(Partner.name).where(Partner.id == partenaire))
    if known is None:
        raise HandlerFault(operation="verifier_fiche", cause="cette structure n'est pas à l'annuaire.")
    day = le or _today(context)
    return Result({"partenaire": str(partenaire)}, effects=(VerifySheet(partenaire, day),))


@operation(
    "ecrire_aux_structures",
    WriteParameters,
    label="Écrire aux structures, avec un lien personnel",
    gives="nombre, noms",
)
def write_to_structures(
    context: Context,
    *,
    objet: str,
    message: str,
    structures: list[UUID] | None,
    trimestre: date | None,
) -> Result:
    """Send each structure a link to answer without an account: its sheet, the charter, its figures."""
    known_message(message, context, "ecrire_aux_structures")
    quarter = first_day(trimestre or _today(context)) if objet == FIGURES else None
    rows = awaited(objet, context, quarter) if structures is None else _named(structures)
    effects = tuple(
        WriteToStructure(row.id, objet, message, secrets.token_urlsafe(_BYTES), quarter) for row in rows
    )
    return Result({"nombre": len(rows), "noms": ", ".join(row.name for row in rows)}, effects=effects)


def stale(checked: str, on: date) -> list[Partner]:
    """Return the active structures whose sheet must be verified, those never verified first.

    Raises:
        HandlerFault: ``checked`` is no duration.
    """
    found: list[tuple[date, str, Partner]] = []
    rows = db.session.execute(
        select(Partner, DirectorySheet.verified_on)
        .outerjoin(DirectorySheet, DirectorySheet.partner_id == Partner.id)
        .where(Partner.active)
    )
    for partner, verified in rows:
        if is_stale(verified, checked, on):
            found.append((verified or date.min, partner.name, partner))
    return [partner for _, _, partner in sorted(found, key=lambda one: one[:2])]


def is_stale(verified: date | None, checked: str, on: date) -> bool:
    """Whether a sheet verified on that day must be verified again.

    Raises:
        HandlerFault: ``checked`` is no duration.
    """
    try:
        return verified is None or after(midnight(verified), checked).date() <= on
    except ExpressionError as fault:
        raise HandlerFault(operation="fiches_a_verifier", cause=str(fault)) from fault


def awaited(purpose: str, context: Context, quarter: date | None) -> list[Partner]:
    """Return the structures from whom something is awaited, by name."""
    if purpose == SHEET:
        return stale(context.bundle.settings.directory.checked or CHECKED, _today(context))
    query = select(Partner).where(Partner.active).order_by(Partner.name)
    if purpose == CHARTER:
        return list(db.session.scalars(query.where(Partner.id.not_in(signatories()))))
    given = select(WatchFigure.partner_id).where(WatchFigure.quarter == quarter)
    return list(db.session.scalars(query.where(Partner.id.not_in(given))))


def signatories() -> Any:
    """Return the statement of the structures that have signed the charter in force."""
    latest = select(CharterText.id).order_by(CharterText.number.desc()).limit(1).scalar_subquery()
    return select(CharterSignature.partner_id).where(
        CharterSignature.charter_id == latest, CharterSignature.ended_on.is_(None)
    )


def first_day(day: date) -> date:
    """Return the first day of the quarter of ``day``."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def _named(ids: list[UUID]) -> list[Partner]:
    query = select(Partner).where(Partner.id.in_(ids), Partner.active).order_by(Partner.name)
    return list(db.session.scalars(query))


def _today(context: Context) -> date:
    return context.now.astimezone(PARIS).date()
