"""What is done to tasks without answering them: handed over, prioritised, looked at again, many at once."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.errors import Invalid
from app.services import claims, delegations, desk, priorities, tasks, teams
from app.services.actors import Actor
from app.services.claims import Report, Seen
from app.services.task_view import TaskView
from app.services.wanted import identity
from app.web import formats
from app.web.pages.inbox import back
from app.web.permissions import actor, requires

blueprint = Blueprint("desk", __name__)

TEAM: Final = "equipe"
"""The choice that gives tasks back to their team."""
DONE: Final = {
    "prendre": ("tâche prise", "tâches prises"),
    "rendre": ("tâche rendue à l'équipe", "tâches rendues à l'équipe"),
    "attribuer": ("tâche attribuée", "tâches attribuées"),
    "priorite": ("priorité changée", "priorités changées"),
    "suivi": ("tâche à revoir", "tâches à revoir"),
}


@blueprint.post("/t/<code>/taches/<uuid:task_id>/confier")
@requires("taches.traiter")
def hand_over(task_id: UUID) -> ResponseReturnValue:
    """Give the task to a colleague, with a word."""
    tasks.find(task_id, actor(), to_write=True)
    to_user = identity(request.form.get("a", ""))
    if to_user is None:
        flash("Choisissez la personne à qui transmettre cette tâche.", "error")
        return redirect(url_for("tasks.page", task_id=task_id))
    note = request.form.get("mot", "")
    claims.hand_over(task_id, to_user, note, actor(), seen=_seen(request.form.get("vu")))
    name = teams.names([to_user]).get(to_user, "")
    flash(f"La tâche est transmise à {name}.", "success")
    return redirect(url_for("tasks.page", task_id=task_id))


@blueprint.post("/t/<code>/taches/<uuid:task_id>/priorite")
@requires("taches.traiter")
def prioritise(task_id: UUID) -> ResponseReturnValue:
    """Change the priority of the task."""
    tasks.find(task_id, actor(), to_write=True)
    desk.set_priority(task_id, request.form.get("priorite", ""), actor())
    flash("La priorité de cette tâche est changée.", "success")
    return redirect(url_for("tasks.page", task_id=task_id))


@blueprint.post("/t/<code>/taches/<uuid:task_id>/suivi")
@requires("taches.traiter")
def follow_up(task_id: UUID) -> ResponseReturnValue:
    """Note the day on which I want to see the task again, or forget it."""
    tasks.find(task_id, actor(), to_write=True)
    text = request.form.get("le", "")
    day = None if request.form.get("faire") == "oublier" else _day(text)
    desk.set_follow_up(task_id, day, actor(), aside=request.form.get("masquer") == "oui")
    told = (
        f"Cette tâche est à revoir {formats.words_for_day(day)}." if day else "La date de suivi est enlevée."
    )
    flash(told, "success")
    return redirect(url_for("tasks.page", task_id=task_id))


@blueprint.post("/t/<code>/taches/<uuid:task_id>/presence")
@requires("taches.traiter")
def presence(task_id: UUID) -> ResponseReturnValue:
    """Tell that my page is still open (or that I leave it), and learn who else is there: for a script."""
    if request.form.get("depart") == "oui":
        desk.leave(task_id, actor())
        return jsonify({})
    desk.visit(task_id, actor())
    return jsonify({"phrase": present_words(desk.visitors(task_id, actor()))})


@blueprint.post("/t/<code>/corbeille/lot")
@requires("taches.traiter")
def many() -> ResponseReturnValue:
    """Do the same to every task that is ticked, and tell which refused and why."""
    task_ids = [found for text in request.form.getlist("tache") if (found := identity(text)) is not None]
    what = request.form.get("faire", "")
    if what not in DONE:
        flash("Choisissez quoi faire des tâches cochées.", "error")
    elif not task_ids:
        flash("Cochez au moins une tâche.", "error")
    else:
        try:
            _tell(_done(what, task_ids), what)
        except Invalid as refusal:
            flash(next(iter(refusal.problems.values()))[0].format_map(refusal.facts), "error")
    return back("equipe")


def _done(what: str, task_ids: list[UUID]) -> Report:
    who = actor()
    if what == "attribuer":
        chosen = request.form.get("a", "")
        to_user = identity(chosen)
        if to_user is None and chosen != TEAM:
            raise Invalid({"a": ["Choisissez à qui attribuer les tâches cochées."]})
        pairs = (text.partition(":") for text in request.form.getlist("vu"))
        seen = {found: _seen(held) for text, _, held in pairs if (found := identity(text)) is not None}
        return claims.assign_many(task_ids, to_user, who, seen=seen)
    if what == "priorite":
        value = request.form.get("priorite", "")
        if value not in priorities.known():
            raise Invalid({"priorite": ["Choisissez la priorité à donner aux tâches cochées."]})
        return desk.each(task_ids, lambda one: desk.set_priority(one, value, who), who)
    if what == "suivi":
        day, aside = _day(request.form.get("le", "")), request.form.get("masquer") == "oui"
        return desk.each(task_ids, lambda one: desk.set_follow_up(one, day, who, aside=aside), who)
    act = claims.claim if what == "prendre" else claims.release
    return desk.each(task_ids, lambda one: act(one, who), who)


def _tell(report: Report, what: str) -> None:
    if report.done:
        flash(f"{formats.agree(len(report.done), *DONE[what])}.", "success")
    if report.refused:
        shown = " ".join(f"« {one.name} » : {one.reason}" for one in report.refused[:5])
        more = f" Et {len(report.refused) - 5} autres." if len(report.refused) > 5 else ""
        count = formats.agree(len(report.refused), "tâche reste inchangée", "tâches restent inchangées")
        flash(formats.typography(f"{count}. {shown}{more}"), "warning")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as fault:
        raise Invalid({"le": ["Indiquez le jour où revoir la tâche."]}) from fault


def _seen(text: str | None) -> Seen:
    return "any" if text is None else identity(text)


def present_words(visitors: list[desk.Visitor]) -> str:
    """Return who else has a task open now, or who opened it last; nothing when nobody else did."""
    here = [one.name for one in visitors if one.now]
    if len(here) == 1:
        return f"{here[0]} a cette tâche ouverte en ce moment."
    if here:
        return f"{', '.join(here[:-1])} et {here[-1]} ont cette tâche ouverte en ce moment."
    if not visitors:
        return ""
    last = visitors[0]
    day = formats.words_for_day(formats.local(last.last_at).date())
    return f"Ouverte pour la dernière fois par {last.name}, {day} à {formats.hour(last.last_at)}."


def beside(view: TaskView, who: Actor) -> Mapping[str, Any]:
    """Return what the page of a task says beside the form: who is on it, whose it is, what may be done."""
    visitors = desk.visitors(view.task.id, who)
    away = delegations.away(clock.today())
    held_by = view.task.claimed_by
    free = held_by in (None, who.user_id) or who.rights.may("supervision.agir")
    replaced = delegations.standing_in_for(who.user_id, clock.today()) if who.user_id else frozenset()
    stands_in = held_by in replaced
    return {
        "words": present_words(visitors),
        "now": any(one.now for one in visitors),
        "note": view.task.note,
        "stands_in": stands_in,
        "away_until": away.get(held_by) if held_by else None,
        "may_move": free or stands_in,
        "may_follow": held_by in (None, who.user_id),
        "people": [
            {"id": one.id, "name": one.name, "away": away.get(one.id)}
            for one in teams.colleagues({view.task.lane}, case_id=view.task.case_id)
            if one.id != held_by
        ],
        "priorities": priorities.known(),
        "today": clock.today().isoformat(),
    }
