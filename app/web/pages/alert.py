"""The public alert (F1), without an account, and its follow-up by a code (CAR-3, CAR-4, LAW-7)."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app import tenancy
from app.catalog.submission import Flat
from app.errors import Forbidden, Invalid, NotFound, TooMany
from app.services import (
    accounts,
    actors,
    cases,
    entry_drafts,
    form_lists,
    live,
    partners,
    releases,
)
from app.services.accounts import PER_CODE, Limit
from app.services.actors import Actor
from app.services.entry_drafts import AlreadySent, StaleDraft
from app.web import answering, entry_typed, formats, session
from app.web.answering import Redisplay, Sheet
from app.web.entry_typed import DRAFT, Prepared, prepared_by
from app.web.errors import status_of
from app.web.permissions import NotSignedIn, actor, public, requires, territory_page
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
    """Show the alert form, or a draft of it taken up again."""
    sender = _sender()
    prepared = prepared_by(sender, request.args)
    sheet = _sheet(sender, prepared)
    if prepared is not None and prepared.kept is not None:
        return _show(sheet, Redisplay(Flat(dict(prepared.kept.typed))), prepared)
    first = {**sheet.form.initial(sheet.context, classes=sheet.classes), **_of_sender(sheet, sender)}
    taken = prepared.follows.answers if prepared is not None and prepared.follows is not None else {}
    return _show(sheet, Redisplay(sheet.form.spread({**first, **taken})), prepared)


@blueprint.post("/t/<code>/signaler")
@public("Le signalement est ouvert à tout donneur d'alerte et au ménage lui-même (CAR-3)")
@territory_page
@keeps_draft
def send() -> ResponseReturnValue:
    """Open a case, keep a draft, or show what is to be mended; what was typed is never lost."""
    sender = _sender()
    if DRAFT in request.form and sender.user_id is None:
        raise NotSignedIn  # the session ended meanwhile: the draft and its files are waiting
    prepared = prepared_by(sender, request.form)
    try:
        if prepared is not None:
            entry_drafts.refuse_twice(prepared.draft_id)
        return _send(sender, prepared)
    except AlreadySent as sent:
        flash(sent.sentence, "info")
        return redirect(url_for("cases.listing" if sender.rights.may("dossiers.voir") else "alert.follow"))


def _send(sender: Actor, prepared: Prepared | None) -> ResponseReturnValue:
    sheet = _sheet(sender, prepared)
    again = answering.not_to_carry_out(sheet)
    if again is not None:
        return _again(sheet, again, prepared, sender)
    if prepared is not None and answering.asked_to_keep():
        return _keep(sheet, prepared, sender)
    try:
        answers = sheet.answers()
        accounts.count_attempt({f"signalement:{request.remote_addr}": PER_SENDER})
    except Invalid as refusal:
        return _again(sheet, answering.refused(sheet, refusal), prepared, sender)
    except TooMany as refusal:
        limited = Redisplay(sheet.typed(), status=status_of(refusal), notice=refusal.sentence)
        return _show(sheet, limited, prepared)
    opened = cases.open_alert(
        answers,
        by=sender,
        draft_id=prepared.draft_id if prepared is not None else None,
        follows=prepared.follows_id if prepared is not None else None,
    )
    cookie[_THANKS] = {"reference": opened.reference, "code": opened.follow_up_code}
    return redirect(url_for("alert.thanks"))


@blueprint.post("/t/<code>/signaler/brouillons/<uuid:draft_id>")
@requires("dossiers.signaler")
def keep_draft(draft_id: UUID) -> ResponseReturnValue:
    """Keep what was typed so far, for a script."""
    prepared = prepared_by(actor(), {**request.form.to_dict(), DRAFT: str(draft_id)})
    sheet = _sheet(actor(), prepared)
    try:
        at = entry_typed.save(sheet, prepared, actor()) if prepared is not None else None
    except (StaleDraft, AlreadySent) as refused:
        return jsonify(phrase=refused.sentence), 409
    return jsonify(
        phrase=f"Brouillon enregistré à {formats.hour(at)}" if at is not None else "",
        calculs=sheet.form.computed(sheet.typed(), sheet.context, classes=sheet.classes),
    )


@blueprint.post("/t/<code>/signaler/brouillons/<uuid:draft_id>/abandonner")
@requires("dossiers.signaler")
def drop_draft(draft_id: UUID) -> ResponseReturnValue:
    """Give a draft up, with the files kept beside it."""
    entry_drafts.drop(draft_id, actor())
    flash("Le brouillon est supprimé.", "success")
    return redirect(url_for("alert.page"))


def _keep(sheet: Sheet, prepared: Prepared, sender: Actor) -> ResponseReturnValue:
    """Keep the draft and its files, then open it again: what the page shows is what is kept."""
    try:
        entry_typed.save(sheet, prepared, sender)
        _, shown = entry_typed.files_kept(sheet, Redisplay(sheet.typed()), prepared, sender)
        entry_drafts.save(
            prepared.draft_id, shown.flat.values, sender,
            page=prepared.page, seen=prepared.seen, follows=prepared.follows_id,
        )  # fmt: skip
    except StaleDraft as refused:
        return _show(sheet, Redisplay(sheet.typed(), status=409, notice=refused.sentence), prepared)
    flash("Le brouillon est enregistré. Vous seul le voyez, sur tous vos appareils.", "success")
    return redirect(url_for("alert.page", brouillon=prepared.draft_id))


def _again(sheet: Sheet, shown: Redisplay, prepared: Prepared | None, sender: Actor) -> ResponseReturnValue:
    """Show the form again; the files of somebody with an account are kept beside the draft."""
    if prepared is not None:
        sheet, shown = entry_typed.files_kept(sheet, shown, prepared, sender)
    return _show(sheet, shown, prepared)


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


def _of_sender(sheet: Sheet, sender: Actor) -> dict[str, str]:
    """Return what is known of somebody who alerts for their structure: it is not asked again (LAW-11)."""
    user = session.account()
    if user is None or sender.partner_id is None:
        return {}
    known = {
        "donneur.nom": user.name,
        "donneur.courriel": user.email,
        "donneur.structure": partners.name_of(sender.partner_id),
    }
    return {field.key: known[field.feeds] for field in sheet.form.fields if field.feeds in known}


def _sheet(sender: Actor, prepared: Prepared | None = None) -> Sheet:
    release = releases.current()
    form = release.forms[release.entry.form]
    stored = prepared.kept.files if prepared is not None and prepared.kept is not None else {}
    origins = prepared.follows.origins if prepared is not None and prepared.follows is not None else {}
    lists = form_lists.given(form.reads, release)
    return Sheet(form, sender.rights.collect, lists, stored, origins=lambda: origins)


def _show(sheet: Sheet, shown: Redisplay, prepared: Prepared | None) -> ResponseReturnValue:
    page = render_template(
        "pages/alert.html",
        form=sheet.form,
        notice=shown.notice,
        errors=answering.error_list(sheet, shown.problems),
        fields=answering.rendered(sheet, shown),
        contact=live.contact(releases.current().settings),
        prepared=prepared,
        hidden=prepared.hidden if prepared is not None else {},
        begun=[one for one in entry_drafts.listing(actor()) if one.id != prepared.draft_id]
        if prepared is not None
        else [],
    )
    return page, shown.status
