"""Who is logged in: a signed cookie names the account and the version of its sessions (LAW-8).

The cookie alone opens nothing: each request compares its version with the account's, so that a logout or a
new password ends every session, copied cookies included.
"""

from typing import cast
from uuid import UUID

from flask import Flask, g, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from app.models import User
from app.services import accounts

_TERRITORY = "territoire"


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """An account with an open session, as Flask-Login wants it."""

    def __init__(self, account: User) -> None:
        self.account = account
        self.account_id: UUID = account.id

    def get_id(self) -> str:
        """Return what the cookie carries."""
        return f"{self.account.id}.{self.account.session_version}"


def register(app: Flask) -> None:
    """Load the session's account at each request."""
    manager = LoginManager()
    manager.session_protection = None  # a phone changes network address all day; the version is the guard
    manager.user_loader(_load)
    manager.init_app(app, add_context_processor=False)


def _load(carried: str) -> SignedIn | None:
    raw_id, _, version = carried.partition(".")
    try:
        account = accounts.load_session(UUID(raw_id), int(version))
    except ValueError:
        return None
    return SignedIn(account) if account is not None else None


def account() -> User | None:
    """Return the account that is logged in, None when nobody is."""
    return cast("User", current_user.account) if current_user.is_authenticated else None


def known() -> UUID | None:
    """Return whose session this is, if the request found out; it asks the database nothing."""
    found = getattr(g, "_login_user", None)
    return found.account_id if isinstance(found, SignedIn) else None


def open_for(user: User) -> None:
    """Open a session; nothing of the one before is kept, its CSRF secret included."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(user))


def close() -> None:
    """End this session and every other one of the account."""
    user = account()
    if user is not None:
        accounts.end_sessions(user.id)
    logout_user()
    session.clear()


def served() -> str | None:
    """Return the code of the territory that this session serves."""
    return session.get(_TERRITORY)


def serve(code: str) -> None:
    """Let this session serve another territory; the caller has checked the membership."""
    session[_TERRITORY] = code
