"""What changes envelopes and quotas; what is refused comes back with what to do (AST-2, AST-10, CAR-13)."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Invalid
from app.services import agreements, envelopes, quota_changes, releases, spending
from app.web import money_typed as typed
from app.web.pages.money import envelope_page, quota_page
from app.web.pages.money_changes import comma, errors
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
    try:
        typed.must_read("fin")
        wanted = envelopes.Wanted(
            code=typed.text("enveloppe"),
            amount=typed.amount("montant"),
            starts_on=typed.day("debut"),
            ends_on=typed.day("fin"),
            agreement_id=typed.an_id("convention"),
        )
        kept = envelopes.save(envelope_id, wanted, version=typed.version(), by=actor())
    except Invalid as refusal:
        return _envelope_form(envelope_id, dict(request.form), refusal.problems, typed.version())
    flash("L'enveloppe est enregistrée.", "success")
    return redirect(url_for("money.envelope", envelope_id=kept))


def _envelope_form(
    envelope_id: UUID | None, sent: dict[str, Any], problems: dict[str, list[str]], version: int
) -> ResponseReturnValue:
    page = render_template(
        "pages/budget_envelope_form.html",
        envelope_id=envelope_id,
        sent=sent,
        problems=problems,
        errors=errors(problems),
        version=version,
        settings=releases.current().settings.money,
        agreements=agreements.listing(),
    )
    return page, 422 if problems else 200


@blueprint.post("/t/<code>/budget/enveloppes/<uuid:envelope_id>/depenses")
@requires("budget.agir")
def spend(envelope_id: UUID) -> ResponseReturnValue:
    """Note a spending by hand."""
    try:
        typed.must_read("heures")
        facts = spending.Spending(
            nature=typed.text("nature"),
            label=typed.text("libelle"),
            amount=typed.amount("montant"),
            on=typed.day("le"),
            partner_id=typed.an_id("structure"),
            case_reference=typed.text("dossier"),
            hours=typed.amount("heures"),
        )
        spending.note(envelope_id, facts, version=typed.version(), by=actor())
    except Invalid as refusal:
        return envelope_page(envelope_id, refusal.problems)
    flash("La dépense est notée.", "success")
    return redirect(url_for("money.envelope", envelope_id=envelope_id))


@blueprint.post("/t/<code>/budget/quotas/<quota>")
@requires("budget.agir")
def save_quota(quota: str) -> ResponseReturnValue:
    """Change the number of places, of all or of one operator."""
    try:
        typed.must_read("fin")
        wanted = quota_changes.Wanted(
            code=quota,
            partner_id=typed.an_id("structure"),
            count=typed.whole("nombre"),
            starts_on=typed.day("debut"),
            ends_on=typed.day("fin"),
        )
        quota_changes.save(wanted, version=typed.version(), by=actor())
    except Invalid as refusal:
        return quota_page(quota, refusal.problems)
    flash("Le quota est enregistré. Les dossiers en attente qui ont une place sont prévenus.", "success")
    return redirect(url_for("money.quota", quota=quota))


@blueprint.post("/t/<code>/budget/places/<uuid:place_id>/rendre")
@requires("budget.agir")
def release_place(place_id: UUID) -> ResponseReturnValue:
    """Give a place back by hand."""
    try:
        quota = quota_changes.release_by_hand(place_id, reason=typed.text("motif"), by=actor())
    except Invalid as refusal:
        flash(" ".join(refusal.problems["motif"]), "error")
        return redirect(url_for("money.quota", quota=typed.text("quota") or "-"))
    flash("La place est rendue ; le suivant de la liste d'attente la reçoit.", "success")
    return redirect(url_for("money.quota", quota=quota))
