"""The outbox: a message is a row written with the step, and leaves once the step has committed."""

from datetime import datetime
from email.utils import parseaddr
from typing import Final
from uuid import UUID

from flask import current_app

from app import clock, jobs, tenancy
from app.config import Settings
from app.database import db, end_read, transaction
from app.ids import new_id
from app.models import Message, Territory
from app.notifications import channels
from app.notifications.errors import MessageFault, PermanentRefusal, TemporaryRefusal
from app.notifications.letter import Letter, is_address, one_line

JOB: Final = "deliver_message"
_BAD_ADDRESS: Final = "l'adresse n'est pas une adresse de courriel. Corrigez-la dans le dossier."


def queue(
    kind: str, *, recipient: str, recipient_name: str, subject: str, body: str, case_id: UUID | None = None
) -> Message:
    """Write a message in the transaction that is open; it leaves after the commit, or never.

    An address no server would take does not stop the step: the row is written ``dead``, with the cause.

    Args:
        kind: which message it is (``demande_partenaire``), for lists and tests.
        recipient: one bare address.
        recipient_name: shown beside it, may be empty.
        subject: one line.
        body: plain text.
        case_id: the case it speaks of.

    Raises:
        MessageFault: the subject, the address or the name holds a line break, or the subject is empty.
        RuntimeError: no transaction is open, so the message would be lost: a programming error.
    """
    if not db.session().info.get("writing"):
        raise RuntimeError("queue a message inside transaction()")
    row_id = new_id()
    row = Message(
        id=row_id,
        territory_id=tenancy.current_id(),
        case_id=case_id,
        kind=kind,
        recipient=one_line("l'adresse", recipient),
        recipient_name=one_line("le nom du destinataire", recipient_name),
        subject=one_line("l'objet", subject),
        body=body,
        message_id=_message_id(row_id),
        status="queued",
        queued_at=clock.now(),
    )
    if not row.subject:
        raise MessageFault(cause="l'objet est vide.")
    db.session.add(row)
    if is_address(row.recipient):
        jobs.enqueue(JOB, lock=f"message:{row_id}", message_id=row_id)
    else:
        row.status, row.error = "dead", PermanentRefusal(cause=_BAD_ADDRESS).sentence
    return row


def send_again(row: Message) -> None:
    """Put a message that was refused for good back in the queue, in the transaction under way."""
    row.status, row.error = "queued", None
    jobs.enqueue(JOB, lock=f"message:{row.id}", message_id=row.id)


@jobs.job(JOB)
def deliver(message_id: UUID | str) -> None:
    """Send one message and mark it; a message that is sent, dead or erased is left alone.

    Sent twice only when the process dies between the server's answer and the commit: both copies
    then carry the same Message-ID, which mail programs show once.

    Raises:
        TemporaryRefusal: it did not leave; the job comes back later, with a growing delay.
    """
    row_id = UUID(str(message_id))
    letter = _waiting(row_id)
    end_read()
    if letter is None:
        return
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    try:
        channels.choose(settings)(letter, settings)
    except PermanentRefusal as refusal:
        _mark(row_id, status="dead", error=refusal.sentence)
    except TemporaryRefusal as refusal:
        _mark(row_id, status="queued", error=refusal.sentence)
        raise
    else:
        _mark(row_id, status="sent", sent_at=clock.now())


def _waiting(row_id: UUID) -> Letter | None:
    row = db.session.get(Message, row_id)
    if row is None or row.status != "queued":
        return None
    return Letter(row.recipient, row.recipient_name, row.subject, row.body, row.message_id, row.queued_at)


def _mark(row_id: UUID, *, status: str, error: str | None = None, sent_at: datetime | None = None) -> None:
    with transaction() as session:
        row = session.get(Message, row_id)
        if row is not None:
            row.status, row.error, row.sent_at = status, error, sent_at


def _message_id(row_id: UUID) -> str:
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    territory = db.session.get_one(Territory, tenancy.current_id())
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"
    return f"<{row_id}.{territory.code}@{domain}>"
