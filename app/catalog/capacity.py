"""How many visits a team can make, as ``territoire.toml`` says it: ``[capacite]`` (MTP-6)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.catalog.source import Section, SettingsFault

_STEP: Final = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_LONGEST: Final = 60
_MOST_HOURS: Final = 48


@dataclass(frozen=True)
class Capacity:
    """The step that is planned and what the people of a lane can give it.

    ``process`` and ``element`` name the step; ``hours`` is the time of one, everything included (journey,
    preparation, report); ``hours_week`` what each person of ``lane`` gives to it in a full week.
    """

    process: str
    element: str
    lane: str
    hours: Decimal
    hours_week: Decimal
    word: str


def read_capacity(root: Section, lanes: Mapping[str, Any]) -> Capacity | None:
    """Read ``[capacite]``; None where a territory plans nothing. ``lanes`` are those it has, by id.

    Raises:
        SettingsFault: a value is missing or does not fit.
    """
    if "capacite" not in root.values:
        return None
    section = root.section("capacite")
    section.only("etape", "couloir", "duree_heures", "heures_semaine", "mot")
    process, _, element = section.text(
        "etape", pattern=_STEP, shape="un processus et une étape, par exemple « visite/realiser_visite »"
    ).partition("/")
    lane = section.text("couloir", pattern=_KEY, shape="l'identifiant d'un couloir")
    if lane not in lanes:
        raise SettingsFault(
            f"« {section.at('couloir')} » : le couloir « {lane} » n'existe pas. Écrivez-en un de [couloirs]."
        )
    return Capacity(
        process=process,
        element=element,
        lane=lane,
        hours=_hours(section, "duree_heures", _LONGEST),
        hours_week=_hours(section, "heures_semaine", _MOST_HOURS),
        word=section.optional_text("mot") or "visites",
    )


def _hours(section: Section, key: str, most: int) -> Decimal:
    found = section.number(key)
    if found is None or not 0 < found <= most:
        raise SettingsFault(f"« {section.at(key)} » : écrivez un nombre d'heures entre 0 et {most}.")
    return Decimal(found)
