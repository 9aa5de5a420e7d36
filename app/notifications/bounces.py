"""Reading what a mail server hands back: a delivery status notification (RFC 3464, RFC 3462, RFC 3463)."""

import email.policy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage, Message
from typing import Final

from app.notifications.errors import MessageFault

MOST_BYTES: Final = 1_000_000
"""A notification quotes at most the message it is about; ours are small."""
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,250}>")
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_PASSING: Final = frozenset({"5.2.2", "5.3.1"})
"""Failures that speak of today: a full mailbox, a full server (RFC 3463)."""


@dataclass(frozen=True)
class Bounce:
    """What came back.

    Attributes:
        message_ids: the Message-ID of the message it is about; several when the notification quotes several.
        action: ``failed``, ``delayed``, ``delivered``, ``relayed`` or ``expanded``.
        status: ``5.1.1`` (RFC 3463).
    """

    message_ids: tuple[str, ...]
    action: str
    status: str

    @property
    def final(self) -> bool:
        """Whether the message will not arrive."""
        return self.action == "failed"

    @property
    def unknown_address(self) -> bool:
        """Whether nobody has this address: 5.1.x, but not what will pass."""
        return self.final and self.status.startswith("5.1.") and self.status not in _PASSING


def read(raw: bytes) -> Bounce:
    """Read a notification as the mail server wrote it.

    Raises:
        MessageFault: this is no delivery status notification, or it does not say which message it is about.
    """
    if len(raw) > MOST_BYTES:
        raise MessageFault(cause="cet avis de non-remise dépasse 1 Mo.")
    try:
        report = message_from_bytes(raw, policy=email.policy.default)
        return _read(report)
    except (MessageError, LookupError, ValueError, AttributeError, TypeError) as error:
        # The parser of headers raises all of these on bytes that only look like mail.
        raise MessageFault(cause="ce texte n'est pas un courriel lisible.") from error


def _read(report: EmailMessage) -> Bounce:
    parts = {part.get_content_type(): part for part in report.walk()}
    status_part = parts.get("message/delivery-status")
    if report.get_content_type() != "multipart/report" or status_part is None:
        raise MessageFault(cause="ce courriel n'est pas un avis de non-remise (multipart/report).")
    action, status = _verdict(status_part)
    ids = _quoted_ids(parts)
    if not ids:
        raise MessageFault(cause="l'avis de non-remise ne cite pas le message dont il parle.")
    return Bounce(ids, action, status)


def _verdict(status_part: Message) -> tuple[str, str]:
    """Return the action and the status of the recipient's block; the worst when there are several."""
    found = []
    blocks = status_part.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if not isinstance(block, Message):
            continue
        action = str(block.get("Action", "")).strip().casefold()
        status = _STATUS.search(str(block.get("Status", "")))
        if action:
            found.append((action != "failed", action, status[0] if status else ""))
    if not found:
        raise MessageFault(cause="l'avis de non-remise ne dit pas ce qui s'est passé.")
    _, action, status_text = min(found)
    return action, status_text


def _quoted_ids(parts: Mapping[str, Message]) -> tuple[str, ...]:
    """Return the Message-ID of the message that comes with the notification, whole or by its headers."""
    quoted = parts.get("message/rfc822") or parts.get("text/rfc822-headers")
    if quoted is None:
        return ()
    payload = quoted.get_payload()
    inner = payload[0] if isinstance(payload, list) else message_from_bytes(_bytes(quoted))
    if not isinstance(inner, Message):
        return ()
    return tuple(_MESSAGE_ID.findall(str(inner.get("Message-ID", ""))))[:5]


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
