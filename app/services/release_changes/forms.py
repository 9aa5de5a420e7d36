"""Two states of a form: its fields by key, each attribute as its author wrote it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.catalog.fingerprint import load_json, sorted_json
from app.services.release_changes.model import Change, Subject, added, properties, quoted, removed, whole

_WORDS: Final = {
    "libelle": "libellé", "type": "type", "obligatoire": "obligatoire", "aide": "aide", "si": "montré si",
    "options": "choix", "min": "minimum", "max": "maximum", "decimales": "décimales", "classe": "classe",
    "reprise_de": "repris de", "alimente": "alimente", "calcul": "calcul", "initiale": "première valeur",
    "unite": "unité", "simulation": "simulation", "titre": "titre", "introduction": "introduction",
    "section": "rubrique", "regles": "règles", "agenda": "agenda",
}  # fmt: skip
_PLACES: Final = ("champs", "rubriques", "colonnes")
_COSMETIC: Final = frozenset({"simulation", "ordre"})


def compare(before: bytes, after: bytes) -> list[Change]:
    """Return what differs between two states of a form.

    Raises:
        BundleFault: one of them is no JSON.
    """
    old, new = load_json("formulaire", before), load_json("formulaire", after)
    fields = dict(_fields(old)), dict(_fields(new))
    found = properties(Subject("", "Le formulaire", _WORDS, _COSMETIC), _plain(old), _plain(new))
    for key in [*fields[1], *(key for key in fields[0] if key not in fields[1])]:
        was, now = fields[0].get(key), fields[1].get(key)
        label = (was or now or {}).get("libelle", key)
        said = f"Le champ {quoted(label)}"
        if was is None:
            found.append(added(key, label, f"{said} est ajouté."))
        elif now is None:
            found.append(removed(key, label, f"{said} est retiré."))
        else:
            found += properties(Subject(key, said, _WORDS, _COSMETIC), was, now)
    common = [[key for key in side if key in fields[0] and key in fields[1]] for side in fields]
    if common[0] != common[1]:
        found.append(whole("", "ordre", "Les champs changent d'ordre.", cosmetic=True))
    return found


def _fields(form: Any) -> Iterator[tuple[str, dict[str, str]]]:
    if not isinstance(form, Mapping):
        return
    yield from _listed(form.get("champs"), "", "")
    sections = form.get("rubriques")
    for section in sections if isinstance(sections, list) else ():
        if isinstance(section, Mapping):
            yield from _listed(section.get("champs"), "", str(section.get("titre", "")))


def _listed(fields: object, prefix: str, section: str) -> Iterator[tuple[str, dict[str, str]]]:
    for field in fields if isinstance(fields, list) else ():
        if not isinstance(field, Mapping):
            continue
        key = f"{prefix}{field.get('cle', '')}"
        yield key, _plain(field) | ({"section": section} if section else {})
        yield from _listed(field.get("colonnes"), f"{key}.", section)


def _plain(values: object) -> dict[str, str]:
    """Return the attributes as text, those that are told by themselves left out."""
    if not isinstance(values, Mapping):
        return {}
    return {
        str(key): _said(key, value) for key, value in values.items() if key not in _PLACES and key != "cle"
    }


def _said(key: object, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "oui" if value else "non"
    if key == "options" and isinstance(value, list):
        rows = [row for row in value if isinstance(row, Mapping)]
        if len(rows) == len(value):
            return ", ".join(str(row.get("libelle") or row.get("valeur") or "") for row in rows)
    return sorted_json(value).decode()
