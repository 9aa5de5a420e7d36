"""What the verbs of sites ask for (BAT-2, BAT-14, BAT-16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True)
class OnSite:
    """``site_id``: the site spoken of, None for none."""

    site_id: UUID | None


@dataclass(frozen=True)
class AttachSite(OnSite):
    """Let the case belong to the site, or the process where there is no case; None takes it away."""


@dataclass(frozen=True)
class DateSite(OnSite):
    """Say the day on which a site opened or closed; None leaves what is known."""

    opened_on: date | None
    closed_on: date | None


@dataclass(frozen=True)
class Building:
    """A building of a challenge: its name, how many dwellings, what all of them used a year before."""

    name: str
    dwellings: int
    before: Decimal | None


@dataclass(frozen=True)
class OpenChallenge(OnSite):
    """Begin a contest between buildings of the site."""

    id: UUID
    title: str
    unit: str
    starts_on: date
    ends_on: date
    prize: str
    buildings: Sequence[Building]


@dataclass(frozen=True)
class JudgeChallenge(OnSite):
    """Write what each building used during the contest, by the id of its row."""

    id: UUID
    readings: dict[UUID, Decimal]
    judged_on: date


@dataclass(frozen=True)
class NameAmbassador(OnSite):
    """Write a person trained on the site, named until a day."""

    id: UUID
    kind: str
    name: str
    contact: str
    trained_on: date
    trained_by: str
    active_until: date | None


@dataclass(frozen=True)
class MoveMandate(OnSite):
    """Renew the mandate of an ambassador until a day; without one, it ends and the name is erased."""

    id: UUID
    active_until: date | None
