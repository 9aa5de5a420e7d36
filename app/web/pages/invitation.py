"""The page behind a household's own link: one form, one answer, no account (AST-12, LAW-12)."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.catalog.submission import Flat
from app.errors import Invalid, ProcessSuspended
from app.services import invitation_links, invitations, live, task_view, tasks
from app.services.invitation_links import Held
from app.web import answering, present
from app.web.answering import Redisplay, Sheet
from app.web.pages.tasks import sheet_of
from app.web.permissions import actor, by_link, place_of, public, requires
from app.web.security import keeps_draft

blueprint = Blueprint("invitation", __name__)

WHY = "Le ménage répond par un lien personnel, sans compte (AST-12)"


@blueprint.get("/r/<token>")
@by_link(WHY)
def page(token: str) -> ResponseReturnValue:
    """Show the questions, nothing of the case."""
    with _held(token) as held:
        view = task_view.open_task(held.task_id, held.actor)
        return _show(held, sheet_of(view), Redisplay(Flat({})))


@blueprint.post("/r/<token>")
@by_link(WHY)
@keeps_draft
def answer(token: str) -> ResponseReturnValue:
    """Record the answer, once; the link then dies."""
    with _held(token) as held:
        sheet = sheet_of(task_view.open_task(held.task_id, held.actor))
        again = answering.not_to_carry_out(sheet)
        if again is not None:
            return _show(held, sheet, again)
        try:
            answers = sheet.answers()
        except Invalid as refusal:
            return _show(held, sheet, answering.refused(sheet, refusal))
        try:
            tasks.complete(held.task_id, answers, by=held.actor)
        except ProcessSuspended as refused:
            return _show(held, sheet, Redisplay(sheet.typed(), status=409, notice=refused.sentence))
    return redirect(url_for("invitation.thanks"))


@blueprint.get("/reponse-envoyee")
@public("Remercie qui vient de répondre ; ne dit rien de personne")
def thanks() -> ResponseReturnValue:
    """Thank whoever has answered; the page says nothing of anybody."""
    return render_template("pages/invitation_thanks.html")


@blueprint.post("/t/<code>/taches/<uuid:task_id>/lien")
@requires("taches.traiter")
def renew(task_id: UUID) -> ResponseReturnValue:
    """Give a new link to hand over, shown once; the former one dies."""
    address = invitation_links.renew(task_id, actor())
    flash(f"Le lien à donner, montré une seule fois : {address}", "success")
    return redirect(url_for("tasks.page", task_id=task_id))


@contextmanager
def _held(token: str) -> Iterator[Held]:
    with invitation_links.holding(token) as held:
        g.place = place_of(held.territory)
        yield held


def _show(held: Held, sheet: Sheet, shown: Redisplay) -> ResponseReturnValue:
    contact = live.contact(held.release.settings)
    view = task_view.open_task(held.task_id, held.actor)
    page = render_template(
        "pages/invitation.html",
        task=view.task,
        household=held.audience == invitations.HOUSEHOLD,
        contact=contact,
        phone=present.phone(contact.telephone),
        notice=shown.notice,
        errors=answering.error_list(sheet, shown.problems),
        fields=answering.rendered(sheet, shown),
    )
    return page, shown.status
