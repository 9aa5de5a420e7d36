"""One invented case lived by hand in the draft: its steps answered, time let go by, what leaves and why."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app import clock
from app.catalog.submission import Flat
from app.errors import Conflict, Invalid
from app.models import Walk
from app.publishing import expectations, scenarios, walks
from app.services import studio
from app.web import walk_shown
from app.web.formats import full_day, hour
from app.web.forms import anchor
from app.web.permissions import actor, requires

blueprint = Blueprint("studio_walks", __name__)

_OWN: Final = frozenset({"csrf_token", "_version", "_geste", "_etape", "_place", "_nom", "_acte"})
"""Fields of the page itself, that no form can name: all the others are answers."""


@blueprint.get("/t/<code>/atelier/pas-a-pas")
@requires("programme.modifier")
def page() -> ResponseReturnValue:
    """Begin a walk, or take one up again."""
    studio.opened(actor())
    return _ask({}, {})


def _ask(
    values: Mapping[str, str], problems: Mapping[str, list[str]], status: int = 200
) -> ResponseReturnValue:
    shown = render_template(
        "pages/studio_walks.html",
        rows=[walk_shown.line(row) for row in walks.listing()],
        values=values,
        problems=problems,
        errors=[
            {"href": f"#{name}", "text": sentence} for name, lines in problems.items() for sentence in lines
        ],
        today=clock.today().isoformat(),
        drawn=uuid4(),
    )
    return shown, status


@blueprint.post("/t/<code>/atelier/pas-a-pas")
@requires("programme.modifier")
def begin() -> ResponseReturnValue:
    """Begin a walk; sent twice, it is one."""
    problems: dict[str, list[str]] = {}
    try:
        begins_on = date.fromisoformat(request.form.get("jour", ""))
    except ValueError:
        problems["jour"] = ["Donnez le premier jour, comme 02/03/2026."]
    seed = request.form.get("graine", "1").strip()
    if not (seed.isascii() and seed.isdigit() and len(seed) < 7):
        problems["graine"] = ["Écrivez un nombre entier."]
    walk_id = _drawn(request.form.get("essai", ""))
    if problems or walk_id is None:
        return _ask(request.form, problems, 422)
    try:
        walks.begin(begins_on=begins_on, seed=int(seed), by=actor(), walk_id=walk_id)
    except Invalid as refusal:
        return _ask(request.form, refusal.problems, 422)
    except walks.WalkFault as fault:
        return _ask(request.form, {"jour": [fault.sentence]}, 422)
    return redirect(url_for("studio_walks.walk", walk_id=walk_id))


def _drawn(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@blueprint.get("/t/<code>/atelier/pas-a-pas/<uuid:walk_id>")
@requires("programme.modifier")
def walk(walk_id: UUID) -> ResponseReturnValue:
    """Show where a case lived by hand stands."""
    return _show(walks.find(walk_id))


def _show(
    row: Walk, *, again: Mapping[str, Any] | None = None, status: int = 200, notice: str = ""
) -> ResponseReturnValue:
    shown = walk_shown.view(row, request.args.get("faire", ""), again)
    page_ = render_template(
        "pages/studio_walk.html",
        row=row,
        shown=shown,
        notice=notice or (again or {}).get("notice", ""),
        errors=_errors((again or {}).get("problems", {})),
    )
    return page_, status


def _errors(problems: Mapping[str, list[str]]) -> list[dict[str, str]]:
    return [
        {"href": f"#{anchor(key)}", "text": sentence} for key, lines in problems.items() for sentence in lines
    ]


@blueprint.post("/t/<code>/atelier/pas-a-pas/<uuid:walk_id>")
@requires("programme.modifier")
def act(walk_id: UUID) -> ResponseReturnValue:
    """Do one action more, or show its form again with what is to be corrected."""
    row = walks.find(walk_id)
    action = _action()
    if action is None:
        return _show(row, status=422, notice="Choisissez de combien de jours avancer, entre 1 et 400.")
    try:
        tried = walks.act(walk_id, action, version=_version())
    except walks.WalkFault as fault:
        return _show(row, status=422, notice=fault.sentence)
    except Conflict as stale:
        return _show(walks.find(walk_id), status=409, notice=stale.sentence)
    if tried.again is not None:
        refused = bool(tried.again["problems"] or tried.again["notice"])
        return _show(tried.walk, again=tried.again, status=422 if refused else 200)
    return redirect(url_for("studio_walks.walk", walk_id=walk_id, _anchor="maintenant"))


def _action() -> dict[str, Any] | None:
    """Read the action that was asked: an answer with what was typed, or time that goes by."""
    kind = request.form.get("_geste", "")
    if kind == "next":
        return {"do": "next"}
    if kind == "days":
        days = request.form.get("jours", "").strip()
        fits = days.isascii() and days.isdigit() and len(days) < 4 and 1 <= int(days) <= 400
        return {"do": "days", "days": int(days)} if fits else None
    flat = Flat.of(request.form)
    typed = {name: texts for name, texts in flat.values.items() if name not in _OWN}
    name = request.form.get("_nom", "")[:200]
    if kind == "answer":
        place = request.form.get("_place", "0")
        rank = int(place) if place.isascii() and place.isdigit() and len(place) < 4 else 0
        step = request.form.get("_etape", "")[:300]
        return {"do": "answer", "step": step, "place": rank, "name": name, "typed": typed}
    if kind == "act":
        return {"do": "act", "act": request.form.get("_acte", "")[:200], "name": name, "typed": typed}
    return {"do": "alert", "name": name, "typed": typed} if kind == "alert" else None


def _version() -> int:
    text = request.form.get("_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


@blueprint.post("/t/<code>/atelier/pas-a-pas/<uuid:walk_id>/revenir")
@requires("programme.modifier")
def back(walk_id: UUID) -> ResponseReturnValue:
    """Take actions back: the last one, or all those after one that is named."""
    row = walks.find(walk_id)
    wanted = request.form.get("apres", "")
    count = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 else len(row.actions) - 1
    try:
        walks.keep_first(walk_id, count, version=_version())
    except (Conflict, walks.WalkFault) as fault:
        flash(fault.sentence, "warning")
    return redirect(url_for("studio_walks.walk", walk_id=walk_id))


@blueprint.post("/t/<code>/atelier/pas-a-pas/<uuid:walk_id>/oublier")
@requires("programme.modifier")
def forget(walk_id: UUID) -> ResponseReturnValue:
    """Forget a walk."""
    walks.find(walk_id)
    walks.forget(walk_id)
    flash("L'essai est oublié.", "info")
    return redirect(url_for("studio_walks.page"))


@blueprint.get("/t/<code>/atelier/pas-a-pas/<uuid:walk_id>/scenario")
@requires("programme.modifier")
def keep(walk_id: UUID) -> ResponseReturnValue:
    """Choose what a walk must give when it is replayed."""
    return _keep(walks.find(walk_id), {})


@blueprint.post("/t/<code>/atelier/pas-a-pas/<uuid:walk_id>/scenario")
@requires("programme.modifier")
def save(walk_id: UUID) -> ResponseReturnValue:
    """Keep a walk as a scenario."""
    chosen = [walk_shown.chosen(text) for text in request.form.getlist("attendu")]
    try:
        scenario_id = scenarios.save(
            walk_id, request.form.get("nom", ""), [one for one in chosen if one is not None], by=actor()
        )
    except Invalid as refusal:
        return _keep(walks.find(walk_id), refusal.problems, 422)
    except Conflict as full:
        flash(full.sentence, "warning")
        return redirect(url_for("studio_walks.walk", walk_id=walk_id))
    flash("Le scénario est gardé : il sera rejoué avant chaque publication.", "success")
    return redirect(url_for("studio_scenarios.scenario", scenario_id=scenario_id))


def _keep(row: Walk, problems: Mapping[str, list[str]], status: int = 200) -> ResponseReturnValue:
    shown = render_template(
        "pages/studio_walk_keep.html",
        row=row,
        points=scenarios.proposed(row),
        words=expectations.words,
        key=walk_shown.key,
        usual=walk_shown.usual,
        typed=request.form.get("nom", ""),
        ticked=set(request.form.getlist("attendu")) if request.method == "POST" else None,
        problems=problems,
        errors=[
            {"href": f"#{name}", "text": sentence} for name, lines in problems.items() for sentence in lines
        ],
        names=[one.name for one in scenarios.listing()],
    )
    return shown, status


@blueprint.app_template_filter("ours")
def ours(text: str) -> Markup:
    """Let markup stand as it is that our own process has made, every word of it escaped there."""
    return Markup(text)  # noqa: S704  # made by web.forms and documents.bpmn_picture, kept in a row of ours


@blueprint.app_template_filter("moment_essai")
def moment_of_walk(value: datetime) -> str:
    """Say an instant of an invented life in full: « lundi 2 mars 2026 à 9 h »."""
    return f"{full_day(value)} à {hour(value)}"


@blueprint.app_template_filter("date_iso")
def day_of_row(text: str) -> date:
    """Return the day that a row keeps as text."""
    return date.fromisoformat(text)
