"""« Conduite du parcours »: where a process stands, and what may be done to it by hand, with a reason."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Conflict, DesignFault, Forbidden, Invalid, NotFound
from app.services import mending, releases, supervision
from app.services.mending import MendRefused, view
from app.services.mending.view import OpenStep
from app.web import mending_words as words
from app.web import present, route
from app.web.permissions import actor, requires

blueprint = Blueprint("mending", __name__)

LIGHT: Final = "supervision.agir"
HEAVY: Final = "parcours.reparer"
PAUSES: Final = ("suspendre", "reprendre")


@blueprint.get("/t/<code>/parcours/<uuid:process_id>")
@requires(LIGHT, HEAVY)
def page(process_id: UUID) -> ResponseReturnValue:
    """Show where a process stands, what may be done, what was done by hand."""
    return show(process_id)


def show(process_id: UUID) -> ResponseReturnValue:
    """Render the page of a process."""
    sheet = view.sheet(process_id, actor())
    drawn = _chosen(sheet)
    return render_template(
        "pages/mending.html",
        sheet=sheet,
        process=sheet.process,
        status=words.STATUSES.get(sheet.process.status, ("", "info")),
        steps=[_step(step, process_id, sheet.process.status) for step in sheet.steps],
        tabs=_tabs(sheet, drawn),
        drawn=_drawing(sheet, drawn) if drawn is not None else None,
        mends=[words.told(done) for done in sheet.mends],
        on_newest=_is_newest(sheet.process.release_id),
        may_hold=actor().rights.may(LIGHT),
        may_mend=actor().rights.may(HEAVY),
    )


@blueprint.get("/t/<code>/parcours/<uuid:process_id>/schema/<called>.bpmn")
@requires(LIGHT, HEAVY)
def diagram(process_id: UUID, called: str) -> ResponseReturnValue:
    """Give a diagram of the process to the viewer; it holds nothing personal."""
    return Response(view.source(process_id, called), mimetype="application/xml")


@blueprint.get("/t/<code>/parcours/<uuid:process_id>/<verb>")
@requires(LIGHT)
def pause_page(process_id: UUID, verb: str) -> ResponseReturnValue:
    """Ask why a process is to be suspended, or taken up again."""
    return form_page(process_id, known(verb, PAUSES))


@blueprint.post("/t/<code>/parcours/<uuid:process_id>/<verb>")
@requires(LIGHT)
def pause(process_id: UUID, verb: str) -> ResponseReturnValue:
    """Suspend a process, or take it up again."""
    asked = known(verb, PAUSES)
    view.find(process_id)
    act = mending.suspend if verb == "suspendre" else mending.resume
    return done_or_shown(
        process_id,
        asked,
        lambda: act(process_id, reason=reason(), by=actor(), expected=expected()),
    )


@blueprint.post("/t/<code>/parcours/<uuid:process_id>/interventions/<uuid:mend_id>/annuler")
@requires(LIGHT, HEAVY)
def undo(process_id: UUID, mend_id: UUID) -> ResponseReturnValue:
    """Take a mend back."""
    view.find(process_id)
    try:
        mending.undo(mend_id, by=actor())
    except Conflict as refused:
        flash(refused.sentence, "warning")
    else:
        flash("L'intervention est annulée : le parcours est revenu où il était.", "success")
    return redirect(url_for("mending.page", process_id=process_id))


@blueprint.post("/t/<code>/parcours/<uuid:process_id>/incidents/<uuid:incident_id>/reprendre")
@requires(LIGHT)
def retry(process_id: UUID, incident_id: UUID) -> ResponseReturnValue:
    """Replay the step of an incident of this process."""
    view.find(process_id)
    try:
        supervision.retry(incident_id, actor())
    except DesignFault as fault:
        flash(f"L'étape échoue encore : {fault.facts.get('cause', '')} L'incident reste ouvert.", "error")
    except (Conflict, Forbidden) as refused:
        flash(refused.sentence, "warning")
    except NotFound:  # a second click
        flash("Rien à reprendre : l'incident est déjà réglé, ou il n'existe plus.", "warning")
    else:
        flash("L'étape est reprise, l'incident est réglé.", "success")
    return redirect(url_for("mending.page", process_id=process_id))


# What the forms share


def known(verb: str, among: tuple[str, ...]) -> words.Verb:
    """Return what the address asks for.

    Raises:
        NotFound: it is none of ``among``.
    """
    if verb not in among:
        raise NotFound
    return words.VERBS[verb]


def reason() -> str:
    """Return the reason that was typed."""
    return request.form.get("motif", "")


def expected() -> int | None:
    """Return the version of the process that the form was made from; a form without one is refused."""
    typed = request.form.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1


def done_or_shown(
    process_id: UUID, verb: words.Verb, act: Callable[[], object], **facts: Any
) -> ResponseReturnValue:
    """Do a mend and go back to the process; show the form again with what is wrong."""
    try:
        act()
    except Invalid as refusal:
        return form_page(process_id, verb, problems=refusal.problems, status=422, **facts)
    except MendRefused as refused:
        return form_page(process_id, verb, notice=refused.sentence, status=409, **facts)
    except Conflict as moved:
        flash(moved.sentence, "warning")
        return redirect(url_for("mending.page", process_id=process_id))
    flash(verb.done, "success")
    return redirect(url_for("mending.page", process_id=process_id))


def form_page(
    process_id: UUID,
    verb: words.Verb,
    *,
    problems: dict[str, list[str]] | None = None,
    notice: str | None = None,
    status: int = 200,
    **facts: Any,
) -> ResponseReturnValue:
    """Show the form of a mend: what will happen in words, what is asked, the reason."""
    process = view.find(process_id)
    faults = problems or {}
    page = render_template(
        "pages/mending_form.html",
        process=process,
        verb=verb,
        problems=faults,
        errors=[{"href": f"#{key}", "text": text} for key, texts in faults.items() for text in texts],
        notice=notice,
        typed=request.form,
        **{"step": None, "targets": None, "fields": None, "foreseen": None, "loss": None} | facts,
    )
    return page, status


def _step(step: OpenStep, process_id: UUID, status: str) -> dict[str, Any]:
    """Return an open step with what this person may do to it."""
    may_hold, may_mend = actor().rights.may(LIGHT), actor().rights.may(HEAVY)
    at: dict[str, Any] = {"process_id": process_id, "wanted": step.id}
    acts: list[tuple[str, str]] = []
    if status == "running" and may_hold and step.kind != "event":
        acts.append(("echeance", url_for("mending_steps.due_page", **at)))
    if status == "running" and may_mend and step.kind != "beside":
        acts += [
            (verb, url_for("mending_steps.step_page", **at, verb=verb))
            for verb in ("passer", "revenir", "deplacer")
        ]
    return {
        "step": step,
        "due": present.due_mark(step.due_at) if step.kind == "step" else None,
        "at": step.due_at if step.kind != "step" else None,
        "acts": [{"label": words.VERBS[verb].short, "href": href} for verb, href in acts],
    }


def _is_newest(release_id: UUID) -> bool:
    newest = releases.newest()
    return newest is not None and newest.id == release_id


def _chosen(sheet: view.Sheet) -> Any:
    wanted = [drawn for drawn in sheet.drawn if drawn.process == request.args.get("partie", "")]
    waiting = [drawn for drawn in sheet.drawn if drawn.active]
    return next(iter([*wanted, *reversed(waiting), *sheet.drawn]), None)


def _part(sheet: view.Sheet, process: str) -> str:
    return url_for("mending.page", process_id=sheet.process.id, partie=process, _anchor="schema")


def _tabs(sheet: view.Sheet, chosen: Any) -> list[dict[str, Any]]:
    return [
        {"label": drawn.name, "href": _part(sheet, drawn.process), "current": drawn is chosen}
        for drawn in sheet.drawn
    ]


def _drawing(sheet: view.Sheet, drawn: Any) -> dict[str, Any]:
    return {
        "process": drawn.process,
        "name": drawn.name,
        "source": url_for("mending.diagram", process_id=sheet.process.id, called=drawn.process),
        "active": drawn.active,
        "done": drawn.done,
        "late": drawn.late,
        "steps": route.steps(drawn.steps, active=drawn.active, done=drawn.done, late=drawn.late),
    }
