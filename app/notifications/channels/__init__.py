"""How a message leaves. One module a channel, each with ``send(letter, settings)``."""

from collections.abc import Callable

from app.config import Settings
from app.notifications.channels import mailbox, sms, smtp
from app.notifications.errors import TemporaryRefusal
from app.notifications.letter import Letter

Channel = Callable[[Letter, Settings], None]

NONE_CONFIGURED = "aucun serveur de courrier n'est configuré. Définissez RELAIS_SMTP_URL."
NO_SMS = "aucun fournisseur de SMS n'est configuré. Définissez RELAIS_SMS_URL."


def choose(settings: Settings, channel: str = "courriel") -> Channel:
    """Return how a message of this channel leaves, as ``settings`` ask for.

    Raises:
        TemporaryRefusal: there is no way; what is queued stays queued until there is one.
    """
    if channel == "sms":
        if settings.sms_url:
            return sms.send
    elif settings.smtp_url:
        return smtp.send
    if settings.demo:
        return mailbox.send
    raise TemporaryRefusal(cause=NO_SMS if channel == "sms" else NONE_CONFIGURED)


def missing(settings: Settings) -> str | None:
    """Return None when messages can leave, else the French sentence that says what to configure."""
    if settings.smtp_url:
        return smtp.fault_in(settings.smtp_url)
    return None if settings.demo else NONE_CONFIGURED


def sms_missing(settings: Settings) -> str | None:
    """Return None when SMS can leave, else the French sentence that says what to configure."""
    if settings.sms_url:
        return sms.fault_in(settings.sms_url)
    return None if settings.demo else NO_SMS
