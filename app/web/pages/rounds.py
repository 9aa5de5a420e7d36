"""The postman's round: its doors in order, one page a door, three minutes with one thumb (CAR-5, LAW-1).

Reached by a code that serves once, or by an account that may knock. Nothing that was answered is shown again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from app.catalog.forms import Form
from app.catalog.submission import Flat
from app.errors import DesignFault, Invalid, RelaisError, TooMany
from app.ids import new_id
from app.services import door_ceilings, doors, live, releases
from app.services.actors import Actor
from app.services.doors import RoundOver
from app.web import answering, present, round_kept, security
from app.web.answering import Redisplay, Sheet
from app.web.assets import DIST
from app.web.errors import status_of
from app.web.permissions import actor, by_link, public, requires, territory_page
from app.web.security import keeps_draft

blueprint = Blueprint("rounds", __name__)

WHY: Final = "Le facteur répond par le code de sa tournée, sans compte (CAR-5, LAW-1)"
ASKS: Final = "Le code d'une tournée se tape sans compte ; sans lui, la page ne montre rien (CAR-5)"
PHONE: Final = "relais-tournee"
"""The cookie that holds a phone's secret; it is sent to the pages of rounds alone."""


@dataclass(frozen=True)
class Holder:
    """Who walks which round, and the addresses of its pages: by a phone's secret, or by an account."""

    round_id: UUID
    who: Actor
    home: str
    door: Callable[[UUID], str]


@blueprint.get("/t/<code>/tournee")
@public(ASKS)
@territory_page
def page() -> ResponseReturnValue:
    """Show the doors of this phone's round, or ask for its code."""
    try:
        return _round(_of_phone())
    except RoundOver:
        return _ask()


