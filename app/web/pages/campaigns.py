"""Campaigns: their targets, their rounds, their results, for the team that prepares them (CAR-5)."""

import io
from datetime import date
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app import clock
from app.documents.spreadsheet import Cell, csv_lines
from app.documents.workbook import write_workbook
from app.errors import Invalid
from app.services import campaign_documents, campaign_results, campaigns, suppression
from app.web.permissions import actor, place, requires

blueprint = Blueprint("campaigns", __name__)

STATES: Final = {
    "preparation": ("En préparation", "todo"),
    "terrain": ("Sur le terrain", "active"),
    "close": ("Close", "done"),
    "abandonnee": ("Abandonnée", "stopped"),
}
ROUND_STATES: Final = {
    "prete": ("Prête", "todo"),
    "ouverte": ("Ouverte", "active"),
    "close": ("Close", "done"),
}
OUTCOMES: Final = {
    "a_voir": "à voir",
    "accord": "visites acceptées",
    "refus": "refus",
    "absent": "absents",
    "ecarte": "écartées",
}
SIZE: Final = 40
"""Doors that a round is proposed to have: a morning's walk."""
_CODE: Final = "code_tournee"


@blueprint.get("/t/<code>/campagnes")
@requires("campagnes.voir")
def listing() -> ResponseReturnValue:
    """List the campaigns, the newest first."""
    rows = [(row, targets, STATES[campaigns.state_of(row)]) for row, targets in campaigns.listing()]
    return render_template("pages/campaigns.html", rows=rows)


@blueprint.get("/t/<code>/campagnes/<uuid:campaign_id>")
@requires("campagnes.voir")
def page(campaign_id: UUID) -> ResponseReturnValue:
    """Show a campaign: where it stands, its rounds, what can be done."""
    return _show(campaign_id)


@blueprint.post("/t/<code>/campagnes/<uuid:campaign_id>/tournees")
@requires("campagnes.gerer")
def form_rounds(campaign_id: UUID) -> ResponseReturnValue:
    """Form rounds with the addresses that have none, or with the absent of closed rounds."""
    again = request.form.get("passage") == "second"
    act = campaigns.second_pass if again else campaigns.form_rounds
    typed = request.form.get("taille", "").strip()
    try:
        formed = act(campaign_id, int(typed) if typed.isdecimal() and len(typed) < 5 else 0, by=actor())
    except Invalid as refusal:
        return _show(campaign_id, refusal.problems, status=422)
    if formed:
        said = "Une tournée est formée" if formed == 1 else f"{formed} tournées sont formées"
        flash(f"{said}.", "success")
    else:
        flash("Aucune adresse ne reste à répartir.", "info")
    return redirect(url_for("campaigns.page", campaign_id=campaign_id) + "#tournees")


@blueprint.post("/t/<code>/campagnes/<uuid:campaign_id>/tournees/<uuid:round_id>/ouvrir")
@requires("campagnes.gerer")
def open_round(campaign_id: UUID, round_id: UUID) -> ResponseReturnValue:
    """Open a round; its code is shown once, on the page that follows."""
    given = campaigns.open_round(campaign_id, round_id, by=actor())
    cookie[_CODE] = {"tournee": str(round_id), "code": given}
    return redirect(url_for("campaigns.page", campaign_id=campaign_id))


@blueprint.post("/t/<code>/campagnes/<uuid:campaign_id>/tournees/<uuid:round_id>/dates")
@requires("campagnes.gerer")
def plan_round(campaign_id: UUID, round_id: UUID) -> ResponseReturnValue:
    """Say between which days a round is walked."""
    try:
        campaigns.plan_round(
            campaign_id, round_id, opens_on=_day("du"), closes_on=_day("jusquau"), by=actor()
        )
    except Invalid as refusal:
        return _show(campaign_id, refusal.problems, status=422)
    flash("Les dates de la tournée sont enregistrées.", "success")
    return redirect(url_for("campaigns.page", campaign_id=campaign_id) + "#tournees")


