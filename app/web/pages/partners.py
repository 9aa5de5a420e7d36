"""The directory of partners: read by all, kept by whoever administers the territory (CAR-9, CAR-12)."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Invalid, NotFound
from app.models import Partner
from app.services import directory_sheets, partners, releases
from app.web.pages.directory import tabs
from app.web.permissions import actor, requires

blueprint = Blueprint("partners", __name__)

KEEP: Final = directory_sheets.KEEP
SENT = ("genre", "nom", "courriel", "telephone", "adresse", "note")
"""What the sheet sends beside the communes and the box « Peut être sollicité »."""


@blueprint.get("/t/<code>/partenaires")
@requires("dossiers.voir", "territoire.administrer", "annuaire.agir")
def directory() -> ResponseReturnValue:
    """List the partners, narrowed to a kind and a commune."""
    settings = releases.current().settings
    kind, insee = request.args.get("genre", ""), request.args.get("commune", "")
    rows = partners.listing(kind=kind, insee=insee)
    communes = {commune.insee: commune.name for commune in settings.communes}
    return render_template(
        "pages/partners.html",
        rows=[(row, _kind(row), [communes.get(code, code) for code in row.communes]) for row in rows],
        kinds=settings.partner_kinds.values(),
        communes=settings.communes,
        kind=kind,
        insee=insee,
        total=len(communes),
        keeps=directory_sheets.may_keep(actor()),
        tabs=tabs("partners.directory"),
    )


@blueprint.get("/t/<code>/partenaires/nouveau")
@requires(*KEEP)
def new() -> ResponseReturnValue:
    """Show an empty sheet."""
    return _sheet(None, {"actif": True}, {})


@blueprint.get("/t/<code>/partenaires/<uuid:partner_id>")
@requires(*KEEP)
def edit(partner_id: UUID) -> ResponseReturnValue:
    """Show a partner's sheet."""
    row = next((row for row in partners.listing() if row.id == partner_id), None)
    if row is None:
        raise NotFound
    facts = {
        "genre": row.kind,
        "nom": row.name,
        "courriel": row.email,
        "telephone": row.phone,
        "adresse": row.address,
        "note": row.note,
        "communes": row.communes,
        "actif": row.active,
    }
    return _sheet(partner_id, facts, {})


@blueprint.post("/t/<code>/partenaires/nouveau", defaults={"partner_id": None})
@blueprint.post("/t/<code>/partenaires/<uuid:partner_id>")
@requires(*KEEP)
def save(partner_id: UUID | None) -> ResponseReturnValue:
    """Keep a partner's sheet."""
    sent = request.form
    facts: dict[str, Any] = {name: sent.get(name, "") for name in SENT}
    facts |= {"communes": sent.getlist("communes"), "actif": sent.get("actif") == "oui"}
    try:
        partners.save(partner_id, facts, by=actor())
    except Invalid as refusal:
        return _sheet(partner_id, facts, refusal.problems)
    flash(f"La fiche de {facts['nom'].strip()} est enregistrée.", "success")
    return redirect(url_for("partners.directory"))


def _kind(row: Partner) -> str:
    kinds = releases.current().settings.partner_kinds
    return kinds[row.kind].label if row.kind in kinds else row.kind


def _sheet(
    partner_id: UUID | None, facts: dict[str, Any], problems: dict[str, list[str]]
) -> ResponseReturnValue:
    settings = releases.current().settings
    page = render_template(
        "pages/partner.html",
        partner_id=partner_id,
        facts=facts,
        problems=problems,
        errors=[{"href": f"#{name}", "text": text} for name, texts in problems.items() for text in texts],
        kinds=settings.partner_kinds.values(),
        communes=settings.communes,
    )
    return page, 422 if problems else 200
