"""What reckoning reads of a household, fluid by fluid, and what it gives back (BAT-7, BAT-8)."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from app.consumption.figures import Figures
from app.consumption.readings import Read, Stretch
from app.consumption.reference import Bill

ENERGY, WATER = "energie", "eau"

NO_BASELINE = "sans_reference"
SHORT_BASELINE = "reference_courte"
NO_WEATHER = "degres_jours"
NO_PRICE = "tarif"
NO_COEFFICIENT = "coefficient"
HOLE = "trou"
ESTIMATED = "estime"
DOUBTED = "doute"
NO_READING = "sans_releve"


@dataclass(frozen=True)
class Use:
    """One dial of a household: what was read, its bills before, what its unit is worth.

    ``price``: euros for one kWh or m³; ``standing``: euros a month; ``coefficient``: kWh in one unit of the
    meter. Each is None where there is none to apply.
    """

    dial: str
    option: str
    read: Read
    bills: tuple[Bill, ...] = ()
    price: Figures | None = None
    standing: Figures | None = None
    coefficient: Figures | None = None

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """What was used between the readings."""
        return self.read.stretches


@dataclass(frozen=True)
class Sheet:
    """A fluid of a household; ``shortest``: days of baseline under which the weather cannot be judged."""

    fluid: str
    measure: str
    degree_days: Figures | None
    uses: tuple[Use, ...]
    shortest: int


@dataclass(frozen=True)
class Reason:
    """Why something is missing or not sure; ``first`` and ``until`` say when, if it is of some days."""

    kind: str
    fluid: str
    dial: str = ""
    first: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Part:
    """Days of which everything is known: used and expected, in the fluid's unit and in euros."""

    first: date
    until: date
    used: Fraction
    expected: Fraction
    cost: Fraction
    expected_cost: Fraction
    estimated: bool


@dataclass(frozen=True)
class Compared:
    """A fluid between two days; empty ``parts`` where nothing can be compared."""

    fluid: str
    measure: str
    parts: tuple[Part, ...] = ()
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def quantity(self) -> Fraction:
        """What was saved, in the fluid's unit; below zero when more was used."""
        return sum((part.expected - part.used for part in self.parts), Fraction(0))

    @property
    def euros(self) -> Fraction:
        """What was saved in euros."""
        return sum((part.expected_cost - part.cost for part in self.parts), Fraction(0))

    @property
    def days(self) -> int:
        """On how many days."""
        return sum((part.until - part.first).days for part in self.parts)
