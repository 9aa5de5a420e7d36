"""The page of a task: what is expected, why, the form; answered once, kept as a draft on the way."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from app.catalog.submission import Flat
from app.errors import Conflict, Invalid, ProcessSuspended, RelaisError, TaskAlreadyDone
from app.services import desk, invitations, meetings, outcomes, task_view, tasks
from app.services.task_view import TaskView
from app.services.tasks import Completed
from app.web import answering, present, route, security
from app.web.answering import Redisplay, Sheet
from app.web.errors import SENTENCES, status_of
from app.web.pages.desk import beside
from app.web.permissions import actor, requires
from app.web.security import keeps_draft

blueprint = Blueprint("tasks", __name__)


@blueprint.get("/t/<code>/taches/<uuid:task_id>")
@requires("taches.traiter")
def page(task_id: UUID) -> ResponseReturnValue:
    """Show the task with its draft, or how it ended."""
    desk.visit(task_id, actor())
    try:
        view = task_view.open_task(task_id, actor())
    except TaskAlreadyDone:
        return _ended(task_id, status=200)
    if (meeting := _meeting(view)) is not None:
        return redirect(url_for("meetings.page", process_id=meeting))
    sheet = sheet_of(view)
    typed = Flat(dict(view.draft_typed)) if view.draft_typed is not None else sheet.form.spread(view.initial)
    return _show(view, sheet, Redisplay(typed))


@blueprint.post("/t/<code>/taches/<uuid:task_id>")
@requires("taches.traiter")
@keeps_draft
def answer(task_id: UUID) -> ResponseReturnValue:
    """Carry the answers out, or keep them, or show what is to be mended."""
    try:
        view = task_view.open_task(task_id, actor())
    except TaskAlreadyDone:
        return _too_late(task_id)
    if _meeting(view) is not None:
        raise HeldInMeeting
    sheet = sheet_of(view)
    again = answering.not_to_carry_out(sheet)
    if again is not None:
        if again.status == 413:
            tasks.save_draft(task_id, sheet.typed().values, actor())
        return _show(view, *answering.keeping_files(sheet, again, task_id, actor()))
    if answering.asked_to_keep():
        _, shown = answering.keeping_files(sheet, Redisplay(sheet.typed()), task_id, actor())
        tasks.save_draft(task_id, shown.flat.values, actor())
        flash("Le brouillon est enregistré. Vous seul le voyez.", "success")
        return redirect(url_for("tasks.page", task_id=task_id))
    try:
        answers = sheet.answers()
    except Invalid as refusal:
        return _show(
            view, *answering.keeping_files(sheet, answering.refused(sheet, refusal), task_id, actor())
        )
    try:
        done = tasks.complete(task_id, answers, by=actor())
    except (TaskAlreadyDone, ProcessSuspended) as refused:
        return _not_taken(task_id, refused)
    return _after(view.name, done)


@blueprint.post("/t/<code>/taches/<uuid:task_id>/brouillon")
@requires("taches.traiter")
def draft(task_id: UUID) -> ResponseReturnValue:
    """Keep what was typed so far, for a script; answers when it was kept."""
    view = task_view.open_task(task_id, actor())
    return jsonify(answering.keep(sheet_of(view), task_id, actor()))


@blueprint.get("/t/<code>/taches/<uuid:task_id>/telephone")
@requires("taches.traiter")
def kept_by_a_phone(task_id: UUID) -> ResponseReturnValue:
    """Say to a phone whether the step it keeps is still this person's; a 404 makes it forget (BAT-10)."""
    task_view.open_task(task_id, actor(), to_write=False)
    return "", 204


@blueprint.post("/t/<code>/taches/<uuid:task_id>/telephone")
@requires("taches.traiter")
@keeps_draft
def from_a_phone(task_id: UUID) -> ResponseReturnValue:
    """Carry out what a phone kept while it had no network; told in JSON, taken once (MTP-3)."""
    if security.too_large():
        return jsonify(phrase=SENTENCES[413]), 413
    if security.refusal() is not None:
        return jsonify(phrase=answering.STALE, jeton=generate_csrf()), 400
    try:
        view = task_view.open_task(task_id, actor())
        if _meeting(view) is not None:
            raise HeldInMeeting
        done = tasks.complete(task_id, sheet_of(view).answers(), by=actor())
    except TaskAlreadyDone as refused:
        if outcomes.of(task_id, actor()).mine:  # sent before, and the answer was lost on the way back
            return jsonify(etat="deja"), 200
        return jsonify(phrase=refused.sentence), 409
    except RelaisError as refused:
        return jsonify(phrase=refused.sentence), status_of(refused)
    where = _after(view.name, done)
    return jsonify(etat="enregistre", suite=where.location), 201


