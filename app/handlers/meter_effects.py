"""What verbs of meters ask for: a reading to keep, a baseline to set (BAT-7)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True)
class KeepReading:
    """Keep what a dial showed, in place of what it showed that day. Fields: ``models.meter.Reading``."""

    id: UUID
    dial: str
    on: date
    index: Decimal
    estimated: bool
    change: str
    old_end: Decimal | None
    new_start: Decimal | None
    changed_on: date | None
    classe: str


@dataclass(frozen=True)
class BaselineBill:
    """A line of a baseline. Fields: ``models.meter.Baseline``."""

    dial: str
    starts_on: date
    ends_on: date
    quantity: Decimal
    converted: bool
    heating: Decimal


@dataclass(frozen=True)
class SetBaseline:
    """Make these lines the baseline of their dials, in place of those there were."""

    bills: tuple[BaselineBill, ...]
    source: str
    classe: str


OnMeter = KeepReading | SetBaseline
