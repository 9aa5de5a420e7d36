"""The link by which a person chooses a password: one use, a few days, kept as a digest (LAW-8)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, select, update

from app import clock, tenancy
from app.config import Settings
from app.database import db, end_read, seal_text, transaction
from app.errors import Gone
from app.models import Invitation, Territory, User
from app.notifications import outbox
from app.notifications.texts import system_message
from app.services import accounts, journal
from app.services.accounts import Limit

LIFETIME: Final = timedelta(hours=7 * 24)
"""How long a link serves: a week's absence, no more (proposed)."""
TRIES: Final = (Limit(20, timedelta(minutes=15)),)
"""How many links that open nothing are tried from one network address (LAW-8): a whole agency has one."""
KIND: Final = "acces_ouvert"
"""The mail that carries the link (``notifications/templates``)."""


class LinkSpent(Gone):
    """The link was used, replaced, is too old, or never was."""

    sentence_template = (
        "Ce lien ne sert plus : il a déjà été utilisé, ou il date de plus d'une semaine. "
        "Demandez-en un autre à la personne qui administre votre territoire."
    )


@dataclass(frozen=True)
class Opened:
    """What a link opens: whose account it is, where it was given."""

    user_id: UUID
    territory_id: UUID
    name: str
    email: str
    place: str


def send(user: User, territory: Territory) -> datetime:
    """Write the mail that carries a new link, in the transaction under way; the former link dies.

    Returns when it stops serving.
    """
    token, now = secrets.token_urlsafe(32), clock.now()
    db.session.execute(
        delete(Invitation).where(Invitation.user_id == user.id).execution_options(synchronize_session=False)
    )
    row = Invitation(
        user_id=user.id,
        territory_id=territory.id,
        link=seal_text(token),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    db.session.add(row)
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    subject, body = system_message(
        KIND,
        {
            "destinataire": {"nom": user.name},
            "territoire": {"nom": territory.name},
            "avis": {"lien": f"{settings.base_url}/acces/{token}"},
        },
    )
    outbox.queue(
        KIND, recipient=user.email, recipient_name=user.name, subject=subject, body=body, user_id=user.id
    )
    return row.expires_at


def opened(token: str, *, address: str) -> Opened:
    """Return what a link opens.

    Args:
        token: the secret part of the address.
        address: the network address it is opened from; what opens nothing is counted by it.

    Raises:
        LinkSpent: nothing any more.
        TooMany: too many such links tried from there.
    """
    found = _read(token)
    end_read()
    if found is None:
        accounts.count_attempt({f"acces:{address}": TRIES})
        raise LinkSpent
    return found


def _read(token: str) -> Opened | None:
    row = db.session.execute(
        select(Invitation, User, Territory)
        .join(User, User.id == Invitation.user_id)
        .join(Territory, Territory.id == Invitation.territory_id)
        .where(Invitation.link == seal_text(token), Invitation.used_at.is_(None))
        .where(Invitation.expires_at > clock.now(), User.active)
    ).first()
    if row is None:
        return None
    _, user, territory = row
    return Opened(user.id, territory.id, user.name, user.email, territory.name)


def choose(token: str, password: str, *, address: str) -> str:
    """Set the password that the person chose; every open session ends. Return the account's e-mail.

    Raises:
        LinkSpent, TooMany: as ``opened``.
        Invalid: the password is too short; the link still serves.
    """
    found = opened(token, address=address)
    accounts.check_password(password)
    hashed = accounts.hashed(password)
    with tenancy.serving(found.territory_id), transaction() as session:
        used = session.execute(
            update(Invitation)
            .where(Invitation.link == seal_text(token), Invitation.used_at.is_(None))
            .values(used_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        if used.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
            raise LinkSpent
        user = session.get_one(User, found.user_id)
        user.password_hash = hashed
        user.session_version += 1
        journal.write("acces.mot_de_passe", actor=user.name, user_id=user.id, subject=str(user.id))
    return found.email
