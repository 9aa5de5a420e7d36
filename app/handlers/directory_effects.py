"""What the verbs of the directory ask for (ANG-5, ANG-6)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True)
class OnDirectory:
    """About one structure of the directory."""

    partner_id: UUID


@dataclass(frozen=True)
class VerifySheet(OnDirectory):
    """Note that the sheet still holds, on a day."""

    on: date


@dataclass(frozen=True)
class WriteToStructure(OnDirectory):
    """Write to a structure with a personal link for ``purpose``; ``link`` is its secret part."""

    purpose: str
    message: str
    link: str
    quarter: date | None
