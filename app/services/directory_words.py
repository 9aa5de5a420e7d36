"""The words of a structure's sheet: its fields, what they hold, what of a form fits (F11)."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from app.catalog.directory import Directory
from app.errors import Invalid
from app.models import DirectorySheet

LONGEST: Final = 2_000
LINE: Final = 300
_LATEST_DAYS: Final = 730
TEXTS: Final[dict[str, tuple[str, str, int]]] = {
    "missions": ("missions", "Missions", LONGEST),
    "dispositifs": ("schemes", "Dispositifs", LONGEST),
    "conditions": ("conditions", "Conditions", LONGEST),
    "contact": ("contact", "Contact", LINE),
    "site": ("website", "Site internet", LINE),
    "delai": ("delay", "Délai", LINE),
    "capacite": ("capacity", "Capacité", LINE),
}
"""Name in the form → attribute of the row, label, longest."""
LISTS: Final[dict[str, tuple[str, str]]] = {
    "competences": ("competences", "Compétences"),
    "publics": ("publics", "Publics"),
    "statuts": ("tenures", "Statuts d'occupation"),
    "revenus": ("incomes", "Revenus"),
    "besoins": ("needs", "Besoins"),
}
INTAKE: Final = {"oui": "Prend de nouvelles demandes", "non": "Ne prend pas de nouvelle demande en ce moment"}


def words_of(directory: Directory) -> dict[str, Mapping[str, str]]:
    """Return the words of the lists of a sheet, by the name they have in the form."""
    return {
        "competences": directory.competences,
        "publics": directory.publics,
        "statuts": directory.tenures,
        "revenus": directory.incomes,
        "besoins": {need.id: need.label for need in directory.needs.values()},
    }


def facts_of(row: DirectorySheet | None) -> dict[str, Any]:
    """Return a sheet as its form shows it."""
    if row is None:
        return {"version": 0}
    facts: dict[str, Any] = {name: getattr(row, spec[0]) for name, spec in TEXTS.items()}
    facts |= {name: getattr(row, spec[0]) for name, spec in LISTS.items()}
    return facts | {
        "delai_jours": "" if row.delay_days is None else str(row.delay_days),
        "accueil": row.intake,
        "nommee": row.named,
        "version": row.version,
    }


def blank() -> dict[str, Any]:
    """Return what a sheet holds before anybody wrote in it."""
    texts = {spec[0]: "" for spec in TEXTS.values()}
    return texts | {spec[0]: [] for spec in LISTS.values()} | {
        "delay_days": None, "intake": "", "named": False, "verified_on": None, "verified_by": "",
    }  # fmt: skip


def changes(row: DirectorySheet, wanted: Mapping[str, Any], directory: Directory) -> list[list[str]]:
    """Return ``[label, before, after]`` of what is about to change, as people read it."""
    labels = {spec[0]: spec[1] for spec in TEXTS.values()} | dict(LISTS.values()) | {
        "delay_days": "Délai en jours", "intake": "Nouvelles demandes", "named": "Sur la page publique",
    }  # fmt: skip
    words = {LISTS[name][0]: known for name, known in words_of(directory).items()} | {"intake": INTAKE}
    return [
        [labels[name], said(before, words.get(name)), said(value, words.get(name))]
        for name, value in wanted.items()
        if (before := getattr(row, name)) != value
    ]


def said(value: object, words: Mapping[str, str] | None = None) -> str:
    """Return a value of a sheet as people read it; a word that the settings lost shows its key."""
    if isinstance(value, list):
        return ", ".join(said(item, words) for item in value)
    if isinstance(value, bool):
        return "oui" if value else "non"
    if words is not None and isinstance(value, str):
        return words.get(value, value)
    return "" if value is None else str(value)


def wanted_of(facts: Mapping[str, Any], directory: Directory) -> dict[str, Any]:
    """Return what the row is to hold.

    Raises:
        Invalid: by field.
    """
    problems: dict[str, list[str]] = {}
    wanted: dict[str, Any] = {}
    for name, (attribute, label, longest) in TEXTS.items():
        text = "\n".join(line.strip() for line in str(facts.get(name) or "").strip().splitlines())
        wanted[attribute] = text
        if len(text) > longest:
            problems[name] = [f"« {label} » : {longest} caractères au plus ; il y en a {len(text)}."]
        elif not text.replace("\n", "").isprintable() or (longest == LINE and "\n" in text):
            problems[name] = [
                f"« {label} » : écrivez un texte simple{', sur une ligne' * (longest == LINE)}."
            ]
    if wanted["website"] and not _is_site(wanted["website"]):
        problems["site"] = ["Écrivez l'adresse entière du site, par exemple https://www.structure.fr."]
    for name, known in words_of(directory).items():
        chosen = [str(item) for item in facts.get(name) or []]
        wanted[LISTS[name][0]] = [key for key in known if key in chosen]
        if set(chosen) - set(known):
            problems[name] = ["Choisissez des réponses de la liste."]
    wanted["intake"] = str(facts.get("accueil") or "")
    if wanted["intake"] not in ("", *INTAKE):
        problems["accueil"] = ["Dites si la structure prend de nouvelles demandes : oui, non, ou rien."]
    wanted["named"] = bool(facts.get("nommee"))
    days = str(facts.get("delai_jours") or "").strip()
    wanted["delay_days"] = int(days) if days.isdecimal() and days.isascii() and len(days) < 4 else None
    if days and (wanted["delay_days"] is None or wanted["delay_days"] > _LATEST_DAYS):
        problems["delai_jours"] = [f"Indiquez un nombre de jours, de 0 à {_LATEST_DAYS}, ou rien."]
    if problems:
        raise Invalid(problems)
    return wanted


def _is_site(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in (parts.hostname or "") and " " not in text
