"""What a message or a document may name between braces, grouped and in words, for whoever picks one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app import checker
from app.checker.files.reading import read
from app.checker.names import in_templates
from app.services.studio import judging

_ROOMS: Final = {
    "date": "La date du jour",
    "territoire": "Le territoire",
    "dossier": "Le dossier",
    "menage": "Le ménage",
    "logement": "Le logement",
    "donneur": "Le donneur d'alerte",
    "accord": "L'accord du ménage",
    "orientation": "L'orientation",
    "partenaire": "Le partenaire",
    "destinataire": "La personne qui reçoit",
    "structures": "Les structures du dossier",
    "tache": "L'étape en question",
    "frequence": "La fréquence en question",
    "seance": "La réunion reportée",
    "revue": "La réunion",
    "evenement": "L'événement",
    "rapport": "Le rapport des situations",
    "campagne": "La campagne",
    "lien": "Le lien personnel",
    "reponse": "Le lien personnel",
    "suivi": "Le suivi public",
    "decision": "La décision prise ensemble",
    "inscription": "Les inscriptions",
    "publication": "La publication",
    "consommations": "Les consommations",
    "reponses": "Les réponses",
}
_WORDS: Final = {
    "ajoutees": "situations ajoutées",
    "civilite": "civilité",
    "complement": "complément d'adresse",
    "cp": "code postal",
    "criteres": "critères",
    "decisions": "décisions",
    "dpe": "étiquette énergie",
    "echeance": "échéance",
    "energie": "énergie",
    "etat": "état",
    "excuses": "excusés",
    "interesses": "ménages intéressés",
    "jusqu_au": "jusqu'au",
    "motif_cloture": "motif de clôture",
    "moyen_contact": "moyen de contact",
    "nombre_actions": "nombre d'actions",
    "nombre_presents": "nombre de présents",
    "nombre_reportees": "nombre de situations reportées",
    "ou": "où",
    "perimetre": "périmètre",
    "prenom": "prénom",
    "presents": "présents",
    "priorite": "priorité",
    "reference": "référence",
    "regle": "règle",
    "reportees": "situations reportées",
    "resultat": "résultat",
    "resume": "résumé",
    "seance": "séance",
    "tableau": "en tableau",
    "telephone": "téléphone",
    "tournees": "tournées",
}
"""A part of a name → how it is said, where it is not its own word."""
_WHOLE: Final = {"tableau": "toutes les réponses", "auteur": "qui a répondu", "le": "le jour de la réponse"}
_known: judging.Remembered[tuple["Group", ...]] = judging.Remembered(32)


@dataclass(frozen=True)
class Group:
    """Fields that belong together: ``fields`` are ``(name, words)``."""

    label: str
    fields: tuple[tuple[str, str], ...]


def groups(path: str) -> tuple[Group, ...]:
    """Return the fields that the template ``path`` of the draft may name; none when files cannot be read."""
    files = judging.standing_files()
    key = f"{judging.content_key(files)} {path}"
    found = _known.get(key)
    if found is None:
        made = checker.bounded(lambda given: tuple(_gathered(given, path)), files)
        found = _known.keep(key, tuple(made) if made else ())
    return found


def _gathered(files: Mapping[str, bytes], path: str) -> Iterator[Group]:
    model, _, _ = read(files, whole=True)
    names = in_templates.offered(model, path)
    labels = {
        f"reponses.{form.id}.{field.key}": field.label
        for _, form in model.forms.values()
        for field in form.fields
    }
    titles = {form.id: form.title for _, form in model.forms.values()}
    relations = dict(model.settings.relations) if model.settings is not None else {}
    rooms: dict[tuple[int, str], list[tuple[str, str]]] = {}
    for name in sorted(names):
        room, _, rest = name.partition(".")
        place = list(_ROOMS).index(room) if room in _ROOMS else len(_ROOMS)
        title = _ROOMS.get(room, room)
        words = _said(rest) or title.lower()
        if room == "reponses":
            form, _, key = rest.partition(".")
            title = f"Réponses : {titles.get(form, form)}" if form in titles else "Réponses partagées"
            words = labels.get(name) or _WHOLE.get(key, key)
        elif room == "structures":
            relation, _, fact = rest.partition(".")
            words = f"{relations.get(relation, relation)} : {_said(fact)}"
        rooms.setdefault((place, title), []).append((name, words))
    for (_, title), fields in sorted(rooms.items()):
        yield Group(title, tuple(fields))


def _said(rest: str) -> str:
    return ", ".join(_WORDS.get(part, part.replace("_", " ")) for part in rest.split(".") if part)
