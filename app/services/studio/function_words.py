"""The functions of the expressions in words: what a designer reads in the picker."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "abs": ("abs(nombre)", "Le nombre sans son signe.", "abs(ecart)"),
    "annee": ("annee(date)", "L'année d'une date.", "annee(aujourdhui())"),
    "aujourdhui": ("aujourdhui()", "La date du jour.", "aujourdhui()"),
    "colonne": (
        'colonne(tableau, "cle")',
        "Les valeurs d'une colonne d'un tableau.",
        'colonne(gestes, "cout")',
    ),
    "compte": ("compte(a, b, …)", "Combien de ces valeurs sont vraies.", "compte(froid, impaye) >= 2"),
    "dans": ('dans("durée")', "L'instant qui vient après cette durée.", 'dans("P15D")'),
    "date": ('date("aaaa-mm-jj")', "Une date écrite.", 'date("2026-01-31")'),
    "fin_de_mois": (
        "fin_de_mois(date)",
        "Le dernier jour du mois de cette date.",
        "fin_de_mois(aujourdhui())",
    ),
    "jours_apres": ("jours_apres(date, n)", "La date, n jours après.", "jours_apres(visite.date, 7)"),
    "jours_entre": (
        "jours_entre(a, b)",
        "Le nombre de jours de la date a à la date b.",
        "jours_entre(debut, fin)",
    ),
    "jours_ouvres": (
        "jours_ouvres(n, date)",
        "La date après n jours ouvrés, depuis aujourd'hui ou depuis une date.",
        "jours_ouvres(5)",
    ),
    "len": (
        "len(liste)",
        "Combien de lignes a une liste, de lettres un texte.",
        "len(orientations_a_suivre) > 0",
    ),
    "maintenant": ("maintenant()", "L'instant présent.", "maintenant()"),
    "max": ("max(a, b, …)", "La plus grande de ces valeurs.", "max(0, reste)"),
    "min": ("min(a, b, …)", "La plus petite de ces valeurs.", "min(montant, plafond)"),
    "mois_apres": (
        "mois_apres(date, n)",
        "La date, n mois après, de quantième à quantième.",
        "mois_apres(debut, 3)",
    ),
    "nombre": (
        "nombre(valeur, repli)",
        "La valeur comme nombre ; le repli si elle manque.",
        "nombre(dpe.conso, 0)",
    ),
    "present": ("present(nom)", "Vrai si la réponse a été donnée.", "present(visite.date)"),
    "round": ("round(nombre, décimales)", "Le nombre arrondi.", "round(gain, 1)"),
    "sum": ("sum(liste)", "La somme ; ce qui manque est laissé de côté.", 'sum(colonne(gestes, "cout"))'),
    "taux": (
        "taux(partie, tout)",
        "La partie en pourcentage du tout ; vide si l'un manque.",
        "taux(depense, revenu)",
    ),
    "texte": ("texte(valeur)", "La valeur écrite.", "texte(dossier.reference)"),
}
"""Function → how it is called, what it gives, an example."""
