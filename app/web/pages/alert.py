"""The public alert (F1), without an account, and its follow-up by a code (CAR-3, CAR-4, LAW-7)."""

from datetime import timedelta
from typing import Final

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app import tenancy
from app.errors import Forbidden, Invalid, NotFound, TooMany
from app.services import accounts, actors, cases, form_lists, live, releases
from app.services.accounts import PER_CODE, Limit
from app.services.actors import Actor
from app.web import answering, session
from app.web.answering import Redisplay, Sheet
from app.web.errors import status_of
from app.web.permissions import public, territory_page
from app.web.security import keeps_draft

blueprint = Blueprint("alert", __name__)

PER_SENDER: Final = (Limit(60, timedelta(hours=1)),)
"""Alerts from one network address: a whole agency sends from one, a robot sends more (proposed)."""
_THANKS = "signalement_recu"
STAGES: Final = {
    "recu": "Le signalement est reçu ; l'équipe va l'étudier.",
    "en_cours": "Le signalement est pris en charge ; l'équipe accompagne le ménage.",
    "clos": "Le dossier est clos.",
}


@blueprint.get("/t/<code>/signaler")
@public("Le signalement est ouvert à tout donneur d'alerte et au ménage lui-même (CAR-3)")
@territory_page
def page() -> ResponseReturnValue:
    """Show the alert form."""
    sender = _sender()
    sheet = _sheet(sender)
    first = sheet.form.initial(sheet.context, classes=sheet.classes)
    return _show(sheet, Redisplay(sheet.form.spread(first)))


@blueprint.post("/t/<code>/signaler")
@public("Le signalement est ouvert à tout donneur d'alerte et au ménage lui-même (CAR-3)")
@territory_page
@keeps_draft
def send() -> ResponseReturnValue:
    """Open a case, or show what is to be mended; what was typed is never lost."""
    sender = _sender()
    sheet = _sheet(sender)
    again = answering.not_to_carry_out(sheet)
    if again is not None:
        return _show(sheet, again)
    try:
        answers = sheet.answers()
        accounts.count_attempt({f"signalement:{request.remote_addr}": PER_SENDER})
    except Invalid as refusal:
        return _show(sheet, answering.refused(sheet, refusal))
    except TooMany as refusal:
        return _show(sheet, Redisplay(sheet.typed(), status=status_of(refusal), notice=refusal.sentence))
    opened = cases.open_alert(answers, by=sender)
    cookie[_THANKS] = {"reference": opened.reference, "code": opened.follow_up_code}
    return redirect(url_for("alert.thanks"))


@blueprint.get("/t/<code>/signaler/merci")
@public("La confirmation du signalement que l'on vient d'envoyer")
@territory_page
def thanks() -> ResponseReturnValue:
    """Show the follow-up code, once."""
    received = cookie.pop(_THANKS, None)
    if received is None:
        flash("Le code de suivi n'est montré qu'une fois.", "info")
        return redirect(url_for("alert.follow"))
    _sender()
    return render_template("pages/alert_thanks.html", **received)


@blueprint.get("/t/<code>/suivi")
@public("Le donneur d'alerte suit son signalement par un code (LAW-7)")
@territory_page
def follow() -> ResponseReturnValue:
    """Ask for the follow-up code."""
    _sender()
    return render_template("pages/follow.html", found=None, refusal=None, code="")


@blueprint.post("/t/<code>/suivi")
@public("Le donneur d'alerte suit son signalement par un code (LAW-7)")
@territory_page
def find() -> ResponseReturnValue:
    """Say where an alert stands, never the diagnosis."""
    _sender()
    typed = request.form.get("code_suivi", "")
    try:
        accounts.count_attempt({f"suivi:{request.remote_addr}": PER_CODE})
        found = cases.follow_up(typed)
    except TooMany as refusal:
        return render_template("pages/follow.html", found=None, refusal=refusal.sentence, code=typed), 429
    except NotFound:
        sentence = "Aucun signalement ne porte ce code ici. Vérifiez les lettres et les chiffres."
        return render_template("pages/follow.html", found=None, refusal=sentence, code=typed), 404
    return render_template("pages/follow.html", found=found, refusal=None, code=typed, stages=STAGES)


def _sender() -> Actor:
    """Return the member of this territory who is logged in, else the public."""
    user = session.account()
    if user is not None and tenancy.current_id() in {m.territory_id for m in user.memberships}:
        try:
            g.actor = actors.actor_for(user)
        except Forbidden:
            return actors.public(releases.current().settings)
        if g.actor.rights.may("dossiers.signaler"):
            return actors.actor_for(user)
    return actors.public(releases.current().settings)


def _sheet(sender: Actor) -> Sheet:
    release = releases.current()
    form = release.forms[release.entry.form]
    return Sheet(form, sender.rights.collect, form_lists.given(form.reads, release))


def _show(sheet: Sheet, shown: Redisplay) -> ResponseReturnValue:
    page = render_template(
        "pages/alert.html",
        form=sheet.form,
        notice=shown.notice,
        errors=answering.error_list(sheet, shown.problems),
        fields=answering.rendered(sheet, shown),
        contact=live.contact(releases.current().settings),
    )
    return page, shown.status
