"""Several messages of one kind to one person leave as one, and what is over does not leave at all."""

from typing import Final
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app import tenancy
from app.config import Settings
from app.database import db
from app.models import Message, Notice, Task, Territory
from app.notifications import outbox, wording
from app.notifications.registry import KINDS, SYSTEM

SEVERAL: Final = "plusieurs_avis"
_OF_PROGRAMME: Final = "{} messages vous attendent"
NOTICES: Final = "avis"
"""The page, below the territory, that lists what is under the bell."""


def leaves_with_others(row: Message) -> bool:
    """Write one message for ``row`` and those of its kind that wait for the same person, if there are any.

    In the transaction under way; each of them is then ``merged``.
    """
    if row.user_id is None or row.kind in SYSTEM:
        return False
    waiting = _waiting_with(row)
    others = [other for other in waiting if not is_over(other)]
    if len(others) < 2:
        return False
    notices = [notice for notice in (_notice(other) for other in others) if notice is not None]
    if len(notices) < len(others):
        return False
    _write(row, notices)
    for other in others:
        other.status = "merged"
    return True


def is_over(row: Message) -> bool:
    """Whether a message tells nothing any more: its step is over, or its notice has been read."""
    notice = _notice(row)
    if notice is None:
        return False
    if notice.read_at is not None:
        return True
    if notice.task_id is None:
        return False
    return db.session.scalar(select(Task.status).where(Task.id == notice.task_id)) != "open"


def _waiting_with(row: Message) -> list[Message]:
    return list(
        db.session.scalars(
            select(Message)
            .where(
                Message.user_id == row.user_id,
                Message.kind == row.kind,
                Message.channel == row.channel,
                Message.status == "queued",
            )
            .order_by(Message.queued_at, Message.id)
            .with_for_update()
        )
    )


def _notice(row: Message) -> Notice | None:
    """Return the line under the bell that a message is about; keys are made by ``notice_key``."""
    if row.key is None or row.user_id is None:
        return None
    key = row.key.removesuffix(f":{outbox.SMS}").removesuffix(f":{row.user_id}")
    return db.session.scalar(select(Notice).where(Notice.user_id == row.user_id, Notice.key == key))


def notice_key(key: str, user_id: UUID, channel: str) -> str:
    """Return the key of the message that tells a person of the notice ``key``."""
    return f"{key}:{user_id}" if channel == outbox.MAIL else f"{key}:{user_id}:{channel}"


def _write(row: Message, notices: list[Notice]) -> None:
    base = _settings().base_url
    territory = db.session.get_one(Territory, tenancy.current_id())
    known = KINDS.get(notices[0].kind)
    title = (known.several if known is not None else _OF_PROGRAMME).format(len(notices))
    facts = {
        "destinataire": {"nom": row.recipient_name},
        "territoire": {"nom": territory.name},
        "avis": {
            "titre": title,
            "liste": wording.listed([(notice.title, base + notice.path) for notice in notices]),
            "lien": f"{base}/t/{territory.code}/{NOTICES}",
        },
    }
    subject, body = wording.written(SEVERAL, {}, facts)
    if row.channel == outbox.SMS:
        body = wording.sms(title, facts["avis"]["lien"])
    outbox.queue(
        SEVERAL,
        recipient=row.recipient,
        recipient_name=row.recipient_name,
        subject=subject,
        body=body,
        channel=row.channel,
        user_id=row.user_id,
        key=f"{SEVERAL}:{row.key}",
    )


def _settings() -> Settings:
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    return settings
