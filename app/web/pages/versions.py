"""The versions of the territory's programme; a running case keeps the one it began with."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.services import releases
from app.web import route
from app.web.permissions import requires

blueprint = Blueprint("versions", __name__)


@blueprint.get("/t/<code>/versions")
@requires("territoire.administrer")
def page() -> ResponseReturnValue:
    """List the versions published, and what the current one holds."""
    current = releases.current()
    return render_template(
        "pages/versions.html",
        rows=releases.history(),
        current=current,
        processes=route.names(current.programme),
        forms=sorted(current.forms.values(), key=lambda form: form.title),
        decisions=sorted(current.decisions.values(), key=lambda table: table.name),
    )
