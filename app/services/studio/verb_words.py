"""The parameters and results of the verbs in words: what a designer reads beside each field of a step.

Which parameters a verb takes comes from the registry; only their words stand here.
"""

from typing import Final

PARAMETERS: Final[dict[str, tuple[str, str]]] = {
    "a": ("À qui", "Un couloir, ou l'un des destinataires connus."),
    "ambassadeur": ("Ambassadeur", "L'« id » rendu par sa nomination."),
    "au": ("Le jour", "Une date ; sans rien, le jour même."),
    "avis": ("Avis d'imposition", "Les lignes du tableau des avis, chacune avec son revenu fiscal."),
    "champs": ("Champs", "Les clés des champs à effacer."),
    "clos_le": ("Site clos le", "Une date ; sans rien, inchangé."),
    "communes": ("Communes", "Leurs codes INSEE ; sans rien, toutes."),
    "contact": ("Contact", "Téléphone ou courriel."),
    "courriel": ("Courriel", "L'adresse de la structure."),
    "criteres": ("Critères", "Comment les adresses ont été choisies, en mots."),
    "debut": ("Premier jour", "Une date ; sans rien, le jour même."),
    "debut_attendu": ("Début à fixer plus tard", "Oui quand le premier jour n'est pas encore connu."),
    "delai": ("Au bout de combien de temps", "Une durée comme P6M ; sans rien, celle de l'annuaire."),
    "depuis": ("Ouverts depuis le", "Une date : seuls les dossiers ouverts ce jour-là ou après."),
    "donnees": ("Données transmises", "Ce que l'autre processus lit sous « depart »."),
    "enveloppe": ("Enveloppe", "Celle sur laquelle la dépense est engagée."),
    "fin": ("Dernier jour", "Une date."),
    "forme_le": ("Formé le", "Une date ; sans rien, le jour même."),
    "forme_par": ("Formé par", "Qui a tenu la formation."),
    "formulaire": ("Formulaire", "Celui dont les réponses sont effacées."),
    "genre": ("Genre de partenaire", "Un genre de l'annuaire du territoire."),
    "immeubles": ("Immeubles", "Le tableau d'un formulaire : nom, logements, avant."),
    "issue": ("Comment il est réglé", "Le mot du territoire."),
    "jours": ("Sur combien de jours", "Jusqu'où remonter, en jours."),
    "jusqu_au": ("Jusqu'au", "Dernier jour du mandat ; sans rien, il prend fin ou n'a pas de terme."),
    "le": ("Dernier jour servi", "Une date ; sans rien, le jour même."),
    "lignes": ("Lignes", "Le tableau rempli à une étape d'avant."),
    "message": ("Message", "Le modèle à envoyer."),
    "modele": ("Document", "Le modèle à produire."),
    "montant": ("Montant d'une unité", "En euros."),
    "motif": ("Motif", "La raison, dans les mots du territoire."),
    "nature": ("Nature de la dépense", "Une nature des réglages."),
    "nom": ("Nom", "Comment les gens l'appellent."),
    "objet": ("Ce qui est demandé", "fiche, charte ou chiffres."),
    "orientation": ("Orientation", "Celle de la branche ; sans rien, celle de l'étape."),
    "ouvert_le": ("Site ouvert le", "Une date ; sans rien, inchangé."),
    "partenaire": ("Structure", "L'identifiant donné par une étape d'avant."),
    "personnes": ("Personnes au foyer", "Un nombre."),
    "prefixe": ("Début du nom des messages", "Une décision « x » part comme le message « début + x »."),
    "priorites": ("Priorités", "Seulement les dossiers de ces priorités ; sans rien, tous."),
    "prix": ("Récompense", "En mots."),
    "processus": ("Processus", "L'identifiant d'un processus du dispositif."),
    "quantite": ("Quantité", "Combien d'unités."),
    "quota": ("Quota", "Un quota des réglages."),
    "depot": ("Dépôt", "Un dépôt des réglages ; sans rien, le premier."),
    "remis": ("Articles remis", "Le tableau rempli à une étape d'avant : article et quantité."),
    "relation": ("Relation", "Une relation des réglages : ce que la structure est pour le dossier."),
    "releves": ("Relevés", "Le tableau d'un formulaire : nom, apres."),
    "site": ("Site", "Celui qu'un formulaire a fait choisir dans la liste « sites »."),
    "statut": ("Où elle en est", "L'état à noter."),
    "structures": ("Structures", "Leurs identifiants ; sans rien, celles dont la réponse est attendue."),
    "telephone": ("Téléphone", "Celui de la structure."),
    "titre": ("Titre", "Comment les gens l'appellent."),
    "tranche": ("Tranche déclarée", "Prise quand aucun avis n'est donné."),
    "unite": ("Unité", "kWh, m³…"),
    "trimestre": ("Trimestre", "Un de ses jours ; sans rien, celui du jour même."),
}
"""Parameter → its label and its help."""

