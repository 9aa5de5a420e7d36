"""What a postman's phone keeps of a round until it ends, and what it says of a visit it kept (CAR-5)."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from flask import Response, make_response, request

from app import clock
from app.errors import Invalid
from app.services.doors import Walk

ENDS: Final = "Relais-Tournee"
"""The header of a round's pages that a phone may keep: when they are to be forgotten (`round-worker.js`)."""


def pages(home: str, door: Callable[[UUID], str], walk: Walk) -> str:
    """Return the addresses that a phone keeps: the round, and one door whose questions are those of all."""
    following = next((one for one in walk.doors if not one.done), None)
    return " ".join([home, *([door(following.id)] if following is not None else [])])


def to_keep(page: str, walk: Walk) -> Response:
    """Return a page that says until when a phone may keep it."""
    answer = make_response(page)
    answer.headers[ENDS] = walk.ends_at.isoformat(timespec="seconds")
    return answer


def visit_id() -> UUID:
    """Return the id that the phone drew for this visit.

    Raises:
        Invalid: the page is not whole.
    """
    try:
        return UUID(request.form.get("passage", ""))
    except ValueError:
        raise Invalid(
            {"present": ["La page est incomplète. Rouvrez cette adresse depuis la liste."]}
        ) from None


def said_at() -> datetime | None:
    """Return when the answer was given, by the phone; None when it does not say."""
    try:
        said = datetime.fromisoformat(request.form.get("dit_le", ""))
    except ValueError:
        return None
    return said if said.tzinfo is not None else said.replace(tzinfo=clock.PARIS)
