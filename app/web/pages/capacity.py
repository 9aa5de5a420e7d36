"""The capacity of the team: what will be asked of it, what it can do, the peaks that come (MTP-6)."""

from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.services import capacity
from app.web.capacity_chart import chart
from app.web.permissions import actor, requires

blueprint = Blueprint("capacity", __name__)
_TITLE: Final = "Semaine par semaine : ce qui sera demandé et ce qui peut se faire"


@blueprint.get("/t/<code>/capacite")
@requires("capacite.voir")
def page() -> ResponseReturnValue:
    """Show what is asked and possible, week by week, and announce the peaks."""
    plan = capacity.plan(actor())
    return render_template(
        "pages/capacity.html",
        plan=plan,
        chart=chart(plan.weeks, _TITLE, "capacite-dessin"),
        short={week.monday for week in plan.weeks if week.missing > 0},
    )
