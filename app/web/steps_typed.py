"""The list of a diagram's steps: what its forms ask for each kind of element, and what they send back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.catalog.durations import duration
from app.drawing import DrawingFault, Repeat, Step, Values

UNITS: Final = {
    "jours": '"P{}D"',
    "jours_ouvres": "jours_ouvres({})",
    "semaines": '"P{}W"',
    "mois": '"P{}M"',
    "heures": '"PT{}H"',
}
UNIT_WORDS: Final = {
    "jours": "jours",
    "jours_ouvres": "jours ouvrés",
    "semaines": "semaines",
    "mois": "mois",
    "heures": "heures",
    "autre": "autre (une expression)",
}
_PLAIN: Final = (
    ("jours", re.compile(r'"P(\d+)D"')),
    ("jours_ouvres", re.compile(r"jours_ouvres\((\d+)\)")),
    ("semaines", re.compile(r'"P(\d+)W"')),
    ("mois", re.compile(r'"P(\d+)M"')),
    ("heures", re.compile(r'"PT(\d+)H"')),
)
DELAYS: Final = {
    "delai": ("À faire en", "Depuis l'arrivée de l'étape."),
    "rappel": ("Rappel après", "Depuis l'arrivée de l'étape, une seule fois."),
    "escalade": ("Retard signalé", "Compté depuis l'échéance."),
    "manquement": ("Manquement", "Compté depuis l'échéance : quelqu'un devra dire pourquoi."),
}
"""Delays of a person's step → label and what they count from."""
TEXTS: Final = {
    "resultats": ("Réponses qui servent à la suite", "formulaire.champ, séparées par des virgules."),
    "bouton": ("Mots du bouton", "Un verbe et son objet : Confirmer le rendez-vous."),
    "arrete_delais": ("Étapes dont l'échéance attend", "Leurs identifiants, séparés par des virgules."),
}
REPEATS: Final = {
    "": "une seule fois",
    "ensemble": "une fois par élément, en même temps",
    "successive": "une fois par élément, l'une après l'autre",
}
"""How a step is done for the elements of a list."""
SENDS: Final = ("endEvent", "intermediateThrowEvent", "sendTask")
STEPS: Final = (
    "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "businessRuleTask", "callActivity",
    "subProcess",
)  # fmt: skip
"""What can be done once for each element of a list."""
HANDLED: Final = frozenset({"formulaire", "escalade_a", "invitation", *DELAYS, *TEXTS})
LONGEST: Final = 2_000
KIND_WORDS: Final = {
    "startEvent": "Début",
    "endEvent": "Fin",
    "userTask": "Étape d'une personne",
    "manualTask": "Étape hors de Relais",
    "serviceTask": "Opération automatique",
    "sendTask": "Envoi",
    "receiveTask": "Attente d'un message",
    "businessRuleTask": "Table de décision",
    "callActivity": "Autre parcours",
    "subProcess": "Étapes regroupées",
    "exclusiveGateway": "Choix, une seule réponse",
    "inclusiveGateway": "Choix, plusieurs réponses possibles",
    "parallelGateway": "En parallèle",
    "eventBasedGateway": "Ce qui arrive en premier",
    "intermediateCatchEvent": "Attente",
    "intermediateThrowEvent": "Événement",
    "boundaryEvent": "Attaché à une étape",
}


@dataclass(frozen=True)
class Delay:
    """A delay as its three inputs show it."""

    number: str
    unit: str
    expression: str
    words: str


def delay(text: str) -> Delay:
    """Take a delay apart: a number and a unit, or an expression."""
    plain = text.strip()
    for unit, pattern in _PLAIN:
        found = pattern.fullmatch(plain)
        if found is not None:
            return Delay(found[1], unit, "", duration(plain) or "")
    return Delay("", "autre" if plain else "jours", plain, duration(plain) or "")


