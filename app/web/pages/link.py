"""A partner's personal link: what was shared with them, the answer expected, no account (CAR-9)."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog.submission import Flat
from app.errors import Gone, Invalid, ProcessSuspended, TaskAlreadyDone
from app.services import links, live, task_view, tasks
from app.services.links import LinkView
from app.services.task_view import TaskView
from app.web import answering, present
from app.web.answering import Redisplay, Sheet
from app.web.pages.tasks import sheet_of
from app.web.permissions import by_link, place_of
from app.web.security import keeps_draft

blueprint = Blueprint("link", __name__)

WHY = "Le partenaire répond par un lien personnel, sans compte (CAR-9)"


@blueprint.get("/o/<token>")
@by_link(WHY)
def page(token: str) -> ResponseReturnValue:
    """Show what was shared and the answer expected; the reading is journalled (LAW-8)."""
    with _held(token) as held:
        view = _expected(held)
        if view is None:
            links.note_read(held)
            return _show(held, None, None, Redisplay(Flat({})))
        sheet = sheet_of(view)
        typed = (
            Flat(dict(view.draft_typed)) if view.draft_typed is not None else sheet.form.spread(view.initial)
        )
        answer = _show(held, view, sheet, Redisplay(typed))
        links.note_read(held)
        return answer


@blueprint.post("/o/<token>")
@by_link(WHY)
@keeps_draft
def answer(token: str) -> ResponseReturnValue:
    """Record the partner's answer, once."""
    with _held(token) as held:
        view = _expected(held)
        asked = request.form.get("etape", "")
        if view is None or str(view.task.id) != asked:
            flash("Cette réponse a déjà été envoyée ; elle ne l'est qu'une fois.", "warning")
            return _show(held, None, None, Redisplay(Flat({}), status=409))
        sheet = sheet_of(view)
        again = answering.not_to_carry_out(sheet)
        if again is not None:
            if again.status == 413:
                tasks.save_draft(view.task.id, sheet.typed().values, held.actor)
            return _show(held, view, *answering.keeping_files(sheet, again, view.task.id, held.actor))
        if answering.asked_to_keep():
            _, shown = answering.keeping_files(sheet, Redisplay(sheet.typed()), view.task.id, held.actor)
            tasks.save_draft(view.task.id, shown.flat.values, held.actor)
            flash("Le brouillon est enregistré ; le lien vous y ramène.", "success")
            return redirect(url_for("link.page", token=token))
        try:
            answers = sheet.answers()
        except Invalid as refusal:
            shown = answering.refused(sheet, refusal)
            return _show(held, view, *answering.keeping_files(sheet, shown, view.task.id, held.actor))
        try:
            tasks.complete(view.task.id, answers, by=held.actor)
        except (ProcessSuspended, TaskAlreadyDone) as refused:
            return _not_taken(held, view, sheet, refused)
    return redirect(url_for("link.thanks", token=token))


def _not_taken(
    held: LinkView, view: TaskView, sheet: Sheet, refused: ProcessSuspended | TaskAlreadyDone
) -> ResponseReturnValue:
    """Say why an answer is not taken; one for a process in suspense stays as a draft, shown again."""
    if isinstance(refused, ProcessSuspended):
        tasks.save_draft(view.task.id, sheet.typed().values, held.actor)
        return _show(held, view, sheet, Redisplay(sheet.typed(), status=409, notice=refused.sentence))
    flash("Cette réponse a déjà été envoyée ; elle ne l'est qu'une fois.", "warning")
    return _show(held, None, None, Redisplay(Flat({}), status=409))


@blueprint.post("/o/<token>/brouillon")
@by_link(WHY)
def draft(token: str) -> ResponseReturnValue:
    """Keep what the partner typed so far, for a script."""
    with _held(token) as held:
        view = _expected(held)
        if view is None or str(view.task.id) != request.form.get("etape", ""):
            raise TaskAlreadyDone
        return jsonify(answering.keep(sheet_of(view), view.task.id, held.actor))


@blueprint.get("/o/<token>/merci")
@by_link(WHY)
def thanks(token: str) -> ResponseReturnValue:
    """Thank, whether the link still serves or has just died with the answer."""
    try:
        with _held(token) as held:
            expects = held.task_id is not None
            return render_template("pages/link_thanks.html", token=token, alive=True, expects=expects)
    except Gone:
        g.pop("place", None)
        return render_template("pages/link_thanks.html", token=token, alive=False, expects=False)


@contextmanager
def _held(token: str) -> Iterator[LinkView]:
    with links.holding(token) as held:
        g.place = place_of(held.territory)
        yield held


def _expected(held: LinkView) -> TaskView | None:
    return task_view.open_task(held.task_id, held.actor) if held.task_id is not None else None


def _show(
    held: LinkView, view: TaskView | None, sheet: Sheet | None, shown: Redisplay
) -> ResponseReturnValue:
    contact = live.contact(held.release.settings)
    page = render_template(
        "pages/link.html",
        held=held,
        task=view.task if view is not None else None,
        shared=[{"label": label, "value": text} for label, text in held.shared],
        contact=contact,
        phone=present.phone(contact.telephone),
        notice=shown.notice,
        errors=answering.error_list(sheet, shown.problems) if sheet is not None else [],
        fields=answering.rendered(sheet, shown) if sheet is not None else None,
    )
    return page, shown.status
