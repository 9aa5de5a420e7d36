"""A campaign and its rounds as the team sees them (CAR-5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.models import Campaign


@dataclass(frozen=True)
class RoundRow:
    """A round with what came of its doors; ``linked``: a phone has used its code."""

    id: UUID
    name: str
    pass_number: int
    opens_on: date | None
    closes_on: date | None
    status: str
    has_code: bool
    linked_at: datetime | None
    counts: dict[str, int]

    @property
    def doors(self) -> int:
        """How many doors it has."""
        return sum(self.counts.values())

    @property
    def left(self) -> int:
        """How many are still to be knocked at."""
        return self.counts.get("a_voir", 0)


@dataclass(frozen=True)
class Board:
    """A campaign as the coordinator sees it."""

    campaign: Campaign
    rounds: Sequence[RoundRow]
    counts: dict[str, int]
    without_round: int
    absent: int
    communes: Sequence[str]

    @property
    def targets(self) -> int:
        """How many doors there are in all."""
        return sum(self.counts.values())
