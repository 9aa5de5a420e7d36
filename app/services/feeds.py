"""The private address from which a calendar program reads somebody's dates, without a password.

Whoever holds the address reads the calendar: it says references, steps and communes, never a name, an
address or an answer (LAW-1, LAW-8). It is good for a year, for one territory, and says each time what the
person may see that day.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from app import clock, tenancy
from app.database import db, end_read, seal_text, transaction
from app.errors import Forbidden, NotFound
from app.models import CalendarFeed, Territory, User
from app.services import accounts, actors, journal, perimeter
from app.services.accounts import Limit
from app.services.actors import Actor

LIFETIME: Final = timedelta(days=365)
READS: Final = (Limit(60, timedelta(hours=1)),)
"""How often one address may be read: programs ask every quarter of an hour or less often."""
GUESSES: Final = (Limit(30, timedelta(hours=1)),)
"""How many addresses that are none may be tried from one place (LAW-8)."""


def current(actor: Actor) -> CalendarFeed | None:
    """Return the person's feed in the territory being served, None when there is none that serves."""
    return db.session.scalar(
        select(CalendarFeed)
        .where(CalendarFeed.user_id == actor.user_id, CalendarFeed.revoked_at.is_(None))
        .where(CalendarFeed.created_at > clock.now() - LIFETIME)
        .order_by(CalendarFeed.created_at.desc())
        .limit(1)
    )


def ends_at(feed: CalendarFeed) -> datetime:
    """Return when the address stops serving."""
    return feed.created_at + LIFETIME


def create(actor: Actor) -> str:
    """Make the person's address, in the place of the one before; return its secret part, told only now.

    Raises:
        Forbidden: it is nobody with an account.
    """
    if actor.user_id is None:
        raise Forbidden
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        _revoke(actor)
        session.add(CalendarFeed(user_id=actor.user_id, link=seal_text(token), created_at=clock.now()))
        journal.write("agenda.adresse_creee", actor=actor.name, user_id=actor.user_id)
    return token


def revoke(actor: Actor) -> bool:
    """Let the person's address serve no more; return whether there was one."""
    with transaction():
        gone = _revoke(actor)
        if gone:
            journal.write("agenda.adresse_supprimee", actor=actor.name, user_id=actor.user_id)
    return gone


def _revoke(actor: Actor) -> bool:
    found = db.session.execute(
        update(CalendarFeed)
        .where(CalendarFeed.user_id == actor.user_id, CalendarFeed.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return bool(found.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a cursor result


@contextmanager
def holding(token: str, *, address: str) -> Iterator[tuple[Actor, Territory]]:
    """Serve the territory of a feed for the time of the block; give who reads and where.

    Args:
        address: the network address it is read from; wrong guesses are counted by it.

    Raises:
        NotFound: never was, was replaced or called off, is too old, or its person may do nothing there now.
        TooMany: read, or guessed, too often.
    """
    with tenancy.unscoped("feed"):
        found = db.session.execute(
            select(CalendarFeed.id, CalendarFeed.territory_id, CalendarFeed.user_id)
            .where(CalendarFeed.link == seal_text(token), CalendarFeed.revoked_at.is_(None))
            .where(CalendarFeed.created_at > clock.now() - LIFETIME)
        ).first()
    end_read()
    if found is None:
        accounts.count_attempt({f"agenda-inconnu:{address}": GUESSES})
        raise NotFound
    accounts.count_attempt({f"agenda:{found.id}": READS})
    with tenancy.serving(found.territory_id):
        reader = _reader(found.user_id)
        with perimeter.serving(reader):
            yield reader, db.session.get_one(Territory, found.territory_id)


def _reader(user_id: UUID) -> Actor:
    user = db.session.scalar(select(User).where(User.id == user_id, User.active))
    if user is None:
        raise NotFound
    try:
        actor = actors.actor_for(user)
    except Forbidden as no_role:
        raise NotFound from no_role
    if not actor.rights.may("taches.traiter"):
        raise NotFound
    return actor
