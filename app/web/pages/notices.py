"""What is under the bell, how each person wants to be told, and the door for mail that comes back."""

import hmac
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.errors import Invalid, NotFound
from app.notifications import MessageFault, bounces, channels
from app.notifications.registry import MODES
from app.services import bell, preferences, refusals
from app.web import present
from app.web.context import NOTICE_READERS as READERS
from app.web.context import settings
from app.web.permissions import actor, public, requires
from app.web.security import signed_by_secret

blueprint = Blueprint("notices", __name__)


@blueprint.get("/t/<code>/avis")
@requires(*READERS)
def page() -> ResponseReturnValue:
    """List the person's notices, unread first."""
    shown = bell.page(actor(), number=present.page_asked())
    return render_template(
        "pages/notices.html",
        lines=shown.rows,
        window=present.window(shown, "notices.page"),
        unread=bell.unread(actor()),
        now=clock.now(),
    )


@blueprint.get("/t/<code>/avis/<uuid:notice_id>")
@requires(*READERS)
def open_one(notice_id: UUID) -> ResponseReturnValue:
    """Open the page that a notice leads to; it is read from now on."""
    return redirect(bell.open_one(notice_id, actor()))


@blueprint.post("/t/<code>/avis/lus")
@requires(*READERS)
def read_all() -> ResponseReturnValue:
    """Mark as read what the page showed: what came since stays unread."""
    bell.read_all(actor(), until=present.instant(request.form.get("jusqu_a", "")))
    return redirect(url_for("notices.page"))


@blueprint.get("/t/<code>/mes-avis")
@requires(*READERS)
def preferences_page() -> ResponseReturnValue:
    """Show how the person wants to be told."""
    return _preferences({}, {})


@blueprint.post("/t/<code>/mes-avis")
@requires(*READERS)
def save() -> ResponseReturnValue:
    """Keep how the person wants to be told, or say what does not fit."""
    given = request.form.to_dict()
    try:
        preferences.save(actor(), given)
    except Invalid as refused:
        return _preferences(given, refused.problems), 422
    flash("Vos choix sont enregistrés.", "success")
    return redirect(url_for("notices.preferences_page"))


@blueprint.post("/t/<code>/mes-avis/adresse")
@requires(*READERS)
def believe() -> ResponseReturnValue:
    """Send mail again to an address from which it came back."""
    preferences.believe(actor())
    flash("Les courriels repartent vers votre adresse.", "success")
    return redirect(url_for("notices.preferences_page"))


@blueprint.post("/retours-courriel")
@public("Le serveur de courrier y remet les courriels revenus, avec le secret RELAIS_BOUNCE_TOKEN")
@signed_by_secret
def bounce() -> ResponseReturnValue:
    """Take a delivery status notification, as the mail server wrote it; without the secret there is no page.

    Raises:
        NotFound: no secret is configured, or it is another.
    """
    expected, said = settings().bounce_token, request.headers.get("Authorization", "")
    if not expected or not hmac.compare_digest(said.encode(), f"Bearer {expected}".encode()):
        raise NotFound
    if (request.content_length or 0) > bounces.MOST_BYTES:
        return Response("trop long\n", status=413, mimetype="text/plain")
    try:
        found = bounces.read(request.get_data(cache=False))
    except MessageFault as fault:
        return Response(f"{fault.sentence}\n", status=400, mimetype="text/plain")
    known = refusals.came_back(found)
    return Response("noté\n" if known else "rien à noter\n", mimetype="text/plain")


def _preferences(given: dict[str, str], problems: dict[str, list[str]]) -> str:
    chosen = preferences.of(actor())
    facts: dict[str, Any] = {
        "telephone": chosen.phone,
        "calme_de": _hour(chosen.quiet_from),
        "calme_a": _hour(chosen.quiet_to),
        "resume_a": _hour(chosen.digest_at),
        **given,
    }
    rows = [
        {
            "kind": choice.kind,
            "mode": given.get(f"mode_{choice.kind.id}", choice.mode),
            "sms": f"sms_{choice.kind.id}" in given if given else choice.sms,
        }
        for choice in chosen.choices
    ]
    return render_template(
        "pages/preferences.html",
        rows=rows,
        modes=MODES,
        chosen=chosen,
        facts=facts,
        problems=problems,
        errors=[{"href": f"#{name}", "text": said[0]} for name, said in problems.items()],
        by_sms=channels.sms_missing(settings()) is None,
    )


def _hour(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"
