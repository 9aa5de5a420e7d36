"""Logging in and out."""

import json
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import RelaisError, TooMany
from app.services import accounts, entrances
from app.services.accounts import WrongCredentials
from app.web import session
from app.web.context import sample_accounts, settings
from app.web.errors import status_of, wants_json
from app.web.permissions import NotSignedIn, public, signed_in

blueprint = Blueprint("auth", __name__)

KEPT_LIMIT = 2_000_000
"""Characters of an unsent page that the login page carries along, at most."""


@blueprint.get("/connexion")
@public("La page de connexion elle-même")
def login() -> ResponseReturnValue:
    """Show the login page; whoever is logged in goes on."""
    if session.account() is not None:
        return redirect(_next())
    return login_page(expired="finie" in request.args)


@blueprint.post("/connexion")
@public("La page de connexion elle-même")
def enter() -> ResponseReturnValue:
    """Check the e-mail and the password."""
    email = request.form.get("email", "")
    try:
        user = accounts.authenticate(
            email, request.form.get("password", ""), address=request.remote_addr or "inconnue"
        )
    except (WrongCredentials, TooMany) as refusal:
        return login_page(refusal, email=email)
    session.open_for(user)
    return _after_login()


@blueprint.post("/deconnexion")
@signed_in("Toute personne connectée peut se déconnecter")
def leave() -> ResponseReturnValue:
    """End every session of the account."""
    session.close()
    flash("Vous êtes déconnecté de tous vos appareils.", "success")
    return redirect(url_for("auth.login"))


@blueprint.app_errorhandler(NotSignedIn)
def login_first(error: NotSignedIn) -> ResponseReturnValue:
    """Ask to log in; what a finished session was sending waits on the login page."""
    if wants_json():
        return jsonify({"erreur": error.sentence}), 401
    if request.method != "POST":
        return redirect(url_for("auth.login", suite=request.full_path.rstrip("?")))
    typed = unsent()
    if typed:
        return login_page(kept=typed)
    return redirect(url_for("auth.login", suite=request.path, finie=1))


def login_page(
    refusal: RelaisError | None = None, *, email: str = "", expired: bool = False, kept: str = ""
) -> ResponseReturnValue:
    """Render the login page, with what a finished session had not sent yet."""
    page = render_template(
        "pages/login.html",
        email=email,
        refusal=refusal.sentence if refusal is not None else None,
        expired=expired,
        suite=request.values.get("suite", "") if not kept else request.path,
        kept=kept or request.form.get("retenu", ""),
        sample_accounts=sample_accounts(),
        alert_places=entrances.places(),
    )
    return page, status_of(refusal) if refusal is not None else (401 if kept else 200)


def unsent() -> str:
    """Return the text of the request as the login page carries it; empty when there is too much or none."""
    pairs = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
    text = json.dumps(pairs) if pairs else ""
    return text if len(text) <= KEPT_LIMIT else ""


def _after_login() -> ResponseReturnValue:
    kept = _kept_pairs(request.form.get("retenu", ""))
    target = _next()
    if kept:
        return render_template("pages/resume.html", target=target, pairs=kept)
    return redirect(target)


def _kept_pairs(text: str) -> list[tuple[str, str]]:
    try:
        pairs: Any = json.loads(text) if text else []
        return [(str(key), str(value)) for key, value in pairs]
    except (ValueError, TypeError):
        return []


def _next() -> str:
    """Return the address asked for when it is one of ours, else the home page."""
    wanted = request.values.get("suite", "")
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if ours and not wanted.startswith("/connexion") else url_for("home.choose")


def demo_login(email: str) -> ResponseReturnValue:
    """Open a session for a sample account; only the demo's page calls it."""
    if not settings().demo:
        raise WrongCredentials
    session.open_for(accounts.enter_demo(email))
    return _after_login()
