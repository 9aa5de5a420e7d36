"""« Faire passer les parcours en cours »: choose, look, say where steps go on, launch, follow, bring back."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Conflict, Invalid, NotFound
from app.services import migrating, releases
from app.services.migrating.mapping import Chart, Drawn
from app.web import migrating_typed as typed
from app.web import route
from app.web.permissions import actor, requires

blueprint = Blueprint("migrating", __name__)

STATES: Final = {
    "judging": ("À l'étude", "active"),
    "judged": ("À confirmer", "todo"),
    "running": ("En cours", "active"),
    "stopped": ("Arrêté", "stopped"),
    "done": ("Terminé", "done"),
    "undoing": ("Retour en cours", "active"),
    "dropped": ("Abandonné", "stopped"),
}
VERDICTS: Final = {
    "ready": ("Peut passer", "todo"),
    "unchanged": ("Peut passer", "todo"),
    "refused": ("Refusé", "late"),
}
ROW_STATES: Final = {
    "done": ("Passé", "done"),
    "undone": ("Ramené", "stopped"),
    "refused": ("Refusé", "late"),
}


@blueprint.get("/t/<code>/parcours/migrer")
@requires("parcours.migrer")
def page() -> ResponseReturnValue:
    """Ask which running cases are to be carried over, and to which version; list the earlier lots."""
    return _ask()


def _ask(problems: Mapping[str, list[str]] | None = None) -> ResponseReturnValue:
    rows = releases.history()
    choice = typed.choice(request.values, rows)
    found = migrating.candidates(choice, actor())
    shown = render_template(
        "pages/migrating.html",
        releases=rows,
        choice=choice,
        found=found,
        lots=migrating.listing(actor()),
        states=STATES,
        problems=problems or {},
        ticked=set(request.form.getlist("parcours")),
        wanted=request.form.get("lesquels", "tous" if not choice.reference else "choix"),
        recompute=request.form.get("recalculer") == "oui",
    )
    return shown, 422 if problems else 200


@blueprint.post("/t/<code>/parcours/migrer")
@requires("parcours.migrer")
def begin() -> ResponseReturnValue:
    """Have each chosen case judged; nothing is carried over yet."""
    choice = typed.choice(request.form, releases.history())
    picked = typed.ids(request.form.getlist("parcours")) if request.form.get("lesquels") == "choix" else None
    try:
        lot_id = migrating.begin(
            choice, by=actor(), picked=picked, recompute=request.form.get("recalculer") == "oui"
        )
    except Invalid as refusal:
        return _ask(refusal.problems)
    return redirect(url_for("migrating.lot", migration_id=lot_id))


@blueprint.get("/t/<code>/parcours/migrer/<uuid:migration_id>")
@requires("parcours.migrer")
def lot(migration_id: UUID) -> ResponseReturnValue:
    """Show what would become of each case, or what became of it."""
    return _lot(migration_id)


def _lot(migration_id: UUID, problems: Mapping[str, list[str]] | None = None) -> ResponseReturnValue:
    sheet = migrating.sheet(
        migration_id,
        actor(),
        shown=request.args.get("verdict", ""),
        page=request.args.get("page", 1, type=int),
    )
    shown = render_template(
        "pages/migrating_lot.html",
        sheet=sheet,
        lot=sheet.migration,
        states=STATES,
        verdicts=VERDICTS,
        row_states=ROW_STATES,
        problems=problems or {},
        typed=request.form,
        size=50,
    )
    return shown, 422 if problems else 200


@blueprint.get("/t/<code>/parcours/migrer/<uuid:migration_id>/etapes")
@requires("parcours.migrer")
def steps(migration_id: UUID) -> ResponseReturnValue:
    """Ask where open steps go on, once for each, beside both diagrams."""
    return _steps(migration_id)


def _steps(migration_id: UUID, problems: Mapping[str, list[str]] | None = None) -> ResponseReturnValue:
    chart = migrating.chart(migration_id, actor())
    if chart.migration.status not in ("judging", "judged"):
        return redirect(url_for("migrating.lot", migration_id=migration_id))
    shown = render_template(
        "pages/migrating_steps.html",
        chart=chart,
        lot=chart.migration,
        asked=[typed.asked(one) for one in chart.asked],
        options=typed.grouped(chart.options),
        drawn=[[_drawn(migration_id, one, chart) for one in pair] for pair in chart.pairs],
        problems=problems or {},
    )
    return shown, 422 if problems else 200


def _drawn(migration_id: UUID, drawn: Drawn | None, chart: Chart) -> dict[str, Any] | None:
    if drawn is None:
        return None
    here = "Continue ici" if drawn.release_id == chart.target.id else "À relier"
    source = url_for(
        "migrating.diagram", migration_id=migration_id, release_id=drawn.release_id, called=drawn.process
    )
    return {
        "id": f"liste-{drawn.number}-{drawn.process}",
        "name": f"{drawn.name}, version {drawn.number}",
        "source": source,
        "marked": drawn.marked,
        "here": here,
        "steps": [
            {**step, "when": here if step["element"] in drawn.marked else None}
            for step in route.steps(drawn.steps)
        ],
    }


@blueprint.get("/t/<code>/parcours/migrer/<uuid:migration_id>/schema/<uuid:release_id>/<called>.bpmn")
@requires("parcours.migrer")
def diagram(migration_id: UUID, release_id: UUID, called: str) -> ResponseReturnValue:
    """Give a diagram of one of the two versions to the viewer; it holds nothing personal."""
    found = migrating.source(migration_id, release_id, called, actor())
    return Response(found, mimetype="application/xml")


@blueprint.post("/t/<code>/parcours/migrer/<uuid:migration_id>/etapes")
@requires("parcours.migrer")
def map_steps(migration_id: UUID) -> ResponseReturnValue:
    """Keep where open steps go on, and have each case judged again."""
    chart = migrating.chart(migration_id, actor())
    try:
        migrating.remap(
            migration_id,
            typed.mapping(request.form, chart.asked),
            recompute=request.form.get("recalculer") == "oui",
            seen=typed.round_of(request.form),
            by=actor(),
        )
    except Invalid as refusal:
        return _steps(migration_id, refusal.problems)
    except Conflict as stale:
        flash(stale.sentence, "warning")
        return redirect(url_for("migrating.lot", migration_id=migration_id))
    flash("Les étapes sont reliées ; chaque parcours est étudié de nouveau.", "success")
    return redirect(url_for("migrating.lot", migration_id=migration_id))


@blueprint.post("/t/<code>/parcours/migrer/<uuid:migration_id>/lancer")
@requires("parcours.migrer")
def launch(migration_id: UUID) -> ResponseReturnValue:
    """Carry over every case that can be."""
    try:
        count = migrating.launch(
            migration_id,
            reason=request.form.get("motif", ""),
            seen=typed.round_of(request.form),
            by=actor(),
        )
    except Invalid as refusal:
        return _lot(migration_id, refusal.problems)
    except Conflict as stale:
        flash(stale.sentence, "warning")
    else:
        flash(
            "Le passage commence." if count == 1 else f"Le passage de {count} parcours commence.", "success"
        )
    return redirect(url_for("migrating.lot", migration_id=migration_id))


_ACTS: Final = {
    "arreter": (migrating.stop, "Le passage s'arrête après le parcours en cours."),
    "reprendre": (migrating.resume, "Le passage reprend où il s'était arrêté."),
    "annuler": (migrating.undo_all, "Les parcours qui n'ont pas avancé reviennent à leur version."),
    "abandonner": (migrating.drop, "Le passage est abandonné : aucun parcours n'a changé de version."),
}


@blueprint.post("/t/<code>/parcours/migrer/<uuid:migration_id>/<verb>")
@requires("parcours.migrer")
def act(migration_id: UUID, verb: str) -> ResponseReturnValue:
    """Stop a lot, go on with it, bring it back or give it up."""
    if verb not in _ACTS:
        raise NotFound
    do, told = _ACTS[verb]
    try:
        do(migration_id, by=actor())
    except Conflict as busy:
        flash(busy.sentence, "warning")
    else:
        flash(told, "success")
    return redirect(url_for("migrating.lot", migration_id=migration_id))


@blueprint.post("/t/<code>/parcours/migrer/<uuid:migration_id>/parcours/<uuid:carried_id>/annuler")
@requires("parcours.migrer")
def undo(migration_id: UUID, carried_id: UUID) -> ResponseReturnValue:
    """Bring one case back to the version it left."""
    try:
        migrating.undo_one(migration_id, carried_id, by=actor())
    except Conflict as refused:
        flash(refused.sentence, "warning")
    else:
        flash("Le parcours est revenu à la version qu'il avait quittée, où il en était.", "success")
    return redirect(url_for("migrating.lot", migration_id=migration_id))
