"""Simulations of the draft or of a release, from a page: asked, followed, stopped, read on the diagram."""

from typing import Any, Final
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog.bundle import Bundle
from app.errors import BundleFault, Conflict
from app.models import Trial
from app.publishing import trials
from app.publishing.trial_plans import MOST_HOUSEHOLDS, MOST_MONTHS, Proposal, proposal
from app.services import releases, studio
from app.web import trial_shown
from app.web.permissions import actor, requires
from app.web.trial_typed import DRAFT, percent, said, typed

blueprint = Blueprint("studio_trials", __name__)

STATES: Final = {
    "waiting": ("Attend son tour", "waiting"),
    "running": ("En cours", "active"),
    "done": ("Terminée", "done"),
    "stopped": ("Arrêtée", "stopped"),
    "failed": ("N'a pas abouti", "late"),
    "interrupted": ("Interrompue", "stopped"),
}


@blueprint.get("/t/<code>/atelier/essais")
@requires("programme.modifier")
def page() -> ResponseReturnValue:
    """Ask for a simulation; list those asked before."""
    studio.opened(actor())
    return _ask({}, {})


@blueprint.post("/t/<code>/atelier/essais")
@requires("programme.modifier")
def start() -> ResponseReturnValue:
    """Start a simulation, or let it wait its turn; sent twice, it is one."""
    proposed, _ = _proposal()
    read = typed(request.form, proposed)
    trial_id = _drawn(request.form.get("essai", ""))
    if read.plan is None or trial_id is None:
        return _ask(request.form, read.problems, status=422)
    try:
        trials.start(read.plan, by=actor(), trial_id=trial_id)
    except BundleFault as fault:
        return _ask(request.form, {}, status=422, notice=fault.sentence)
    except trials.TooManyWaiting as full:
        return _ask(request.form, {}, status=409, notice=full.sentence)
    return redirect(url_for("studio_trials.trial", trial_id=trial_id))


def _drawn(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _proposal() -> tuple[Proposal, str | None]:
    """Return what the draft proposes; the release in force when it cannot be read, and why."""
    try:
        bundle: Bundle = studio.bundle()
    except BundleFault as fault:
        return proposal(releases.current().bundle), fault.sentence
    return proposal(bundle), None


def _ask(values: Any, problems: Any, *, status: int = 200, notice: str | None = None) -> ResponseReturnValue:
    proposed, broken = _proposal()
    shown = render_template(
        "pages/studio_trials.html",
        proposed=proposed,
        broken=broken,
        notice=notice,
        values=values,
        problems=problems,
        errors=[
            {"href": f"#{name}", "text": sentence} for name, lines in problems.items() for sentence in lines
        ],
        versions=releases.history(),
        rows=trials.listing(),
        states=STATES,
        draft=DRAFT,
        drawn=uuid4(),
        most_households=MOST_HOUSEHOLDS,
        most_months=MOST_MONTHS,
        percent=percent,
        said=said,
    )
    return shown, status


@blueprint.get("/t/<code>/atelier/essais/<uuid:trial_id>")
@requires("programme.modifier")
def trial(trial_id: UUID) -> ResponseReturnValue:
    """Show how far a simulation is, or what it found."""
    row = trials.find(trial_id)
    found = trial_shown.view(row, request.args.get("dessin", "")) if row.status == "done" else None
    return render_template(
        "pages/studio_trial.html",
        row=row,
        plan=trials.plan_of(row),
        states=STATES,
        found=found,
        ahead=trials.ahead_of(row) if row.status == "waiting" else 0,
        drawn=uuid4(),
        assumed=trial_shown.assumed(row),
    )


@blueprint.get("/t/<code>/atelier/essais/<uuid:trial_id>/avancement")
@requires("programme.modifier")
def progress(trial_id: UUID) -> ResponseReturnValue:
    """Return how far a simulation is, for a script that shows it."""
    row = trials.find(trial_id)
    return jsonify(over=row.status in trials.OVER, percent=row.percent, told=_told(row))


def _told(row: Trial) -> str:
    """Return the progress in words, as the page says it too."""
    if row.status == "waiting":
        return "La simulation attend son tour."
    return " · ".join(part for part in (row.stage[:1].upper() + row.stage[1:], row.told) if part)


@blueprint.app_template_global("trial_told")
def trial_told(row: Trial) -> str:
    """Give the templates the progress in words."""
    return _told(row)


@blueprint.post("/t/<code>/atelier/essais/<uuid:trial_id>/arreter")
@requires("programme.modifier")
def stop(trial_id: UUID) -> ResponseReturnValue:
    """Stop a simulation."""
    trials.stop(trial_id, by=actor())
    return redirect(url_for("studio_trials.trial", trial_id=trial_id))


@blueprint.post("/t/<code>/atelier/essais/<uuid:trial_id>/relancer")
@requires("programme.modifier")
def again(trial_id: UUID) -> ResponseReturnValue:
    """Start the same simulation again, on its subject as it is now."""
    wanted = _drawn(request.form.get("essai", "")) or uuid4()
    try:
        trials.again(trial_id, by=actor(), new_id=wanted)
    except (BundleFault, Conflict) as refusal:
        flash(refusal.sentence, "warning")
        return redirect(url_for("studio_trials.trial", trial_id=trial_id))
    return redirect(url_for("studio_trials.trial", trial_id=wanted))


@blueprint.get("/t/<code>/atelier/essais/<uuid:trial_id>/rapport.html")
@requires("programme.modifier")
def report(trial_id: UUID) -> ResponseReturnValue:
    """Hand over the whole report as one page that needs nothing else."""
    row = trials.find(trial_id)
    if row.status != "done":
        return redirect(url_for("studio_trials.trial", trial_id=trial_id))
    return Response(
        trial_shown.page(row),
        mimetype="text/html; charset=utf-8",
        headers={"Content-Disposition": "attachment; filename=simulation.html"},
    )
