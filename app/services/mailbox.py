"""The demonstration's mailbox: what would have been sent, every territory together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import tenancy
from app.database import db
from app.models import Message
from app.services import releases

SHOWN: Final = 200
"""Messages shown, the newest."""


@dataclass(frozen=True)
class Mail:
    """A message as its recipient would read it."""

    id: UUID
    recipient: str
    recipient_name: str
    subject: str
    body: str
    status: str
    at: datetime
    channel: str


def newest() -> Sequence[Mail]:
    """Return the newest messages of every territory. Only a demonstration may show them."""
    found: list[Mail] = []
    for territory_id in [territory.id for territory in releases.all_territories()]:
        with tenancy.serving(territory_id):
            rows = db.session.scalars(
                select(Message)
                .where(Message.status.not_in(("merged", "dropped")))
                .order_by(Message.queued_at.desc())
                .limit(SHOWN)
            )
            found += [
                Mail(
                    row.id,
                    row.recipient,
                    row.recipient_name,
                    row.subject,
                    row.body,
                    row.status,
                    row.queued_at,
                    row.channel,
                )
                for row in rows
            ]
    return sorted(found, key=lambda mail: mail.at, reverse=True)[:SHOWN]
