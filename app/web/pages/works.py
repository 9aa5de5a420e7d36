"""Travaux: what the server does by itself, what waits, what fails, and who does it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Invalid, NotFound
from app.services import dead_letters, heartbeats, jobs_view
from app.services.heartbeats import Pulse
from app.web import supervision_tabs
from app.web.formats import agree
from app.web.permissions import actor, requires

blueprint = Blueprint("works", __name__)


@blueprint.app_template_global()
def engine_pulse() -> Pulse:
    """Return whether what falls due is being done, for the pages that say so (``pages/_engine.html``)."""
    return heartbeats.pulse()


@blueprint.get("/t/<code>/travaux")
@requires("supervision.voir", "territoire.administrer")
def page() -> ResponseReturnValue:
    """Show the queues, what tries again, what gave up, and the processes at work."""
    return render_template(
        "pages/works.html",
        works=jobs_view.overview(actor()),
        tabs=supervision_tabs.tabs("works.page") if actor().rights.may("supervision.voir") else [],
        most=jobs_view.MOST,
        process_words=jobs_view.PROCESS_WORDS,
    )


@blueprint.post("/t/<code>/travaux/<uuid:job_id>/reessayer")
@requires("supervision.agir")
def retry(job_id: UUID) -> ResponseReturnValue:
    """Let a job that failed try again at once."""
    try:
        dead_letters.retry_now(job_id, actor())
    except NotFound:  # a second click
        flash("Rien à réessayer : ce travail est en cours, déjà fait, ou n'existe plus.", "warning")
    else:
        flash("Nouvel essai dans quelques secondes.", "success")
    return redirect(url_for("works.page"))


@blueprint.post("/t/<code>/travaux/<kind>/<uuid:row_id>/relancer")
@requires("supervision.agir")
def replay(kind: str, row_id: UUID) -> ResponseReturnValue:
    """Give something that gave up a new series of attempts."""
    return replayed(kind, row_id, url_for("works.page"))


def replayed(kind: str, row_id: UUID, back: str) -> ResponseReturnValue:
    """Try again something that gave up, and go back to the page it was asked from."""
    try:
        dead_letters.replay(kind, row_id, actor())
    except NotFound:  # a second click
        flash("Rien à relancer : c'est déjà fait, ou ce travail n'existe plus.", "warning")
    else:
        flash("C'est relancé : de nouveaux essais commencent dans quelques secondes.", "success")
    return redirect(back)


@blueprint.post("/t/<code>/travaux/tous/<name>/relancer")
@requires("supervision.agir")
def replay_all(name: str) -> ResponseReturnValue:
    """Give every dead job of a kind a new series of attempts."""
    count = dead_letters.replay_all(name, actor())
    if count:
        flash(f"{agree(count, 'travail relancé', 'travaux relancés')}, les plus anciens d'abord.", "success")
    else:
        flash("Rien à relancer : c'est déjà fait.", "warning")
    return redirect(url_for("works.page"))


@blueprint.post("/t/<code>/travaux/<uuid:job_id>/ecarter")
@requires("supervision.agir")
def discard(job_id: UUID) -> ResponseReturnValue:
    """Set a job that gave up aside for good, with the reason that was given."""
    try:
        dead_letters.discard(job_id, request.form.get("raison", ""), actor())
    except Invalid as refusal:
        flash(refusal.problems["raison"][0], "error")
    except NotFound:  # a second click
        flash("Rien à écarter : c'est déjà fait, ou ce travail a été relancé.", "warning")
    else:
        flash("Ce travail est écarté ; la raison est au journal.", "success")
    return redirect(url_for("works.page"))
