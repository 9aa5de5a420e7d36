"""The demonstration's mailbox: nothing leaves the machine, the outbox itself is what people look at."""

from app.config import Settings
from app.notifications.letter import Letter


def send(_letter: Letter, _settings: Settings) -> None:
    """Accept every message: its row, marked as sent, is shown on the demonstration's mail page."""
