"""The words of a notice by mail and by SMS, from the bundle's templates or the system's own."""

from collections.abc import Mapping
from typing import Any, Final

from app.notifications.registry import Kind
from app.notifications.texts import compose, system_message, system_messages

DEFAULT: Final = "avis"
SMS_LENGTH: Final = 160
"""Characters of one SMS in the GSM-7 alphabet (3GPP TS 23.038)."""


def written(template: str | None, files: Mapping[str, bytes], facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return the subject and the body of a notice's mail.

    Args:
        template: a message of the bundle, else of the system; None: a title and a link.
        files: those of the bundle.
        facts: what the template may say.

    Raises:
        KeyError: neither the bundle nor the system has it.
    """
    name = template or DEFAULT
    own = files.get(f"messages/{name}.txt")
    if own is not None:
        return compose(own.decode(), facts, file=f"messages/{name}.txt")
    if name not in system_messages():
        raise KeyError(name)
    return system_message(name, facts)


def sms(kind: Kind, link: str) -> str:
    """Return the words of an SMS: what kind of thing happened, and a link. No name, no reference."""
    return f"Relais : {kind.label}. {link}"
