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
    return _short(sms_template(), happened, {"lien": link})


def invitation(title: str, link: str, sender: str) -> str:
    """Return the words of an SMS that carries the link of somebody without an account; no name, no reference.

    Args:
        title: what the link is for.
        link: the address, never cut.
        sender: who writes and where to call; left out when it does not fit in one SMS.
    """
    template, said = sms_template("lien"), _plain(sender)
    whole = _short(template, title, {"lien": link, "de": said})
    return whole if _plain(title) in whole else _short(template, title, {"lien": link, "de": ""}).strip()


def _short(template: str, title: str, facts: Mapping[str, str]) -> str:
    """Return the words of one SMS: the title is what gives way."""
    room = SMS_LENGTH - len(substitute(template, {"avis": {**facts, "titre": ""}}, html=False))
    told = {**facts, "titre": _plain(title)[: max(room, 0)]}
    return substitute(template, {"avis": told}, html=False)


def _plain(text: str) -> str:
    return "".join(sign if sign in GSM7 else _plainly(sign) for sign in text)


def _plainly(sign: str) -> str:
    bare = _TWINS.get(sign) or unicodedata.normalize("NFKD", sign)
    return "".join(part for part in bare if part in GSM7)
