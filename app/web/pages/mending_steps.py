"""The forms that act on one step, one answer, or give a process up."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.catalog.submission import Flat
from app.errors import Conflict, Invalid, NotFound
from app.services import mending
from app.services.mending import MendRefused, MovedMeanwhile, cancelling, moving, passing, view
from app.services.mending.view import OpenStep
from app.web import answering
from app.web import mending_words as words
from app.web.answering import Redisplay, Sheet
from app.web.pages.mending import HEAVY, LIGHT, done_or_shown, expected, form_page, known, reason
from app.web.permissions import actor, requires

blueprint = Blueprint("mending_steps", __name__)
ACTS = ("passer", "revenir", "deplacer")


@blueprint.get("/t/<code>/parcours/<uuid:process_id>/echeance/<uuid:wanted>")
@requires(LIGHT)
def due_page(process_id: UUID, wanted: UUID) -> ResponseReturnValue:
    """Ask for the new date of a step or of a timer."""
    return form_page(process_id, words.VERBS["echeance"], step=_step(process_id, wanted))


@blueprint.post("/t/<code>/parcours/<uuid:process_id>/echeance/<uuid:wanted>")
@requires(LIGHT)
def due(process_id: UUID, wanted: UUID) -> ResponseReturnValue:
    """Change the date of a step or of a timer."""
    step = _step(process_id, wanted)
    return done_or_shown(
        process_id,
        words.VERBS["echeance"],
        lambda: mending.change_due(wanted, _moment(step), reason=reason(), by=actor(), expected=expected()),
        step=step,
    )


@blueprint.get("/t/<code>/parcours/<uuid:process_id>/<verb>/<uuid:wanted>")
@requires(HEAVY)
def step_page(process_id: UUID, verb: str, wanted: UUID) -> ResponseReturnValue:
    """Ask where a step is to go, or what is to be known of one that is passed."""
    known(verb, ACTS)
    step = _step(process_id, wanted)
    try:
        return form_page(process_id, words.VERBS[verb], **_asked(process_id, verb, step))
    except MendRefused as refused:
        return form_page(process_id, words.VERBS[verb], notice=refused.sentence, step=step, targets=[])


@blueprint.post("/t/<code>/parcours/<uuid:process_id>/<verb>/<uuid:wanted>")
@requires(HEAVY)
def step(process_id: UUID, verb: str, wanted: UUID) -> ResponseReturnValue:
    """Say in words what would happen; once that was read, do it."""
    known(verb, ACTS)
    found = _step(process_id, wanted)
    chosen = request.form.get("vers", "")
    try:
        facts = _asked(process_id, verb, found)
        outcomes = _outcomes(process_id, wanted) if verb == "passer" else {}
        _complain(verb, chosen)
        if request.form.get("lu") != "oui":
            told = mending.foresee(process_id, _act(verb, wanted, chosen, outcomes))
            return form_page(process_id, words.VERBS[verb], **facts, foreseen=words.foreseen(told))
    except Invalid as refusal:
        return form_page(process_id, words.VERBS[verb], problems=refusal.problems, status=422, **facts)
    except MendRefused as refused:
        return form_page(
            process_id, words.VERBS[verb], notice=refused.sentence, status=409, step=found, targets=[]
        )
    return done_or_shown(
        process_id, words.VERBS[verb], lambda: _do(process_id, verb, wanted, chosen, outcomes), **facts
    )


def _complain(verb: str, chosen: str) -> None:
    """Refuse a form that lacks its target or its reason, before anything is told."""
    problems = {}
    if verb != "passer" and not chosen:
        problems["vers"] = ["Choisissez une étape."]
    if not reason().strip():
        problems["motif"] = ["Indiquez pourquoi vous intervenez : le motif reste au dossier."]
    if problems:
        raise Invalid(problems)


def _act(verb: str, wanted: UUID, chosen: str, outcomes: dict[str, object]) -> moving.Act:
    if verb == "passer":
        return moving.skipping(wanted, outcomes)
    return moving.moving(wanted, chosen) if verb == "deplacer" else moving.repeating(chosen, wanted)


def _do(process_id: UUID, verb: str, wanted: UUID, chosen: str, outcomes: dict[str, object]) -> object:
    given: dict[str, Any] = {"reason": reason(), "by": actor(), "expected": expected()}
    if verb == "passer":
        return mending.skip(process_id, wanted, outcomes, **given)
    if verb == "deplacer":
        return mending.move(process_id, wanted, chosen, **given)
    return mending.repeat(process_id, chosen, wanted=wanted, **given)


def _asked(process_id: UUID, verb: str, found: OpenStep) -> dict[str, Any]:
    """Return what a form shows besides the reason.

    Raises:
        MendRefused: this step may not be moved at all.
    """
    if verb == "passer":
        asked = passing.asked_of(process_id, found.id, actor())
        sheet = _sheet(asked[1]) if asked is not None else None
        typed = sheet.typed() if sheet is not None and request.method == "POST" else Flat({})
        return {"step": found, "fields": answering.rendered(sheet, Redisplay(typed)) if sheet else None}
    targets = mending.targets(process_id, found.id)
    if verb == "revenir":
        done = view.find(process_id).done_elements
        targets = [item for item in targets if item.before and (item.element in done or item.path)]
        targets = [item for item in targets if item.kind not in words.AUTOMATIC]
    return {"step": found, "targets": words.choices(targets)}


def _sheet(asked: passing.Passing) -> Sheet:
    return Sheet(asked.form, asked.classes)


def _outcomes(process_id: UUID, wanted: UUID) -> dict[str, object]:
    asked = passing.asked_of(process_id, wanted, actor())
    if asked is None:
        return {}
    form_id, short = asked
    return short.outcomes(dict(_sheet(short).answers()), form_id)


@blueprint.get("/t/<code>/parcours/<uuid:process_id>/annuler")
@requires(HEAVY)
def cancel_page(process_id: UUID) -> ResponseReturnValue:
    """Say what giving a process up does, and ask why."""
    view.find(process_id)
    return form_page(process_id, words.VERBS["annuler"], loss=words.loss(cancelling.foresee(process_id)))


@blueprint.post("/t/<code>/parcours/<uuid:process_id>/annuler")
@requires(HEAVY)
def cancel(process_id: UUID) -> ResponseReturnValue:
    """Give a process up."""
    view.find(process_id)
    return done_or_shown(
        process_id,
        words.VERBS["annuler"],
        lambda: mending.cancel(process_id, reason=reason(), by=actor(), expected=expected()),
        loss=words.loss(cancelling.foresee(process_id)),
    )


@blueprint.get("/t/<code>/parcours/<uuid:process_id>/reponses/<uuid:submission_id>")
@requires(HEAVY)
def answer_page(process_id: UUID, submission_id: UUID) -> ResponseReturnValue:
    """Show an answer to put right, pre-filled with what this person may read."""
    found, sheet = _answer(process_id, submission_id)
    return _answer_form(process_id, found, sheet, Redisplay(sheet.form.spread(found.known)))


@blueprint.post("/t/<code>/parcours/<uuid:process_id>/reponses/<uuid:submission_id>")
@requires(HEAVY)
def answer(process_id: UUID, submission_id: UUID) -> ResponseReturnValue:
    """Put an answer right."""
    found, sheet = _answer(process_id, submission_id)
    again = answering.not_to_carry_out(sheet)
    if again is not None:
        return _answer_form(process_id, found, sheet, again)
    try:
        given = sheet.answers()
        mending.correct(submission_id, given, reason=reason(), by=actor(), expected=expected())
    except Invalid as refusal:
        return _answer_form(process_id, found, sheet, answering.refused(sheet, refusal))
    except Conflict as moved:
        flash(moved.sentence, "warning")
        return redirect(url_for("mending.page", process_id=process_id))
    flash(words.VERBS["corriger"].done, "success")
    return redirect(url_for("mending.page", process_id=process_id))


def _answer(process_id: UUID, submission_id: UUID) -> tuple[mending.Correctable, Sheet]:
    found = mending.correctable(submission_id, actor())
    if found.process.id != process_id:
        raise NotFound
    mending.note_read(found, actor())
    return found, Sheet(found.form, found.classes, found.context, found.stored)


def _answer_form(
    process_id: UUID, found: mending.Correctable, sheet: Sheet, shown: Redisplay
) -> ResponseReturnValue:
    page = render_template(
        "pages/mending_answer.html",
        process=view.find(process_id),
        verb=words.VERBS["corriger"],
        form=found.form,
        author=found.submission.author,
        at=found.submission.at,
        notice=shown.notice,
        errors=answering.error_list(sheet, shown.problems),
        problems=shown.problems,
        typed=request.form,
        fields=answering.rendered(sheet, shown),
    )
    return page, shown.status


def _step(process_id: UUID, wanted: UUID) -> OpenStep:
    """Return an open step of a process.

    Raises:
        NotFound: no such process in the territory.
        Conflict: the process waits for it no longer.
    """
    found = view.step_of(process_id, wanted)
    if found is None:
        raise MovedMeanwhile
    return found


def _moment(step: OpenStep) -> datetime:
    """Return the instant typed: the end of the day for a step, an hour of the day for a timer.

    Raises:
        Invalid: no date, or none that exists.
    """
    try:
        day = date.fromisoformat(request.form.get("echeance", ""))
        hour = time.fromisoformat(request.form.get("heure", "") or "00:00")
    except ValueError as fault:
        raise Invalid({"echeance": ["Indiquez la nouvelle date, par exemple 25/11/2026."]}) from fault
    if day.year > clock.today().year + 100:
        raise Invalid({"echeance": ["Indiquez une date à venir, dans les vingt ans."]})
    if step.kind == "step":
        return datetime.combine(day + timedelta(days=1), time(), clock.PARIS)
    return datetime.combine(day, hour.replace(tzinfo=None), clock.PARIS)
