"""Pages about Relais itself: help, accessibility, the territory's accent."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from app.web import brand
from app.web.permissions import public, territory_page

blueprint = Blueprint("about", __name__)


@blueprint.get("/aide")
@public("L'aide ne montre aucune donnée")
def help_page() -> ResponseReturnValue:
    """Say how to work with Relais, in a page."""
    return render_template("pages/help.html")


@blueprint.get("/accessibilite")
@public("La déclaration d'accessibilité doit être ouverte à tous (LAW-10)")
def accessibility() -> ResponseReturnValue:
    """Say how accessible Relais is and whom to tell about an obstacle (LAW-10)."""
    return render_template("pages/accessibility.html")


@blueprint.get("/t/<code>/marque.css")
@public("La couleur d'un territoire se voit aussi sans compte")
@territory_page
def accent() -> ResponseReturnValue:
    """Give the territory's accent colour as CSS custom properties."""
    answer = Response(brand.stylesheet(), mimetype="text/css")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
