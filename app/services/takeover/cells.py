"""What people type in a spreadsheet, read as forms read a browser: dates, names, words of a list."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any, Final

from app.catalog.fields import Field, Option
from app.catalog.places import Commune
from app.services.takeover.errors import RowRefused
from app.services.text import fold, fold_address

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        ("janvier janv jan", "fevrier fevr fev", "mars", "avril avr", "mai", "juin", "juillet juil", "aout",
         "septembre sept sep", "octobre oct", "novembre nov", "decembre dec"),
        1,
    )
    for name in names.split()
}  # fmt: skip
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_FRENCH: Final = re.compile(r"(?:[a-z]{2,8}\.?\s+)?(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})(?:\s.*)?")
_IN_WORDS: Final = re.compile(
    r"(?:(?:lun|mar|mer|jeu|ven|sam|dim)[a-z]*\s)?(\d{1,2})(?:er)?\s([a-z]+)\s(\d{4}|\d{2})"
)
_SERIAL: Final = re.compile(r"[2-6]\d{4}(?:[.,]0+)?")
_SERIAL_SINCE: Final = date(1899, 12, 30)
_SEVERAL: Final = re.compile(r"\s*(?:[;,+/\n]|\bet\b)\s*")
_YES: Final = frozenset({"oui", "o", "x", "vrai", "true", "1", "ok", "yes", "fait"})
_NO: Final = frozenset({"non", "n", "faux", "false", "0", "no", "pas fait"})
_NAMES: Final = frozenset({"menage.nom", "menage.prenom", "donneur.nom"})
_PARTICLES: Final = frozenset(
    {"le", "la", "de", "du", "des", "da", "di", "d", "ben", "el", "van", "von", "saint"}
)
_LINKS: Final = frozenset({"de", "du", "des", "d", "l"})


def read_day(text: str, today: date) -> date:
    """Read a day as French spreadsheets write it: 12/03/2026, 12.3.26, 2026-03-12, « 12 mars 2026 », 46093.

    Raises:
        RowRefused: it is no day, or one of a year that cannot be.
    """
    plain = text.strip()
    parts = _ISO.fullmatch(plain)
    if parts:
        year, month, day = (int(part) for part in parts.groups())
    elif _SERIAL.fullmatch(plain):
        return _SERIAL_SINCE + timedelta(days=int(re.split(r"[.,]", plain)[0]))
    else:
        day, month, year = _french(plain)
        if year < 100:
            year += 2000 if year <= today.year % 100 + 5 else 1900
    try:
        return date(year, month, day)
    except ValueError:
        raise _no_day(text) from None


def _french(text: str) -> tuple[int, int, int]:
    parts = _FRENCH.fullmatch(text.lower())
    if parts:
        return int(parts[1]), int(parts[2]), int(parts[3])
    words = _IN_WORDS.fullmatch(fold(text))
    if words and words[2] in _MONTHS:
        return int(words[1]), _MONTHS[words[2]], int(words[3])
    raise _no_day(text)


def _no_day(text: str) -> RowRefused:
    return RowRefused(
        cause=f"« {text[:40]} » n'est pas une date. Écrivez le jour, le mois et l'année : 12/03/2026."
    )


def read_commune(text: str, postcode: str, communes: Sequence[Commune]) -> tuple[Commune, str]:
    """Return the commune that a cell names, with its postcode.

    Raises:
        RowRefused: none of the territory; the nearest name is proposed.
    """
    digits = "".join(re.findall(r"\b\d{5}\b", f"{postcode} {text}")[:1])
    wanted = fold_address(re.sub(r"\d+|\bcedex\b.*", " ", text, flags=re.IGNORECASE))
    known = {fold_address(commune.name): commune for commune in communes}
    if not wanted and digits:
        of_code = [commune for commune in communes if digits in commune.postcodes]
        if len(of_code) == 1:
            return of_code[0], digits
    found = known.get(wanted) or next((one for one in communes if one.insee == text.strip()), None)
    if found is None:
        raise RowRefused(cause=_unknown_commune(text or postcode, wanted, known))
    return found, digits if digits in found.postcodes else found.postcode


def _unknown_commune(text: str, wanted: str, known: Mapping[str, Commune]) -> str:
    if not text.strip():
        return "La commune manque. Écrivez-la dans le tableau."
    near = get_close_matches(wanted, list(known), n=1, cutoff=0.6)
    hint = (
        f" Vouliez-vous dire « {known[near[0]].name} » ?"
        if near
        else " Vérifiez que le logement en fait partie."
    )
    return f"« {text[:60]} » n'est pas une commune du territoire.{hint}"


def option_of(text: str, options: Iterable[Option], label: str, said: Mapping[str, str]) -> str:
    """Return the value of the option that a cell names, by the matching first, else by its words.

    Raises:
        RowRefused: it names none, or several.
    """
    known = list(options)
    chosen = said.get(fold(text))
    if chosen is not None and any(option.value == chosen for option in known):
        return chosen
    found = near_option(text, known)
    if found is None:
        some = ", ".join(option.label for option in known[:8]) + ("…" if len(known) > 8 else "")
        raise RowRefused(
            cause=f"« {text[:60]} » n'est pas une réponse à « {label} ». Réponses possibles : {some}."
        )
    return found


def near_option(text: str, options: Sequence[Option]) -> str | None:
    """Return the value of the only option whose words a text says, None when there is none or several."""
    wanted = fold(text)
    exact = {option.value for option in options if wanted in (fold(option.value), fold(option.label))}
    if len(exact) == 1:
        return exact.pop()
    words = set(wanted.split()) - _LINKS
    if not words:
        return None
    near = {
        option.value
        for option in options
        if words <= set(fold(f"{option.label} {option.value}").split()) or _begins(wanted, fold(option.label))
    }
    return near.pop() if len(near) == 1 else None


def _begins(short: str, long: str) -> bool:
    return len(short) >= 4 and (long.startswith(short) or short.startswith(long))


def several(text: str) -> list[str]:
    """Return the parts of a cell that names several things: « ADIL ; CAF »."""
    return [part for part in _SEVERAL.split(text.strip()) if part]


def raw_of(field: Field, text: str, options: Sequence[Option], said: Mapping[str, str], today: date) -> Any:
    """Return a cell as the field's own reader takes it.

    Args:
        options: those of the field, lists of the territory included.
        said: what the matching says of words that are no option: folded text → value.

    Raises:
        RowRefused: the cell says nothing that the field can hold.
    """
    match field.type:
        case "date":
            raw: Any = read_day(text, today).isoformat()
        case "oui_non":
            raw = _yes_or_no(text, field, said)
        case "choix" | "partenaire":
            raw = option_of(text, options, field.label, said)
        case "cases":
            raw = [option_of(part, options, field.label, said) for part in several(text)]
        case "telephone":
            digits = re.sub(r"\D", "", text)
            raw = f"0{digits}" if len(digits) == 9 and digits[0] != "0" else text
        case "nombre" if field.decimals == 0:
            raw = re.sub(r"[.,]0+$", "", text.strip())
        case _:
            raw = tidy_name(text) if field.feeds in _NAMES else text
    return raw


def _yes_or_no(text: str, field: Field, said: Mapping[str, str]) -> str:
    word = fold(text)
    if said.get(word) in {"oui", "non"}:
        return said[word]
    if word in _YES or word.split()[:1] == ["oui"]:
        return "oui"
    if word in _NO or word.split()[:1] == ["non"]:
        return "non"
    raise RowRefused(cause=f"« {text[:40]} » ne répond pas par oui ou par non à « {field.label} ».")


def tidy_name(text: str) -> str:
    """Return a name written in capitals as people sign it: « LE GOFF » → « Le Goff »; others as they are."""
    plain = " ".join(text.split())
    if plain != plain.upper() or not any(sign.isalpha() for sign in plain):
        return plain
    return re.sub(r"[^\W\d_]+", lambda word: word[0][0] + word[0][1:].lower(), plain)


def split_name(text: str, heading: str = "") -> tuple[str, str]:
    """Return ``(family name, given name)`` of « DUPONT Marie », « Mme Marie Dupont », « DUPONT, Marie ».

    Capitals tell the family name; without any, or when they contradict it, the order of the heading does
    (« NOM Prénom » unless it says otherwise), a particle going with the word behind it.
    """
    plain = re.sub(
        r"^(?:m(?:me|lle|onsieur|adame)?|mr)\.?\s+", "", " ".join(text.split()), flags=re.IGNORECASE
    )
    if "," in plain:
        last, _, first = plain.partition(",")
        return last.strip(), first.strip()
    words = plain.split()
    loud = [word == word.upper() and len(word) > 1 for word in words]
    given_first = 0 <= fold(heading).find("prenom") < fold(heading).replace("prenom", "------").find("nom")
    begins = next((place for place, one in enumerate(loud) if not one), len(words))
    if 0 < begins < len(words) and not any(loud[begins:]):
        return " ".join(words[:begins]), " ".join(words[begins:])
    if given_first:
        return " ".join(words[1:] or words[:1]), " ".join(words[:1] if words[1:] else ())
    cut = next((place + 1 for place, word in enumerate(words) if fold(word) not in _PARTICLES), len(words))
    return " ".join(words[:cut]), " ".join(words[cut:])
