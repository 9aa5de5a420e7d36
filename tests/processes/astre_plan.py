"""What the year of the Département is made of: which household, which operator, what is drawn with seed 1."""

import random
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from tests.processes import astre_house as house

FIRST: Final = date(2025, 11, 3)
"""The agreement's first Monday (AST-11)."""
LATE_CONTRACT, ONE_VISIT, NONE_AT_HOME, NO_BILAN, TWO_OF_THREE, TOLD_LATE, TOO_LONG, STOPPED = range(8)
"""Which measure breaks which rule, or is stopped by its bilan; the others keep them all."""
BROKEN_ON: Final = date(2026, 3, 2)
"""The day of the rupture that is told a week too late."""
STOPPED_ON: Final = date(2026, 5, 4)
"""The day of the evaluation of the measure that its bilan stopped."""
LATER: Final = date(2026, 6, 15)
"""When the measure begins that waited for a place, then for credits; its contract is signed on 1 June."""
CENSUS: Final = date(2026, 11, 20)
"""The day on which the year is looked at."""
SEED: Final = 1
PLACES: Final = (house.ARRAS, house.MONTREUIL)
_WORKS: Final = ("isolation", "menuiseries", "chauffage", "ventilation", "electricite", "couverture")
_ENDS: Final = ("objectifs_atteints", "relais", "suite_demandee")


def dice(number: int, about: str) -> random.Random:
    """Return what draws one thing of one household."""
    return random.Random(f"{SEED}/{number}/{about}")  # noqa: S311  # made-up households, no secret


def operator(number: int) -> str:
    """Return the operator of a measure: seven, seven and six of twenty."""
    return house.OPERATORS[number % 3]


def parts(count: int) -> list[int]:
    """Return how many places are kept for each operator."""
    return [sum(number % 3 == one for number in range(count)) for one in range(3)]


def start(number: int, count: int) -> date:
    """Return the first day of a measure: eight together, then one every other day; the last in June."""
    if number == count:
        return LATER
    return FIRST if number <= STOPPED else FIRST + timedelta(days=19 + 2 * (number - STOPPED - 1))


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month, its last one where there is none."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def saisine(number: int) -> dict[str, Any]:
    """Return what a fiche saisine says of a household, what the indicators count among it."""
    draw = dice(number, "saisine")
    place = draw.choice(PLACES)
    return {
        "nom": f"Ménage {number}",
        "adresse": {"voie": f"{number + 1} rue des Tilleuls", "cp": f"{place[:2]}000", "insee": place},
        "origine": draw.choice(("slisl", "opah_pig", "ccas")),
        "donneur_structure": draw.choice(("MDS de l'Arrageois", "CCAS de Berck", "PIG de l'Artois")),
        "composition": draw.choice(("seul", "couple", "couple_enfants")),
        "personnes": draw.randint(1, 5),
        "annee_naissance": draw.randint(1935, 1995),
        "ressources_mois": str(draw.randint(600, 1700)),
        "territoire_mds": draw.choice(("arrageois", "montreuillois", "ternois")),
        "perimetre": draw.choice(("opah", "pig", "diffus")),
        "types_travaux": draw.sample(("energie", "indigne", "adaptation"), draw.randint(1, 3)),
        "travaux_prevus": draw.sample(_WORKS, draw.randint(1, 4)),
        "difficultes": draw.sample(("budget", "sante", "numerique", "propriete"), draw.randint(1, 3)),
    }


def bilans(number: int) -> Sequence[str]:
    """Return the months whose bilan the contract chooses."""
    if number < TOO_LONG or number == STOPPED:
        return ("6",)
    return ("3", "9") if number == TOO_LONG else dice(number, "bilans").choice((("6",), ("3", "6"), ("9",)))


def bilan(number: int) -> dict[str, Any]:
    """Return what a bilan says that the indicators count."""
    draw = dice(number, "bilan")
    partners = draw.sample(("mar", "anah", "fsl", "ccas", "caf", "banque"), draw.randint(0, 4))
    return {"partenaires": partners, "conclusion": "arreter" if number == STOPPED else "poursuivre"}


def financing(number: int) -> dict[str, Any]:
    """Return a financing plan whose lines are asked and granted to the cent, some not granted yet."""
    draw = dice(number, "plan")

    def cents(low: int, high: int) -> str:
        return f"{draw.randint(low, high)}.{draw.randint(0, 99):02d}"

    lines = [
        {"aide": aid, "demande": cents(2000, 20000), "accorde": draw.choice((cents(500, 1999), None))}
        for aid in draw.sample(("anah", "fonds_travaux", "departement", "cee", "menage"), 3)
    ]
    return {"lignes": lines, "suite": "boucle"}


def audit(number: int) -> dict[str, Any]:
    """Return who advances the audit of a household, and its cost."""
    draw = dice(number, "audit")
    who = draw.choice(("operateur", "fsl", "menage"))
    return {"avance_audit": who, "audit_cout": f"{draw.randint(500, 1400)}.{draw.randint(0, 99):02d}"}


def evaluation(number: int) -> dict[str, Any]:
    """Return how a measure ended and which works were done."""
    draw = dice(number, "fin")
    done = draw.sample(_WORKS, draw.randint(0, 3))
    return {"motif": draw.choice(_ENDS), "travaux_realises": done}


def visits(number: int, count: int, when: tuple[int, int]) -> list[tuple[date, str]]:
    """Return the visits of a month and where: two, one at home; two measures break the rule once."""
    begun = start(number, count)
    if when < (begun.year, begun.month) or (number == TOLD_LATE and when >= (2026, 3)):
        return []
    if number == STOPPED and when >= (2026, 5):
        return []
    soon = (begun.year, begun.month) == when and begun.day > 8
    first = begun + timedelta(days=1) if soon else date(*when, 10)
    second = first + timedelta(days=1 if soon else 2)
    if (number, when) == (ONE_VISIT, (2026, 1)):
        return [(second, "domicile")]
    away = (number, when) == (NONE_AT_HOME, (2026, 2))
    last = months_after(begun, 12)
    both = [(first, "bureau"), (second, "bureau" if away else "domicile")]
    return [(day, place) for day, place in both if day < min(last, CENSUS)]
