"""A new territory opened from the browser, step by step: kept as one goes, resumed, opened at the end."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import BundleFault, Conflict, Invalid, NotFound
from app.publishing import opening, opening_checks
from app.publishing.incoming import FIRST_HOUSEHOLDS
from app.services import logos, offers, openings
from app.services.openings import AlreadyOpened, Preparation
from app.services.studio import admitting
from app.web import opening_communes, opening_typed
from app.web.opening_shown import TITLES, after, steps
from app.web.permissions import actor, public, requires, territory_page

blueprint = Blueprint("opening", __name__)

_REFUSED: Final = (opening.NotReady, opening.NotChecked, opening_checks.Incomplete)
_CLEAR: Final = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNgYGBgAAAABQABeqhXUAAAAABJRU5ErkJggg=="
)


@blueprint.get("/t/<code>/ouvrir-un-territoire")
@requires("territoires.ouvrir")
def page() -> ResponseReturnValue:
    """Show what is offered to begin from, and the preparations under way."""
    who = actor()
    return render_template(
        "pages/opening.html",
        offered=offers.listing(),
        under_way=openings.listing(who),
        titles=TITLES,
        fresh=openings.fresh_id(),
    )


@blueprint.post("/t/<code>/ouvrir-un-territoire")
@requires("territoires.ouvrir")
def begin() -> ResponseReturnValue:
    """Begin to prepare a territory from an offered release."""
    source, _, number = request.form.get("depart", "").rpartition("/")
    try:
        opening_id = UUID(request.form.get("preparation", ""))
    except ValueError:
        opening_id = openings.fresh_id()
    if not source or not (number.isascii() and number.isdigit()) or len(number) > 6:
        flash("Choisissez la version de départ.", "error")
        return redirect(url_for("opening.page"))
    begun = openings.begin(source, int(number), by=actor(), opening_id=opening_id)
    return redirect(url_for("opening.step", opening_id=begun, step="nom"))


@blueprint.get("/t/<code>/ouvrir-un-territoire/<uuid:opening_id>/<step>")
@requires("territoires.ouvrir")
def step(opening_id: UUID, step: str) -> ResponseReturnValue:
    """Show a step with what was kept of it."""
    found = openings.find(opening_id, actor())
    if found.opened_at is not None:
        return _opened(found.code)
    if step == "verification":
        return _verification(found)
    if step not in openings.STEPS:
        raise NotFound
    if step == "communes":
        return opening_communes.shown(found)
    return _step(found, step, opening_typed.kept(step, found), {})


@blueprint.post("/t/<code>/ouvrir-un-territoire/<uuid:opening_id>/<step>")
@requires("territoires.ouvrir")
def keep(opening_id: UUID, step: str) -> ResponseReturnValue:
    """Keep a step and go to the next; at the last, open the territory."""
    found = openings.find(opening_id, actor())
    if found.opened_at is not None:
        return _opened(found.code)
    if step not in TITLES:
        raise NotFound
    own = {"verification": _open, "communes": opening_communes.kept}.get(step)
    return own(found) if own is not None else _keep(found, step)


def _keep(found: Preparation, step: str) -> ResponseReturnValue:
    typed = opening_typed.sent(step, found)
    try:
        facts = opening_typed.judged(step, typed, found)
        if request.form.get("geste") == "voir":
            return _step(found, step, {**typed, **opening_typed.rows_of(facts)}, {})
        openings.keep(found.id, step, facts, expected=_version(), by=actor())
    except Invalid as refusal:
        if "logo" in refusal.problems:
            admitting.note_refusal(actor(), what="ouvrir", kind="image")
        return _step(found, step, typed, refusal.problems)
    except Conflict as fault:
        return _step(openings.find(found.id, actor()), step, typed, {}, problem=fault.sentence)
    following = after(step)
    if following == "verification" and openings.find(found.id, actor()).next_step == following:
        return _checking(found.id)  # all is there: looking at it begins
    return redirect(url_for("opening.step", opening_id=found.id, step=following))


@blueprint.post("/t/<code>/ouvrir-un-territoire/<uuid:opening_id>/abandonner")
@requires("territoires.ouvrir")
def give_up(opening_id: UUID) -> ResponseReturnValue:
    """Forget a preparation."""
    openings.give_up(opening_id, by=actor())
    flash("La préparation est abandonnée ; ce qui y était saisi est oublié.", "success")
    return redirect(url_for("opening.page"))


@blueprint.get("/t/<code>/logo.png")
@public("L'image d'un territoire est sur ses pages publiques et ses lettres")
@territory_page
def logo() -> ResponseReturnValue:
    """Return the picture of a territory; a clear point when its name alone stands for it."""
    found = logos.current()
    answer = Response(found.data if found is not None else _CLEAR, mimetype="image/png")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


def _version() -> int:
    return request.form.get("etat", type=int) or 0


def _step(
    found: Preparation,
    step: str,
    typed: Mapping[str, Any],
    problems: Mapping[str, list[str]],
    *,
    problem: str = "",
) -> ResponseReturnValue:
    page = render_template(
        "pages/opening_step.html",
        found=found,
        step=step,
        steps=steps(found, step),
        typed=typed,
        problems=problems,
        problem=problem,
        errors=[{"href": f"#{key}", "text": text} for key, texts in problems.items() for text in texts],
        **opening_typed.words(found),
    )
    return page, 422 if problems else (409 if problem else 200)


def _verification(found: Preparation, *, problem: str = "", status: int = 200) -> ResponseReturnValue:
    if found.next_step != "verification":
        flash(f"Il reste une étape à remplir : {TITLES[found.next_step]}.", "info")
        return redirect(url_for("opening.step", opening_id=found.id, step=found.next_step))
    check = opening_checks.current(found)
    page = render_template(
        "pages/opening_check.html",
        found=found,
        steps=steps(found, "verification"),
        check=check,
        moved=bool(found.verification) and not check,
        busy=check.get("status") == "running",
        errors=[one for one in _proof(check, "verification", "problemes", []) if one["gravite"] == "error"],
        figures=_proof(check, "simulation", "chiffres", {}),
        households=FIRST_HOUSEHOLDS,
        problem=problem,
        summary=opening_typed.summary(found),
    )
    return page, status


def _proof(check: Mapping[str, Any], part: str, key: str, nothing: Any) -> Any:
    return check.get("proof", {}).get(part, {}).get(key, nothing)


@blueprint.post("/t/<code>/ouvrir-un-territoire/<uuid:opening_id>/verifier")
@requires("territoires.ouvrir")
def check(opening_id: UUID) -> ResponseReturnValue:
    """Begin to check what is prepared; asked twice, it is checked once."""
    return _checking(opening_id)


def _checking(opening_id: UUID) -> ResponseReturnValue:
    try:
        opening_checks.start(opening_id, by=actor())
    except AlreadyOpened as opened:
        return _opened(str(opened.facts["code"]))
    except (opening_checks.Incomplete, BundleFault, Conflict) as fault:
        return _verification(openings.find(opening_id, actor()), problem=fault.sentence, status=409)
    return redirect(url_for("opening.step", opening_id=opening_id, step="verification"))


@blueprint.get("/t/<code>/ouvrir-un-territoire/<uuid:opening_id>/avancement")
@requires("territoires.ouvrir")
def progress(opening_id: UUID) -> ResponseReturnValue:
    """Say how far the check is, for a script."""
    found = openings.find(opening_id, actor())
    check = opening_checks.current(found)
    return jsonify(
        over=check.get("status") != "running", percent=check.get("percent", 0), told=check.get("told", "")
    )


@blueprint.post("/t/<code>/ouvrir-un-territoire/<uuid:opening_id>/arreter")
@requires("territoires.ouvrir")
def stop(opening_id: UUID) -> ResponseReturnValue:
    """Stop the check under way."""
    opening_checks.stop(opening_id, by=actor())
    return redirect(url_for("opening.step", opening_id=opening_id, step="verification"))


def _open(found: Preparation) -> ResponseReturnValue:
    try:
        code = opening.open_territory(found.id, expected=_version(), by=actor())
    except AlreadyOpened:
        return _opened(openings.find(found.id, actor()).code)
    except (BundleFault, Conflict, Invalid, *_REFUSED) as fault:
        told = (
            " ".join(text for texts in fault.problems.values() for text in texts)
            if isinstance(fault, Invalid)
            else fault.sentence
        )
        return _verification(openings.find(found.id, actor()), problem=told, status=422)
    return _opened(code)


def _opened(code: str) -> ResponseReturnValue:
    flash(
        f"Le territoire « {code} » est ouvert, avec sa première version. Les personnes invitées reçoivent un "
        "courriel. Choisissez-le ci-dessous pour y entrer.",
        "success",
    )
    return redirect(url_for("home.choose", vers=code, suite=f"/t/{code}/atelier"))
