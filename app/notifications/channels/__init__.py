"""How a message leaves. One module a channel, each with ``send(letter, settings)``."""

from collections.abc import Callable

from app.config import Settings
from app.notifications.channels import mailbox, smtp
from app.notifications.errors import TemporaryRefusal
from app.notifications.letter import Letter

Channel = Callable[[Letter, Settings], None]

NONE_CONFIGURED = "aucun serveur de courrier n'est configuré. Définissez RELAIS_SMTP_URL."


def choose(settings: Settings) -> Channel:
    """Return the channel that ``settings`` ask for.

    Raises:
        TemporaryRefusal: there is none; what is queued stays queued until there is one.
    """
    if settings.smtp_url:
        return smtp.send
    if settings.demo:
        return mailbox.send
    raise TemporaryRefusal(cause=NONE_CONFIGURED)


def missing(settings: Settings) -> str | None:
    """Return None when messages can leave, else the French sentence that says what to configure."""
    if settings.smtp_url:
        return smtp.fault_in(settings.smtp_url)
    return None if settings.demo else NONE_CONFIGURED
