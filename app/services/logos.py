"""The picture that stands for a territory."""

from sqlalchemy import select

from app.database import db
from app.models import Logo


def png() -> bytes:
    """Return the picture of the territory being served, as PNG; empty when its name alone stands for it."""
    found = current()
    return found.data if found is not None else b""


def current() -> Logo | None:
    """Return the picture of the territory being served, None when its name alone stands for it."""
    return db.session.scalar(select(Logo))
