"""The inbox: what is expected of me, by when; what I keep of it; one task taken or given back."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.services import claims, entry_drafts, filters, inbox, priorities, releases, teams
from app.services.wanted import Wanted, Which, read
from app.web import filter_bar, formats, present
from app.web.context import counted, inbox_counts
from app.web.permissions import actor, requires

blueprint = Blueprint("inbox", __name__)

TABS: Final[dict[Which, str]] = {
    "miennes": "Mes tâches",
    "equipe": "Équipe",
    "retard": "En retard",
    "semaine": "Cette semaine",
    "suivi": "À revoir",
    "non_lues": "Non lues",
    "brouillons": "Brouillons",
}


@blueprint.get("/t/<code>/")
@requires("taches.traiter")
def page() -> ResponseReturnValue:
    """Show the tasks I have taken, those my team may take, filtered and sorted as the address says."""
    who = actor()
    counts = inbox_counts(who)
    wanted = read(request.args, vue="miennes" if counts.get("miennes") else "equipe")
    found = inbox.inbox(who, wanted=wanted)
    kept = filters.listed(who)
    people = teams.colleagues(who.lanes)
    return render_template(
        "pages/inbox.html",
        wanted=wanted,
        households=releases.current().settings.entry is not None,
        outdoors=any(form.outdoors for form in releases.current().forms.values()),
        here=wanted.query(),
        found=found,
        rows=list(zip(found.rows, present.tasks(found.rows, who), strict=True)),
        tabs=_tabs(wanted, counts),
        counts=counts,
        late=formats.agree(counts["retard"], "tâche")
        if counts["retard"] < inbox.COUNTED
        else "plus de 999 tâches",
        window=_window(found, wanted),
        bar=filter_bar.of(wanted, who, people),
        kept=[_kept(one, wanted) for one in kept],
        people=people,
        priorities=priorities.known(),
        replaced=_replaced(),
        mine=[one for one in kept if one.owner is None],
        begun=entry_drafts.listing(who) if wanted.vue == "brouillons" else [],
        elsewhere=filter_bar.address(wanted, {"vue": "equipe"}),
        today=clock.today().isoformat(),
    )


@blueprint.post("/t/<code>/taches/<uuid:task_id>/prendre")
@requires("taches.traiter")
def claim(task_id: UUID) -> ResponseReturnValue:
    """Take a task for myself."""
    claims.claim(task_id, actor())
    if request.form.get("retour") == "tache":
        return redirect(url_for("tasks.page", task_id=task_id))
    flash("La tâche est dans « Mes tâches ».", "success")
    return back("miennes")


@blueprint.post("/t/<code>/taches/<uuid:task_id>/rendre")
@requires("taches.traiter")
def hand_back(task_id: UUID) -> ResponseReturnValue:
    """Give a task back to the team."""
    claims.release(task_id, actor())
    flash("La tâche est rendue à l'équipe ; le brouillon vous reste.", "success")
    return back("equipe")


@blueprint.post("/t/<code>/corbeille/filtres")
@requires("taches.traiter")
def keep() -> ResponseReturnValue:
    """Keep the list of the address under a name."""
    wanted = read(request.args)
    filters.save(request.form.get("nom", ""), wanted, actor(), shared=request.form.get("partage") == "oui")
    flash("Le filtre est gardé. Il reste en haut de votre corbeille.", "success")
    return redirect(filter_bar.address(wanted))


@blueprint.post("/t/<code>/corbeille/filtres/<uuid:filter_id>")
@requires("taches.traiter")
def change_kept(filter_id: UUID) -> ResponseReturnValue:
    """Rename, share or delete one of my lists."""
    if request.form.get("faire") == "supprimer":
        filters.delete(filter_id, actor())
        flash("Le filtre est supprimé.", "success")
    else:
        shared = request.form.get("partage") == "oui"
        filters.change(filter_id, actor(), name=request.form.get("nom", ""), shared=shared)
        flash("Le filtre est partagé avec l'équipe." if shared else "Le filtre est modifié.", "success")
    return redirect(filter_bar.address(read(request.args)))


def back(view: Which) -> ResponseReturnValue:
    """Go back to the list the form came from (its address goes with it), else to a view."""
    if request.args:
        wanted = read(request.args)
        return redirect(filter_bar.address(wanted, page=wanted.page))
    return redirect(url_for("inbox.page", vue=view))


def _tabs(wanted: Wanted, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "href": filter_bar.address(wanted, {"vue": key}),
            "current": key == wanted.vue,
            "count": counted(counts.get(key, 0)) or "0",
            "late": key == "retard" and counts.get(key),
        }
        for key, label in TABS.items()
        if counts.get(key) or key in ("miennes", "equipe", "retard", "semaine", wanted.vue)
    ]


def _window(found: Any, wanted: Wanted) -> dict[str, Any]:
    window = present.window(found, "inbox.page", **wanted.query())
    capped = found.total >= inbox.COUNTED
    if capped and found.number >= inbox.LAST_PAGE:
        window["next"] = None
    return window | {"total": counted(found.total) if capped else found.total, "capped": capped}


def _kept(one: filters.Kept, wanted: Wanted) -> dict[str, Any]:
    same = one.wanted.query() == wanted.query()
    return {
        "id": one.id,
        "name": one.name,
        "owner": one.owner,
        "shared": one.shared,
        "current": same,
        "href": filter_bar.address(one.wanted),
    }


def _replaced() -> list[dict[str, Any]]:
    """Return whom the reader replaces today, until when."""
    until = inbox.replaced_by(actor()).until
    names = teams.names(until.keys())
    return [{"name": names.get(one, "?"), "until": last} for one, last in sorted(until.items(), key=str)]
