"""How long a territory keeps a household's data: ``[conservation]`` of ``territoire.toml`` (LAW-5)."""

from dataclasses import dataclass
from typing import Final

from app.catalog.source import Section, SettingsFault

LONGEST: Final = 600
"""Months: fifty years. Beyond, someone mistyped."""
DRAFT_DAYS: Final = 60
"""Days for which an alert being prepared is kept when the territory does not say (proposed)."""


@dataclass(frozen=True)
class Retention:
    """Months in the active base after the last contact, then months in the restricted archive.

    Source: LAW-5 (the domain proposes two years of active base, as a setting). A territory that says
    neither keeps everything until somebody decides otherwise. ``draft_days``: how long an alert that somebody
    prepares is kept untouched.
    """

    active_months: int
    archive_months: int
    draft_days: int = DRAFT_DAYS


def read_retention(section: Section) -> Retention:
    """Read ``[conservation]``.

    Raises:
        SettingsFault: a length is missing, or does not fit.
    """
    section.only("mois_actifs", "mois_archives", "jours_brouillons")
    return Retention(
        active_months=_months(section, "mois_actifs", 1),
        archive_months=_months(section, "mois_archives", 0),
        draft_days=section.integer("jours_brouillons", low=1, high=366) or DRAFT_DAYS,
    )


def _months(section: Section, key: str, low: int) -> int:
    found = section.integer(key, low=low, high=LONGEST)
    if found is None:
        raise SettingsFault(f"« {section.at(key)} » manque : écrivez un nombre de mois.")
    return found
