"""Families of error → HTTP status and a French page that says what to do next. Nobody else knows HTTP."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from app import errors, tenancy
from app.database import db
from app.web import session
from app.web.permissions import place

STATUS: Final[tuple[tuple[type[errors.RelaisError], int], ...]] = (
    (errors.NotFound, 404),
    (errors.Forbidden, 403),
    (errors.Conflict, 409),
    (errors.Gone, 410),
    (errors.Invalid, 422),
    (errors.TooMany, 429),
    (errors.DesignFault, 500),
    (errors.UnreadableRelease, 503),
)
TITLES: Final = {
    400: "Cette page a expiré",
    403: "Cette page n'est pas ouverte à votre rôle",
    404: "Page introuvable",
    405: "Cette adresse ne s'ouvre pas ainsi",
    409: "La situation a changé",
    410: "Ce lien n'est plus valable",
    413: "L'envoi est trop lourd",
    422: "Certaines réponses sont à corriger",
    429: "Trop d'essais",
    500: "Une erreur est survenue",
    503: "Le service est momentanément indisponible",
}
SENTENCES: Final = {
    400: "La page était ouverte depuis trop longtemps, ou dans une session terminée. Rien n'est perdu : "
    "revenez en arrière, rechargez la page, puis envoyez à nouveau.",
    403: errors.Forbidden.sentence_template,
    404: errors.NotFound.sentence_template,
    405: "Revenez à la page précédente et utilisez ses boutons.",
    413: "L'ensemble des fichiers joints dépasse 30 Mo. Joignez moins de photos à la fois, ou des photos "
    "plus légères. Ce que vous aviez écrit est conservé en brouillon.",
    500: "L'équipe technique en est informée. Ce que vous aviez enregistré est conservé ; réessayez dans "
    "quelques minutes.",
    503: "Revenez plus tard. Si c'est urgent, appelez le service qui suit les dossiers de votre commune.",
}
AWAY: Final = (
    "La base de données ne répond pas pour l'instant. Ce que vous aviez enregistré est conservé. Gardez "
    "cette page ouverte et réessayez dans une minute."
)
STEP_FAILED: Final = (
    "L'étape « {element} » n'a pas pu se faire, à cause d'un réglage du dispositif. Votre saisie est "
    "conservée en brouillon ; un incident est ouvert et l'équipe du territoire pourra reprendre l'étape."
)

_log = logging.getLogger(__name__)


class Discreet(Flask):
    """An application whose log says what broke and where, with no address and no value.

    A personal link is an address, and a database's error quotes the row it refused (LAW-1, LAW-8).
    """

    def log_exception(self, exc_info: Any) -> None:
        """Write the page's rule, the family of the error and the way to it."""
        family, _, trace = exc_info
        rule = request.url_rule.rule if request.url_rule is not None else "?"
        way = "".join(traceback.format_tb(trace))
        self.logger.error("%s on %s %s\n%s", getattr(family, "__name__", "?"), request.method, rule, way)


def register(app: Flask) -> None:
    """Map every family; what no family covers is a plain 500."""
    app.register_error_handler(errors.RelaisError, _domain)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _http)
    for family in (OperationalError, InterfaceError):
        app.register_error_handler(family, _away)


def _away(error: OperationalError | InterfaceError) -> ResponseReturnValue:
    """Answer without the database: nothing of the page may ask it anything."""
    db.session.remove()
    _log.warning("the database is away: %s", type(error.orig).__name__)
    if wants_json():
        return jsonify({"erreur": AWAY}), 503, {"Retry-After": "10"}
    page = current_app.jinja_env.get_template("pages/away.html").render(title=TITLES[503], sentence=AWAY)
    return page, 503, {"Retry-After": "10"}


def status_of(error: errors.RelaisError) -> int:
    """Return the HTTP status of a family; 400 for a family without its own."""
    return next((status for family, status in STATUS if isinstance(error, family)), 400)


def sentence_of(error: errors.RelaisError) -> str:
    """Return what the person reads; a fault of the diagram is told without its innards."""
    if isinstance(error, errors.DesignFault):
        return STEP_FAILED.format(element=error.facts.get("element", ""))
    if isinstance(error, errors.UnreadableRelease) and session.account() is None:
        return SENTENCES[503]
    return error.sentence


def error_page(status: int, sentence: str, *, title: str | None = None) -> ResponseReturnValue:
    """Answer with the error page, or its JSON twin for a script's request."""
    if wants_json():
        return jsonify({"erreur": sentence}), status
    with _where_we_were():
        page = render_template(
            "pages/error.html", status=status, title=title or TITLES.get(status, "Erreur"), sentence=sentence
        )
    return page, status


def wants_json() -> bool:
    """Whether a script asks (drafts saved in the background)."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def _domain(error: errors.RelaisError) -> ResponseReturnValue:
    db.session.rollback()
    status = status_of(error)
    if status >= 500:
        _log.warning("%s: %s", type(error).__name__, error.facts.get("element") or error.facts.get("number"))
    title = "L'étape n'a pas pu se faire" if isinstance(error, errors.DesignFault) else None
    return error_page(status, sentence_of(error), title=title)


def _expired(_error: CSRFError) -> ResponseReturnValue:
    return error_page(400, SENTENCES[400])


def _http(error: HTTPException) -> ResponseReturnValue:
    db.session.rollback()
    status = error.code or 500
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        status = 500
    elif status < 400:
        return error.get_response()
    title = TITLES.get(status, "Cette demande n'a pas pu être comprise")
    return error_page(
        status, SENTENCES.get(status, "Revenez à la page précédente et réessayez."), title=title
    )


@contextmanager
def _where_we_were() -> Iterator[None]:
    """Serve the page's territory again: the navigation of an error page reads it."""
    where = place()
    if where is None or tenancy.scope_or_none() is not None:
        yield
        return
    with tenancy.serving(where.id):
        yield
