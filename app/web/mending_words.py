"""What people read when they mend a process: verbs, what will happen, what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.engine import Target
from app.services.mending.view import Done
from app.web import present

STATUSES: Final = {
    "running": ("En cours", "active"),
    "suspended": ("Suspendu", "paused"),
    "finished": ("Terminé", "done"),
    "cancelled": ("Annulé", "stopped"),
}


@dataclass(frozen=True)
class Verb:
    """Something that can be done to a process: its title, its button, what will happen, how it is told."""

    id: str
    title: str
    short: str
    button: str
    text: str
    done: str

    @property
    def explains(self) -> list[str]:
        """What will happen, a paragraph each."""
        return self.text.splitlines()


VERBS: Final = {
    verb.id: verb
    for verb in (
        Verb(
            "suspendre",
            "Suspendre le parcours",
            "Suspendre",
            "Suspendre le parcours",
            (
                "Plus rien n'avance : aucune échéance ne se déclenche, aucun rappel ne part, aucune réponse "
                "n'est prise. Les brouillons sont gardés.\n"
                "À la reprise, toutes les échéances seront reportées de la durée de la pause."
            ),
            "Le parcours est suspendu.",
        ),
        Verb(
            "reprendre",
            "Reprendre le parcours",
            "Reprendre",
            "Reprendre le parcours",
            (
                "Les étapes redeviennent ouvertes et toutes leurs échéances sont reportées de la durée de la "
                "pause. Un rappel déjà parti ne repart pas."
            ),
            "Le parcours a repris ; ses échéances sont reportées de la durée de la pause.",
        ),
        Verb(
            "echeance",
            "Changer l'échéance",
            "Changer l'échéance",
            "Changer l'échéance",
            "Le rappel et l'alerte suivent : ils gardent la même distance avec l'échéance.",
            "L'échéance est changée.",
        ),
        Verb(
            "passer",
            "Passer l'étape",
            "Passer l'étape",
            "Passer l'étape",
            (
                "L'étape est quittée sans réponse et le parcours continue. Indiquez ce que la suite a "
                "besoin de savoir ; ce qui est laissé vide reste inconnu."
            ),
            "L'étape est passée.",
        ),
        Verb(
            "revenir",
            "Revenir à une étape",
            "Revenir à une étape",
            "Y revenir",
            (
                "L'étape choisie est à refaire. Les réponses déjà données restent au dossier ; les "
                "nouvelles les remplaceront."
            ),
            "Le parcours est revenu à cette étape.",
        ),
        Verb(
            "deplacer",
            "Déplacer vers une autre étape",
            "Déplacer vers…",
            "Déplacer",
            (
                "L'étape actuelle est quittée sans réponse, avec les échéances qui l'accompagnent. Ne sont "
                "proposées que les étapes depuis lesquelles le parcours peut se poursuivre normalement."
            ),
            "Le parcours est déplacé.",
        ),
        Verb(
            "annuler",
            "Annuler le parcours",
            "Annuler le parcours",
            "Annuler le parcours",
            "Le parcours s'arrête : personne n'aura plus d'étape à y faire.",
            "Le parcours est annulé.",
        ),
        Verb(
            "corriger",
            "Corriger une réponse",
            "Corriger",
            "Enregistrer la correction",
            (
                "Votre correction remplace la réponse ; l'ancienne est gardée. Les décisions déjà prises ne "
                "sont pas rejouées et ce qui est déjà parti (messages, documents) ne change pas."
            ),
            "La réponse est corrigée.",
        ),
    )
}


def told(done: Done) -> dict[str, Any]:
    """Return a mend for the history."""
    where = f" : {done.element}" if done.element else ""
    to = f" → {done.target}" if done.target else ""
    return {
        "id": done.id,
        "title": f"{done.words}{where}{to}",
        "reason": done.reason,
        "by": done.by,
        "undoable": done.undoable,
        "undone": f"Annulée par {done.undone_by}" if done.undone_at else None,
        **present.moment_mark(done.at),
    }


def choices(targets: Sequence[Target]) -> list[dict[str, str]]:
    """Return where a step may go, in words: steps of people and waits, then automatic ones."""
    ordered = sorted(targets, key=lambda item: item.kind in AUTOMATIC)
    return [{"key": item.key, "label": _label(item)} for item in ordered]


AUTOMATIC: Final = frozenset({"serviceTask", "sendTask", "businessRuleTask", "task", "eventBasedGateway"})
_WHOLE: Final = frozenset({"callActivity", "subProcess"})


def _label(item: Target) -> str:
    if item.kind in _WHOLE:
        return f"{item.name} (depuis le début)"
    return f"{item.name} (automatique)" if item.kind in AUTOMATIC else item.name


def foreseen(found: Any) -> list[str]:
    """Return what a mend would do, in sentences."""
    lines = [f"« {name} » sera quittée sans réponse." for name in found.left]
    lines += [f"« {name} » sera à faire." for name in found.opened]
    lines += [f"Au passage, {what}." for what in found.sets_going]
    if found.finished:
        lines.append("Le parcours sera terminé.")
    return lines or ["Le parcours attendra un événement ou une date : personne n'aura d'étape à faire."]


def loss(found: Any) -> list[str]:
    """Return what giving a process up does, in sentences."""
    lines = []
    if found.steps:
        lines.append("Les étapes ouvertes sont retirées, sans réponse." if found.steps > 1 else
                     "L'étape ouverte est retirée, sans réponse.")  # fmt: skip
    if found.partners:
        lines.append("Les demandes aux partenaires sont abandonnées et leurs liens ne s'ouvrent plus.")
    lines.append(
        "C'est le parcours principal du dossier : le dossier sera clos."
        if found.closes_case
        else "Le prochain tour du calendrier sera programmé."
        if found.rearms
        else "Le dossier reste ouvert."
        if found.of_case
        else "Aucun dossier n'est clos."
    )
    lines.append("Ce qui est déjà parti (messages, documents) n'est pas repris.")
    return lines
