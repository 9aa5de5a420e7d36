"""Who works in the territory and for which structure: opened, changed, closed by its administration."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Invalid
from app.services import releases, structures, team, team_changes
from app.services.team import Person
from app.web.formats import agree
from app.web.permissions import actor, requires

blueprint = Blueprint("team", __name__)

STATES = {"active": ("Accès ouvert", "done"), "invited": ("Invitation envoyée", "waiting"),
          "closed": ("Accès fermé", "stopped")}  # fmt: skip
"""The word and the mark of each state."""


@blueprint.get("/t/<code>/equipe")
@requires("territoire.administrer")
def page() -> ResponseReturnValue:
    """Show the people, the structures, and the form that opens an access."""
    return _page({}, {})


@blueprint.post("/t/<code>/equipe")
@requires("territoire.administrer")
def invite() -> ResponseReturnValue:
    """Open an access; a new person receives a link to choose a password."""
    typed = _typed()
    try:
        sent = team_changes.invite(typed, by=actor())
    except Invalid as refusal:
        return _page(typed, refusal.problems)
    how = (
        "Un courriel lui porte le lien qui choisit son mot de passe ; il sert une fois, pendant une semaine."
        if sent
        else "Cette personne avait déjà un compte : elle se connecte avec son mot de passe habituel."
    )
    flash(f"L'accès de {typed['courriel'].strip()} est ouvert. {how}", "success")
    return redirect(url_for("team.page"))


@blueprint.get("/t/<code>/equipe/<uuid:user_id>")
@requires("territoire.administrer")
def person(user_id: UUID) -> ResponseReturnValue:
    """Show somebody's sheet."""
    found = team.person(user_id, actor())
    typed = {"roles": list(found.roles), "structure": found.partner_id}
    return _sheet(found, typed, {})


@blueprint.post("/t/<code>/equipe/<uuid:user_id>")
@requires("territoire.administrer")
def change(user_id: UUID) -> ResponseReturnValue:
    """Keep somebody's roles and structure."""
    found, typed = team.person(user_id, actor()), _typed()
    try:
        team_changes.change(user_id, typed, by=actor())
    except Invalid as refusal:
        return _sheet(found, typed, refusal.problems)
    flash(f"La fiche de {found.name} est enregistrée.", "success")
    return redirect(url_for("team.page"))


@blueprint.post("/t/<code>/equipe/<uuid:user_id>/fermer")
@requires("territoire.administrer")
def close(user_id: UUID) -> ResponseReturnValue:
    """Close somebody's access."""
    found = team.person(user_id, actor())
    try:
        team_changes.close(user_id, by=actor())
    except Invalid as refusal:
        flash(" ".join(text for texts in refusal.problems.values() for text in texts), "error")
        return redirect(url_for("team.person", user_id=user_id))
    flash(f"L'accès de {found.name} est fermé. Ses tâches sont rendues à l'équipe.", "success")
    return redirect(url_for("team.page"))


@blueprint.post("/t/<code>/equipe/<uuid:user_id>/lien")
@requires("territoire.administrer")
def send_link(user_id: UUID) -> ResponseReturnValue:
    """Send a new link to choose a password."""
    found = team.person(user_id, actor())
    team_changes.send_link(user_id, by=actor())
    flash(f"Un nouveau lien part à {found.email}. Le précédent ne sert plus.", "success")
    return redirect(url_for("team.page"))


@blueprint.post("/t/<code>/dossiers/<reference>/confier")
@requires("supervision.agir")
def entrust(reference: str) -> ResponseReturnValue:
    """Entrust a case to a structure, or take it back, from its page."""
    chosen = _id(request.form.get("structure", ""))
    try:
        structures.entrust_by_hand(reference, request.form.get("relation", ""), chosen, by=actor())
    except Invalid as refusal:
        flash(" ".join(text for texts in refusal.problems.values() for text in texts), "error")
    else:
        flash("Le dossier est confié." if chosen else "Le dossier est retiré à la structure.", "success")
    return redirect(url_for("cases.file", reference=reference))


def _typed() -> dict[str, Any]:
    return {
        "courriel": request.form.get("courriel", ""),
        "nom": request.form.get("nom", ""),
        "roles": request.form.getlist("roles"),
        "structure": _id(request.form.get("structure", "")),
    }


def _id(text: str) -> UUID | None:
    """Return the structure chosen; None for none, an id of nobody for what is no id."""
    if not text.strip():
        return None
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _page(typed: dict[str, Any], problems: dict[str, list[str]]) -> ResponseReturnValue:
    everybody, directory = team.people(actor()), team.structures(actor())
    opened = [one for one in everybody if one.state != "closed"]
    page = render_template(
        "pages/team.html",
        people=everybody,
        count=agree(len(opened), "personne"),
        states=STATES,
        structures=directory,
        working=[one for one in directory if one.people or one.cases],
        others=[one for one in directory if not one.people and not one.cases],
        unused=[one for one in directory if one.active and one.people == 0 and one.cases],
        typed=typed,
        **_form(problems),
    )
    return page, 422 if problems else 200


def _sheet(found: Person, typed: dict[str, Any], problems: dict[str, list[str]]) -> ResponseReturnValue:
    page = render_template(
        "pages/team_person.html",
        person=found,
        state=STATES[found.state],
        structures=team.structures(actor()),
        typed=typed,
        **_form(problems),
    )
    return page, 422 if problems else 200


def _form(problems: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "roles": releases.current().settings.roles.values(),
        "problems": problems,
        "errors": [{"href": f"#{key}", "text": text} for key, texts in problems.items() for text in texts],
    }
