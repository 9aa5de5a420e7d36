"""What is new upstream: the lineage, what would come in, what both sides changed; what is offered here."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Invalid, NotFound
from app.merging import Choice
from app.services import offers, pulls
from app.services.pulls import DraftMoved, OriginLost, Preview
from app.web import pull_shown
from app.web.permissions import actor, requires

blueprint = Blueprint("studio_pull", __name__)


@blueprint.get("/t/<code>/atelier/nouveautes")
@requires("programme.modifier", "territoires.ouvrir")
def page() -> ResponseReturnValue:
    """Show where the programme comes from, what is new there, and what is offered from here."""
    return _page({}, {})


@blueprint.post("/t/<code>/atelier/nouveautes/offrir")
@requires("territoires.ouvrir")
def offer() -> ResponseReturnValue:
    """Offer a release to the other territories, or offer it no more."""
    number = request.form.get("version", type=int) or 0
    if request.form.get("geste") == "retirer":
        offers.withdraw(number, by=actor())
        flash(f"La version {number} n'est plus offerte. Ce qui en a été repris reste.", "success")
        return redirect(url_for("studio_pull.page"))
    words = request.form.get("mots", "")
    try:
        offers.offer(number, words, by=actor())
    except Invalid as refusal:
        return _page({"version": number, "mots": words}, refusal.problems)
    flash(f"La version {number} est offerte aux autres territoires.", "success")
    return redirect(url_for("studio_pull.page"))


@blueprint.get("/t/<code>/atelier/nouveautes/<source>/<int(max=999999):number>")
@requires("territoires.ouvrir")
def preview(source: str, number: int) -> ResponseReturnValue:
    """Show what a release would bring into the draft; nothing is written."""
    return _preview(source, number, {})


@blueprint.post("/t/<code>/atelier/nouveautes/<source>/<int(max=999999):number>")
@requires("territoires.ouvrir")
def apply(source: str, number: int) -> ResponseReturnValue:
    """Show the merge again with what was chosen, or put it into the draft."""
    choices = _choices()
    if request.form.get("geste") != "appliquer":
        return _preview(source, number, choices)
    expected = request.form.get("brouillon", type=int) or 0
    waiting = [key for key in request.form.getlist("conflit") if key not in choices]
    if waiting:
        told = [{"href": f"#c-{key}", "text": "Choisissez ce qui reste."} for key in waiting]
        return _preview(source, number, choices, errors=told, status=422)
    try:
        found = pulls.apply(source, number, choices=choices, expected=expected, by=actor())
    except DraftMoved as fault:
        return _preview(source, number, choices, problem=fault.sentence, status=409)
    flash(
        f"Le brouillon a récupéré la version {number} de « {found.upstream.name} ». "
        "Vérifiez-le, éprouvez-le, puis publiez.",
        "success",
    )
    return redirect(url_for("studio.page"))


def _choices() -> dict[str, Choice]:
    found = {}
    for key in request.form.getlist("conflit"):
        side = request.form.get(f"choix-{key}")
        if side in ("ours", "theirs"):
            found[key] = Choice("ours" if side == "ours" else "theirs")
        elif side == "edit":
            found[key] = Choice("edit", request.form.get(f"valeur-{key}", ""))
    return found


def _page(typed: dict[str, Any], problems: dict[str, list[str]]) -> ResponseReturnValue:
    may = actor().rights.may(offers.RIGHT)
    page = render_template(
        "pages/studio_pull.html",
        ancestors=pulls.lineage(),
        history=pulls.history(),
        own=offers.own(),
        may_open=may,
        opening=url_for("opening.page") if "opening.page" in current_app.view_functions else "",
        typed=typed,
        problems=problems,
        errors=[{"href": f"#{key}", "text": text} for key, texts in problems.items() for text in texts],
    )
    return page, 422 if problems else 200


def _preview(
    source: str,
    number: int,
    choices: dict[str, Choice],
    *,
    problem: str = "",
    errors: list[dict[str, str]] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    try:
        found: Preview = pulls.preview(source, number, by=actor(), choices=choices)
    except OriginLost as fault:
        flash(fault.sentence, "error")
        return redirect(url_for("studio_pull.page"))
    ancestor = next((one for one in pulls.lineage() if one.territory == source), None)
    if ancestor is None:
        raise NotFound
    page = render_template(
        "pages/studio_pull_preview.html",
        found=found,
        between=[one for one in ancestor.newer if one.number <= number],
        **pull_shown.shown(found),
        problem=problem,
        errors=errors or [],
    )
    return page, status
