"""Figures that leave the program: what a person sees, with a line in the journal (LAW-8)."""

from collections.abc import Mapping

from app.database import transaction
from app.errors import Conflict
from app.services import indicators, journal
from app.services.actors import Actor
from app.services.indicators import Shown
from app.services.indicators_periods import Period


class NotCountedYet(Conflict):
    """A large territory is being counted aside."""

    sentence_template = "Ces chiffres sont en cours de comptage. Revenez dans quelques minutes."


def prepare(actor: Actor, period: Period, filters: Mapping[str, str], *, kind: str) -> Shown:
    """Return the figures that a person sees, and write in the journal that they leave.

    Args:
        kind: ``xlsx`` or ``csv``.

    Raises:
        Forbidden: the role has no right to indicators.
        NotCountedYet: they are being counted.
    """
    shown = indicators.compute(actor, period, filters)
    if shown.pending:
        raise NotCountedYet
    with transaction():
        journal.write(
            "export.indicateurs",
            actor=actor.name,
            user_id=actor.user_id,
            details={
                "genre": kind,
                "indicateurs": len(shown.figures),
                "du": period.first.isoformat(),
                "au": period.last.isoformat(),
                "filtres": sorted(filters),
            },
        )
    return shown
