"""What is made ready as soon as people are there: simulations, for whoever may ask for one (ADR 0027)."""

import contextlib
from typing import Final

from flask import Flask, Response, g

from app.publishing import nursery
from app.services.actors import Actor

ABLE: Final = ("programme.modifier", "programme.publier", "territoires.ouvrir")
"""Who may ask for a simulation, a trial, a publication or the check of a new territory."""


def register(app: Flask) -> None:
    """Let the process that simulations come from load while such a person reads a first page."""
    app.after_request(_warm)


def _warm(response: Response) -> Response:
    who: Actor | None = g.get("actor")
    if who is not None and response.mimetype == "text/html" and any(map(who.rights.may, ABLE)):
        with contextlib.suppress(OSError):  # no process could be started: whoever asks for one will be told
            nursery.warm()
    return response
