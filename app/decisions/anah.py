"""The Anah income category of a household (barème de l'Anah, france-renov.gouv.fr/bareme).

A new year is new rows of the table, never new code.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.decisions.errors import DecisionFault

CATEGORIES = ("TM", "MO", "INT")  # très modeste, modeste, intermédiaire, from the lowest ceiling up
ABOVE = "SUP"  # above every ceiling
_ZONES = ("IDF", "HORS_IDF")
_LISTED = 5  # persons with an amount of their own; each further one adds ``per_extra_person``


@dataclass(frozen=True)
class Ceiling:
    """One row of the barème: euros of reference tax income (RFR) for 1 to 5 persons, then for each more."""

    year: int
    zone: str
    category: str
    amounts: tuple[Decimal, ...]
    per_extra_person: Decimal
    source: str = ""

    def amount(self, persons: int) -> Decimal:
        """The ceiling in euros for a household of ``persons`` (1 or more)."""
        return self.amounts[min(persons, _LISTED) - 1] + self.per_extra_person * max(0, persons - _LISTED)


def read_ceilings(text: str) -> tuple[Ceiling, ...]:
    """The rows of a CSV ``annee;zone;categorie;p1;…;p5;par_personne_sup;source``.

    Raises:
        DecisionFault: a line that is not of that shape, or two for one year, zone and category.
    """
    ceilings: dict[tuple[int, str, str], Ceiling] = {}
    for row in csv.DictReader(io.StringIO(text), delimiter=";"):
        ceiling = _ceiling(row, len(ceilings) + 2)
        key = (ceiling.year, ceiling.zone, ceiling.category)
        if key in ceilings:
            raise _fault(
                f"la ligne {len(ceilings) + 2} répète {ceiling.year}, {ceiling.zone}, {ceiling.category}."
            )
        ceilings[key] = ceiling
    return tuple(ceilings.values())


def _ceiling(row: dict[str, str], line: int) -> Ceiling:
    try:
        ceiling = Ceiling(
            year=int(row["annee"]),
            zone=row["zone"],
            category=row["categorie"],
            amounts=tuple(Decimal(int(row[f"p{n}"])) for n in range(1, _LISTED + 1)),
            per_extra_person=Decimal(int(row["par_personne_sup"])),
            source=row["source"] or "",
        )
    except (KeyError, TypeError, ValueError):
        raise _fault(
            f"la ligne {line} n'est pas lisible. Colonnes : année, zone, catégorie, montants."
        ) from None
    if ceiling.zone not in _ZONES or ceiling.category not in CATEGORIES:
        raise _fault(f"la ligne {line} porte une zone ou une catégorie inconnue.")
    return ceiling


def category(
    ceilings: Sequence[Ceiling], *, year: int, zone: str, persons: int, incomes: Sequence[Decimal]
) -> str:
    """The category TM, MO, INT or SUP of a household.

    Args:
        ceilings: the rows of the barème.
        year: the barème's year.
        zone: ``IDF`` or ``HORS_IDF``.
        persons: members of the household, 1 or more.
        incomes: the reference tax income of each tax notice, in euros; they are added.

    Raises:
        DecisionFault: no barème for that year and zone, no person, no income or a negative one.
    """
    if persons < 1:
        raise _fault("le ménage doit compter au moins une personne. Corrigez le nombre de personnes.")
    if not incomes or any(income < 0 for income in incomes):
        raise _fault("il manque un revenu fiscal de référence, ou il est négatif. Corrigez les avis d'impôt.")
    rows = {row.category: row for row in ceilings if row.year == year and row.zone == zone}
    if not all(name in rows for name in CATEGORIES):
        known = ", ".join(str(known) for known in sorted({row.year for row in ceilings})) or "aucune"
        raise _fault(
            f"aucun barème complet pour {year} en zone « {zone} ». Années connues : {known}. "
            "Ajoutez le barème de l'année ou choisissez-en une autre."
        )
    income = sum(incomes, Decimal(0))
    return next((name for name in CATEGORIES if income <= rows[name].amount(persons)), ABOVE)


def _fault(cause: str) -> DecisionFault:
    return DecisionFault("anah", f"Plafonds de l'Anah : {cause}")
