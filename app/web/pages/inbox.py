"""The inbox: what is expected of me, by when."""

from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.services import claims, inbox
from app.services.inbox import WHICH, Which
from app.web import present
from app.web.context import inbox_counts
from app.web.permissions import actor, requires

blueprint = Blueprint("inbox", __name__)

TABS: Final = {
    "miennes": "Mes tâches",
    "equipe": "Équipe",
    "retard": "En retard",
    "semaine": "Cette semaine",
}


@blueprint.get("/t/<code>/")
@requires("taches.traiter")
def page() -> ResponseReturnValue:
    """Show the tasks I have taken, those my team may take, those late or due this week."""
    which = _which(request.args.get("vue", ""))
    search = request.args.get("q", "").strip()
    number = present.page_asked()
    found = inbox.inbox(actor(), which=which, search=search, page=number)
    counts = inbox_counts(actor())
    return render_template(
        "pages/inbox.html",
        which=which,
        search=search,
        found=found,
        rows=list(zip(found.rows, present.tasks(found.rows, actor()), strict=True)),
        tabs=[
            {
                "label": label,
                "href": url_for("inbox.page", vue=key, q=search or None),
                "current": key == which,
                "count": counts.get(key, 0),
                "late": key == "retard",
            }
            for key, label in TABS.items()
        ],
        counts=counts,
        window=present.window(found, "inbox.page", vue=which, q=search or None),
    )


@blueprint.post("/t/<code>/taches/<uuid:task_id>/prendre")
@requires("taches.traiter")
def claim(task_id: UUID) -> ResponseReturnValue:
    """Take a task for myself."""
    claims.claim(task_id, actor())
    if request.form.get("retour") == "tache":
        return redirect(url_for("tasks.page", task_id=task_id))
    flash("La tâche est dans « Mes tâches ».", "success")
    return redirect(url_for("inbox.page", vue="miennes"))


@blueprint.post("/t/<code>/taches/<uuid:task_id>/rendre")
@requires("taches.traiter")
def hand_back(task_id: UUID) -> ResponseReturnValue:
    """Give a task back to the team."""
    claims.release(task_id, actor())
    flash("La tâche est rendue à l'équipe ; le brouillon vous reste.", "success")
    return redirect(url_for("inbox.page", vue="equipe"))


def _which(asked: str) -> Which:
    """Return the tab asked for; without one, mine, or the team's when I have taken nothing."""
    for which in WHICH:
        if which == asked:
            return which
    return "miennes" if inbox_counts(actor()).get("miennes") else "equipe"
