"""How buildings of a contest are ranked: by how much less each dwelling used than a year before (BAT-16).

Pure: whole buildings, no household.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
_TENTH: Final = Decimal("0.1")


@dataclass(frozen=True)
class Result:
    """A building: ``before`` the same period a year earlier, ``after`` the contest, all dwellings."""

    name: str
    dwellings: int
    before: Decimal | None
    after: Decimal | None

    @property
    def each_before(self) -> Decimal | None:
        """What one dwelling used before, on average, two decimals."""
        return _each(self.before, self.dwellings)

    @property
    def each_after(self) -> Decimal | None:
        """What one dwelling used during the contest, on average, two decimals."""
        return _each(self.after, self.dwellings)

    @property
    def saved(self) -> Decimal | None:
        """How much less, in percent to one decimal; negative when it used more; None until both are known."""
        if self.before is None or self.after is None or self.before == 0:
            return None
        return (100 * (self.before - self.after) / self.before).quantize(_TENTH, ROUND_HALF_UP)


@dataclass(frozen=True)
class Ranked:
    """A building at its rank; equal savings share one, None without a saving to compare."""

    rank: int | None
    result: Result


def ranked(results: Iterable[Result]) -> Sequence[Ranked]:
    """Return the buildings, the most saving first; those that cannot be compared last, by name."""
    rows = sorted(results, key=lambda one: (one.saved is None, -(one.saved or 0), one.name))
    saved = [one.saved for one in rows if one.saved is not None]
    return [Ranked(saved.index(one.saved) + 1 if one.saved is not None else None, one) for one in rows]


def best(rows: Sequence[Ranked]) -> Result | None:
    """Return the building that saved most; None when none used less."""
    first = rows[0].result if rows else None
    return first if first is not None and first.saved is not None and first.saved > 0 else None


def _each(total: Decimal | None, dwellings: int) -> Decimal | None:
    return (total / dwellings).quantize(CENT, ROUND_HALF_UP) if total is not None else None
