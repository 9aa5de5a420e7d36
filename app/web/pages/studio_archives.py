"""The programme as one file: the draft or a release taken away, an archive or an old release brought in."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import BundleFault, Conflict, NotFound
from app.publishing import scenario_files
from app.publishing.scenarios import TooManyScenarios
from app.services import studio
from app.services.studio import proposals, titles
from app.web import studio_tabs
from app.web.permissions import actor, requires

blueprint = Blueprint("studio_archives", __name__)

_TYPES: Final = {"zip": "application/zip", "tar.gz": "application/gzip"}
MOVEMENTS: Final = {"added": "Ajouté", "changed": "Modifié", "removed": "Retiré"}


@blueprint.get("/t/<code>/atelier/archive/brouillon.<path:kind>")
@requires("programme.modifier", "programme.publier")
def draft(kind: str) -> ResponseReturnValue:
    """Give the draft as an archive."""
    studio.opened(actor())
    return _archive(None, kind)


@blueprint.get("/t/<code>/atelier/archive/version-<int(max=999999):number>.<path:kind>")
@requires("programme.modifier", "programme.publier", "territoire.administrer")
def release(number: int, kind: str) -> ResponseReturnValue:
    """Give a release as an archive."""
    return _archive(number, kind)


@blueprint.get("/t/<code>/atelier/importer")
@requires("programme.modifier")
def page() -> ResponseReturnValue:
    """Ask for an archive."""
    return _ask()


@blueprint.post("/t/<code>/atelier/importer")
@requires("programme.modifier")
def send() -> ResponseReturnValue:
    """Read an archive and show what it would change; the draft stays as it is."""
    sent = request.files.get("archive")
    if sent is None or not sent.filename:
        return _ask("Choisissez une archive .zip ou .tar.gz.")
    try:
        kept = proposals.of_archive(sent.filename, sent.read(), by=actor(), judge=scenario_files.expect)
    except BundleFault as fault:
        return _ask(fault.sentence)
    return redirect(url_for("studio_archives.preview", proposal_id=kept))


@blueprint.post("/t/<code>/atelier/importer/version-<int(max=999999):number>")
@requires("programme.modifier")
def from_release(number: int) -> ResponseReturnValue:
    """Show what the files of an earlier release would change in the draft."""
    kept = proposals.of_release(number, by=actor())
    return redirect(url_for("studio_archives.preview", proposal_id=kept))


@blueprint.get("/t/<code>/atelier/importer/<uuid:proposal_id>")
@requires("programme.modifier")
def preview(proposal_id: UUID) -> ResponseReturnValue:
    """Show what taking the proposal would change."""
    proposal = proposals.show(proposal_id)
    named = titles.of_files(dict.fromkeys(name for name, _ in proposal.moves), studio.vocabulary())
    rows = [
        {"name": name, "title": named[name], "movement": MOVEMENTS[move]} for name, move in proposal.moves
    ]
    moved = studio.opened(actor()).version != proposal.version
    brought: tuple[str, ...] = ()
    full = ""
    try:
        brought = scenario_files.news(proposal.scenarios)
    except Conflict as refused:
        full = refused.sentence
    return render_template(
        "pages/studio_import_preview.html",
        proposal=proposal,
        rows=rows,
        moved=moved,
        brought=brought,
        full=full,
        nothing=proposal.same and not brought and not full,
    )


@blueprint.post("/t/<code>/atelier/importer/<uuid:proposal_id>")
@requires("programme.modifier")
def take(proposal_id: UUID) -> ResponseReturnValue:
    """Put the proposal in the draft, or leave it."""
    if request.form.get("faire") == "laisser":
        proposals.leave(proposal_id)
        flash("Rien n'est importé.", "info")
        return redirect(url_for("studio.page"))
    try:
        _take(proposal_id)
    except NotFound:  # a second click
        flash("Cet import est déjà fait, ou laissé.", "info")
    except TooManyScenarios as full:
        flash(full.sentence, "warning")
        return redirect(url_for("studio_archives.preview", proposal_id=proposal_id))
    except Conflict:
        flash("Le brouillon a changé depuis : regardez de nouveau ce que l'import changerait.", "warning")
        return redirect(url_for("studio_archives.preview", proposal_id=proposal_id))
    else:
        flash("Le brouillon a pris ces fichiers. L'histoire de chacun garde son état d'avant.", "success")
    return redirect(url_for("studio.page"))


def _take(proposal_id: UUID) -> None:
    """Take the files, then the scenarios that came beside them; full, nothing is taken."""
    text = proposals.show(proposal_id).scenarios
    brought = scenario_files.news(text)
    proposals.take(proposal_id, by=actor())
    if brought:
        scenario_files.taken(text.encode(), by=actor())


def _archive(number: int | None, kind: str) -> Response:
    if kind not in _TYPES:
        raise NotFound
    name, data = proposals.export(number=number, packed=kind, scenarios=scenario_files.carried())
    answer = Response(data, mimetype=_TYPES[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _ask(problem: str | None = None) -> ResponseReturnValue:
    page = render_template("pages/studio_import.html", problem=problem, tabs=studio_tabs.tabs("studio.page"))
    return page, 422 if problem else 200
