"""Pages about Relais itself: help, accessibility, health, the territory's accent."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.database import db
from app.models import Territory
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


@blueprint.get("/healthz")
@public("Une sonde de surveillance : dit seulement que le serveur et sa base répondent")
def health() -> ResponseReturnValue:
    """Answer when the database does."""
    db.session.execute(select(Territory.id).limit(1))
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/t/<code>/marque.css")
@public("La couleur d'un territoire se voit aussi sans compte")
@territory_page
def accent() -> ResponseReturnValue:
    """Give the territory's accent colour as CSS custom properties."""
    answer = Response(brand.stylesheet(), mimetype="text/css")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
