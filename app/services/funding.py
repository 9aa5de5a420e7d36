"""What each funder pays of an envelope: its part is a setting of the programme (MTP-6)."""

from dataclasses import dataclass
from decimal import Decimal

from app.catalog.funders import Part, split
from app.services import releases
from app.services.envelopes import EnvelopeFigures


@dataclass(frozen=True)
class Funded:
    """A funder's part of an envelope: of what it holds, of what is engaged, of what is served."""

    label: str
    percent: Decimal
    amount: Decimal
    engaged: Decimal
    served: Decimal


def shares(amount: Decimal) -> list[Part]:
    """Return what each funder of the programme in force pays of an amount; nothing when none is named."""
    return split(amount, releases.current().settings.funders)


def of(figures: EnvelopeFigures) -> list[Funded]:
    """Return each funder's part of an envelope, in the order of the settings."""
    columns = zip(shares(figures.amount), shares(figures.engaged), shares(figures.served), strict=True)
    return [
        Funded(whole.label, whole.percent, whole.amount, engaged.amount, served.amount)
        for whole, engaged, served in columns
    ]
