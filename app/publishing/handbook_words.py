"""Words of the handbook: types of fields, classes, values of tables, reasons without their marks."""

import re
from collections.abc import Mapping
from typing import Final

from app.access import CLASSES
from app.catalog.bundle import Bundle
from app.catalog.durations import duration

_ASIDE: Final = re.compile(r"\s*\(([^()]*)\)")
_SOURCE: Final = re.compile(r"[A-Z]{2,4}-\d+")
NOTHING: Final = "–"
_QUOTED: Final = re.compile(r'"([^"]*)"')
CLASS_WORDS: Final = {"technique": "technique", "social": "sociale", "secret": "secrète"}
TYPES: Final = {
    "texte": "texte court",
    "texte_long": "texte",
    "nombre": "nombre",
    "montant": "montant en euros",
    "date": "date",
    "date_heure": "date et heure",
    "heure": "heure",
    "choix": "un choix",
    "cases": "plusieurs choix",
    "oui_non": "oui ou non",
    "fichier": "fichier",
    "photo": "photo",
    "signature": "signature",
    "calcul": "calculé",
    "tableau": "tableau",
    "adresse": "adresse",
    "commune": "commune",
    "telephone": "téléphone",
    "courriel": "courriel",
    "partenaire": "structure du réseau",
    "creneau": "créneau de rendez-vous",
}


def labels(bundle: Bundle) -> dict[str, dict[str, str]]:
    """Return « form.field » → value → label."""
    return {
        f"{form.id}.{item.key}": {option.value: option.label for option in item.options}
        for form in bundle.forms.values()
        for item in form.fields
        if item.options
    }


def value(text: str | None, labels: Mapping[str, str]) -> str:
    """Return a cell as people read it: labels for values, words for signs."""
    plain = (text or "").strip()
    if plain in ("", "-"):
        return "peu importe"
    words = {"true": "oui", "false": "non", "null": "non renseigné"}
    if plain in words:
        return words[plain]
    if (lasting := duration(plain)) is not None:
        return lasting
    shown = _QUOTED.sub(lambda found: labels.get(found[1], found[1]), plain)
    return shown.replace('","', ", ").replace(",", ", ").replace("  ", " ") if labels else shown


def plain(why: str) -> str:
    """Leave out the marks of sources: they speak to whoever keeps the requirements."""

    def without(found: re.Match[str]) -> str:
        parts = [part for part in found[1].split(", ") if not _SOURCE.fullmatch(part.strip())]
        return f" ({', '.join(parts)})" if parts else ""

    return _ASIDE.sub(without, why).strip()


def classes(names: frozenset[str]) -> str:
    """Return classes of answers as people say them."""
    return ", ".join(f"{CLASS_WORDS[name]}s" for name in CLASSES if name in names) or NOTHING
