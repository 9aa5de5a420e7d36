"""Supervision at a glance: what is late or about to be, what is broken, what is stuck."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.errors import Conflict, DesignFault, NotFound
from app.services import (
    breaches,
    dead_letters,
    promises,
    supervision,
    supervision_places,
    supervision_view,
)
from app.web import session
from app.web.pages.deadlines import line
from app.web.pages.oversight import told
from app.web.pages.works import replayed
from app.web.permissions import actor, requires
from app.web.supervision_query import STATE_WORDS
from app.web.supervision_tabs import tabs

blueprint = Blueprint("supervision", __name__)


@blueprint.get("/t/<code>/supervision")
@requires("supervision.voir")
def page() -> ResponseReturnValue:
    """Show what is late now, what will be, and what needs mending with the element and the cause."""
    now = supervision_view.glance(actor())
    return render_template(
        "pages/supervision.html",
        tabs=tabs("supervision.page"),
        sizes=now.sizes,
        state_words=STATE_WORDS,
        counted_at=now.counted_at,
        late=[line(row) for row in now.late],
        soon=[line(row) for row in now.soon],
        breaches=breaches.open_breaches(actor()),
        threatened=[told(one) for one in promises.threatened(actor())],
        places=_places(),
        incidents=supervision.open_incidents(actor()),
        events=supervision.waiting_events(actor()),
        stuck=dead_letters.stuck(actor()),
    )


def _places() -> list[supervision_places.Place]:
    """Return the territories that this account supervises, when there are several."""
    account = session.account()
    if account is None or len(account.memberships) < 2:
        return []
    found = supervision_places.by_territory(account)
    return found if len(found) > 1 else []


@blueprint.post("/t/<code>/supervision/incidents/<uuid:incident_id>/reprendre")
@requires("supervision.agir")
def retry(incident_id: UUID) -> ResponseReturnValue:
    """Replay the step of an incident, with the answers it kept; a warning is only marked as seen."""
    try:
        supervision.retry(incident_id, actor())
    except DesignFault as fault:
        flash(f"L'étape échoue encore : {fault.facts.get('cause', '')} L'incident reste ouvert.", "error")
    except Conflict as conflict:
        flash(conflict.sentence, "warning")
    except NotFound:  # a second click
        flash("Rien à reprendre : l'incident est déjà réglé, ou il n'existe plus.", "warning")
    else:
        flash("L'étape est reprise, l'incident est réglé.", "success")
    return redirect(url_for("supervision.page"))


@blueprint.post("/t/<code>/supervision/travaux/<kind>/<uuid:row_id>/relancer")
@requires("supervision.agir")
def replay(kind: str, row_id: UUID) -> ResponseReturnValue:
    """Try again something that gave up."""
    return replayed(kind, row_id, url_for("supervision.page"))
