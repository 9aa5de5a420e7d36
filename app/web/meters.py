"""The consumption of a household on the page of its case: curves, a table beside each, readings (BAT-7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup

from app.documents.curves import curve
from app.services import meter_papers, meter_view
from app.services.actors import Actor
from app.services.meter_view import CaseMeters, FluidView

_SHOWN = 12
"""Readings shown at once; the others unfold."""


@dataclass(frozen=True)
class Drawn:
    """A fluid and the drawing of its months, None with a single one."""

    view: FluidView
    drawing: Markup | None


@dataclass(frozen=True)
class Section:
    """What the page of a case shows of its meters."""

    meters: CaseMeters
    fluids: Sequence[Drawn]

    @property
    def recent(self) -> Sequence[meter_view.ReadingLine]:
        """Return the newest readings."""
        return self.meters.readings[:_SHOWN]

    @property
    def older(self) -> Sequence[meter_view.ReadingLine]:
        """Return the others."""
        return self.meters.readings[_SHOWN:]


def section(case_id: UUID, actor: Actor) -> Section | None:
    """Return the section of a case, None where there is nothing that this person may see."""
    found = meter_view.of_case(case_id, actor)
    return None if found is None else Section(found, [_drawn(one) for one in found.fluids])


def _drawn(one: FluidView) -> Drawn:
    if len(one.months) < 2:
        return Drawn(one, None)
    title = f"{one.fluid.label} : consommé et attendu, par mois, en {one.fluid.unit}"
    ident = f"courbe-{one.fluid.id}"
    return Drawn(one, curve(meter_papers.points_of(one), one.fluid.unit, meter_papers.WORDS, title, ident))
