"""``indicateurs.toml``: what a programme counts of itself, defined by its designer (AST-12, LAW-9).

The file stands beside ``territoire.toml`` and is part of the release; absent, there are no indicators. Keys
are French, because the people of a territory read and write them; described for them in
``docs/reference/indicateurs.md`` and read by ``app.catalog.indicator_reading``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from app.catalog.indicator_facts import FactKind

if TYPE_CHECKING:
    from app.catalog.funder import Funder

FILE: Final = "indicateurs.toml"
MEASURES: Final = (
    "compte", "somme", "moyenne", "mediane", "taux", "quotient", "repartition", "duree",
)  # fmt: skip
FORMATS: Final = ("nombre", "decimal", "euros", "jours", "pourcent")
WHEN: Final = ("debut", "pendant", "fin")
KEPT: Final = ("toutes", "premiere", "derniere")
WORDS: Final = ("commune", "partenaire", "genre_partenaire", "etape", "relation", "oui_non", "aucun")
"""What writes the values of a dimension; without it, the options of the field that it reads."""
MOST: Final = 120


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Dimension:
    """A way to break figures down: an expression, and how its values are written.

    ``bands`` are the lower bounds of the brackets a number falls in (``(25, 40)``: under 25, 25 to 39, 40
    and more). ``narrows``: it is offered as a filter. A list of values counts under each.
    """

    id: str
    label: str
    value: str
    words: str | None = None
    narrows: bool = False
    bands: tuple[Decimal | int, ...] = ()
    labels: Mapping[str, str] = field(default_factory=_nothing, hash=False)
    unit: str = ""


@dataclass(frozen=True)
class Indicator:
    """One figure: which facts it counts, how, and where it stands.

    ``condition`` keeps facts; ``among`` is the condition of those a rate is taken of. ``value`` is what is
    added up, averaged or broken into; ``distinct`` counts different values instead of facts. ``numerator``
    and ``denominator`` name other indicators (« quotient »). ``since`` and ``until`` are the steps a
    duration runs between, or « ouverture » and « cloture » of the case.
    """

    id: str
    label: str
    definition: str
    measure: str
    fact: FactKind
    form: str | None = None
    table: str | None = None
    process: str | None = None
    steps: tuple[str, ...] = ()
    keep: str = "toutes"
    condition: str | None = None
    among: str | None = None
    value: str | None = None
    distinct: str | None = None
    date: str | None = None
    when: str = "debut"
    numerator: str | None = None
    denominator: str | None = None
    since: str | None = None
    until: str | None = None
    by: tuple[str, ...] = ()
    format: str = "nombre"
    theme: str = ""
    source: str = ""

    @property
    def expressions(self) -> Mapping[str, str]:
        """The expressions of the indicator, by the key that holds each."""
        held = {"si": self.condition, "parmi": self.among, "valeur": self.value, "distinct": self.distinct}
        return {key: text for key, text in {**held, "date": self.date}.items() if text}

    @property
    def derived(self) -> bool:
        """Whether it is computed from other indicators alone."""
        return self.measure == "quotient"


@dataclass(frozen=True)
class ReportPart:
    """A part of the yearly report that people write (AST-11): its heading, and what to say there."""

    id: str
    title: str
    help: str
    required: bool


@dataclass(frozen=True)
class Targets:
    """What the steering page judges by; None where the programme judges nothing.

    ``kept`` percent of deadlines kept, ``drop`` points lost against the year before one speaks of a drift,
    ``old`` days beyond which an open case is old, ``used`` percent of an envelope or a quota.
    """

    kept: int | None = None
    drop: int | None = None
    old: int | None = None
    used: int | None = None


@dataclass(frozen=True)
class Indicators:
    """What the file says: dimensions by id, indicators in order, the report's parts, the targets.

    ``first_month``: the month in which a year of the report begins (1 to 12). ``smallest``: the number of
    households under which a public figure is withheld.
    """

    dimensions: Mapping[str, Dimension]
    all: tuple[Indicator, ...]
    parts: tuple[ReportPart, ...]
    targets: Targets
    first_month: int = 1
    smallest: int = 5
    report_title: str = "Rapport annuel"
    funder: "Funder | None" = None

    def get(self, ident: str) -> Indicator | None:
        """Return the indicator of that id, None when there is none."""
        return next((one for one in self.all if one.id == ident), None)

    @property
    def filters(self) -> tuple[Dimension, ...]:
        """The dimensions offered as filters, in order."""
        return tuple(one for one in self.dimensions.values() if one.narrows)


NONE: Final = Indicators(MappingProxyType({}), (), (), Targets())
"""A programme without indicators."""
