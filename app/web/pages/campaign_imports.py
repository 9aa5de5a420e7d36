"""A sheet of addresses: sent, matched, looked at line by line, then loaded or given up (CAR-5)."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog.sheets import SheetRefused
from app.catalog.uploads import safe_name
from app.documents.spreadsheet import csv_text
from app.services import campaign_imports, campaigns
from app.services.campaign_imports import PreviewChanged
from app.services.target_rows import FIELDS
from app.web.permissions import actor, requires

blueprint = Blueprint("campaign_imports", __name__)

SHOWN: Final = 20
"""Good rows shown as an example; every refused row is shown."""
MOST_REFUSED: Final = 500
"""Refused rows on the page; beyond, they are in the file to download."""


@blueprint.get("/t/<code>/campagnes/<uuid:campaign_id>/import")
@requires("campagnes.gerer")
def choose(campaign_id: UUID) -> ResponseReturnValue:
    """Ask for a file."""
    return _ask(campaign_id)


@blueprint.post("/t/<code>/campagnes/<uuid:campaign_id>/import")
@requires("campagnes.gerer")
def send(campaign_id: UUID) -> ResponseReturnValue:
    """Read a file and show its preview; nothing of it is loaded."""
    file = request.files.get("fichier")
    if file is None or not file.filename:
        return _ask(campaign_id, "Choisissez un fichier .xlsx ou .csv.")
    try:
        preview_id = campaign_imports.send(campaign_id, file.read(), safe_name(file.filename), by=actor())
    except SheetRefused as refusal:
        return _ask(campaign_id, refusal.sentence)
    return redirect(url_for("campaign_imports.preview", campaign_id=campaign_id, preview_id=preview_id))


@blueprint.get("/t/<code>/campagnes/<uuid:campaign_id>/import/<uuid:preview_id>")
@requires("campagnes.gerer")
def preview(campaign_id: UUID, preview_id: UUID) -> ResponseReturnValue:
    """Show what would be loaded, and every line that would not with its reason."""
    return _show(campaign_id, preview_id)


@blueprint.post("/t/<code>/campagnes/<uuid:campaign_id>/import/<uuid:preview_id>/colonnes")
@requires("campagnes.gerer")
def match(campaign_id: UUID, preview_id: UUID) -> ResponseReturnValue:
    """Say which column holds what."""
    mapping = {name: request.form.get(f"colonne_{name}", "") for name in FIELDS}
    campaign_imports.match(campaign_id, preview_id, mapping)
    return redirect(url_for("campaign_imports.preview", campaign_id=campaign_id, preview_id=preview_id))


@blueprint.post("/t/<code>/campagnes/<uuid:campaign_id>/import/<uuid:preview_id>/charger")
@requires("campagnes.gerer")
def load(campaign_id: UUID, preview_id: UUID) -> ResponseReturnValue:
    """Load the good rows, once; what has changed since the preview is shown again instead."""
    try:
        loaded = campaign_imports.load(campaign_id, preview_id, request.form.get("vu", ""), by=actor())
    except PreviewChanged as changed:
        if campaign_imports.show(campaign_id, preview_id).loaded:
            flash("Ce fichier est déjà chargé ; il ne l'est qu'une fois.", "info")
            return redirect(
                url_for("campaign_imports.preview", campaign_id=campaign_id, preview_id=preview_id)
            )
        flash(changed.sentence, "warning")
        return _show(campaign_id, preview_id, status=409)
    said = "Une adresse est chargée." if loaded == 1 else f"{loaded} adresses sont chargées."
    flash(said if loaded else "Aucune adresse n'est chargée.", "success" if loaded else "info")
    return redirect(url_for("campaign_imports.preview", campaign_id=campaign_id, preview_id=preview_id))


@blueprint.post("/t/<code>/campagnes/<uuid:campaign_id>/import/<uuid:preview_id>/abandonner")
@requires("campagnes.gerer")
def give_up(campaign_id: UUID, preview_id: UUID) -> ResponseReturnValue:
    """Drop a preview."""
    campaign_imports.give_up(campaign_id, preview_id)
    flash("Le fichier est oublié ; rien n'en a été gardé.", "info")
    return redirect(url_for("campaigns.page", campaign_id=campaign_id))


@blueprint.get("/t/<code>/campagnes/<uuid:campaign_id>/import/<uuid:preview_id>/lignes-refusees.csv")
@requires("campagnes.gerer")
def refused(campaign_id: UUID, preview_id: UUID) -> ResponseReturnValue:
    """Hand over the refused rows with their reasons, to be mended and sent again."""
    shown = campaign_imports.show(campaign_id, preview_id)
    text = csv_text(*campaign_imports.refused_table(shown))
    return Response(
        text,
        mimetype="text/csv; charset=utf-8",
        headers={"Content-Disposition": "attachment; filename=lignes-refusees.csv"},
    )


def _ask(campaign_id: UUID, problem: str | None = None) -> ResponseReturnValue:
    row = campaigns.find(campaign_id)
    page = render_template("pages/campaign_import.html", campaign=row, problem=problem, fields=FIELDS)
    return page, 422 if problem else 200


def _show(campaign_id: UUID, preview_id: UUID, *, status: int = 200) -> ResponseReturnValue:
    shown = campaign_imports.show(campaign_id, preview_id)
    page = render_template(
        "pages/campaign_preview.html",
        preview=shown,
        campaign=shown.campaign,
        fields=FIELDS,
        doors=shown.judged.doors[:SHOWN],
        good=len(shown.judged.doors),
        refused=shown.judged.refused[:MOST_REFUSED],
        bad=len(shown.judged.refused),
    )
    return page, status
