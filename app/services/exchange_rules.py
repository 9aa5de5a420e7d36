"""What may not be written in the exchange space: anything of a household (ANG-6, LAW-1)."""

import re
from collections.abc import Collection
from typing import Final

from app.catalog import nir

_REFERENCE: Final = re.compile(r"\b[A-Z]{2,6}-20\d{2}-\d{2,6}\b", re.IGNORECASE)
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE: Final = re.compile(r"(?<!\d)(?:\+33|0033|0)[\s.\-]?[1-9](?:[\s.\-]?\d{2}){4}(?!\d)")
_NOT_DIGITS: Final = re.compile(r"\D+")

REFERENCE: Final = (
    "« {} » ressemble à la référence d'un dossier. Ici, on ne parle d'aucun ménage : ôtez-la, et parlez de "
    "la situation dans le dossier lui-même."
)
NUMBER: Final = (
    "Ce texte contient ce qui ressemble à un numéro de sécurité sociale. Ôtez-le : il n'a rien à faire ici."
)
CONTACT: Final = (
    "« {} » ressemble aux coordonnées d'une personne. Ôtez-les ; si ce sont celles d'une structure ou d'un "
    "professionnel, cochez la case qui le dit, puis envoyez de nouveau."
)


def problems(text: str, *, professional: bool, known: Collection[str] = ()) -> list[str]:
    """Return what keeps a text from being written, as sentences; nothing when it may be.

    Args:
        text: what somebody wrote, a title or the name of a file included.
        professional: they say that phone numbers and addresses in it are a professional's.
        known: phone numbers and addresses of the directory, which are not asked about.
    """
    found = [REFERENCE.format(match[0]) for match in _REFERENCE.finditer(text)]
    if nir.holds_number(text):
        found.append(NUMBER)
    if not professional:
        theirs = {plain(one) for one in known}
        told = [match[0] for pattern in (_MAIL, _PHONE) for match in pattern.finditer(text)]
        found += [CONTACT.format(one) for one in told if plain(one) not in theirs]
    return list(dict.fromkeys(found))


def plain(contact: str) -> str:
    """Return an address in lower case, or the nine digits of a French number, so that two can be compared."""
    if "@" in contact:
        return contact.lower().rstrip(".")
    return _NOT_DIGITS.sub("", contact)[-9:]
