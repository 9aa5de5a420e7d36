"""The address of a list of supervision and what it asks: read from the request, written back in links."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import request

from app.services.census import AGES, HORIZONS, NOBODY, STATES
from app.services.supervised import DEFAULT_WITHIN, Filters
from app.services.supervision_view import SORTS, Sort
from app.web import formats

STATE_WORDS: Final = {
    "retard": "En retard",
    "bientot": "Bientôt",
    "avenir": "À venir",
    "sans": "Sans échéance",
    "suspendu": "Suspendues",
}
DIMENSION_WORDS: Final = {
    "role": "Rôle",
    "etape": "Étape",
    "parcours": "Partie du parcours",
    "personne": "Personne",
    "partenaire": "Partenaire",
    "commune": "Commune",
    "priorite": "Priorité",
}
SORT_WORDS: Final[Mapping[Sort, str]] = {
    "echeance": "échéance la plus proche",
    "derniere": "échéance la plus lointaine",
    "ancienne": "plus ancienne d'abord",
    "recente": "plus récente d'abord",
    "etape": "étape du parcours",
    "priorite": "priorité",
}
_LONGEST: Final = 100


@dataclass(frozen=True)
class Asked:
    """What an address asks. ``ignored`` names the parameters whose value means nothing here."""

    filters: Filters
    sort: Sort
    ignored: tuple[str, ...]

    def query(self, **changes: Any) -> dict[str, Any]:
        """Return the parameters of the address, with changes; None takes one away."""
        filters = self.filters
        found: dict[str, Any] = {
            "etat": filters.state,
            "jours": filters.within if filters.within != DEFAULT_WITHIN else None,
            **filters.values(),
            "age": filters.age,
            "du": filters.due_from,
            "au": filters.due_to,
            "q": filters.search or None,
            "tri": self.sort if self.sort != "echeance" else None,
        }
        return {name: value for name, value in {**found, **changes}.items() if value is not None}


def asked(*, state: str | None = None) -> Asked:
    """Return what the request asks; ``state`` stands in when it names none."""
    reading = _Reading(request.args)
    wanted = reading.one_of("etat", STATES) or state
    filters = Filters(
        state=next((one for one in STATES if one == wanted), None),
        within=int(reading.one_of("jours", [str(days) for days in HORIZONS]) or DEFAULT_WITHIN),
        role=reading.text("role"),
        step=reading.step("etape"),
        process=reading.text("parcours"),
        person=NOBODY if reading.text("personne") == NOBODY else reading.id("personne"),
        partner=reading.id("partenaire"),
        commune=reading.text("commune"),
        priority=reading.text("priorite"),
        age=reading.number("age", len(AGES)),
        due_from=reading.day("du"),
        due_to=reading.day("au"),
        search=(reading.text("q") or "").strip(),
    )
    sort = reading.one_of("tri", SORTS)
    return Asked(filters, next((one for one in SORTS if one == sort), "echeance"), tuple(reading.ignored))


class _Reading:
    """Reads parameters one by one and remembers those it could make nothing of."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self.ignored: list[str] = []

    def text(self, name: str) -> str | None:
        """Return a text, cut to what a value can be; None when it is empty or cannot be kept."""
        value = self._given.get(name, "")[:_LONGEST]
        if "\x00" in value:
            self._refuse(name)
            return None
        return value or None

    def one_of(self, name: str, known: Any) -> str | None:
        """Return a value among ``known``."""
        value = self.text(name)
        if value is not None and value not in known:
            self._refuse(name)
            return None
        return value

    def step(self, name: str) -> str | None:
        """Return ``<process>/<element>``."""
        value = self.text(name)
        if value is not None and value.count("/") != 1:
            self._refuse(name)
            return None
        return value

    def id(self, name: str) -> UUID | None:
        """Return an id."""
        value = self.text(name)
        try:
            return UUID(value) if value is not None else None
        except ValueError:
            self._refuse(name)
            return None

    def number(self, name: str, most: int) -> int | None:
        """Return a number from 0 to ``most``."""
        value = self.one_of(name, [str(number) for number in range(most + 1)])
        return int(value) if value is not None else None

    def day(self, name: str) -> date | None:
        """Return a day."""
        value = self.text(name)
        try:
            return date.fromisoformat(value) if value is not None else None
        except ValueError:
            self._refuse(name)
            return None

    def _refuse(self, name: str) -> None:
        self.ignored.append(name)


def words(asked_: Asked, labels: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what narrows the list as (parameter, « Rôle », « Technicien conseil »).

    Args:
        labels: ``supervision_words.labels()``.
    """
    filters, found = asked_.filters, []
    if filters.state is not None:
        said = STATE_WORDS[filters.state]
        found.append(
            ("etat", "État", f"{said} ({filters.within} jours)" if filters.state == "bientot" else said)
        )
    for name, value in filters.values().items():
        if value is not None:
            found.append((name, DIMENSION_WORDS[name], labels[name]([value]).get(value, "inconnu ici")))
    if filters.age is not None:
        found.append(("age", "Ancienneté", age_words(filters.age)))
    if filters.due_from is not None:
        found.append(("du", "À faire à partir du", formats.full_day(filters.due_from)))
    if filters.due_to is not None:
        found.append(("au", "À faire jusqu'au", formats.full_day(filters.due_to)))
    if filters.search:
        found.append(("q", "Recherche", f"« {filters.search} »"))
    return found


def age_words(bracket: int) -> str:
    """Return a bracket of age: « 8 à 15 jours », « plus de 60 jours »."""
    if bracket >= len(AGES):
        return f"plus de {AGES[-1]} jours"
    return f"{AGES[bracket - 1] + 1} à {AGES[bracket]} jours" if bracket else f"{AGES[0]} jours au plus"
