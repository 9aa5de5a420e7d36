"""The headings that French spreadsheets usually give to what is known of a case, folded."""

from collections.abc import Mapping
from typing import Final

from app.services.takeover.matching import FULL_NAME, OPENED, REFERENCE, SINCE, STEP


def _said(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split("|"))


PLAIN: Final = (
    (
        STEP,
        "Étape où en est la situation",
        _said("etape|avancement|etape actuelle|ou en est on|situation|etat|statut du dossier|stade|suite"),
    ),
    (
        SINCE,
        "Depuis quand elle y est",
        _said("depuis|depuis le|date etape|date de l etape|date d entree dans l etape|etape depuis le"),
    ),
    (
        OPENED,
        "Date du signalement",
        _said(
            "date d alerte|date alerte|date signalement|date du signalement|date de reperage|recu le"
            "|date de la demande|signale le|date de saisine|date saisine|date reception|date de reception"
        ),
    ),
    (
        REFERENCE,
        "Votre numéro ou référence",
        _said(
            "n|no|num|numero|reference|ref|dossier|numero de dossier|n dossier|n de dossier|identifiant|id"
        ),
    ),
    (
        FULL_NAME,
        "Nom et prénom ensemble",
        _said("nom prenom|nom et prenom|nom du menage|menage|famille|beneficiaire|occupant"),
    ),
)
"""What may be said of any case: key, label, usual headings."""

FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "menage.civilite": _said("civilite|titre"),
    "menage.nom": _said("nom|nom de famille|nom usage"),
    "menage.prenom": _said("prenom"),
    "menage.naissance": _said("annee de naissance|ne en|nee en|naissance|annee naissance"),
    "menage.telephone": _said("telephone|tel|portable|mobile|numero de telephone|tel menage"),
    "menage.courriel": _said("courriel|mail|email|e mail|adresse mail"),
    "menage.adresse.voie": _said("adresse|rue|voie|adresse du logement|n et rue"),
    "menage.adresse.complement": _said("complement|batiment|appartement|complement d adresse"),
    "menage.adresse.commune": _said("commune|ville|localite"),
    "menage.adresse.cp": _said("cp|code postal"),
    "logement.statut": _said("statut|statut d occupation|occupation|proprietaire ou locataire"),
    "logement.dpe": _said("dpe|etiquette|etiquette energie|classe energie"),
    "logement.bailleur": _said("bailleur|nom du bailleur|proprietaire"),
    "donneur.origine": _said("origine|origine du signalement|source|prescripteur|type de prescripteur"),
    "donneur.nom": _said("signale par|donneur d alerte|contact prescripteur|nom du prescripteur"),
    "donneur.structure": _said("structure|organisme|structure d origine"),
    "accord.etat": _said("accord|accord du menage|consentement"),
}
"""Usual headings of each fact (« alimente »)."""
