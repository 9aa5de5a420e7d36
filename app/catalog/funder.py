"""The account given to those who pay: ``[financeur]`` of ``indicateurs.toml`` (MTP-6).

One line a household, without anything that says who it is; what it cost, and how that is shared out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Final

from app.catalog.indicators import Dimension

CENT: Final = Decimal("0.01")
NUMBERS: Final = ("nombre", "decimal", "euros")
KINDS: Final = ("texte", "mois", *NUMBERS)
MOST_COLUMNS: Final = 40
WHOLE: Final = Decimal(100)


@dataclass(frozen=True)
class Column:
    """A column: an expression with the words of its values, and how it is written (one of ``KINDS``)."""

    dimension: Dimension
    kind: str

    @property
    def numeric(self) -> bool:
        """Whether its values are added up."""
        return self.kind in NUMBERS


@dataclass(frozen=True)
class Payer:
    """Who pays, and which part of each euro, in percent."""

    label: str
    part: Decimal


@dataclass(frozen=True)
class Funder:
    """What the account holds.

    ``condition`` keeps cases, ``date`` places one in the period (its opening unless said), ``cost`` is what a
    household cost in euros. The parts of ``payers`` make a hundred.
    """

    title: str
    help: str
    condition: str | None
    date: str | None
    cost: str | None
    columns: tuple[Column, ...]
    payers: tuple[Payer, ...]

    @property
    def expressions(self) -> Mapping[str, str]:
        """Every expression by the key that holds it; columns by their place."""
        held = {"si": self.condition, "date": self.date, "cout": self.cost}
        columns = {f"colonnes.{place}": one.dimension.value for place, one in enumerate(self.columns, 1)}
        return {**{key: text for key, text in held.items() if text}, **columns}


def shared_out(total: Decimal, payers: Sequence[Payer]) -> list[Decimal]:
    """Return each payer's part of a sum in euros, to the cent; together they make the sum.

    Cents left over go one by one to the parts that lost most in being rounded down, the first on equality.
    """
    exact = [total * payer.part / WHOLE for payer in payers]
    parts = [amount.quantize(CENT, ROUND_DOWN) for amount in exact]
    left = int((total - sum(parts, Decimal(0))) / CENT)
    order = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[:left]:
        parts[place] += CENT
    return parts
