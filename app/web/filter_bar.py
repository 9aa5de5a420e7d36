"""The bar of filters above a list of tasks: what may be chosen, what is, and how to take it away."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import url_for

from app.services import inbox_filters, partners, priorities, releases
from app.services.actors import Actor
from app.services.teams import Colleague
from app.services.wanted import NOBODY, Wanted

LABELS: Final = {
    "etape": "Étape",
    "couloir": "Équipe",
    "commune": "Commune",
    "partenaire": "Partenaire",
    "priorite": "Priorité",
    "personne": "Prise par",
    "echeance": "Échéance",
    "suspendues": "Suspendues",
}
SORTS: Final = {
    "echeance": "échéance",
    "priorite": "priorité",
    "entree": "plus anciennes",
    "recentes": "plus récentes",
    "commune": "commune",
    "dossier": "dossier",
}
DUES: Final = {"retard": "En retard", "bientot": "Dans les deux jours"}
OF_CASES: Final = frozenset({"commune", "dossier", "partenaire"})
"""What tells cases apart: a programme that takes no alert has none to tell."""
MOST: Final = 1_000
"""Choices of a list; beyond, the search does better."""


def address(wanted: Wanted, other: Mapping[str, str] | None = None, *, page: int = 1) -> str:
    """Return the address of a list; ``other`` replaces some of what it asks for."""
    query: dict[str, Any] = wanted.query(**(other or {})) | ({"page": page} if page > 1 else {})
    return url_for("inbox.page", **query)


def of(wanted: Wanted, who: Actor, people: Sequence[Colleague]) -> dict[str, Any]:
    """Return the bar: its choices, the filters set with the address that takes each away, the orders."""
    choices = _choices(who, people)
    alerts = releases.current().settings.entry is not None
    chosen = [
        {
            "label": LABELS[name],
            "value": choices[name].get(value, value),
            "href": address(wanted, {name: ""}),
        }
        for name in LABELS
        if (value := getattr(wanted, name))
    ]
    return {
        "fields": [
            {"name": name, "label": LABELS[name], "options": options, "value": getattr(wanted, name)}
            for name, options in choices.items()
            if (alerts or name not in OF_CASES)
            and (len(options) > 1 or getattr(wanted, name) or name in ("echeance", "suspendues"))
        ],
        "chosen": chosen,
        "sorts": [
            {
                "label": label,
                "href": address(wanted, {"tri": key}),
                "current": key == wanted.tri,
            }
            for key, label in SORTS.items()
            if alerts or key not in OF_CASES
        ],
        "none": address(Wanted(vue=wanted.vue, tri=wanted.tri)),
    }


def _choices(who: Actor, people: Sequence[Colleague]) -> dict[str, Mapping[str, str]]:
    settings = releases.current().settings
    lanes = {lane.id: lane.label for lane in settings.lanes.values() if lane.id in who.lanes}
    return {
        "etape": {step.key: step.name for step in inbox_filters.steps(who)},
        "couloir": lanes,
        "commune": {commune.name: commune.name for commune in settings.communes[:MOST]},
        "partenaire": {str(row.id): row.name for row in partners.listing()[:MOST]},
        "priorite": priorities.known(),
        "personne": {NOBODY: "Personne", **{str(one.id): one.name for one in people[:MOST]}},
        "echeance": DUES,
        "suspendues": {"oui": "Oui, seulement elles"},
    }
