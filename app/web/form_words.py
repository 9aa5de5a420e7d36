"""What the form editor says: types of field, boxes of a field, classes, in plain French."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from app.catalog.kinds import KINDS
from app.catalog.kinds.words import AUTOCOMPLETE


class TypeWords(NamedTuple):
    """A type of field as people choose it: its group, its name, one line that says when."""

    group: str
    label: str
    help: str


TYPES: Final[Mapping[str, TypeWords]] = {
    "texte": TypeWords("Écrire", "Texte court", "Une ligne : un nom, une référence."),
    "texte_long": TypeWords("Écrire", "Texte long", "Plusieurs lignes : un commentaire, un compte rendu."),
    "courriel": TypeWords("Écrire", "Courriel", "Une adresse électronique, vérifiée."),
    "telephone": TypeWords("Écrire", "Téléphone", "Un numéro, rangé par paires."),
    "adresse": TypeWords("Écrire", "Adresse", "Voie et commune du territoire."),
    "choix": TypeWords("Choisir", "Une réponse parmi plusieurs", "Boutons ou liste."),
    "cases": TypeWords("Choisir", "Plusieurs réponses", "Des cases à cocher."),
    "oui_non": TypeWords("Choisir", "Oui ou non", "Deux boutons."),
    "partenaire": TypeWords("Choisir", "Une structure de l'annuaire", "Toutes, ou d'un seul genre."),
    "nombre": TypeWords("Compter et dater", "Nombre", "Entier, ou décimal avec une virgule."),
    "montant": TypeWords("Compter et dater", "Montant en euros", "Euros et centimes, au moins 0."),
    "date": TypeWords("Compter et dater", "Date", "Un jour."),
    "creneau": TypeWords("Compter et dater", "Créneau", "Un jour, de telle heure à telle heure."),
    "tableau": TypeWords("Répéter", "Tableau", "Des lignes qui portent les mêmes questions."),
    "fichier": TypeWords("Joindre et signer", "Fichier", "PDF ou image, 5 Mo chacun."),
    "photo": TypeWords("Joindre et signer", "Photo", "Redessinée sans position."),
    "signature": TypeWords("Joindre et signer", "Signature", "Nom écrit, case cochée, heure du serveur."),
    "calcul": TypeWords("Montrer", "Valeur calculée", "Faite des autres réponses, jamais saisie."),
    "info": TypeWords("Montrer", "Paragraphe", "Une explication, sans réponse."),
}
"""Every type of field, in the order of the list."""

CLASSES: Final[Mapping[str, tuple[str, str]]] = {
    "technique": (
        "Technique",
        "Le logement, l'énergie, le déroulement. Les conditions du parcours la lisent.",
    ),
    "social": ("Sociale", "La situation du ménage : ressources, famille, difficultés."),
    "secret": ("Secrète", "Ce qui se confie. Chiffrée ; chaque lecture laisse une ligne au journal."),
}


class BoxWords(NamedTuple):
    """A box of the panel: its label, one line of help, the control it takes, what it may be chosen among."""

    label: str
    help: str = ""
    control: str = "text"
    choices: tuple[tuple[str, str], ...] = ()


_LOOKS: Final = (("", "selon le nombre de réponses"), ("boutons", "boutons"), ("liste", "liste"))
_RESULTS: Final = (
    ("", "un nombre, par défaut"),
    ("nombre", "un nombre"),
    ("montant", "un montant en euros"),
    ("texte", "un texte"),
    ("oui_non", "oui ou non"),
    ("date", "une date"),
)
_AUTO: Final[Mapping[str, str]] = {
    "name": "nom complet",
    "given-name": "prénom",
    "family-name": "nom de famille",
    "email": "courriel",
    "tel": "téléphone",
    "street-address": "adresse",
    "postal-code": "code postal",
    "organization": "structure",
}
BOXES: Final[Mapping[str, BoxWords]] = {
    "libelle": BoxWords("Question", "Ce que lit la personne qui répond.", "lines"),
    "aide": BoxWords("Aide", "Une ligne sous la question.", "lines"),
    "obligatoire": BoxWords("Réponse obligatoire", "", "yes"),
    "message": BoxWords("Phrase quand la réponse manque", "« Indiquez au moins un indice repéré. »"),
    "reprise_de": BoxWords(
        "Proposer la réponse donnée ailleurs", "La page dira d'où elle vient, quel jour et de qui.", "earlier"
    ),
    "initiale": BoxWords("Première valeur calculée", "Une expression : aujourdhui()…", "expression"),
    "alimente": BoxWords("Fait du dossier que la réponse donne", "menage.nom, logement.adresse…"),
    "lecture_seule": BoxWords("Montrée sans pouvoir être changée", "", "yes"),
    "genre": BoxWords("Genre de structure", "Vide : toutes celles de l'annuaire.", "kinds"),
    "presentation": BoxWords(
        "Présentation", "", "choice", _LOOKS
    ),
    "min": BoxWords("Au moins"),
    "max": BoxWords("Au plus"),
    "decimales": BoxWords("Décimales", "", "number"),
    "unite": BoxWords("Unité", "m², min, personnes…"),
    "nombre": BoxWords("Nombre de créneaux proposés", "De 1 à 5.", "number"),
    "chiffres": BoxWords("Nombre exact de chiffres", "Ni 13 ni 15 : un numéro de sécurité.", "number"),
    "saisie_auto": BoxWords(
        "Ce que le navigateur peut remplir seul", "", "choice",
        (("", "rien"), *((word, _AUTO.get(word, word)) for word in AUTOCOMPLETE)),
    ),
    "engagement": BoxWords("Phrase de la case à cocher", "« Je confirme ce qui précède. »"),
    "calcul": BoxWords("Calcul", "Une expression sur les champs placés plus haut.", "expression"),
    "resultat": BoxWords("Le calcul donne", "", "choice", _RESULTS),
    "affiche": BoxWords("Gardée sans être montrée", "", "no"),
    "lignes_de": BoxWords("Lignes données par une liste", "Vide : la personne ajoute ses lignes."),
    "nom_ligne": BoxWords("Nom d'une ligne", "« Geste », « Personne »…"),
    "bouton": BoxWords("Bouton qui ajoute une ligne", "« Ajouter un geste »"),
}  # fmt: skip
FIRST: Final = ("libelle", "aide", "obligatoire")
"""Boxes that stand at the top of the panel, above the class and the condition."""
LAST: Final = ("reprise_de", "initiale", "alimente", "lecture_seule", "message")
"""Boxes of the part « Valeur proposée et messages »."""
BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "texte": ("", "Signes au plus"),
    "texte_long": ("", "Signes au plus"),
    "cases": ("Cases au moins", "Cases au plus"),
    "tableau": ("Lignes au moins", "Lignes au plus"),
    "fichier": ("", "Fichiers au plus"),
    "photo": ("", "Photos au plus"),
    "date": ("Au plus tôt", "Au plus tard"),
    "creneau": ("Au plus tôt", "Au plus tard"),
}
"""What « min » and « max » mean where they are no plain bounds."""
DATES: Final = "Une date comme 2026-01-31, ou « aujourdhui »."


def box_of(key: str, kind: str) -> BoxWords:
    """Return the words of a box for one type of field."""
    words = BOXES[key]
    if key in {"min", "max"} and kind in BOUNDS:
        label = BOUNDS[kind][key == "max"] or words.label
        return BoxWords(label, DATES if kind in {"date", "creneau"} else "")
    return words


Grouped = list[tuple[str, list[tuple[str, TypeWords]]]]


def grouped_types(*, in_rows: bool = False) -> Grouped:
    """Return the types by group; in the rows of a table, those that may stand there."""
    groups: dict[str, list[tuple[str, TypeWords]]] = {}
    for name, words in TYPES.items():
        if not in_rows or KINDS[name].in_rows:
            groups.setdefault(words.group, []).append((name, words))
    return list(groups.items())


_OTHERS: Final[Mapping[str, str]] = {
    "classe": "Classe", "type": "Type", "si": "Condition", "si_mode": "Condition",
    "si_joint": "Condition : toutes, ou une",
    "options_mode": "Réponses possibles", "options_liste": "Liste de réponses", "titre": "Titre",
    "introduction": "Introduction", "nouveau_libelle": "Question du nouveau champ", "cle": "Clé",
    "nouveau_type": "Type du nouveau champ", "nouvelle_rubrique": "Titre de la nouvelle rubrique",
}  # fmt: skip
_ROWS: Final[Mapping[str, str]] = {
    "options": "Réponse possible", "si_lignes": "Condition, ligne", "sim_selon": "Simulation, cas",
    "sim": "Simulation",
    "regles": "Règle", "agenda": "Rendez-vous", "effort": "Temps de travail", "verbe": "Bouton d'envoi",
}  # fmt: skip


def said(box: str) -> str:
    """Return what people call a box, by its name in the page."""
    group, dot, rest = box.partition(".")
    if dot:
        rank, _, part = rest.partition(".")
        which = str(int(rank) + 1) if rank.isdecimal() else rank
        return f"{_ROWS.get(group, group)} {which} ({part})" if part else f"{_ROWS.get(group, group)} {which}"
    return BOXES[box].label if box in BOXES else _OTHERS.get(box, box)