@blueprint.get("/t/<code>/tournee/hors-reseau.js")
@public("Le programme qui garde la tournée pour quand le réseau manque ; il ne contient rien de personnel")
@territory_page
def worker() -> ResponseReturnValue:
    """Give the worker of the round's pages: it may serve these and no others."""
    doors.form_of(releases.current())
    answer = Response((DIST / "round-worker.js").read_bytes(), mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = url_for("rounds.page")
    return answer


@blueprint.get("/t/<code>/tournee/code/<given>")
@public(ASKS)
@territory_page
def begin(given: str) -> ResponseReturnValue:
    """Show a code that came by a link, to be confirmed: a mail filter that follows links opens nothing."""
    return _ask(doors.as_given(given))


@blueprint.post("/t/<code>/tournee/code")
@public(ASKS)
@territory_page
def use() -> ResponseReturnValue:
    """Open the round of a code on this phone, once."""
    typed = request.form.get("code_tournee", "")
    try:
        secret, ends = doors.use_code(typed, address=str(request.remote_addr))
    except (RoundOver, TooMany) as refusal:
        return _ask(typed, refusal)
    answer = redirect(url_for("rounds.page"))
    answer.set_cookie(
        PHONE, secret, expires=ends, path=url_for("rounds.page"), httponly=True, samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )  # fmt: skip
    return answer


@blueprint.get("/t/<code>/tournee/<uuid:target_id>")
@by_link(WHY)
@territory_page
def door(target_id: UUID) -> ResponseReturnValue:
    """Ask the questions at one door."""
    return _door(_of_phone(), target_id)


@blueprint.post("/t/<code>/tournee/<uuid:target_id>")
@by_link(WHY)
@territory_page
@keeps_draft
def answer(target_id: UUID) -> ResponseReturnValue:
    """Record what was said at one door, once."""
    return _record(_of_phone, target_id)


@blueprint.get("/t/<code>/tournees")
@requires("tournees.saisir")
def listing() -> ResponseReturnValue:
    """List the rounds that are open today, for a postman with an account."""
    return render_template("pages/rounds.html", rows=doors.open_rounds())


@blueprint.get("/t/<code>/tournees/<uuid:round_id>")
@requires("tournees.saisir")
def own(round_id: UUID) -> ResponseReturnValue:
    """Show the doors of a round."""
    return _round(_of_account(round_id))


@blueprint.get("/t/<code>/tournees/<uuid:round_id>/<uuid:target_id>")
@requires("tournees.saisir")
def own_door(round_id: UUID, target_id: UUID) -> ResponseReturnValue:
    """Ask the questions at one door."""
    return _door(_of_account(round_id), target_id)


@blueprint.post("/t/<code>/tournees/<uuid:round_id>/<uuid:target_id>")
@requires("tournees.saisir")
@keeps_draft
def own_answer(round_id: UUID, target_id: UUID) -> ResponseReturnValue:
    """Record what was said at one door, once."""
    return _record(lambda: _of_account(round_id), target_id)


def _of_phone() -> Holder:
    round_id, who = doors.of_phone(request.cookies.get(PHONE))
    return Holder(
        round_id, who, url_for("rounds.page"), lambda target: url_for("rounds.door", target_id=target)
    )


def _of_account(round_id: UUID) -> Holder:
    return Holder(
        round_id,
        actor(),
        url_for("rounds.own", round_id=round_id),
        lambda target: url_for("rounds.own_door", round_id=round_id, target_id=target),
    )


def _ask(typed: str = "", refusal: RelaisError | None = None) -> ResponseReturnValue:
    doors.form_of(releases.current())  # a territory that goes to no door has no such page
    page = render_template(
        "pages/round_code.html", typed=typed, refusal=refusal.sentence if refusal else None
    )
    return page, status_of(refusal) if refusal else 200


def _round(held: Holder) -> ResponseReturnValue:
    walk = doors.walk(held.round_id)
    following = next((door for door in walk.doors if not door.done), None)
    contact = live.contact(releases.current().settings)
    page = render_template(
        "pages/round.html", walk=walk, held=held, following=following, contact=contact,
        phone=present.phone(contact.telephone), pages=round_kept.pages(held.home, held.door, walk),
    )  # fmt: skip
    return round_kept.to_keep(page, walk)


def _door(held: Holder, target_id: UUID) -> ResponseReturnValue:
    return _show(held, target_id, Redisplay(Flat({})), str(new_id()))


def _show(held: Holder, target_id: UUID, shown: Redisplay, device: str) -> ResponseReturnValue:
    walk = doors.walk(held.round_id)
    here = next((door for door in walk.doors if door.id == target_id), None)
    if here is None or (here.done and shown.status == 200):
        flash(
            "Cette adresse est déjà enregistrée." if here else "Cette adresse n'est pas de la tournée.",
            "info",
        )
        return redirect(held.home)
    sheet = _sheet(held.who)
    year, lines = door_ceilings.ceilings(releases.current())
    page = render_template(
        "pages/door.html",
        walk=walk,
        here=here,
        held=held,
        left=[door for door in walk.doors if not door.done],
        device=device,
        notice=shown.notice,
        errors=answering.error_list(sheet, shown.problems),
        fields=answering.rendered(sheet, shown),
        year=year,
        ceilings=lines,
        pages=round_kept.pages(held.home, held.door, walk),
    )
    return (page, shown.status) if shown.status != 200 else round_kept.to_keep(page, walk)


def _sheet(who: Actor) -> Sheet:
    release = releases.current()
    form = _with_ceilings(doors.form_of(release))
    return Sheet(form, who.rights.collect, doors.context_of(release.settings))


def _with_ceilings(form: Form) -> Form:
    """Return the questions, the ceilings of the year in force told beside the one that needs them."""
    release = releases.current()
    rules = release.settings.campaigns
    year, lines = door_ceilings.ceilings(release)
    if rules is None or not lines:
        return form
    told = "\n".join(
        f"{line.persons} {'personne' if line.persons == 1 else 'personnes'} : {line.amount:,.0f} €".replace(
            ",", "\u202f"
        )
        for line in lines
    )
    sections = [
        replace(
            section,
            fields=tuple(
                replace(item, hint=f"{item.hint or ''}\nPlafonds {year}, par an :\n{told}".strip())
                if item.key == rules.ceiling_field
                else item
                for item in section.fields
            ),
        )
        for section in form.sections
    ]
    return replace(form, sections=tuple(sections))


def _record(holder: Callable[[], Holder], target_id: UUID) -> ResponseReturnValue:
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        return _taken(holder(), target_id, wants_json)
    except (Invalid, DesignFault) as refusal:
        if not wants_json:
            raise
        return jsonify(phrase=refusal.sentence), 422
    except RelaisError as refusal:
        if not wants_json:
            raise
        return jsonify(phrase=refusal.sentence), status_of(refusal)


def _taken(held: Holder, target_id: UUID, wants_json: bool) -> ResponseReturnValue:
    device = request.form.get("passage", "")
    sheet = _sheet(held.who)
    if security.refusal() is not None and wants_json:
        return jsonify(phrase="La page était ouverte depuis trop longtemps.", jeton=generate_csrf()), 400
    again = answering.not_to_carry_out(sheet)
    if again is not None:
        return _show(held, target_id, again, device)
    try:
        answers = sheet.answers()
        visit, at = round_kept.visit_id(), round_kept.said_at()
        taken = doors.record(held.round_id, target_id, visit, answers, said_at=at, by=held.who)
    except Invalid as refusal:
        if wants_json:
            raise
        return _show(held, target_id, answering.refused(sheet, refusal), device)
    if wants_json:
        following = held.door(taken.next_door) if taken.next_door else None
        return jsonify(etat="enregistre", suivante=following), 201 if taken.new else 200
    where = next((door for door in doors.walk(held.round_id).doors if door.id == target_id), None)
    flash(f"Enregistré : {where.address}." if where else "Enregistré.", "success")
    return redirect(held.home)
