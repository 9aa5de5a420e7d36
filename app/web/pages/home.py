"""The way in: one territory at a time."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import tenancy
from app.errors import NotFound
from app.models import Territory, User
from app.services import actors, releases
from app.web import session
from app.web.context import first_page
from app.web.permissions import signed_in

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@signed_in("Le choix du territoire, parmi les siens")
def choose() -> ResponseReturnValue:
    """Go to the person's territory, or let them choose among theirs."""
    mine = _territories(_me())
    wanted = request.args.get("vers", "")
    if len(mine) == 1:
        return _open(mine[0], "")
    served = session.served()
    return render_template(
        "pages/home.html",
        territories=mine,
        served=next((territory for territory in mine if territory.code == served), None),
        wanted=next((territory for territory in mine if territory.code == wanted), None),
        suite=request.args.get("suite", ""),
    )


@blueprint.post("/territoire")
@signed_in("Le choix du territoire, parmi les siens")
def switch() -> ResponseReturnValue:
    """Serve another of the person's territories."""
    code = request.form.get("code", "")
    chosen = next((territory for territory in _territories(_me()) if territory.code == code), None)
    if chosen is None:
        raise NotFound
    return _open(chosen, request.form.get("suite", ""))


def _me() -> User:
    user = session.account()
    if user is None:
        raise NotFound
    return user


def _territories(user: User) -> list[Territory]:
    ids = {membership.territory_id for membership in user.memberships}
    return [territory for territory in releases.all_territories() if territory.id in ids]


def _open(territory: Territory, suite: str) -> ResponseReturnValue:
    session.serve(territory.code)
    if suite.startswith(f"/t/{territory.code}/"):
        return redirect(suite)
    with tenancy.serving(territory.id):
        endpoint = first_page(actors.actor_for(_me()))
    if endpoint == "about.help_page":
        return redirect(url_for(endpoint))
    return redirect(url_for(endpoint, code=territory.code))
