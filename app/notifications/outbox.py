"""The outbox: a message is a row written with the step, and leaves once the step has committed."""

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app import clock, jobs, tenancy, withheld
from app.config import Settings
from app.database import db
from app.ids import new_id
from app.models import Message, Territory
from app.notifications.errors import MessageFault, PermanentRefusal
from app.notifications.letter import is_address, one_line
from app.notifications.once import add_once

JOB: Final = "deliver_message"
MAIL: Final = "courriel"
SMS: Final = "sms"
_PLAIN: Final = re.compile(r"[0-9a-f-]{36}")
_BAD_ADDRESS: Final = "l'adresse n'est pas une adresse de courriel. Corrigez-la dans le dossier."


def queue(
    kind: str,
    *,
    recipient: str,
    recipient_name: str,
    subject: str,
    body: str,
    case_id: UUID | None = None,
    html: str | None = None,
    channel: str = MAIL,
    user_id: UUID | None = None,
    key: str | None = None,
    run_at: datetime | None = None,
) -> UUID | None:
    """Write a message in the transaction that is open; it leaves after the commit, or never.

    An address no server would take does not stop the step: the row is written ``dead``, with the cause.
    Returns the id of the row; None when a message of this key is written already, or all is withheld.

    Args:
        kind: which message it is (``demande_partenaire``), for lists and tests.
        recipient: one bare address, or a number for an SMS (``channel``).
        recipient_name: shown beside it, may be empty.
        subject: one line.
        body: plain text.
        case_id: the case it speaks of.
        html: the body laid out by the programme itself; from the text unless given.
        user_id: the account it is for, if it is for one: their quiet hours hold it back.
        key: what it tells to whom; a territory never holds two messages of one key.
        run_at: when it may leave; now unless said.

    Raises:
        MessageFault: the subject, the address or the name holds a line break, or the subject is empty.
        RuntimeError: no transaction is open, so the message would be lost: a programming error.
    """
    told = {"case_id": case_id, "body": body, "html": html, "user_id": user_id, "key": key}
    heads = _heads(recipient, recipient_name, subject)
    if withheld.note(channel):
        return None
    return _write({"kind": kind, "channel": channel, **heads, **told}, run_at)


def _heads(recipient: str, recipient_name: str, subject: str) -> dict[str, str]:
    heads = {
        "recipient": one_line("l'adresse", recipient),
        "recipient_name": one_line("le nom du destinataire", recipient_name),
        "subject": one_line("l'objet", subject),
    }
    if not heads["subject"]:
        raise MessageFault(cause="l'objet est vide.")
    return heads


def _write(said: Mapping[str, Any], run_at: datetime | None) -> UUID | None:
    """Write the row and, unless it is dead already, the job that sends it."""
    if not db.session().info.get("writing"):
        raise RuntimeError("queue a message inside transaction()")
    row_id = new_id()
    values = {
        "id": row_id,
        "territory_id": tenancy.current_id(),
        "message_id": _message_id(said["key"] or str(row_id)),
        "queued_at": clock.now(),
        **said,
        **_fate(said["channel"], said["recipient"]),
    }
    if said["key"] is None:
        db.session.add(Message(**values))
    elif not add_once(Message, values, "territory_id", "key"):
        return None
    if values["status"] == "queued":
        jobs.enqueue(JOB, lock=_lock(row_id, said["kind"], said["user_id"]), run_at=run_at, message_id=row_id)
    return row_id


def _fate(channel: str, recipient: str) -> dict[str, str | None]:
    """Return how a new row stands: waiting to leave, or dead with the cause."""
    if channel == MAIL and not is_address(recipient):
        return {"status": "dead", "error": PermanentRefusal(cause=_BAD_ADDRESS).sentence}
    return {"status": "queued", "error": None}


def _lock(row_id: UUID, kind: str, user_id: UUID | None) -> str:
    """Return what keeps two jobs apart: messages of one kind to one person may leave as one."""
    return f"message:{row_id}" if user_id is None else f"messages:{user_id}:{kind}"


def send_again(row: Message) -> None:
    """Put a message that was refused for good back in the queue, in the transaction under way.

    Whoever asks for it believes in the address: what came back from it is forgiven.
    """
    forgive(row.recipient)
    row.status, row.error = "queued", None
    enqueue(row)


def enqueue(row: Message, run_at: datetime | None = None) -> None:
    """Have a queued message delivered, not before ``run_at``."""
    jobs.enqueue(JOB, lock=_lock(row.id, row.kind, row.user_id), run_at=run_at, message_id=row.id)


def comes_back(recipient: str) -> bool:
    """Whether mail to this address came back for good, so that nothing more is sent to it."""
    found = select(Message.id).where(Message.recipient == recipient, Message.bounced_at.is_not(None))
    return db.session.scalar(found.limit(1)) is not None


def forgive(recipient: str) -> None:
    """Believe in an address again, in the transaction under way."""
    for row in db.session.scalars(
        select(Message).where(Message.recipient == recipient, Message.bounced_at.is_not(None))
    ):
        row.bounced_at = None


def _message_id(name: str) -> str:
    """Return the Message-ID of what ``name`` names: the same key always gives the same one."""
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    territory = db.session.get_one(Territory, tenancy.current_id())
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"
    word = name if _PLAIN.fullmatch(name) else sha256(name.encode()).hexdigest()[:32]
    return f"<{word}.{territory.code}@{domain}>"
