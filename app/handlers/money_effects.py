"""What the verbs of money ask for: each names the row it decided on and the version it saw (AST-2)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True)
class OnMoney:
    """``row_id`` is the quota or the envelope the verb decided on, ``row_version`` what it must still be.

    ``row_id`` is None when none is in force.
    """

    row_id: UUID | None
    row_version: int


@dataclass(frozen=True)
class TakePlace(OnMoney):
    """Hold a place, or wait for one: ``place_id`` is new, or that of a case that waits already."""

    place_id: UUID
    code: str
    partner_id: UUID | None
    granted: bool


@dataclass(frozen=True)
class ReleasePlace(OnMoney):
    """Give a place (or a turn) back; the next of the waiting list is called."""

    place_id: UUID
    code: str


@dataclass(frozen=True)
class Engage(OnMoney):
    """Engage an amount on the envelope ``row_id``; ``start_awaited``: ``starts_on`` is only a guess."""

    commitment_id: UUID
    agreement_id: UUID | None
    partner_id: UUID | None
    nature: str
    unit_amount: Decimal
    quantity: Decimal
    amount: Decimal
    starts_on: date
    start_awaited: bool
    rule: str


@dataclass(frozen=True)
class SetStart(OnMoney):
    """Say from which day a commitment is served."""

    commitment_id: UUID
    starts_on: date


@dataclass(frozen=True)
class NoteService(OnMoney):
    """Note what was served of a commitment; ``quantity`` is added to what was noted before."""

    commitment_id: UUID
    quantity: Decimal
    on: date


@dataclass(frozen=True)
class Release(OnMoney):
    """Stop a commitment on a day; what was not served goes back to the envelope."""

    commitment_id: UUID
    on: date
    reason: str
