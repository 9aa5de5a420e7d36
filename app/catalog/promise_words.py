"""A step as a promise: « Envoyer le contrat au SPSLH » is « contrat à envoyer au SPSLH »."""

import re
from typing import Final

_VERB: Final = (
    r"[A-ZÀ-Ü]?[a-zà-ÿ]*(?:[^i\s]er|fier|dier|trier|ublier|écier|ir|mettre|prendre|rendre|tendre|pondre"
    r"|crire|lire|dire|faire|clure|uire|suivre|joindre)"
)
"""An infinitive. Nouns end alike (« dossier », « lettre »): of -ier and -re, only what verbs end with."""
_STEP: Final = re.compile(rf"(?P<verb>{_VERB}) (?:(?:le|la|les|un|une|des) |l['’])?(?P<what>.+)")
_COMPLEMENT: Final = re.compile(r" (?:à|au|aux|chez|dans|en|par|pour|sur|avec|sous) ")
_NO_OBJECT: Final = re.compile(
    r"(?:à|au|aux|avec|chez|d['’]|dans|de|du|en|et|ou|par|pour|sous|sur|si|que)\b", re.IGNORECASE
)
_SEVERAL: Final = re.compile(rf" (?:ou|et|puis) {_VERB} ")


def to_do(name: str) -> str:
    """Return what a step promises; a name that is no verb and its object stays, its capital made small.

    « Valider le diagnostic » → « diagnostic à valider »; « Répondre à la demande » stays in order.
    """
    text = " ".join(name.split())
    found = _STEP.fullmatch(text)
    if found is None or _NO_OBJECT.match(found["what"]) or _SEVERAL.search(text):
        return _small(text)
    verb, what = _small(found["verb"]), found["what"]
    place = _COMPLEMENT.search(what)
    if place is None:
        return f"{what} à {verb}"
    return f"{what[: place.start()]} à {verb}{what[place.start() :]}"


def _small(text: str) -> str:
    """Return a text without its capital, unless it begins with initials."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
