"""The consumption of a household on paper: curves and tables of a document, frozen with the step (BAT-9)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from markupsafe import Markup

from app.catalog.words import NARROW, money, number
from app.documents.charts import Ink, as_image
from app.documents.curves import Point, curve
from app.services import meter_view
from app.services.meter_view import FluidView, Month

WORDS: Final = ("consommé", "attendu")
_MOST: Final = 12
"""Months of a drawing: a year; the table has them all."""
_HEADERS: Final = ["Fluide", "Mois", "Consommé", "Attendu", "Gain"]
EMPTY: Final[dict[str, Any]] = {
    "gain": "", "energie": "", "eau": "", "raisons": "", "courbes": "", "tableau": {"_tableau": [_HEADERS]},
}  # fmt: skip


def facts_of(case_id: UUID, classes: frozenset[str]) -> dict[str, Any]:
    """Return what a document may name as ``consommations``: empty where nothing was read."""
    fluids, totals = meter_view.curves(case_id, classes)
    if not fluids:
        return dict(EMPTY)
    reckoned = totals["calcule"]
    return {
        "gain": money(_decimal(totals["euros"])) if reckoned else "",
        "energie": f"{number(_decimal(totals['kwh']))}{NARROW}kWh" if reckoned else "",
        "eau": f"{number(_decimal(totals['eau_m3']))}{NARROW}m³" if reckoned else "",
        "raisons": "\n".join(map(str, _list(totals["raisons"]))),
        "courbes": {"_courbes": [_frozen(one) for one in fluids]},
        "tableau": {"_tableau": [_HEADERS, *(_row(one, month) for one in fluids for month in one.months)]},
    }


def _decimal(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _row(one: FluidView, month: Month) -> list[str]:
    unit = f"{NARROW}{one.fluid.unit}"
    return [
        one.fluid.label,
        f"{month.first:%m/%Y}",
        "–" if month.used is None else f"{number(month.used)}{unit}",
        "–" if month.expected is None else f"{number(month.expected)}{unit}",
        "–" if month.euros is None else money(month.euros),
    ]


def _frozen(one: FluidView) -> dict[str, Any]:
    points = [
        [
            f"{month.first:%m/%y}",
            *(None if value is None else str(value) for value in (month.used, month.expected)),
        ]
        for month in one.months[-_MOST:]
    ]
    return {"libelle": one.fluid.label, "unite": one.fluid.unit, "points": points}


def points_of(one: FluidView) -> list[Point]:
    """Return the months of a fluid as a drawing takes them: the last twelve."""
    return [Point(f"{month.first:%m/%y}", month.used, month.expected) for month in one.months[-_MOST:]]


def drawn(frozen: Sequence[dict[str, Any]]) -> Markup:
    """Return the drawings of a document from what was frozen; the table says the same in figures."""
    parts = []
    for rank, one in enumerate(frozen):
        points = [
            Point(label, *(None if value is None else Decimal(value) for value in values))
            for label, *values in one["points"]
        ]
        title = f"{one['libelle']} : consommé et attendu, par mois"
        image = as_image(curve(points, one["unite"], WORDS, title, f"courbe-{rank}", ink=Ink()), title)
        parts.append(Markup("<h3>{}</h3>{}").format(one["libelle"], image))
    return Markup("").join(parts)
