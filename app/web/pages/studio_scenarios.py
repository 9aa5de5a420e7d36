"""Scenarios: walks kept as tests, their last verdict, replayed on the draft from here."""

from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.errors import BundleFault
from app.publishing import nursery, scenarios, walks
from app.services import studio
from app.web.permissions import actor, requires

blueprint = Blueprint("studio_scenarios", __name__)


@blueprint.get("/t/<code>/atelier/scenarios")
@requires("programme.modifier")
def page() -> ResponseReturnValue:
    """List the scenarios with their last verdict."""
    studio.opened(actor())
    nursery.warm()
    return render_template("pages/studio_scenarios.html", rows=scenarios.listing())


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
    return render_template(
        "pages/studio_scenario.html", row=row, steps=scenarios.steps_of(row), drawn=uuid4()
    )


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
