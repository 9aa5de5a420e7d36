"""The meters of a case as one person may see them: months against the baseline, readings (BAT-7).

Seeing them needs ``consommations.voir``; readings of a class that the person may not read are absent (LAW-1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select

from app.catalog.consumption import Consumption, Dial, Fluid
from app.consumption.figures import months, spans
from app.consumption.reckoning import compare, measured
from app.consumption.rounding import TENTH, cents, rounded
from app.consumption.sheets import Compared, Sheet
from app.database import db
from app.handlers import meter_words
from app.handlers.meter_rows import Known, known, sheets
from app.handlers.meters import span_of, totals
from app.models import Reading
from app.services import releases
from app.services.actors import Actor

SEE, ACT = "consommations.voir", "consommations.agir"
NATURES = {
    "lu": "Lu sur le compteur",
    "estime": "Estimé",
    "remplace": "Lu sur un compteur neuf",
    "tour": "Lu, repassé par zéro",
}


@dataclass(frozen=True)
class Month:
    """A month of a fluid: used and expected on the same days; None where nobody knows."""

    first: date
    until: date
    used: Decimal | None
    expected: Decimal | None
    euros: Decimal | None
    estimated: bool


@dataclass(frozen=True)
class FluidView:
    """A fluid of a household: its months, what it saved in its unit and in euros."""

    fluid: Fluid
    months: Sequence[Month]
    saved: Decimal
    euros: Decimal
    compared: bool


@dataclass(frozen=True)
class ReadingLine:
    """A reading: ``doubt`` says why it does not count, ``gone`` when and why another took its place."""

    row: Reading
    dial: Dial | None
    nature: str
    doubt: str


@dataclass(frozen=True)
class CaseMeters:
    """What a person sees of the meters of a case; ``totals`` as ``calculer_gain`` gives them."""

    fluids: Sequence[FluidView]
    readings: Sequence[ReadingLine]
    replaced: Sequence[ReadingLine]
    totals: Mapping[str, object]
    acts: bool


def of_case(case_id: UUID, actor: Actor) -> CaseMeters | None:
    """Return the meters of a case, None where there is nothing that this person may see."""
    if not actor.rights.may(SEE) or actor.rights.by_share_alone:
        return None
    found = _view(case_id, actor.rights.read)
    return None if found is None else CaseMeters(*found, acts=actor.rights.may(ACT))


def _view(
    case_id: UUID, classes: frozenset[str]
) -> tuple[list[FluidView], list[ReadingLine], list[ReadingLine], Mapping[str, object]] | None:
    settings = releases.current().settings
    if not settings.consumption.dials:
        return None
    found = known(case_id, classes=classes)
    if not found.readings and not found.bills:
        return None
    span = span_of(found)
    asked = sheets(settings, case_id, found)
    compared = [compare(sheet, *span) for sheet in asked]
    fluids = [
        _fluid(settings.consumption.fluids[sheet.fluid], sheet, whole, span)
        for sheet, whole in zip(asked, compared, strict=True)
        if any(use.stretches for use in sheet.uses)
    ]
    lines = list(_lines(case_id, classes, settings.consumption, found))
    return (
        fluids,
        [line for line in lines if line.row.replaced_at is None],
        [line for line in lines if line.row.replaced_at is not None],
        totals(settings.consumption, compared),
    )


def curves(case_id: UUID, classes: frozenset[str]) -> tuple[list[FluidView], Mapping[str, object]]:
    """Return the fluids and the totals of a case, for a document of these classes."""
    found = _view(case_id, classes)
    return (found[0], found[3]) if found is not None else ([], {})


def _fluid(fluid: Fluid, sheet: Sheet, whole: Compared, span: tuple[date, date]) -> FluidView:
    return FluidView(
        fluid=fluid,
        months=_trimmed([_month(sheet, *each) for each in spans(*span, set(months(*span)))]),
        saved=rounded(whole.quantity, TENTH),
        euros=cents(whole.euros),
        compared=bool(whole.parts),
    )


def _trimmed(found: list[Month]) -> list[Month]:
    """Return the months from the first of which something is known to the last."""
    told = [rank for rank, month in enumerate(found) if month.used is not None]
    return found[told[0] : told[-1] + 1] if told else []


def _month(sheet: Sheet, first: date, until: date) -> Month:
    whole = compare(sheet, first, until)
    if whole.parts:
        used = sum((part.used for part in whole.parts), Fraction(0))
        expected = used + whole.quantity
        estimated = any(part.estimated for part in whole.parts)
        shown = rounded(used, TENTH), rounded(expected, TENTH)
        return Month(first, until, *shown, cents(whole.euros), estimated)
    alone = measured(sheet, first, until)
    return Month(first, until, None if alone is None else rounded(alone, TENTH), None, None, estimated=False)


def _lines(case_id: UUID, classes: frozenset[str], words: Consumption, found: Known) -> Sequence[ReadingLine]:
    rows = db.session.scalars(
        select(Reading)
        .where(Reading.case_id == case_id, Reading.classe.in_(classes))
        .order_by(Reading.on.desc(), Reading.dial, Reading.at.desc())
    )
    doubts = {
        doubt.reading.key: meter_words.doubted(dial, doubt)
        for dial in words.dials.values()
        for doubt in found.read(dial.id, dial.digits).doubts
    }
    return [
        ReadingLine(row, words.dials.get(row.dial), NATURES[nature_of(row)], doubts.get(row.id, ""))
        for row in rows
    ]


def nature_of(row: Reading) -> str:
    """Return how a reading was taken, as the form says it."""
    return row.change or ("estime" if row.estimated else "lu")


def last_read(lines: Sequence[ReadingLine]) -> datetime | None:
    """Return when the newest reading was entered."""
    return max((line.row.at for line in lines), default=None)
