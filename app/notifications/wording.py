"""The words of a notice by mail and by SMS, from the bundle's templates or the system's own."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.catalog.templates import substitute
from app.notifications.texts import compose, sms_template, system_message, system_messages

DEFAULT: Final = "avis"
SMS_LENGTH: Final = 160
"""Characters of one SMS in the GSM-7 alphabet (3GPP TS 23.038)."""
GSM7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic alphabet of an SMS (3GPP TS 23.038, table 6.2.1)."""

_TWINS: Final = {"’": "'", "«": '"', "»": '"', "–": "-", "—": "-", "œ": "oe", "Œ": "OE"}


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


def listed(items: Sequence[tuple[str, str]]) -> str:
    """Return lines of a list, each with its link below, as the templates write them."""
    return "\n".join(f"- {title}\n  {link}" for title, link in items)


def sms(happened: str, link: str) -> str:
    """Return the words of an SMS: what kind of thing happened, and a link. No name, no reference.

    Signs that the GSM-7 alphabet lacks would make it cost double: they are written plainly.
    """
    template = sms_template()
    room = SMS_LENGTH - len(substitute(template, {"avis": {"titre": "", "lien": link}}, html=False))
    words = "".join(sign if sign in GSM7 else _plainly(sign) for sign in happened)
    return substitute(template, {"avis": {"titre": words[: max(room, 0)], "lien": link}}, html=False)


def _plainly(sign: str) -> str:
    bare = _TWINS.get(sign) or unicodedata.normalize("NFKD", sign)
    return "".join(part for part in bare if part in GSM7)