class HeldInMeeting(Conflict):
    """A step that is held as a meeting is not answered on the page of a task."""

    sentence_template = (
        "Cette étape se tient en séance, une situation à la fois : ouvrez-la depuis la page « Revue »."
    )


def _meeting(view: TaskView) -> UUID | None:
    """Return the meeting that this step is held as, for whoever sees meetings."""
    return meetings.meeting_of_task(view.task) if actor().rights.may("revue.voir") else None


def sheet_of(view: TaskView) -> Sheet:
    """Return the form of a task as its holder fills it."""
    return Sheet(view.form, view.classes, view.context, view.stored, lambda: view.provenance)


def _show(view: TaskView, sheet: Sheet, shown: Redisplay) -> ResponseReturnValue:
    task_view.note_read(view)
    page = render_template(
        "pages/task.html",
        view=view,
        task=view.task,
        header=view.header,
        notice=shown.notice,
        errors=answering.error_list(sheet, shown.problems),
        fields=answering.rendered(sheet, shown),
        phone_address=url_for("tasks.from_a_phone", task_id=view.task.id) if sheet.form.outdoors else "",
        where=route.neighbourhood(view.release.programme, view.task.called_process, view.task.element),
        due=present.due_mark(view.task.due_at, late=view.row.late, soon=view.row.soon),
        paused=present.paused_word(view.row),
        facts=_facts(view),
        answers=present.answers,
        decisions=[present.decision(item, view.release) for item in view.decisions],
        other=view.claimed_by_name if view.task.claimed_by not in (None, actor().user_id) else None,
        draft_address=url_for("tasks.draft", task_id=view.task.id),
        desk=beside(view, actor()),
        step_link=(link := invitations.of_task(view.task.id)),
        link_by_sms=link is not None and invitations.by_sms(link),
        note_at=datetime.fromisoformat(view.task.note["at"]) if view.task.note else None,
    )
    return page, shown.status


def _facts(view: TaskView) -> list[dict[str, Any]]:
    """Return how to reach the household; only what is known."""
    header = view.header
    if header is None:
        return []
    known = (
        ("Ménage", header.household),
        ("Téléphone", present.phone(header.phone)),
        ("Adresse", header.address),
    )
    return [{"label": label, "value": value} for label, value in known if value]


def _too_late(task_id: UUID) -> ResponseReturnValue:
    """Keep what was typed, then say who did it and when."""
    view = task_view.open_task(task_id, actor(), to_write=False)
    outcome = outcomes.of(task_id, actor())
    if outcome.status != "open" and not outcome.mine:
        tasks.save_draft(task_id, sheet_of(view).typed().values, actor())
    return _ended(task_id, status=409)


def _not_taken(task_id: UUID, held: Conflict) -> ResponseReturnValue:
    """Keep what was typed and say why it is not taken: done meanwhile, or the process is in suspense."""
    if not isinstance(held, ProcessSuspended):
        return _too_late(task_id)
    view = task_view.open_task(task_id, actor())
    sheet = sheet_of(view)
    sheet, shown = answering.keeping_files(sheet, Redisplay(sheet.typed()), task_id, actor())
    tasks.save_draft(task_id, shown.flat.values, actor())
    return _show(view, sheet, replace(shown, status=409, notice=held.sentence))


def _ended(task_id: UUID, *, status: int) -> ResponseReturnValue:
    outcome = outcomes.of(task_id, actor())
    return render_template("pages/task_ended.html", outcome=outcome), status


def _after(name: str, done: Completed) -> Response:
    """Go to the next step of the case when it is mine, else back to the inbox."""
    case = f" du dossier {done.case_reference}" if done.case_reference else ""
    if done.next_tasks:
        flash(f"« {name} » est fait. Voici l'étape suivante{case}.", "success")
        return redirect(url_for("tasks.page", task_id=done.next_tasks[0]))
    flash(f"« {name} » est fait. La suite{case} est entre d'autres mains.", "success")
    return redirect(url_for("inbox.page"))
