"""The rows of meters as reckoning reads them: readings, bills, tariffs, degree days of a case (BAT-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import select

from app.catalog.consumption import Consumption, Fluid
from app.catalog.series import Ref, Series
from app.catalog.settings import Settings
from app.consumption.figures import Figures
from app.consumption.readings import Read, Reading, read
from app.consumption.reference import Bill
from app.consumption.sheets import Sheet, Use
from app.database import db
from app.handlers.effects import Effect
from app.handlers.meter_effects import BaselineBill, KeepReading, SetBaseline
from app.models import Baseline, Case, Dwelling, Figure
from app.models import Reading as ReadingRow

BILLS, READINGS = "factures", "releves"
"""Where a baseline comes from."""
ALL_CLASSES: Final = frozenset({"technique", "social", "secret"})


class ReadingLike(Protocol):
    """What a row and an effect of this step both say of a reading."""

    @property
    def on(self) -> date: ...  # noqa: D102


@dataclass(frozen=True)
class Known:
    """What is known of the meters of a case, by dial."""

    readings: Mapping[str, Sequence[Reading]]
    bills: Mapping[str, Sequence[Bill]]

    def read(self, dial: str, digits: int) -> Read:
        """Return what was used on a dial."""
        return read(self.readings.get(dial, ()), digits)


def known(case_id: UUID, earlier: Sequence[Effect] = (), classes: frozenset[str] = ALL_CLASSES) -> Known:
    """Return the readings and bills of a case, of ``classes``, with what this step already asked for."""
    rows: dict[str, dict[date, Reading]] = {}
    for row in db.session.scalars(
        select(ReadingRow).where(
            ReadingRow.case_id == case_id, ReadingRow.replaced_at.is_(None), ReadingRow.classe.in_(classes)
        )
    ):
        rows.setdefault(row.dial, {})[row.on] = _reading(row)
    bills: dict[str, list[Bill]] = {}
    for kept in db.session.scalars(
        select(Baseline).where(
            Baseline.case_id == case_id, Baseline.replaced_at.is_(None), Baseline.classe.in_(classes)
        )
    ):
        bills.setdefault(kept.dial, []).append(_bill(kept))
    for effect in earlier:
        if isinstance(effect, KeepReading):
            rows.setdefault(effect.dial, {})[effect.on] = _reading(effect)
        if isinstance(effect, SetBaseline):
            bills |= {line.dial: [] for line in effect.bills}
            for line in effect.bills:
                bills[line.dial].append(_bill(line))
    return Known({dial: [found[day] for day in sorted(found)] for dial, found in rows.items()}, bills)


def _reading(row: ReadingRow | KeepReading) -> Reading:
    return Reading(
        on=row.on, index=row.index, estimated=row.estimated, change=row.change, old_end=row.old_end,
        new_start=row.new_start, changed_on=row.changed_on, key=row.id,
    )  # fmt: skip


def _bill(row: Baseline | BaselineBill) -> Bill:
    return Bill(row.starts_on, row.ends_on, row.quantity, row.converted, row.heating)


def station(case_id: UUID, consumption: Consumption) -> str:
    """Return whose degree days hold for the dwelling of a case."""
    insee = db.session.scalar(select(Dwelling.insee).join(Case).where(Case.id == case_id))
    return consumption.station_of(insee)


class FigureBook:
    """The dated figures of a territory, each series read once."""

    def __init__(self, series: Mapping[str, Series]) -> None:
        self._series = series
        self._read: dict[tuple[str, str], Figures] = {}

    def of(self, ref: Ref | None, place: str = "") -> Figures | None:
        """Return the figures that a setting names; ``place``: of what, where it leaves it open."""
        if ref is None:
            return None
        words = self._series[ref.series]
        key = (ref.series, (ref.place or place) if words.places else "")
        if key not in self._read:
            rows = db.session.execute(
                select(Figure.on, Figure.value).where(
                    Figure.series == key[0], Figure.place == key[1], Figure.replaced_at.is_(None)
                )
            )
            self._read[key] = Figures(words.step, {row.on: row.value for row in rows})
        return self._read[key]


def sheets(settings: Settings, case_id: UUID, found: Known) -> list[Sheet]:
    """Return the fluids of a case, with everything that comparing them needs."""
    consumption = settings.consumption
    book, place = FigureBook(settings.series), station(case_id, consumption)
    return [_sheet(fluid, consumption, book, place, found) for fluid in consumption.fluids.values()]


def _sheet(fluid: Fluid, consumption: Consumption, book: FigureBook, place: str, found: Known) -> Sheet:
    uses = tuple(
        Use(
            dial=dial.id,
            option=dial.option,
            read=found.read(dial.id, dial.digits),
            bills=tuple(found.bills.get(dial.id, ())),
            price=book.of(dial.price),
            standing=book.of(dial.standing),
            coefficient=book.of(dial.coefficient),
        )
        for dial in consumption.of(fluid.id)
    )
    return Sheet(fluid.id, fluid.measure, book.of(fluid.degree_days, place), uses, consumption.baseline_days)
