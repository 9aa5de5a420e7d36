"""The register of erasure: what becomes of each table when a household is forgotten (LAW-5).

``erasing`` does it; a test refuses a new table that is not said here.
"""

from collections.abc import Iterable
from typing import Final

TREATED: Final[dict[str, str]] = {
    "household": "vidé",
    "dwelling": "vidé : la commune, le statut et la classe d'énergie restent, pour les chiffres",
    "case_file": "vidé : la référence, les dates et la priorité restent",
    "submission": "effacé",
    "draft": "effacé",
    "entry_draft": "effacé",
    "document": "effacé",
    "stored_file": "effacé, et ses octets après",
    "message": "effacé",
    "notice": "effacé",
    "case_word": "effacé",
    "appointment": "effacé",
    "step_link": "effacé",
    "orientation": "vidé : le partenaire, les dates et l'état restent",
    "process_instance": "vidé : l'état du moteur part, les dates et les passages restent",
    "decision_record": "vidé : la règle et sa version restent",
    "event": "vidé",
    "incident": "vidé",
    "mend": "vidé : le genre et la date restent",
    "migrated_process": "vidé : la version et la date restent",
    "migration": "gardé : le motif est vidé quand le lot ne portait que ce dossier",
    "task": "vidé : l'étape et ses dates restent",
    "breach": "vidé : les dates et les nombres restent",
    "timer": "effacé",
    "review_item": "vidé : la décision et sa date restent",
    "share": "gardé : des noms de champs, un partenaire, une date ; aucune valeur (LAW-3)",
    "journal_line": "gardé : des identifiants seulement, et la chaîne se vérifie encore",
    "duty": "gardé : une règle du diagramme et des dates",
    "event_receipt": "gardé : des identifiants",
    "task_visit": "gardé : qui a ouvert une tâche, et quand",
    "meeting": "gardé : les personnes de la séance, pas les ménages",
    "job": "gardé : des identifiants, ôtés après quatorze jours",
    "delegation": "gardé : les absences de l'équipe",
    "saved_filter": "gardé : une liste de l'équipe ; le mot cherché en fait partie",
    "calendar_feed": "gardé : une adresse privée de l'équipe",
    "notice_preference": "gardé : un réglage de l'équipe",
    "notice_settings": "gardé : un réglage de l'équipe",
    "partner": "gardé : l'annuaire",
    "programme_draft": "gardé : le dispositif",
    "release": "gardé : le dispositif",
    "draft_change": "gardé : le dispositif, et qui l'a changé",
    "draft_proposal": "gardé : le dispositif, un jour au plus",
    "release_offer": "gardé : une version offerte aux autres territoires, sans ménage",
    "programme_pull": "gardé : le dispositif récupéré d'un autre territoire",
    "territory_opening": "gardé : un territoire en préparation, sans ménage ; vidé à l'ouverture",
    "territory_logo": "gardé : l'image du territoire",
    "publication": "gardé : le dispositif, et qui l'a publié",
    "draft_presence": "gardé : qui a un fichier du dispositif ouvert, une heure au plus",
    "trial": "gardé : une simulation, ses ménages sont inventés ; ôtée quand elle est ancienne",
    "walk": "gardé : un essai pas à pas, son ménage est inventé ; ôté quand il est ancien",
    "scenario": "gardé : un essai gardé comme test, son ménage est inventé",
    "tally": "gardé : des nombres",
    "stock_item": "gardé : des nombres et des montants",
    "stock_move": "gardé : des nombres et des montants",
    "entrustment": "gardé : une structure, une relation, des dates",
    "commitment": "gardé : des montants et des dates, dus et payés",
    "quota_place": "gardé : une place et des dates",
    "door_answer": "vidé : l'issue et la date restent, pour les chiffres de la campagne",
    "campaign_target": "vidé : la commune et l'issue restent",
    "campaign": "gardé : la campagne, sans ménage",
    "campaign_round": "gardé : une tournée, sans ménage",
    "sheet_preview": "gardé : scellé, et ôté au jour dit",
    "sheet_profile": "gardé : des noms de colonnes",
    "indicator_fact": "gardé : un fait sans nom, que rien ne relie à un dossier",
    "outline": "gardé : le contour d'une commune",
    "agreement": "gardé : une convention",
    "envelope": "gardé : un montant",
    "quota": "gardé : un nombre de places",
    "payment": "gardé : un versement à un opérateur",
    "yearly_report": "gardé : des chiffres figés, sans nom",
    "takeover_batch": "gardé : un lot repris, sans ménage ; son fichier, scellé, est effacé dans la journée",
    "takeover_row": "gardé : un numéro de ligne et une référence ; la ligne, scellée, part dans la journée",
    "takeover_profile": "gardé : des noms de colonnes",
    "handbook_file": "gardé : le manuel d'une version, sans ménage",
    "site": "gardé : un groupe de logements et son bailleur",
    "site_zoning": "gardé : un classement et des dates",
    "site_referent": "gardé : une personne au travail chez un bailleur",
    "site_process": "gardé : des identifiants",
    "site_ambassador": "gardé : un gardien ou un habitant formé ; son nom part avec son mandat",
    "site_challenge": "gardé : un défi entre immeubles, sans ménage",
    "challenge_building": "gardé : ce qu'un immeuble entier a consommé",
    "goal": "gardé : un nombre prévu",
    "donation": "gardé : une quantité donnée par une structure",
    "report_text": "gardé : ce que l'équipe a écrit d'une année, sans nom",
}
"""What is done with each table of a territory when a household is forgotten."""


def treated(tables: Iterable[str]) -> dict[str, str]:
    """Return what is done with each of ``tables``.

    Raises:
        KeyError: one of them is not said.
    """
    return {name: TREATED[name] for name in tables}