def typed_delay(sent: Mapping[str, str], name: str, before: str) -> str:
    """Return the delay that three inputs say; a part that was not sent leaves it as it was.

    Raises:
        DrawingFault: the number is none.
    """
    if f"{name}.unite" not in sent:
        return before
    unit, number = sent[f"{name}.unite"], sent.get(f"{name}.nombre", "").strip()
    if unit == "autre" or unit not in UNITS:
        return sent.get(f"{name}.expression", "").strip()[:LONGEST]
    if number and not (number.isdecimal() and len(number) < 6):
        raise DrawingFault(
            f"« {number[:20]} » n'est pas un délai : écrivez un nombre entier, comme 3, ou choisissez "
            "« autre » pour une expression."
        )
    return UNITS[unit].format(int(number)) if number else ""


def values(sent: Mapping[str, str], step: Step, verb: Mapping[str, Any] | None) -> Values:
    """Return what the form of an element says; what it does not ask stays as it is."""
    return Values(
        name=_said(sent, "nom"),
        documentation=_lines(sent, "pourquoi"),
        lane=sent.get("couloir") or None,
        properties=_properties(sent, step),
        instructions=_lines(sent, "consigne"),
        verb=_said(sent, "operation"),
        parameters=_parameters(sent, step, verb),
        result=_said(sent, "donne"),
        decision=_said(sent, "table"),
        called=_said(sent, "parcours"),
        timer=typed_delay(sent, "minuteur", step.timer or "") if step.timer is not None else None,
        interrupting=sent["arrete"] == "oui" if "arrete" in sent else None,
        event=_said(sent, "evenement") if step.event else None,
        repeat=_repeat(sent),
        answers={way.id: sent[f"reponse.{way.id}"] for way in step.ways if f"reponse.{way.id}" in sent},
        conditions={way.id: sent[f"si.{way.id}"][:LONGEST] for way in step.ways if f"si.{way.id}" in sent},
        default=sent.get("sinon"),
    )


def _repeat(sent: Mapping[str, str]) -> Repeat | None:
    """Return how a step repeats; a mode without a list is told by the drawing, not taken for « once »."""
    if "repetition" not in sent:
        return None
    if not sent["repetition"]:
        return Repeat()
    listed = sent.get("repetition.liste", "").strip()[:LONGEST]
    return Repeat(listed or " ", sent.get("repetition.element", "").strip()[:LONGEST],
                  sent["repetition"] == "successive")  # fmt: skip


def _properties(sent: Mapping[str, str], step: Step) -> dict[str, str] | None:
    found = {
        name: typed_delay(sent, name, step.properties.get(name, ""))
        for name in DELAYS
        if f"{name}.unite" in sent
    }
    found |= {
        name: sent[name].strip()[:LONGEST]
        for name in (*TEXTS, "formulaire", "escalade_a", "invitation")
        if name in sent
    }
    found |= {
        name: sent[f"propriete.{name}"].strip()[:LONGEST]
        for name in step.properties
        if f"propriete.{name}" in sent
    }
    new = sent.get("propriete_nouvelle", "").strip()
    if re.fullmatch(r"[a-z][a-z0-9_]{0,59}", new):
        found[new] = sent.get("propriete_valeur", "").strip()[:LONGEST]
    return found or None


def _parameters(sent: Mapping[str, str], step: Step, verb: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Return the parameters of the verb chosen; those of another verb are left behind."""
    if "operation" not in sent:
        return None
    names: Sequence[str] = [str(one["name"]) for one in (verb or {}).get("parameters", ())]
    if verb is None:
        names = list(step.parameters)
    return {
        name: sent.get(f"parametre.{name}", step.parameters.get(name, "")).strip()[:LONGEST] for name in names
    }


def _said(sent: Mapping[str, str], name: str) -> str | None:
    return sent[name].strip()[:LONGEST] if name in sent else None


def _lines(sent: Mapping[str, str], name: str) -> str | None:
    return sent[name].replace("\r\n", "\n").strip()[: 5 * LONGEST] if name in sent else None
