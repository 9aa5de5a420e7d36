"""My absences: from when to when, and who answers meanwhile."""

from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Conflict, Invalid
from app.services import delegations, teams
from app.services.wanted import identity
from app.web import formats
from app.web.permissions import actor, requires

blueprint = Blueprint("absences", __name__)


@blueprint.get("/t/<code>/absences")
@requires("taches.traiter", "supervision.agir")
def page() -> ResponseReturnValue:
    """Show my absences, those of the people I replace, everybody's for who supervises."""
    return _show({}, {}, 200)


@blueprint.post("/t/<code>/absences")
@requires("taches.traiter", "supervision.agir")
def declare() -> ResponseReturnValue:
    """Note an absence, mine or, for who supervises, somebody's."""
    who, form = actor(), request.form
    problems: dict[str, list[str]] = {}
    first, last = _day("du", problems), _day("au", problems)
    taker = identity(form.get("a", ""))
    absent = identity(form.get("absent", "")) if who.rights.may("supervision.agir") else who.user_id
    if taker is None:
        problems["a"] = ["Choisissez la personne qui vous remplace."]
    if absent is None:
        problems["absent"] = ["Choisissez la personne absente."]
    if first is None or last is None or taker is None or absent is None:
        return _show(dict(form), problems, 422)
    try:
        delegations.declare(absent, taker, first, last, who, reason=form.get("precision", ""))
    except Invalid as refusal:
        return _show(dict(form), refusal.problems, 422)
    except Conflict as refusal:
        return _show(dict(form), {"du": [refusal.sentence]}, 409)
    flash(
        f"L'absence est notée, du {formats.full_day(first)} au {formats.full_day(last)}. "
        "Elle commence et finit d'elle-même.",
        "success",
    )
    return redirect(url_for("absences.page"))


@blueprint.post("/t/<code>/absences/<uuid:delegation_id>/arreter")
@requires("taches.traiter", "supervision.agir")
def call_off(delegation_id: UUID) -> ResponseReturnValue:
    """End an absence before its last day."""
    delegations.call_off(delegation_id, actor())
    flash("L'absence est arrêtée : chacun répond de nouveau à ses tâches.", "success")
    return redirect(url_for("absences.page"))


def _show(typed: dict[str, str], problems: dict[str, list[str]], status: int) -> ResponseReturnValue:
    who = actor()
    supervises = who.rights.may("supervision.agir")
    everybody = teams.colleagues()
    people = everybody if supervises else [one for one in everybody if one.lanes & who.lanes]
    page = render_template(
        "pages/absences.html",
        typed=typed,
        problems=problems,
        errors=[{"href": f"#{key}", "text": text} for key, texts in problems.items() for text in texts],
        supervises=supervises,
        answers=any(one.id == who.user_id for one in everybody),
        people=people,
        own=delegations.of_person(who.user_id, who) if who.user_id else [],
        entrusted=delegations.entrusted_to(who.user_id, who) if who.user_id else [],
        team=[row for row in delegations.of_the_team(who) if row.from_user != who.user_id]
        if supervises
        else [],
    )
    return page, status


def _day(key: str, problems: dict[str, list[str]]) -> date | None:
    try:
        return date.fromisoformat(request.form.get(key, "").strip())
    except ValueError:
        which = "premier" if key == "du" else "dernier"
        problems[key] = [f"Indiquez le {which} jour de l'absence."]
        return None
