"""No social security number anywhere (LAW-4): neither a field that asks for one nor a text that holds one.

The number (NIR) has 13 signs and a key of two digits, 97 minus the remainder of the 13 signs by 97
(Insee, « Le numéro d'inscription au répertoire » ; Corsica: 2A counts as 19, 2B as 18).
"""

import re
import unicodedata

SENTENCE = "Retirez le numéro de sécurité sociale : il ne doit figurer nulle part dans Relais."

_GAP = r"[\s.\-/_]{0,3}"
_NUMBER = re.compile(
    rf"(?<!\d)([1-478]){_GAP}(\d{_GAP}\d){_GAP}(0[1-9]|1[0-2]|[2-9]\d){_GAP}"
    rf"(\d{_GAP}[\dAB]){_GAP}(\d{_GAP}\d{_GAP}\d){_GAP}(\d{_GAP}\d{_GAP}\d){_GAP}(\d{_GAP}\d)(?!\d)"
)
_KEYWORDS = re.compile(r"(?:^|_)(nir|nirpp|nss|numss|insee_personne)(?:_|$)")
_SECURITY = re.compile(r"secu(?:rite)?(?:_social[e]?)?(?:_|$)|assure_social|immatriculation_social")
_NUMBERED = re.compile(r"(?:^|_)(?:num|numero|no|n|identifiant|matricule|immatriculation)(?:_|$)")


def holds_number(text: str) -> bool:
    """Whether ``text`` holds a valid NIR, with or without spaces, points or dashes between its parts."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return any(_is_valid(match) for match in _NUMBER.finditer(plain))


def asks_for_number(words: str) -> bool:
    """Whether a field's key or label asks for a NIR (« nir », « num_secu », « N° de sécurité sociale »)."""
    folded = unicodedata.normalize("NFKD", words.casefold().replace("n°", "numero "))
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    key = re.sub(r"[^a-z0-9]+", "_", folded).strip("_")
    if _KEYWORDS.search(key):
        return True
    compact = key.replace("_", "")
    if any(word in compact for word in ("numsecu", "numerosecu", "nosecu", "numerodesecu", "numdesecu")):
        return True
    return bool(_SECURITY.search(key) and _NUMBERED.search(key))


def _is_valid(match: re.Match[str]) -> bool:
    signs = re.sub(r"[^\dAB]", "", "".join(match.groups()))
    body, key = signs[:13], int(signs[13:])
    department = body[5:7]
    if department == "2A":
        body = body.replace("2A", "19", 1)
    elif department == "2B":
        body = body.replace("2B", "18", 1)
    return body.isdigit() and 97 - int(body) % 97 == key