@blueprint.post("/t/<code>/campagnes/<uuid:campaign_id>/tournees/<uuid:round_id>/clore")
@requires("campagnes.gerer")
def close_round(campaign_id: UUID, round_id: UUID) -> ResponseReturnValue:
    """Close a round: its phone opens nothing any more."""
    campaigns.close_round(campaign_id, round_id, by=actor())
    flash("La tournée est close : son code ne sert plus.", "success")
    return redirect(url_for("campaigns.page", campaign_id=campaign_id) + "#tournees")


@blueprint.get("/t/<code>/campagnes/<uuid:campaign_id>/resultats")
@requires("campagnes.voir")
def results(campaign_id: UUID) -> ResponseReturnValue:
    """Show what a campaign gave, exact or as it may be told."""
    found = campaign_results.results(campaign_id, public=_public())
    return render_template(
        "pages/campaign_results.html",
        found=found,
        headings=campaign_results.HEADINGS,
        hidden=suppression.HIDDEN,
        facts=campaign_results.document_facts(found),
        printed=campaign_documents.printed(campaign_id),
    )


@blueprint.get("/t/<code>/campagnes/<uuid:campaign_id>/resultats.<ending>")
@requires("campagnes.voir")
def export(campaign_id: UUID, ending: str) -> ResponseReturnValue:
    """Hand the results over as a workbook or as CSV; the export is journalled (LAW-8)."""
    kind = "csv" if ending == "csv" else "xlsx"
    found = campaign_results.export(campaign_id, public=_public(), kind=kind, by=actor())
    version = "publique" if found.public else "interne"
    name = f"resultats-campagne-{version}-{clock.today().isoformat()}.{kind}"
    return send_file(_file(found, kind, version), as_attachment=True, download_name=name, max_age=0)


@blueprint.post("/t/<code>/campagnes/<uuid:campaign_id>/resultats/pdf")
@requires("campagnes.voir")
def order(campaign_id: UUID) -> ResponseReturnValue:
    """Have the results printed; the document is there a moment later."""
    public = request.form.get("version") != "interne"
    campaign_documents.order(campaign_id, public=public, by=actor())
    flash("Le document est en préparation. Rechargez la page dans un instant pour l'ouvrir.", "info")
    version = None if public else "interne"
    return redirect(url_for("campaigns.results", campaign_id=campaign_id, version=version) + "#documents")


def _file(found: campaign_results.Results, kind: str, version: str) -> io.BytesIO:
    headers, rows = campaign_results.table(found)
    where = place()
    about: list[tuple[str, Cell]] = [
        ("Territoire", where.name if where else ""),
        ("Campagne", found.campaign.name),
        ("Version", version),
        ("Exporté par", actor().name),
        ("Exporté le", clock.now()),
    ]
    target = io.BytesIO()
    if kind == "xlsx":
        write_workbook(target, name="Résultats", headers=headers, rows=rows, about=about)
    else:
        for line in csv_lines(headers, rows, about=f"{found.campaign.name}, version {version}"):
            target.write(line.encode())
    target.seek(0)
    return target


def _public() -> bool:
    return request.args.get("version") != "interne"


def _day(name: str) -> date | None:
    typed = request.form.get(name, "").strip()
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Invalid({name: ["Écrivez une date, par exemple 2026-03-15."]}) from None


def _show(
    campaign_id: UUID, problems: dict[str, list[str]] | None = None, *, status: int = 200
) -> ResponseReturnValue:
    board = campaigns.board(campaign_id)
    given = cookie.pop(_CODE, None)
    row = next((row for row in board.rounds if given and str(row.id) == given["tournee"]), None)
    page = render_template(
        "pages/campaign.html",
        board=board,
        campaign=board.campaign,
        state=campaigns.state_of(board.campaign),
        states=STATES,
        round_states=ROUND_STATES,
        outcomes=OUTCOMES,
        size=SIZE,
        problems=problems or {},
        errors=[
            {"href": f"#{name}", "text": text} for name, texts in (problems or {}).items() for text in texts
        ],
        given=given if row is not None else None,
        given_round=row,
    )
    return page, status
