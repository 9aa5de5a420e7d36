"""Taking over what a territory follows in a spreadsheet: send, match, look, confirm, undo."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog.sheets import SheetRefused
from app.catalog.uploads import safe_name
from app.documents.spreadsheet import csv_text
from app.services.takeover import batches, choices, placing, preview, results, samples, undoing
from app.services.takeover.batches import NotMatched
from app.services.takeover.errors import BatchBusy, StalePreview, WorkedOn
from app.web.permissions import actor, requires
from app.web.takeover_typed import typed

blueprint = Blueprint("takeover", __name__)

MOST_PROBLEMS: Final = 300
"""Lines of the list of what is wrong; beyond, the sheet is to be put right first."""
STATES: Final = {
    "draft": ("À confirmer", "todo"),
    "running": ("En cours de reprise", "active"),
    "done": ("Repris", "done"),
    "undoing": ("Annulation en cours", "active"),
    "undone": ("Annulé", "stopped"),
    "dropped": ("Abandonné", "stopped"),
}
ROW_STATES: Final = {
    "waiting": ("En attente", "waiting"),
    "placed": ("Repris", "done"),
    "refused": ("Non repris", "stopped"),
    "undone": ("Annulé", "stopped"),
}


@blueprint.get("/t/<code>/reprise")
@requires("reprise.agir")
def page() -> ResponseReturnValue:
    """Ask for a spreadsheet; list the lots already sent."""
    return _ask()


@blueprint.post("/t/<code>/reprise")
@requires("reprise.agir")
def send() -> ResponseReturnValue:
    """Read a spreadsheet and ask what its columns mean; nothing of it becomes a case yet."""
    file, beside = request.files.get("fichier"), request.files.get("visites")
    if file is None or not file.filename:
        return _ask("Choisissez un fichier .xlsx ou .csv.")
    visits = (beside.read(), safe_name(beside.filename)) if beside is not None and beside.filename else None
    try:
        batch_id = batches.receive(file.read(), safe_name(file.filename), by=actor(), visits=visits)
    except SheetRefused as refusal:
        return _ask(refusal.sentence)
    return redirect(url_for("takeover.columns", batch_id=batch_id))


def _ask(problem: str | None = None) -> ResponseReturnValue:
    shown = render_template(
        "pages/takeover.html",
        rows=batches.listing(actor()),
        states=STATES,
        problem=problem,
        most=batches.MOST_LINES,
    )
    return shown, 422 if problem else 200


@blueprint.get("/t/<code>/reprise/<uuid:batch_id>/colonnes")
@requires("reprise.agir")
def columns(batch_id: UUID) -> ResponseReturnValue:
    """Ask what each column means."""
    sent = batches.find(batch_id, actor())
    if sent.status != "draft":
        return redirect(url_for("takeover.lot", batch_id=batch_id))
    return render_template(
        "pages/takeover_columns.html",
        sent=sent,
        asked=choices.of(sent),
        profiles=[row.name for row in batches.profiles()],
    )


@blueprint.post("/t/<code>/reprise/<uuid:batch_id>/colonnes")
@requires("reprise.agir")
def match(batch_id: UUID) -> ResponseReturnValue:
    """Keep what each column means, then show what the lot would become, or ask again."""
    sent = batches.find(batch_id, actor())
    chosen = typed(request.form, choices.of(sent), sent.matching)
    profile = request.form.get("profil", "").strip()[:80]
    batches.match(batch_id, chosen, by=actor(), profile=profile)
    if request.form.get("suite") == "rester":
        flash("La correspondance est enregistrée.", "success")
        return redirect(url_for("takeover.columns", batch_id=batch_id))
    return redirect(url_for("takeover.look", batch_id=batch_id))


@blueprint.get("/t/<code>/reprise/<uuid:batch_id>/apercu")
@requires("reprise.agir")
def look(batch_id: UUID) -> ResponseReturnValue:
    """Show what a lot would become: what is wrong by line, how many land at each step, ten of them played."""
    return _look(batch_id)


def _look(batch_id: UUID, status: int = 200) -> ResponseReturnValue:
    sent = batches.find(batch_id, actor())
    if sent.status != "draft":
        return redirect(url_for("takeover.lot", batch_id=batch_id))
    seen = preview.read(sent)
    shown = render_template(
        "pages/takeover_preview.html",
        sent=sent,
        seen=seen,
        problems=seen.problems[:MOST_PROBLEMS],
        played=samples.play(sent, seen.ready, actor()),
        profile=sent.profile,
    )
    return shown, status


@blueprint.post("/t/<code>/reprise/<uuid:batch_id>/confirmer")
@requires("reprise.agir")
def confirm(batch_id: UUID) -> ResponseReturnValue:
    """Let the good lines of a lot become cases, once; a preview that is out of date is shown again."""
    try:
        count = placing.confirm(batch_id, request.form.get("vu", ""), by=actor())
    except StalePreview as stale:
        flash(stale.sentence, "warning")
        return _look(batch_id, 409)
    except NotMatched as lacking:
        flash(lacking.sentence, "warning")
        return _look(batch_id, 409)
    except BatchBusy:
        flash("Cette reprise est déjà confirmée : elle ne l'est qu'une fois.", "info")
        return redirect(url_for("takeover.lot", batch_id=batch_id))
    flash(f"La reprise de {count} dossiers commence." if count > 1 else "La reprise commence.", "success")
    return redirect(url_for("takeover.lot", batch_id=batch_id))


@blueprint.post("/t/<code>/reprise/<uuid:batch_id>/abandonner")
@requires("reprise.agir")
def give_up(batch_id: UUID) -> ResponseReturnValue:
    """Forget a lot before it is confirmed."""
    batches.drop(batch_id, by=actor())
    flash("Le fichier est oublié ; rien n'en a été gardé.", "info")
    return redirect(url_for("takeover.page"))


@blueprint.get("/t/<code>/reprise/<uuid:batch_id>")
@requires("reprise.agir")
def lot(batch_id: UUID) -> ResponseReturnValue:
    """Show how far a confirmed lot is, and what became of each line."""
    sent = batches.find(batch_id, actor())
    if sent.status == "draft":
        return redirect(url_for("takeover.columns", batch_id=batch_id))
    found = results.of(batch_id, page=request.args.get("page", 1, type=int))
    return render_template(
        "pages/takeover_lot.html", sent=sent, found=found, states=STATES, row_states=ROW_STATES
    )


@blueprint.get("/t/<code>/reprise/<uuid:batch_id>/lignes-non-reprises.csv")
@requires("reprise.agir")
def refused(batch_id: UUID) -> ResponseReturnValue:
    """Hand over the lines that were not taken over, with their reasons, to be put right and sent again."""
    return Response(
        csv_text(*results.refused(batch_id, by=actor())),
        mimetype="text/csv; charset=utf-8",
        headers={"Content-Disposition": "attachment; filename=lignes-non-reprises.csv"},
    )


@blueprint.post("/t/<code>/reprise/<uuid:batch_id>/annuler")
@requires("reprise.agir")
def undo(batch_id: UUID) -> ResponseReturnValue:
    """Take out every case of a lot on which nobody has worked."""
    undoing.undo_all(batch_id, by=actor())
    flash("L'annulation commence. Les dossiers sur lesquels quelqu'un a travaillé restent.", "info")
    return redirect(url_for("takeover.lot", batch_id=batch_id))


@blueprint.post("/t/<code>/reprise/<uuid:batch_id>/lignes/<uuid:row_id>/annuler")
@requires("reprise.agir")
def undo_one(batch_id: UUID, row_id: UUID) -> ResponseReturnValue:
    """Take out one case."""
    batches.find(batch_id, actor())
    try:
        undoing.undo_case(row_id, by=actor())
    except WorkedOn as refusal:
        flash(refusal.sentence, "warning")
    else:
        flash("Le dossier est annulé : il n'en reste que la trace au journal.", "success")
    return redirect(url_for("takeover.lot", batch_id=batch_id))
