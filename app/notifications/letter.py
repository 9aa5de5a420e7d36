"""One message ready to leave, and what its headers must not hold."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.notifications.errors import MessageFault

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True)
class Letter:
    """A message as a channel takes it: ``recipient`` is a bare address, ``queued_at`` an aware instant.

    ``html`` says the same, laid out; ``preferences`` is where its reader chooses what to receive.
    """

    recipient: str
    recipient_name: str
    subject: str
    body: str
    message_id: str
    queued_at: datetime
    html: str | None = None
    preferences: str | None = None


def one_line(field: str, text: str) -> str:
    """Return ``text`` stripped, for a header.

    Raises:
        MessageFault: it holds a line break or another control character: a second header could hide there.
    """
    stripped = text.strip(" ")
    if _CONTROL.search(stripped):
        raise MessageFault(cause=f"{field} ne peut pas contenir de saut de ligne.")
    return stripped


def is_address(text: str) -> bool:
    """Whether a mail server can take ``text`` as a recipient (no accents, at most 254 characters)."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None and ".." not in text
