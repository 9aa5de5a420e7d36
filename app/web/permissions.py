"""What each page needs, said on the page itself; ``tests/architecture/test_routes.py`` refuses a silent one.

``requires`` asks for a permission in the territory of the address, ``signed_in`` for an account,
``by_link`` for a personal link, ``public`` for nothing; the last three say why.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Literal, TypeVar
from uuid import UUID

from flask import Flask, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app import tenancy
from app.access import PERMISSIONS
from app.errors import Conflict, Forbidden, NotFound, RelaisError
from app.models import Territory, User
from app.services import actors, perimeter, releases
from app.services.actors import Actor
from app.web import session

View = Callable[..., ResponseReturnValue]
V = TypeVar("V", bound=Callable[..., object])


@dataclass(frozen=True)
class Need:
    """What a page needs: a permission, an account, a personal link, or nothing, and why."""

    kind: Literal["permission", "session", "link", "public"]
    what: str


@dataclass(frozen=True)
class Place:
    """The territory of the address, as plain values that outlive the database session."""

    id: UUID
    code: str
    name: str
    logo: str | None = None


class NotSignedIn(RelaisError):
    """The page wants an account and nobody is logged in."""

    sentence_template = "Connectez-vous pour ouvrir cette page."


class OtherTerritory(Conflict):
    """The session serves another territory than the address (one at a time)."""

    sentence_template = (
        "Vous travaillez en ce moment pour un autre territoire. Revenez à l'accueil pour en changer ; "
        "votre brouillon est conservé."
    )


def requires(*permissions: str) -> Callable[[View], View]:
    """Ask for one of ``permissions`` in the territory of the address; another territory's is a 404."""
    if not permissions or not PERMISSIONS.issuperset(permissions):
        raise ValueError(f"{permissions} are no known permissions")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(code: str, **arguments: object) -> ResponseReturnValue:
            user = _user()
            with serving(_own_territory(user, code)):
                if not _serves(user, code):
                    return _switch(code)
                g.actor = actors.actor_for(user)
                if not any(g.actor.rights.may(permission) for permission in permissions):
                    raise Forbidden
                with perimeter.serving(g.actor):
                    return view(**arguments)

        return _declare(guarded, Need("permission", " ou ".join(permissions)))

    return decorate


def signed_in(why: str) -> Callable[[View], View]:
    """Ask for an account, in no territory."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**arguments: object) -> ResponseReturnValue:
            _user()
            return view(**arguments)

        return _declare(guarded, Need("session", why))

    return decorate


def public(why: str) -> Callable[[V], V]:
    """Open a page to everyone, and say why."""
    return lambda view: _declare(view, Need("public", why))


def by_link(why: str) -> Callable[[V], V]:
    """Open a page to whoever holds a personal link; the page checks it."""
    return lambda view: _declare(view, Need("link", why))


def territory_page(view: View) -> View:
    """Serve the territory of a public address; an unknown one is a 404."""

    @wraps(view)
    def within(code: str, **arguments: object) -> ResponseReturnValue:
        territory = releases.territory_by_code(code)
        if territory is None:
            raise NotFound
        with serving(place_of(territory)):
            return view(**arguments)

    return within


def need_of(view: Callable[..., object]) -> Need | None:
    """Return what a view declares, None when it declares nothing."""
    need = getattr(view, "need", None)
    return need if isinstance(need, Need) else None


def register(app: Flask) -> None:
    """Fill the territory's code in the addresses made while one is served."""

    @app.url_defaults
    def _fill(endpoint: str, values: dict[str, object]) -> None:
        if "code" not in values and "place" in g and app.url_map.is_endpoint_expecting(endpoint, "code"):
            values["code"] = g.place.code


@contextmanager
def serving(where: Place) -> Iterator[None]:
    """Serve a territory for the time of a page."""
    g.place = where
    with tenancy.serving(where.id):
        yield


def place_of(territory: Territory) -> Place:
    """Return the plain values of a territory."""
    digest = territory.live.get("logo")
    logo = url_for("opening.logo", code=territory.code, v=digest) if digest else None
    return Place(id=territory.id, code=territory.code, name=territory.name, logo=logo)


def place() -> Place | None:
    """Return the territory this request serves, if it got that far."""
    found = g.get("place")
    return found if isinstance(found, Place) else None


def actor() -> Actor:
    """Return who acts in this request.

    Raises:
        LookupError: the page did not ask for anybody.
    """
    found = actor_or_none()
    if found is None:
        raise LookupError("this page serves nobody in particular")
    return found


def actor_or_none() -> Actor | None:
    """Return who acts in this request, None on a page open to all."""
    found = g.get("actor")
    return found if isinstance(found, Actor) else None


def _declare(view: V, need: Need) -> V:
    view.need = need  # type: ignore[attr-defined]
    return view


def _user() -> User:
    user = session.account()
    if user is None:
        raise NotSignedIn
    return user


def _own_territory(user: User, code: str) -> Place:
    """Return the territory when the account belongs to it; else it does not exist for them."""
    mine = (membership.territory for membership in user.memberships)
    territory = next((one for one in mine if one.code == code), None)
    if territory is None:
        raise NotFound
    g.territory_row = territory  # the session forgets a row nobody holds, and would read it again
    return place_of(territory)


def _serves(user: User, code: str) -> bool:
    """Whether this session serves the territory, from now on when it is the only one of the account."""
    if session.served() is None and len(user.memberships) == 1:
        session.serve(code)
    return session.served() == code


def _switch(code: str) -> ResponseReturnValue:
    """Ask on the home page before another territory is served."""
    if request.method == "GET":
        return redirect(url_for("home.choose", vers=code, suite=request.full_path.rstrip("?")))
    raise OtherTerritory
