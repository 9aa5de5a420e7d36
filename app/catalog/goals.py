"""``[objectifs]`` and ``[dons]``: what a programme plans over a period and is given in kind (BAT-15).

The words belong to the release; how many and when are live rows, ``[vivant]`` gives the first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from app.catalog.source import Section, SettingsFault, listed

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
CASES, SPENDING, SITES = "dossiers", "depense", "sites"
COUNTED: Final = (CASES, SPENDING, SITES)
"""What a goal counts over its period: cases opened, cases something was engaged for, sites opened."""
LIVE_KEY: Final = "objectifs"


@dataclass(frozen=True)
class GoalKind:
    """One word of ``[objectifs]``; ``nature`` with ``depense``. ``cost``: its count divides the spending."""

    id: str
    label: str
    counts: str
    nature: str | None
    cost: bool


@dataclass(frozen=True)
class GiftKind:
    """One word of ``[dons]``: a thing given, and what one of it is called."""

    id: str
    label: str
    unit: str


@dataclass(frozen=True)
class GoalWords:
    """The words of a release; ``first`` are the plans of ``[vivant]``, no part of it."""

    goals: Mapping[str, GoalKind] = field(default_factory=dict)
    gifts: Mapping[str, GiftKind] = field(default_factory=dict)
    first: "tuple[FirstGoal, ...]" = ()


@dataclass(frozen=True)
class FirstGoal:
    """A plan as first known."""

    code: str
    count: int
    starts_on: date
    ends_on: date


def read_goals(root: Section, live: Section, natures: tuple[str, ...]) -> GoalWords:
    """Read ``[objectifs.<cle>]``, ``[dons.<cle>]`` and ``[[vivant.objectifs]]``.

    Raises:
        SettingsFault: a value is missing or does not fit.
    """
    gifts = {}
    for section in root.sections("dons", _KEY):
        section.only("libelle", "unite")
        gifts[section.key] = GiftKind(section.key, section.text("libelle"), section.text("unite"))
    goals = {section.key: _kind(section, natures) for section in root.sections("objectifs", _KEY)}
    words = GoalWords(MappingProxyType(goals), MappingProxyType(gifts))
    return replace(words, first=tuple(_first(row, words) for row in live.rows(LIVE_KEY)))


def _kind(section: Section, natures: tuple[str, ...]) -> GoalKind:
    section.only("libelle", "compte", "nature", "cout")
    counts = section.one_of("compte", COUNTED)
    nature = section.optional_text("nature")
    if (counts == SPENDING) != (nature is not None):
        raise SettingsFault(f'« {section.at("nature")} » va avec « compte = "{SPENDING}" », et lui seul.')
    if nature is not None and nature not in natures:
        raise SettingsFault(
            f"« {section.at('nature')} » : la nature « {nature[:60]} » n'est pas dans [depenses]. "
            f"Natures : {listed(natures)}."
        )
    return GoalKind(
        section.key, section.text("libelle"), counts, nature, section.boolean("cout", default=False)
    )


def _first(row: Section, words: GoalWords) -> FirstGoal:
    row.only("objectif", "nombre", "debut", "fin")
    starts, ends = row.a_date("debut"), row.a_date("fin")
    if ends < starts:
        raise SettingsFault(
            f"« {row.at('fin')} » : la fin est avant le début. Corrigez l'une des deux dates."
        )
    count = row.integer("nombre", low=0, high=1_000_000)
    if count is None:
        raise SettingsFault(f"« {row.at('nombre')} » manque : écrivez combien il en est prévu.")
    return FirstGoal(row.one_of("objectif", tuple(words.goals)), count, starts, ends)
