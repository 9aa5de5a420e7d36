"""Every kind of notice and every message of the system: who gets it, how, and from which template.

The messages that a programme adds (``messages/*.txt`` of its bundle) are not listed here: each is a kind of
its own, named after its file, see :func:`of_programme`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal

Mode = Literal["aussitot", "resume", "jamais"]

MODES: Final[Mapping[Mode, str]] = MappingProxyType(
    {"aussitot": "Aussitôt", "resume": "Dans le résumé du jour", "jamais": "Jamais"}
)
"""How a person is told, with the words of the page of preferences."""
TOGETHER: Final = timedelta(minutes=5)
"""How long a message that can wait is held, so that several leave as one (proposed)."""


@dataclass(frozen=True)
class Kind:
    """A kind of notice.

    Attributes:
        id: the word that callers and preferences use.
        label: what the page of preferences says, after « Me prévenir : ».
        audience: who gets it, in words.
        permissions: whoever holds one of them finds it among the preferences.
        default: how somebody who has chosen nothing is told.
        choices: the modes one may choose.
        hold: how long a mail waits for others of its kind, to leave as one.
        several: the subject of a mail that carries several, ``{}`` being how many.
        asked_for: nothing at all is kept for those who choose ``jamais``, not even a line under the bell.
    """

    id: str
    label: str
    audience: str
    permissions: frozenset[str]
    several: str
    default: Mode = "aussitot"
    choices: tuple[Mode, ...] = ("aussitot", "resume", "jamais")
    hold: timedelta = TOGETHER
    asked_for: bool = False


@dataclass(frozen=True)
class SystemMessage:
    """A message of the system: ``files`` are the templates it is made from, below ``templates/``."""

    id: str
    label: str
    audience: str
    files: tuple[str, ...]


_WORKS: Final = frozenset({"taches.traiter"})
_SUPERVISES: Final = frozenset({"supervision.voir", "supervision.agir"})
_ACTS: Final = frozenset({"supervision.agir"})
_MEETS: Final = frozenset({"revue.voir"})
_SPENDS: Final = frozenset({"budget.agir"})
_MUST_KNOW: Final[tuple[Mode, ...]] = ("aussitot", "resume")
_NOW: Final = timedelta()

_ALL: Final = (
    Kind(
        "tache_attribuee", "une tâche m'est confiée",
        "la personne à qui la tâche est confiée", _WORKS, "{} tâches vous sont confiées",
    ),
    Kind(
        "tache_nouvelle", "une tâche arrive pour mon équipe",
        "les personnes du couloir qui l'ont demandé", _WORKS, "{} tâches attendent votre équipe",
        default="jamais", asked_for=True,
    ),
    Kind(
        "tache_rappel", "l'échéance d'une tâche approche",
        "qui tient la tâche, sinon les personnes de son couloir", _WORKS, "{} tâches vous attendent",
    ),
    Kind(
        "tache_escalade", "une tâche est en retard depuis longtemps",
        "le couloir nommé par le diagramme, sinon qui peut agir dans la supervision", _SUPERVISES | _WORKS,
        "{} tâches sont en retard depuis longtemps", choices=_MUST_KNOW, hold=_NOW,
    ),
    Kind(
        "frequence_avertissement", "un rendez-vous régulier va manquer",
        "le couloir qui tient le rendez-vous régulier", _WORKS | _SUPERVISES,
        "{} rendez-vous réguliers vont manquer",
    ),
    Kind(
        "manquement_ouvert", "un engagement n'a pas été tenu",
        "qui peut agir dans la supervision", _ACTS, "{} engagements n'ont pas été tenus",
        choices=_MUST_KNOW, hold=_NOW,
    ),
    Kind(
        "seance_reportee", "une séance change de date",
        "les personnes attendues à la séance", _MEETS, "{} séances changent de date",
    ),
    Kind(
        "revue_annoncee", "une séance se prépare",
        "les personnes attendues à la séance", _MEETS, "{} séances se préparent",
    ),
    Kind(
        "partenaire_a_repondu", "un partenaire a répondu",
        "qui suit les demandes aux partenaires", _WORKS, "{} réponses de partenaires", default="resume",
    ),
    Kind(
        "convention_a_renouveler", "une convention prend fin bientôt",
        "qui agit sur les conventions et les budgets", _SPENDS, "{} conventions prennent fin bientôt",
        choices=_MUST_KNOW,
    ),
    Kind(
        "reprise_terminee", "une reprise de situations est terminée",
        "qui peut agir dans la supervision", _ACTS, "{} reprises sont terminées",
    ),
    Kind(
        "message_refuse", "un message n'a pas pu être remis",
        "qui peut agir dans la supervision", _ACTS, "{} messages n'ont pas pu être remis",
    ),
)  # fmt: skip

KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.id: kind for kind in _ALL})

SYSTEM: Final[Mapping[str, SystemMessage]] = MappingProxyType(
    {
        message.id: message
        for message in (
            SystemMessage(
                "avis", "Un avis sous la cloche", "qui l'avis concerne",
                ("avis.txt", "courriel.html", "sms/avis.txt", "sms/lien.txt"),
            ),
            SystemMessage(
                "plusieurs_avis", "Plusieurs avis de la même sorte en un seul courriel",
                "qui les avis concernent", ("plusieurs_avis.txt", "courriel.html", "sms/avis.txt"),
            ),
            SystemMessage(
                "acces_ouvert", "Un accès ouvert : le lien qui choisit le mot de passe",
                "la personne invitée", ("acces_ouvert.txt", "courriel.html"),
            ),
            SystemMessage(
                "resume_du_jour", "Le résumé du jour", "qui l'a choisi pour une sorte d'avis",
                ("resume_du_jour.txt", "courriel.html"),
            ),
            SystemMessage(
                "resume_echanges", "Ce qui s'est écrit dans l'espace d'échanges", "qui le suit",
                ("resume_echanges.txt", "courriel.html"),
            ),
        )
    }
)  # fmt: skip
"""The messages that belong to no programme."""

_IN_BRACKETS: Final = re.compile(r"\s*\([^()]*\{\{[^()]*\)")
_FIELD: Final = re.compile(r"\{\{[^{}]*\}\}")


def of_programme(name: str, template: str) -> Kind:
    """Return the kind that a message of a bundle is, when it goes to people with an account.

    Args:
        name: the file of ``messages/``, without suffix.
        template: its text; the label is its subject without the fields.
    """
    if name in KINDS:
        return KINDS[name]
    first = template.lstrip("\ufeff").partition("\n")[0].partition(":")[2]
    subject = _FIELD.sub("…", _IN_BRACKETS.sub("", first)).strip()
    return Kind(
        name,
        f"le parcours envoie « {subject or name.replace('_', ' ')} »",
        "les personnes du couloir à qui le parcours l'adresse",
        _WORKS | _SUPERVISES | _MEETS,
        f"{{}} messages « {subject or name.replace('_', ' ')} »",
    )
