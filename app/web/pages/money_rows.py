"""What changes envelopes and quotas; what is refused comes back with what to do (AST-2, AST-10, CAR-13)."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from app.services import agreements, envelopes, quota_changes, spending
from app.web import money_typed as typed
from app.web.money_answers import Problems, answered, comma, form_page, sent_back
from app.web.pages.money import envelope_page, quota_page
from app.web.permissions import actor, requires

blueprint = Blueprint("money_rows", __name__)


@blueprint.get("/t/<code>/budget/enveloppes/nouvelle")
@requires("budget.agir")
def new_envelope() -> ResponseReturnValue:
    """Show an empty envelope."""
    return _envelope_form(None, {}, {}, 0)


@blueprint.get("/t/<code>/budget/enveloppes/<uuid:envelope_id>/modifier")
@requires("budget.agir")
def edit_envelope(envelope_id: UUID) -> ResponseReturnValue:
    """Show an envelope to be changed."""
    row = envelopes.get(envelope_id)
    sent = {
        "enveloppe": row.code, "montant": comma(row.amount), "debut": row.starts_on, "fin": row.ends_on,
        "convention": str(row.agreement_id or ""),
    }  # fmt: skip
    return _envelope_form(envelope_id, sent, {}, row.version)


@blueprint.post("/t/<code>/budget/enveloppes/nouvelle", defaults={"envelope_id": None})
@blueprint.post("/t/<code>/budget/enveloppes/<uuid:envelope_id>/modifier")
@requires("budget.agir")
def save_envelope(envelope_id: UUID | None) -> ResponseReturnValue:
    """Keep an envelope."""
    return answered(
        lambda: envelopes.save(envelope_id, _wanted(), version=typed.version(), by=actor()),
        "L'enveloppe est enregistrée.",
        then=_envelope,
        refused=lambda problems: _envelope_form(envelope_id, dict(request.form), problems, typed.version()),
    )


def _wanted() -> envelopes.Wanted:
    typed.must_read("fin")
    return envelopes.Wanted(
        code=typed.text("enveloppe"),
        amount=typed.amount("montant"),
        starts_on=typed.day("debut"),
        ends_on=typed.day("fin"),
        agreement_id=typed.an_id("convention"),
    )


def _envelope(envelope_id: UUID) -> str:
    return url_for("money.envelope", envelope_id=envelope_id)


def _envelope_form(
    envelope_id: UUID | None, sent: dict[str, Any], problems: Problems, version: int
) -> ResponseReturnValue:
    known = agreements.listing()
    return form_page(
        "budget_envelope_form", sent, problems, version, envelope_id=envelope_id, agreements=known
    )


@blueprint.post("/t/<code>/budget/enveloppes/<uuid:envelope_id>/depenses")
@requires("budget.agir")
def spend(envelope_id: UUID) -> ResponseReturnValue:
    """Note a spending by hand."""
    return answered(
        lambda: spending.note(envelope_id, _spent(), version=typed.version(), by=actor()),
        "La dépense est notée.",
        then=lambda _: _envelope(envelope_id),
        refused=lambda problems: envelope_page(envelope_id, problems),
    )


def _spent() -> spending.Spending:
    typed.must_read("heures")
    return spending.Spending(
        nature=typed.text("nature"),
        label=typed.text("libelle"),
        amount=typed.amount("montant"),
        on=typed.day("le"),
        partner_id=typed.an_id("structure"),
        case_reference=typed.text("dossier"),
        hours=typed.amount("heures"),
    )


@blueprint.post("/t/<code>/budget/quotas/<quota>")
@requires("budget.agir")
def save_quota(quota: str) -> ResponseReturnValue:
    """Change the number of places, of all or of one operator."""
    return answered(
        lambda: quota_changes.save(_places(quota), version=typed.version(), by=actor()),
        "Le quota est enregistré. Les dossiers en attente qui ont une place sont prévenus.",
        then=lambda _: _quota(quota),
        refused=lambda problems: quota_page(quota, problems),
    )


def _places(quota: str) -> quota_changes.Wanted:
    typed.must_read("fin")
    return quota_changes.Wanted(
        code=quota,
        partner_id=typed.an_id("structure"),
        count=typed.whole("nombre"),
        starts_on=typed.day("debut"),
        ends_on=typed.day("fin"),
    )


@blueprint.post("/t/<code>/budget/places/<uuid:place_id>/rendre")
@requires("budget.agir")
def release_place(place_id: UUID) -> ResponseReturnValue:
    """Give a place back by hand."""
    return answered(
        lambda: quota_changes.release_by_hand(place_id, reason=typed.text("motif"), by=actor()),
        "La place est rendue ; le suivant de la liste d'attente la reçoit.",
        then=_quota,
        refused=sent_back(_quota(typed.text("quota") or "-")),
    )


def _quota(quota: str) -> str:
    return url_for("money.quota", quota=quota)
