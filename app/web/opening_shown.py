"""What the pages of an opening have in common: its steps in order, and where one is."""

from typing import Any, Final

from flask import url_for

from app.services.openings import Preparation

TITLES: Final = {
    "nom": "Nom et code",
    "communes": "Communes",
    "roles": "Rôles et couloirs",
    "partenaires": "Partenaires",
    "calendrier": "Calendrier et Anah",
    "contact": "Contact et logo",
    "personnes": "Personnes invitées",
    "verification": "Vérifier et ouvrir",
}
"""The steps, in order."""


def steps(found: Preparation, here: str) -> list[dict[str, Any]]:
    """Return the steps as links, with those that are done and the current one."""
    return [
        {
            "label": label,
            "href": url_for("opening.step", opening_id=found.id, step=step),
            "done": step in found.done,
            "current": step == here,
        }
        for step, label in TITLES.items()
    ]


def after(step: str) -> str:
    """Return the step that follows."""
    order = list(TITLES)
    return order[order.index(step) + 1]
