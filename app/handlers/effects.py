"""What a verb asks for: facts to store and requests to carry out, once the step commits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app.handlers.directory_effects import OnDirectory
from app.handlers.gathering_effects import OnNetwork
from app.handlers.lane_effects import OnLane
from app.handlers.meter_effects import OnMeter
from app.handlers.money_effects import OnMoney
from app.handlers.site_effects import OnSite


@dataclass(frozen=True)
class MakeDocument:
    """Freeze the context of a document and have it rendered after the commit."""

    template: str
    orientation_id: UUID | None = None


@dataclass(frozen=True)
class QueueMessage:
    """Write a mail for an audience: a lane, ``donneur_alerte``, ``menage`` or ``partenaire``."""

    kind: str
    audience: str
    orientation_id: UUID | None = None
    extra: Mapping[str, str] | None = None


@dataclass(frozen=True)
class ProposeOrientation:
    """Create the row of one partner to be asked."""

    id: UUID
    partner_id: UUID
    reason: str
    domain: str
    shared_fields: tuple[str, ...]
    agreement: bool
    due_on: date | None


@dataclass(frozen=True)
class SendOrientation:
    """Open the personal link and record the share (LAW-3); ``link`` is the sealed digest."""

    orientation_id: UUID
    link: str
    recipient: str
    fields: tuple[str, ...]
    basis: str


@dataclass(frozen=True)
class FollowOrientation:
    """Set the state of an orientation; a final state closes its link."""

    orientation_id: UUID
    status: str
    note: str | None = None


@dataclass(frozen=True)
class NoteDuplicates:
    """Remember which other cases look like this one."""

    references: tuple[str, ...]


@dataclass(frozen=True)
class SettleBreach:
    """Settle the breach that this process answers."""

    outcome: str


@dataclass(frozen=True)
class HandOver:
    """Take ``number`` articles out of a place for the case; ``version`` is what the stock must still be.

    ``cost`` in euros is that of all of them; ``version`` is 0 when nothing was ever in stock there.
    """

    article: str
    place: str
    number: int
    cost: Decimal
    version: int


@dataclass(frozen=True)
class Entrust:
    """Entrust the case to a structure in a relation, in place of the one that had it."""

    relation: str
    partner_id: UUID


@dataclass(frozen=True)
class TakeBack:
    """End the entrustment of the case in a relation."""

    relation: str


@dataclass(frozen=True)
class CloseCase:
    """Close the case with a reason."""

    reason: str


@dataclass(frozen=True)
class ListForReview:
    """Put cases on the agenda of the meeting this process holds, in this order; ``late``: partners are.

    ``criteria`` narrows the agenda, for what is opened after it (``handlers.agenda.Criteria``).
    """

    case_ids: tuple[UUID, ...]
    late: frozenset[UUID]
    criteria: Mapping[str, Any]


@dataclass(frozen=True)
class NoteDecision:
    """Write what the meeting decided for one case."""

    case_id: UUID
    decision: str
    comment: str | None


@dataclass(frozen=True)
class NoteAction:
    """Write who does what by when for one case; ``process_id`` carries it, None when nothing does."""

    case_id: UUID
    who: str
    what: str
    by: date
    process_id: UUID | None


GIVEN: Final = "depart"
"""The name under which a started process reads what it was given (``depart.pour_le``)."""


@dataclass(frozen=True)
class StartProcess:
    """Start a process of the same release for a case, or for the territory (None).

    ``data``: what it begins with, under the name ``depart``. ``assignee`` holds its first tasks from the
    start when they are of a lane of theirs.
    """

    id: UUID
    process: str
    case_id: UUID | None
    data: Mapping[str, Any]
    assignee: UUID | None = None


@dataclass(frozen=True)
class OpenCampaign:
    """Open the campaign that this process carries, in these communes (INSEE codes)."""

    name: str
    criteria: str
    communes: tuple[str, ...]
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True)
class MoveCampaign:
    """Send the campaign of this process to the field (``terrain``), or close it (``close``)."""

    status: str


@dataclass(frozen=True)
class EnrolPartner:
    """Put a structure in the directory, or bring the one of that id up to date."""

    id: UUID
    kind: str
    name: str
    email: str
    phone: str | None
    communes: tuple[str, ...]


@dataclass(frozen=True)
class EraseAnswers:
    """Erase these answers of a form from every submission of this process."""

    form: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class SendEvent:
    """Write an event for the processes of a case; each receives it once, in its own transaction.

    ``replaces``: an earlier event whose name begins so, still waiting for this case, is out of date.
    """

    name: str
    payload: Mapping[str, Any]
    case_id: UUID | None
    replaces: str | None = None


Effect = (
    MakeDocument
    | QueueMessage
    | ProposeOrientation
    | SendOrientation
    | FollowOrientation
    | NoteDuplicates
    | SettleBreach
    | HandOver
    | Entrust
    | TakeBack
    | CloseCase
    | ListForReview
    | NoteDecision
    | NoteAction
    | StartProcess
    | OpenCampaign
    | MoveCampaign
    | EnrolPartner
    | EraseAnswers
    | SendEvent
    | OnMeter
    | OnMoney
    | OnLane
    | OnSite
    | OnDirectory
    | OnNetwork
)
