"""What a monitoring tool asks: is the process alive, can it serve, how does it fare."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.errors import NotFound
from app.services import readiness
from app.web import observed
from app.web.context import settings
from app.web.permissions import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public("Une sonde de surveillance : dit seulement que le processus répond")
def alive() -> ResponseReturnValue:
    """Answer, without looking at the database."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@public("Une sonde de surveillance : dit seulement si le serveur peut servir, d'un mot")
def ready() -> ResponseReturnValue:
    """Answer « ok », or 503 with one word: ``database``, ``migrations`` or ``key``."""
    reason = readiness.reason()
    return Response(f"{reason or 'ok'}\n", status=503 if reason else 200, mimetype="text/plain")


@blueprint.get("/metrics")
@public("Des chiffres sans personne, pour qui a le jeton ou depuis la machine même")
def metrics() -> ResponseReturnValue:
    """Give the figures in Prometheus's text format; to whoever may not, this page does not exist.

    Raises:
        NotFound: no token, or not from this machine.
    """
    if not observed.may_read_figures(settings()):
        raise NotFound
    return Response(observed.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")
