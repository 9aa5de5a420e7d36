"""What is late in the territory, whoever holds it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.services import supervision
from app.web import present
from app.web.permissions import actor, requires

blueprint = Blueprint("late", __name__)


@blueprint.get("/t/<code>/retards")
@requires("supervision.voir")
def page() -> ResponseReturnValue:
    """List every task past its due date, the oldest first."""
    rows = supervision.late(actor())
    return render_template("pages/late.html", rows=present.tasks(rows, actor()))
