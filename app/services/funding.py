"""What each payer pays of an envelope: the parts of ``[financeur]``, to the cent (MTP-6)."""

from dataclasses import dataclass
from decimal import Decimal

from app.catalog.funder import Payer, shared_out
from app.services import releases
from app.services.envelopes import EnvelopeFigures


@dataclass(frozen=True)
class Funded:
    """A payer's part of an envelope, in percent and in euros: of all it holds, of what is engaged, served."""

    label: str
    percent: Decimal
    amount: Decimal
    engaged: Decimal
    served: Decimal


def payers() -> tuple[Payer, ...]:
    """Return who pays the programme in force; nobody when it does not say."""
    funder = releases.current().bundle.indicators.funder
    return funder.payers if funder is not None else ()


def of(figures: EnvelopeFigures) -> list[Funded]:
    """Return each payer's part of an envelope, in the order of the settings."""
    paying = payers()
    sums = (shared_out(sum_, paying) for sum_ in (figures.amount, figures.engaged, figures.served))
    return [Funded(payer.label, payer.part, *parts) for payer, *parts in zip(paying, *sums, strict=True)]
