"""What is late in the territory, whoever holds it: the address that messages carry."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.web.pages.deadlines import show
from app.web.permissions import requires
from app.web.supervision_query import asked

blueprint = Blueprint("late", __name__)


@blueprint.get("/t/<code>/retards")
@requires("supervision.voir")
def page() -> ResponseReturnValue:
    """List every task past its due date, the oldest first."""
    return show(asked(state="retard"))
