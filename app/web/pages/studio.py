"""The first page of the studio: what the programme holds, what changed, what is wrong, who is at work."""

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from app.checker import Problem
from app.errors import BundleFault, Conflict
from app.services import releases, studio
from app.services.studio import FileState
from app.web import studio_tabs
from app.web.permissions import actor, requires

blueprint = Blueprint("studio", __name__)

PARTS: Final = (
    ("bpmn", "Processus", "Le diagramme de chaque parcours."),
    ("dmn", "Décisions", "Les tables qui choisissent."),
    ("forms", "Formulaires", "Ce qui est demandé aux étapes."),
    ("messages", "Messages", "Les courriels et les avis."),
    ("documents", "Documents", "Les lettres et les comptes rendus."),
    ("", "Réglages", "Rôles, couloirs, délais partagés, indicateurs."),
)
KINDS: Final = {
    "bpmn": "un processus",
    "dmn": "une table de décision",
    "forms": "un formulaire",
    "messages": "un message",
    "documents": "un document",
}
MOST_PROBLEMS: Final = 200
"""Problems on the page; all are counted."""


@blueprint.record
def _offer_tabs(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals["studio_tabs"] = studio_tabs.tabs


@blueprint.get("/t/<code>/atelier")
@requires("programme.modifier", "programme.publier")
def page() -> ResponseReturnValue:
    """Show the draft at a glance; it is begun from the current release by the first who opens it."""
    return _shown()


@blueprint.post("/t/<code>/atelier/ajouter")
@requires("programme.modifier")
def add() -> ResponseReturnValue:
    """Begin a file, then open it."""
    try:
        file = studio.add(request.form.get("genre", ""), request.form.get("nom", ""), by=actor())
    except (BundleFault, Conflict) as fault:
        return _shown(problem=("nom", fault.sentence), status=422)
    flash("Le fichier est ajouté au brouillon.", "success")
    return redirect(studio_tabs.editor(file.name) or url_for("studio_files.page", name=file.name))


@blueprint.post("/t/<code>/atelier/envoyer")
@requires("programme.modifier")
def bring() -> ResponseReturnValue:
    """Take a file brought from another tool, then say what must be adapted in it."""
    sent = request.files.get("fichier")
    if sent is None or not sent.filename:
        return _shown(problem=("fichier", "Choisissez un fichier."), status=422)
    try:
        file, said = studio.bring(sent.filename, sent.read(), by=actor())
    except (BundleFault, Conflict) as fault:
        return _shown(problem=("fichier", fault.sentence), status=422)
    for sentence in said:
        flash(sentence, "info")
    flash(f"« {file.name} » est dans le brouillon.", "success")
    return redirect(url_for("studio_files.page", name=file.name))


def _shown(*, problem: tuple[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    draft = studio.opened(actor())
    problems = studio.problems()
    states = studio.states(problems, studio.at_work(actor()))
    moved = [state for state in states if state.movement is not None]
    page = render_template(
        "pages/studio.html",
        draft=draft,
        current=releases.newest(),
        parts=[_part(*part, states) for part in PARTS],
        moved=len(moved),
        errors=sum(item.severity == "error" for item in problems),
        warnings=sum(item.severity != "error" for item in problems),
        problems=told(problems[:MOST_PROBLEMS], {state.name: state.title for state in states}),
        rest=max(0, len(problems) - MOST_PROBLEMS),
        kinds=KINDS,
        wrong={problem[0]: problem[1]} if problem else {},
        typed=request.form,
        may_change=actor().rights.may("programme.modifier"),
    )
    return page, status


def _part(folder: str, label: str, hint: str, states: Sequence[FileState]) -> dict[str, Any]:
    files = [_file(state) for state in states if state.folder == folder]
    return {"folder": folder, "label": label, "hint": hint, "files": files}


def _file(state: FileState) -> dict[str, Any]:
    gone = state.movement == "removed"
    sheet = url_for("studio_files.page", name=state.name)
    return {
        "state": state,
        "href": None if gone else studio_tabs.editor(state.name),
        "listed": None if gone else studio_tabs.editor(state.name, listed=True),
        "sheet": sheet,
    }


def told(problems: Sequence[Problem], titles: dict[str, str]) -> list[dict[str, Any]]:
    """Return problems as lines, errors first, each with the address where it is mended."""
    lines = []
    for item in sorted(problems, key=lambda item: item.severity != "error"):
        href = studio_tabs.editor(item.path) or url_for("studio_files.page", name=item.path)
        lines.append(
            {
                "title": titles.get(item.path, item.path),
                "element": item.element,
                "error": item.severity == "error",
                "message": item.message,
                "href": f"{href}#{item.element}" if item.element else href,
            }
        )
    return lines
