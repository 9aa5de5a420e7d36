"""How the settings of a programme are said to whoever changes them: sections, keys, rights, classes."""

from typing import Final

SECTIONS: Final = {
    "": ("Le territoire", "Son nom et son code."),
    "communes": ("Communes", "Celles où le dispositif s'applique."),
    "couloirs": ("Couloirs", "Qui répond dans chaque couloir des diagrammes."),
    "roles": ("Rôles", "Ce que chacun peut faire, saisir et lire."),
    "partenaires": (
        "Genres de partenaires",
        "À qui une situation peut être confiée, et ce qu'il peut recevoir.",
    ),
    "relations": ("Relations", "En quoi un dossier est confié à une structure."),
    "prestations": ("Prestations", "Ce que le dispositif propose."),
    "reglages": ("Seuils et délais partagés", "Les règles et les diagrammes les lisent par leur nom."),
    "dossier": ("Signalement", "Ce qu'un signalement remplit et fait commencer."),
    "messages": ("Messages des échéances", "Ceux qui partent d'eux-mêmes."),
    "manquements": ("Manquements", "Ce qui commence quand un engagement n'est pas tenu."),
    "conservation": ("Conservation", "Combien de temps un dossier clos reste lisible, puis archivé."),
    "gestes": ("Gestes", "Ce que l'équipe commence à la main."),
    "campagne": ("Campagne de porte en porte", ""),
    "reseau": ("Réseau", ""),
    "calendrier": ("Calendrier", "Les parcours qui reviennent à date fixe."),
    "conventions": ("Genres de conventions", ""),
    "enveloppes": ("Enveloppes", ""),
    "quotas": ("Quotas", ""),
    "depenses": ("Natures de dépense", ""),
    "series": ("Chiffres datés", "Tarifs, degrés-jours, impayés : les chiffres se saisissent à l'écran."),
    "consommation": ("Consommations", "Les fluides, leurs compteurs et leurs prix."),
    "articles": ("Petit matériel", "Ce qui se remet aux ménages, ce que cela coûte et fait économiser."),
    "capacite": ("Capacité", "L'étape qui se planifie, et le temps qu'elle demande."),
    "depots": ("Dépôts", "Où le petit matériel est rangé."),
    "budget": ("Budget", ""),
    "sites": ("Sites", "Comment on les appelle, les classe, qui en répond."),
    "objectifs": ("Objectifs", "Ce qui est prévu dans une période, et ce qui le compte."),
    "dons": ("Dons en nature", ""),
    "vivant": ("Premières valeurs", "Ce qui change ensuite à l'écran, sans nouvelle version."),
    "simulation": ("Simulation", "L'équipe et les saisons que les essais font vivre."),
    "rapport": ("Rapport annuel", ""),
    "dimensions": ("Ventilations", "Ce par quoi un chiffre se détaille."),
    "indicateurs": ("Indicateurs", ""),
}
"""Section of a settings file → its title and what it is for."""

KEYS: Final = {
    "nom": "Nom", "code": "Code des adresses", "insee": "Code Insee", "cp": "Code postal",
    "libelle": "Libellé",
    "roles": "Rôles", "externe": "Répond par un lien personnel, sans compte", "droits": "Droits",
    "collecte": "Réponses qu'il saisit", "lecture": "Réponses qu'il lit",
    "relecture": "Réponses qu'il relit s'il les a saisies", "relecture_jusqua": "Jusqu'à l'étape",
    "perimetre": "Périmètre", "domaine": "Domaine", "recoit": "Réponses qu'il peut recevoir",
    "processus": "Parcours", "formulaire": "Formulaire", "pour": "Pour", "pendant": "Pendant le parcours",
    "aide": "Aide", "ouvert_si": "Ouvert si", "sinon": "Sinon, dire", "ancre": "À partir du",
    "rappel": "Message de rappel", "escalade": "Message de retard",
    "avertissement": "Message d'avertissement",
    "mois_actifs": "Mois où un dossier clos reste ouvert", "mois_archives": "Mois d'archive ensuite",
    "service": "Service", "telephone": "Téléphone", "courriel": "Courriel", "adresse": "Adresse",
    "horaires": "Horaires", "annee_anah": "Année du barème de l'Anah", "zone_anah": "Zone de l'Anah",
    "jours_fermes": "Jours fermés", "unite": "Unité", "cout": "Prix de l'un, en euros",
    "economie_an": "Économie attendue par an, en euros", "seuil": "À commander quand il en reste",
    "duree_heures": "Heures pour une", "heures_semaine": "Heures par personne et par semaine",
    "mot": "Comment le dire, au pluriel",
    "definition": "Définition", "theme": "Thème", "source": "Source",
    "par": "Détaillé par", "format": "Écrit comme",
}  # fmt: skip
"""Key of a setting → how it is said; another is said as it is written."""

RIGHTS: Final = {
    "dossiers.voir": "Voir les dossiers",
    "dossiers.signaler": "Signaler une situation",
    "taches.traiter": "Traiter les étapes de sa corbeille",
    "supervision.voir": "Voir la supervision",
    "supervision.agir": "Agir dans la supervision",
    "parcours.reparer": "Réparer un parcours",
    "revue.voir": "Voir les revues",
    "partages.voir": "Voir ce qui a été partagé",
    "reseau.voir": "Voir le réseau",
    "inscriptions.agir": "Tenir la liste d'une rencontre, retirer une publication",
    "decisions.agir": "Donner la voix de sa structure",
    "budget.voir": "Voir le budget",
    "budget.agir": "Changer le budget, noter un versement",
    "capacite.voir": "Voir ce que l'équipe peut faire",
    "consommations.voir": "Voir les relevés et le gain d'un ménage",
    "consommations.agir": "Corriger un relevé",
    "series.voir": "Voir les chiffres datés",
    "series.agir": "Saisir et corriger les chiffres datés",
    "stock.voir": "Voir le stock de petit matériel",
    "stock.agir": "Noter ce qui entre et sort du stock",
    "sites.voir": "Voir les sites",
    "sites.agir": "Changer les sites",
    "menages.droits": "Répondre aux droits d'un ménage",
    "dossiers.effacer": "Effacer un dossier",
    "archives.voir": "Voir les archives",
    "reprise.agir": "Reprendre des situations d'un tableur",
    "indicateurs.voir": "Voir les indicateurs",
    "rapports.agir": "Écrire et publier un rapport",
    "pilotage.voir": "Voir le pilotage",
    "territoire.administrer": "Administrer le territoire",
    "campagnes.voir": "Voir les campagnes",
    "campagnes.gerer": "Conduire les campagnes",
    "tournees.saisir": "Répondre à la porte",
    "programme.modifier": "Modifier le programme dans l'atelier",
    "programme.publier": "Publier une version",
    "parcours.migrer": "Faire passer les parcours en cours",
    "territoires.ouvrir": "Ouvrir un territoire, offrir une version",
}
"""Right → what it lets somebody do."""

CLASSES: Final = {"technique": "techniques", "social": "sociales", "secret": "secrètes"}


def key(name: str) -> str:
    """Return how a key is said."""
    return KEYS.get(name) or name.replace("_", " ").capitalize()