OF_VERBS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("cloturer_dossier", "motif"): ("Motif de clôture", "La raison, dans les mots du territoire."),
    ("ouvrir_campagne", "nom"): ("Nom de la campagne", "Comment l'équipe l'appelle."),
    ("inscrire_partenaire", "nom"): ("Nom de la structure", "Comment elle se nomme."),
    ("nommer_ambassadeur", "nom"): ("Nom", "Effacé quand le mandat prend fin."),
    ("nommer_ambassadeur", "genre"): ("Genre d'ambassadeur", "Un mot de [sites.ambassadeurs]."),
    ("ouvrir_defi", "debut"): ("Début du défi", "Une date."),
    ("ouvrir_defi", "fin"): ("Fin du défi", "Une date."),
    ("dater_depense", "le"): ("Premier jour servi", "Une date ; sans rien, le jour même."),
    ("verifier_fiche", "le"): ("Vérifiée le", "Une date ; sans rien, le jour même."),
    ("dater_depense", "debut"): ("Premier jour servi", "Une date ; sans rien, le jour même."),
    ("inscrire_revue", "processus"): ("Parcours en cours", "Seulement les dossiers qui y sont."),
    ("confier_actions", "processus"): ("Processus de l'action", "Celui qui porte chaque action décidée."),
}
"""Where a verb says a parameter in words of its own."""

RESULTS: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "abandonner_orientations": (("nombre", "Demandes abandonnées", "nombre"),),
    "calculer_categorie_anah": (
        ("categorie", "Catégorie (TM, MO, INT, SUP ou vide)", "texte"),
        ("annee", "Année du barème", "nombre"),
    ),
    "clore_campagne": (
        ("cibles", "Adresses", "nombre"),
        ("a_voir", "Jamais vues", "nombre"),
        ("absent", "Absents", "nombre"),
        ("refus", "Refus", "nombre"),
        ("ecarte", "Écartées", "nombre"),
        ("accord", "Accords", "nombre"),
    ),
    "compter_manquements": (("ouverts", "Manquements ouverts", "nombre"), ("total", "En tout", "nombre")),
    "classer_defi": (
        ("gagnant", "Immeuble qui a le plus baissé", "texte"),
        ("baisse", "Sa baisse, en pour cent", "nombre"),
        ("nombre", "Immeubles relevés", "nombre"),
        ("manque", "Immeubles sans relevé", "liste"),
    ),
    "confier_actions": (("", "Actions confiées", "nombre"),),
    "confier_dossier": (("", "La structure", "identifiant"),),
    "controler_quota": (
        ("place", "Une place est libre", "oui_non"),
        ("reste", "Places libres", "nombre"),
        ("rang", "Rang dans l'attente (0 avec une place)", "nombre"),
    ),
    "dater_depense": (("debut", "Premier jour servi", "date"),),
    "dater_site": (("ouvert_le", "Ouvert le", "date"), ("clos_le", "Clos le", "date")),
    "degager_depense": (("rendu", "Rendu à l'enveloppe", "montant"),),
    "demander_partenaire": (("transmise", "Demande transmise", "oui_non"),),
    "ecrire_aux_structures": (("nombre", "Structures", "nombre"), ("noms", "Leurs noms", "texte")),
    "engager_depense": (
        ("engagee", "Dépense engagée", "oui_non"),
        ("montant", "Montant", "montant"),
        ("reste", "Libre dans l'enveloppe", "montant"),
        ("manque", "Ce qui dépasse", "montant"),
    ),
    "fiches_a_verifier": (
        ("nombre", "Fiches à vérifier", "nombre"),
        ("structures", "Les structures", "liste"),
        ("noms", "Leurs noms", "texte"),
    ),
    "inscrire_partenaire": (
        ("partenaire", "La structure", "identifiant"),
        ("nouveau", "Nouvelle", "oui_non"),
    ),
    "inscrire_revue": (("", "Situations inscrites", "liste"),),
    "lancer_campagne": (("", "Adresses", "nombre"),),
    "nommer_ambassadeur": (("id", "L'ambassadeur", "identifiant"), ("jusqu_au", "Fin du mandat", "date")),
    "noter_service_fait": (("quantite", "Quantité notée", "nombre"),),
    "prendre_place": (
        ("place", "Une place est prise", "oui_non"),
        ("rang", "Rang dans l'attente (0 avec une place)", "nombre"),
    ),
    "ouvrir_defi": (("nombre", "Immeubles", "nombre"),),
    "preparer_orientations": (("", "Orientations à suivre", "liste"),),
    "rattacher_site": (
        ("id", "Le site", "identifiant"),
        ("nom", "Nom du site", "texte"),
        ("commune", "Commune du site (INSEE)", "texte"),
        ("bailleur", "Bailleur", "texte"),
        ("zonage", "Classement du site", "texte"),
        ("phase", "Phase du site", "texte"),
    ),
    "reconduire_ambassadeur": (("en_cours", "Le mandat continue", "oui_non"),),
    "rechercher_doublons": (
        ("nombre", "Doublons trouvés", "nombre"),
        ("references", "Leurs dossiers", "liste"),
    ),
    "remettre_kit": (
        ("cout", "Coût des articles", "montant"),
        ("economie", "Économie attendue par an", "montant"),
        ("nombre", "Nombre d'articles", "nombre"),
        ("manque", "Ce que le stock n'avait pas", "liste"),
    ),
    "verifier_fiche": (("partenaire", "La structure", "identifiant"),),
    "transmettre_decisions": (("", "Situations par décision", "liste"),),
}
"""Verb → what its result holds: name (empty: the result itself), label, type. A verb absent gives nothing."""


def parameter(verb: str, name: str) -> tuple[str, str]:
    """Return the label and the help of a parameter; its name when nobody has written them yet."""
    plain = name.replace("_", " ")
    return OF_VERBS.get((verb, name)) or PARAMETERS.get(name) or (plain[:1].upper() + plain[1:], "")
