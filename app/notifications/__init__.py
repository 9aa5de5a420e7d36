"""Messages that leave after the commit: the outbox, its texts and its channels."""

from app.notifications.delivery import deliver
from app.notifications.errors import MessageFault, PermanentRefusal, TemporaryRefusal
from app.notifications.outbox import queue
from app.notifications.texts import compose, system_message

__all__ = [
    "MessageFault",
    "PermanentRefusal",
    "TemporaryRefusal",
    "compose",
    "deliver",
    "queue",
    "system_message",
]
