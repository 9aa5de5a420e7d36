"""What happened in a case, in words people use: the lines of the journal that are told on its page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app.catalog.roles import Lane
from app.database import db
from app.handlers.agenda import STATUS_WORDS
from app.models import JournalLine
from app.services import reminders


@dataclass(frozen=True)
class TimelineLine:
    """A line of the journal in words people use."""

    at: datetime
    actor: str
    text: str


BETWEEN_LANES: Final = frozenset({"couloir.ecarte", "couloir.readmis", "partage.equipe", "partage.arrete"})
"""Told to those who read the class ``social`` or see the shares: that a lane is apart says something."""
_ENDED: Final = "processus.termine"
_WORDS: Final = {
    "dossier.ouvert": "Signalement reçu, dossier ouvert",
    "reprise.dossier": "Dossier repris d'un tableur, avec ses dates",
    "tache.prise": "Étape prise en charge : {step}",
    "tache.rendue": "Étape rendue à l'équipe : {step}",
    "tache.confiee": "Étape confiée à une autre personne : {step}",
    "tache.priorite": "Priorité changée à la main : {step}",
    "tache.faite": "{step}",
    "geste.fait": "{step}",
    "tache.rappelee": "Rappel envoyé : {step}",
    "delai.arrete": "Délai arrêté, une pièce est attendue : {step}",
    "delai.repris": "Délai repris où il s'était arrêté : {step}",
    "tache.escaladee": "Retard signalé {to} : {step}",
    "frequence.avertie": "Une fréquence va manquer, l'équipe est prévenue",
    "manquement.constate": "Manquement constaté",
    "manquement.regle": "Manquement réglé",
    "partage.envoye": "Informations transmises : {partner}",
    "partage.lu": "Informations lues par le partenaire : {partner}",
    "orientation.suivie": "Orientation {status} : {partner}",
    "echeance.declenchee": "Échéance arrivée",
    "evenement.recu": "Décision de la revue reçue",
    "revue.ajout": "Situation ajoutée à une séance en cours",
    "processus.demarre": "Un autre parcours commence dans le dossier",
    "dossier.clos": "Dossier clos",
    "incident.ouvert": "Une étape n'a pas pu s'exécuter",
    "incident.regle": "L'étape en incident a été reprise",
    _ENDED: "Parcours terminé",
    "parcours.suspendu": "Parcours suspendu",
    "parcours.repris": "Parcours repris, échéances reportées de la durée de la pause",
    "parcours.annule": "Parcours annulé",
    "parcours.deplace": "Parcours déplacé à la main",
    "parcours.repete": "Retour à une étape, à la main",
    "parcours.passe": "Étape passée sans réponse",
    "parcours.corrige": "Réponse corrigée",
    "parcours.echeance": "Échéance changée",
    "parcours.intervention_annulee": "Intervention annulée",
    "parcours.migre": "Parcours passé de la version {before} à la version {after} du dispositif",
    "parcours.migration_annulee": "Parcours revenu à la version {after} du dispositif",
    "dossier.rouvert": "Dossier rouvert",
    "dossier.confie": "Dossier confié : {structure}",
    "dossier.site": "Dossier rattaché à un site",
    "dossier.retire": "Dossier retiré : {structure}",
    "couloir.ecarte": "Couloir écarté du dossier : {lane}",
    "couloir.readmis": "Couloir réadmis dans le dossier : {lane}",
    "tache.remise": "Étape remise à {stand_in} : {step}",
    "partage.equipe": "Réponses partagées dans l'équipe : {lane}",
    "partage.arrete": "Partage dans l'équipe arrêté : {lane}",
    "dossier.archive": "Dossier archivé",
    "dossier.conserve": "Dossier à conserver, quelle que soit la durée",
    "dossier.conservation_levee": "Conservation levée",
    "dossier.remis": "Données remises au ménage",
    "accord.retire": "Accord du ménage retiré",
    "accord.donne": "Accord du ménage donné",
}


def timeline(
    case_id: UUID,
    names: Mapping[str, str],
    lanes: Mapping[str, Lane],
    acts: frozenset[UUID],
    untold: Collection[str] = (),
) -> list[TimelineLine]:
    """Return what happened, the newest first; of ``acts`` the answer is told, not that they are over.

    Args:
        names: of the steps, the partners asked and the structures of the case, by id.
        untold: actions of the journal that this reader is not told of.
    """
    lines = db.session.scalars(
        select(JournalLine)
        .where(JournalLine.case_id == case_id, JournalLine.action.in_(sorted(_WORDS.keys() - set(untold))))
        .order_by(JournalLine.number.desc())
        .limit(200)
    )
    return [
        TimelineLine(
            line.at,
            line.actor,
            _WORDS[line.action].format(
                step=names.get(line.subject or "", "étape"),
                partner=names.get(line.subject or "", "un partenaire"),
                structure=names.get(line.subject or "", "une structure"),
                lane=_lane(line.subject, lanes),
                stand_in=_lane(line.details.get("couloir"), lanes),
                status=STATUS_WORDS.get(line.details.get("statut", ""), ""),
                to=_told(line.details.get("a")),
                before=line.details.get("de", ""),
                after=line.details.get("vers", ""),
            ),
        )
        for line in lines
        if not (line.action == _ENDED and line.process_id in acts)
    ]


def _told(lane: str | None) -> str:
    """Say who was told of a late step: a lane, else whoever may act in Supervision."""
    return "à la supervision" if lane in (None, reminders.SUPERVISION) else f"au couloir « {lane} »"


def _lane(lane_id: str | None, lanes: Mapping[str, Lane]) -> str:
    found = lanes.get(lane_id or "")
    return found.label if found is not None else lane_id or ""
