"""What only a demonstration has: sample accounts in one click, and the mailbox of what was sent."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.errors import NotFound
from app.services import mailbox as box
from app.web.context import sample_accounts
from app.web.pages.auth import demo_login
from app.web.permissions import public

blueprint = Blueprint("demo", __name__)


@blueprint.post("/demo/connexion")
@public("Démonstration seulement : les comptes d'exemple s'ouvrent sans mot de passe")
def enter() -> ResponseReturnValue:
    """Open a session as a sample account."""
    email = request.form.get("email", "")
    if email not in {account.email for account in sample_accounts()}:
        raise NotFound
    return demo_login(email)


@blueprint.get("/demo/messages")
@public("Démonstration seulement : la boîte aux lettres de ce qui a été envoyé")
def mailbox() -> ResponseReturnValue:
    """Show the mail of the demonstration, newest first."""
    return render_template("pages/mailbox.html", messages=box.newest())
