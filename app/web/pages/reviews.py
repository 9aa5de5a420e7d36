"""The territory's own processes: the quarterly review, to come, under way, held (CAR-11)."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.services import meetings, reviews
from app.services.reviews import MeetingRow
from app.web.permissions import actor, requires

blueprint = Blueprint("reviews", __name__)

STATES: Final = {
    "a_venir": ("À venir", "waiting"),
    "running": ("En cours", "active"),
    "finished": ("Tenue", "done"),
    "suspended": ("Suspendue", "paused"),
    "cancelled": ("Annulée", "stopped"),
}


@blueprint.get("/t/<code>/processus")
@blueprint.get("/t/<code>/revues")
@requires("revue.voir")
def page() -> ResponseReturnValue:
    """Show the meetings with their agenda, documents and decisions."""
    return render_template(
        "pages/reviews.html", meetings=[_meeting(row) for row in reviews.processes(actor())]
    )


@blueprint.post("/t/<code>/processus/<uuid:process_id>/tenir")
@requires("supervision.agir")
def start(process_id: UUID) -> ResponseReturnValue:
    """Hold a meeting before its date."""
    reviews.start_now(process_id, by=actor())
    flash("La revue est ouverte : son ordre du jour liste les situations en cours.", "success")
    if actor().rights.may("revue.voir") and meetings.is_sitting(process_id):
        return redirect(url_for("meetings.page", process_id=process_id))
    return redirect(url_for("reviews.page"))


def _meeting(row: MeetingRow) -> dict[str, Any]:
    label, state = STATES.get(row.status, (row.status, "info"))
    return {"row": row, "label": label, "state": state}
