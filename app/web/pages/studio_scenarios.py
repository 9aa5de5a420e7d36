"""Scenarios: walks kept as tests, their last verdict, replayed on the draft from here."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import BundleFault, Conflict, Invalid
from app.publishing import scenario_files, scenarios, walks
from app.services import studio
from app.services.studio import admitting
from app.web.permissions import actor, requires

blueprint = Blueprint("studio_scenarios", __name__)


@blueprint.get("/t/<code>/atelier/scenarios")
@requires("programme.modifier")
def page() -> ResponseReturnValue:
    """List the scenarios with their last verdict."""
    studio.opened(actor())
    return _list([])


def _list(problems: Sequence[str], status: int = 200) -> ResponseReturnValue:
    shown = render_template("pages/studio_scenarios.html", rows=scenarios.listing(), problems=problems)
    return shown, status


@blueprint.get("/t/<code>/atelier/scenarios/scenarios.json")
@requires("programme.modifier")
def file() -> ResponseReturnValue:
    """Hand over the scenarios as a file that another territory can take."""
    return Response(
        scenario_files.written(),
        mimetype="application/json",
        headers={"Content-Disposition": "attachment; filename=scenarios.json"},
    )


@blueprint.post("/t/<code>/atelier/scenarios/fichier")
@requires("programme.modifier")
def take() -> ResponseReturnValue:
    """Keep the scenarios of a file."""
    sent = request.files.get("fichier")
    if sent is None or not sent.filename:
        return _list(["Choisissez un fichier de scénarios."], 422)
    data = sent.read(scenario_files.MAX_BYTES + 1)
    sent.close()
    try:
        count = scenario_files.taken(data, by=actor())
    except Invalid as refusal:
        admitting.note_refusal(actor(), what="reprendre", kind="scenarios")
        return _list(refusal.problems["fichier"], 422)
    except Conflict as full:
        return _list([full.sentence], 409)
    taken = f"{count} scénarios sont repris" if count > 1 else "Un scénario est repris"
    flash(f"{taken} : rejouez-les sur le brouillon.", "success")
    return redirect(url_for("studio_scenarios.page"))


@blueprint.post("/t/<code>/atelier/scenarios/rejouer")
@requires("programme.modifier")
def replay() -> ResponseReturnValue:
    """Replay every scenario on the draft."""
    try:
        verdicts = scenarios.replay(studio.bundle())
    except BundleFault as fault:
        flash(fault.sentence, "error")
        return redirect(url_for("studio_scenarios.page"))
    failed = sum(not verdict.ok for verdict in verdicts)
    if failed:
        several = f"{failed} scénarios ne donnent plus" if failed > 1 else "Un scénario ne donne plus"
        flash(f"{several} ce qui est attendu.", "warning")
    elif verdicts:
        flash("Tous les scénarios donnent ce qui est attendu.", "success")
    return redirect(url_for("studio_scenarios.page"))


@blueprint.get("/t/<code>/atelier/scenarios/<uuid:scenario_id>")
@requires("programme.modifier")
def scenario(scenario_id: UUID) -> ResponseReturnValue:
    """Show what a scenario does and expects, action by action."""
    row = scenarios.find(scenario_id)
    return render_template("pages/studio_scenario.html", row=row, steps=scenarios.steps_of(row))


@blueprint.post("/t/<code>/atelier/scenarios/<uuid:scenario_id>/rejouer")
@requires("programme.modifier")
def replay_one(scenario_id: UUID) -> ResponseReturnValue:
    """Replay one scenario on the draft."""
    try:
        (verdict,) = scenarios.replay(studio.bundle(), only=scenario_id)
    except BundleFault as fault:
        flash(fault.sentence, "error")
    else:
        if verdict.ok:
            flash("Le scénario donne ce qui est attendu.", "success")
    return redirect(url_for("studio_scenarios.scenario", scenario_id=scenario_id))


@blueprint.post("/t/<code>/atelier/scenarios/<uuid:scenario_id>/reprendre")
@requires("programme.modifier")
def take_up(scenario_id: UUID) -> ResponseReturnValue:
    """Live a scenario again by hand, to see where it parts or to change it."""
    try:
        walk_id = scenarios.taken_up(scenario_id, by=actor())
    except walks.WalkFault as fault:
        flash(fault.sentence, "error")
        return redirect(url_for("studio_scenarios.scenario", scenario_id=scenario_id))
    return redirect(url_for("studio_walks.walk", walk_id=walk_id))


@blueprint.post("/t/<code>/atelier/scenarios/<uuid:scenario_id>/retirer")
@requires("programme.modifier")
def remove(scenario_id: UUID) -> ResponseReturnValue:
    """Take a scenario away for good."""
    name = scenarios.find(scenario_id).name
    scenarios.remove(scenario_id, by=actor())
    flash(f"Le scénario « {name} » est retiré.", "info")
    return redirect(url_for("studio_scenarios.page"))
