"""A message leaves: at its hour, with others of its kind when several wait, once."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app import clock, jobs, tenancy
from app.config import Settings
from app.database import db, end_read, transaction
from app.models import Message, NoticeSettings, Territory
from app.notifications import channels, outbox, together
from app.notifications.errors import PermanentRefusal, TemporaryRefusal
from app.notifications.layout import mail as laid_out
from app.notifications.letter import Letter
from app.notifications.quiet import after_quiet, quiet_hours

PREFERENCES: Final = "mes-avis"
"""The page, below the territory, where people choose what they receive."""
_COMES_BACK: Final = (
    "les courriels envoyés à cette adresse reviennent. Corrigez l'adresse, ou relancez l'envoi si elle "
    "fonctionne de nouveau."
)
_FOOTER: Final = "-- \nChoisir ce que je reçois : {}\n"

_when_refused: list[Callable[[Message], None]] = []


def when_refused(listener: Callable[[Message], None]) -> Callable[[Message], None]:
    """Have ``listener`` called, in the same transaction, for each message refused for good."""
    _when_refused.append(listener)
    return listener


@jobs.job(outbox.JOB, queue="messages")
def deliver(message_id: UUID | str) -> None:
    """Send one message and mark it; a message that is sent, dead or erased is left alone.

    Sent twice only when the process dies between the server's answer and the commit: both copies
    then carry the same Message-ID, which mail programs show once.

    Raises:
        TemporaryRefusal: it did not leave; the job comes back later, with a growing delay.
    """
    row_id = UUID(str(message_id))
    letter, channel = _ready(row_id)
    end_read()
    if letter is None:
        return
    settings = _settings()
    try:
        channels.choose(settings, channel)(letter, settings)
    except PermanentRefusal as refusal:
        refuse(row_id, refusal.sentence, unknown_address=refusal.unknown_address)
    except TemporaryRefusal as refusal:
        _mark(row_id, status="queued", error=refusal.sentence)
        raise
    else:
        _mark(row_id, status="sent", sent_at=clock.now())


def refuse(row_id: UUID, cause: str, *, unknown_address: bool) -> bool:
    """Mark a message as refused for good, and tell whoever listens; False when it was so already.

    Args:
        row_id: a message of the territory being served.
        cause: a French sentence, without the address.
        unknown_address: nobody has this address: nothing more is sent to it.
    """
    with transaction() as session:
        row = session.scalar(select(Message).where(Message.id == row_id).with_for_update())
        if row is None or row.status == "dead":
            return False
        row.status, row.error = "dead", cause
        if unknown_address:
            row.bounced_at = clock.now()
        for listener in _when_refused:
            listener(row)
    return True


def _ready(row_id: UUID) -> tuple[Letter | None, str]:
    """Return the letter to send now, and its channel; None when there is nothing to send yet, or any more."""
    row = db.session.get(Message, row_id)
    if row is None or row.status != "queued":
        return None, ""
    if row.user_id is None and not outbox.comes_back(row.recipient):
        return _letter(row), row.channel
    with transaction() as session:
        held = session.scalars(select(Message).where(Message.id == row_id).with_for_update()).one()
        if held.status != "queued" or _waits(held):
            return None, ""
        if outbox.comes_back(held.recipient):
            held.status, held.error = "dead", PermanentRefusal(cause=_COMES_BACK).sentence
            return None, ""
        if together.leaves_with_others(held):
            return None, ""
        return _letter(held), held.channel


def _waits(row: Message) -> bool:
    """Put a message off that would leave in somebody's quiet hours, or drop it when nobody needs it now."""
    if row.user_id is None:
        return False
    if together.is_over(row):
        row.status = "dropped"
        return True
    chosen = db.session.scalar(select(NoticeSettings).where(NoticeSettings.user_id == row.user_id))
    leaves_at = after_quiet(clock.now(), quiet_hours(row.channel, chosen))
    if leaves_at <= clock.now():
        return False
    outbox.enqueue(row, leaves_at)
    return True


def _letter(row: Message) -> Letter:
    """Return a message as a channel takes it; mail gains its laid out twin and, for an account, a footer."""
    plain = Letter(row.recipient, row.recipient_name, row.subject, row.body, row.message_id, row.queued_at)
    if row.channel != outbox.MAIL:
        return plain
    territory = db.session.get_one(Territory, tenancy.current_id())
    base = _settings().base_url
    preferences = f"{base}/t/{territory.code}/{PREFERENCES}" if row.user_id is not None else None
    html = laid_out(
        subject=row.subject,
        body=row.body,
        own=row.html,
        territory=territory.name,
        base_url=base,
        preferences=preferences,
    )
    body = f"{row.body}\n{_FOOTER.format(preferences)}" if preferences else row.body
    return Letter(
        row.recipient, row.recipient_name, row.subject, body, row.message_id, row.queued_at, html, preferences
    )


def _mark(row_id: UUID, *, status: str, error: str | None = None, sent_at: datetime | None = None) -> None:
    with transaction() as session:
        row = session.get(Message, row_id)
        if row is not None and row.status == "queued":
            row.status, row.error, row.sent_at = status, error, sent_at


def _settings() -> Settings:
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    return settings
