"""The network (Réseau): what the coordonnateurs start and follow outside the cases (CAR-6, CAR-12, MTP-2)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.web.pages.acts import buttons
from app.web.permissions import requires

blueprint = Blueprint("network", __name__)


@blueprint.get("/t/<code>/reseau")
@requires("reseau.voir")
def page() -> ResponseReturnValue:
    """Show what may be started for the territory."""
    return render_template("pages/network.html", acts=buttons(None))
