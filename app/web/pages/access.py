"""The page behind a link that chooses a password: no account is open yet (LAW-8)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Invalid
from app.services import access_links
from app.services.access_links import Opened
from app.services.accounts import PASSWORD_LENGTH
from app.web import session
from app.web.permissions import by_link

blueprint = Blueprint("access", __name__)

_WHY = "Qui n'a pas encore de mot de passe le choisit par un lien reçu par courriel"


@blueprint.get("/acces/<token>")
@by_link(_WHY)
def page(token: str) -> ResponseReturnValue:
    """Ask for a new password, twice."""
    return _show(access_links.opened(token, address=_address()), token, {})


@blueprint.post("/acces/<token>")
@by_link(_WHY)
def choose(token: str) -> ResponseReturnValue:
    """Keep the password; the person then logs in with it."""
    password = request.form.get("password", "")
    if password != request.form.get("encore", ""):
        found = access_links.opened(token, address=_address())
        return _show(
            found, token, {"encore": ["Les deux mots de passe diffèrent. Écrivez le même deux fois."]}
        )
    try:
        email = access_links.choose(token, password, address=_address())
    except Invalid as refusal:
        return _show(access_links.opened(token, address=_address()), token, refusal.problems)
    if session.account() is not None:
        session.close()
    flash(f"Votre mot de passe est choisi. Connectez-vous avec {email}.", "success")
    return redirect(url_for("auth.login"))


def _address() -> str:
    return request.remote_addr or "inconnue"


def _show(found: Opened, token: str, problems: dict[str, list[str]]) -> ResponseReturnValue:
    page = render_template(
        "pages/choose_password.html",
        found=found,
        token=token,
        problems=problems,
        length=PASSWORD_LENGTH,
        errors=[{"href": f"#{key}", "text": text} for key, texts in problems.items() for text in texts],
    )
    return page, 422 if problems else 200
