"""What every mend shares: who may, why, against which version, and the row that keeps it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound, ProcessSuspended
from app.ids import new_id
from app.models import Mend, ProcessInstance
from app.services import journal
from app.services.actors import Actor

MAX_REASON: Final = 1000
"""Characters of a reason: a few sentences; more belongs to the case's notes."""

MAY: Final = {
    "suspend": "supervision.agir",
    "resume": "supervision.agir",
    "due": "supervision.agir",
    "cancel": "parcours.reparer",
    "move": "parcours.reparer",
    "repeat": "parcours.reparer",
    "skip": "parcours.reparer",
    "correct": "parcours.reparer",
}
"""The permission that each kind of mend asks for; undoing one asks for the same."""

ACTIONS: Final = {
    "suspend": "parcours.suspendu",
    "resume": "parcours.repris",
    "due": "parcours.echeance",
    "cancel": "parcours.annule",
    "move": "parcours.deplace",
    "repeat": "parcours.repete",
    "skip": "parcours.passe",
    "correct": "parcours.corrige",
}
"""The journal's word for each kind. The line names the mend, which keeps the reason: people write names
in reasons, and the journal must stay whole when a household is forgotten (LAW-5)."""


class MendRefused(Conflict):
    """The mend would strand the process, or has nothing to act upon."""

    sentence_template = "{cause}"


class MovedMeanwhile(Conflict):
    """The process has moved since the person looked."""

    sentence_template = (
        "Le parcours a avancé depuis que vous avez ouvert cette page, et rien n'a été changé. "
        "Regardez où il en est, puis recommencez si c'est encore utile."
    )


@dataclass(frozen=True)
class Asked:
    """A mend as asked for: by whom, why, and on which version they looked (None: whichever it is)."""

    kind: str
    process_id: UUID
    by: Actor
    reason: str
    expected: int | None = None


@dataclass(frozen=True)
class Seen:
    """A process as read before the transaction: what the engine works on."""

    process: ProcessInstance
    version: int
    state: bytes


def allowed(kind: str, by: Actor) -> None:
    """Refuse whoever may not do this kind of mend.

    Raises:
        Forbidden: the role does not allow it.
    """
    if by.kind != "system" and not by.rights.may(MAY[kind]):
        raise Forbidden


def look(asked: Asked, *, status: str = "running") -> Seen:
    """Check right, reason and version; return the process to mend.

    Raises:
        Forbidden: the role does not allow this.
        Invalid: no reason was given, or a much too long one.
        NotFound: no such process in the territory.
        ProcessSuspended: it is in suspense, and this wants it running.
        Conflict: it has moved since the person looked, or is over.
    """
    allowed(asked.kind, asked.by)
    if not asked.reason.strip():
        raise Invalid({"motif": ["Indiquez pourquoi vous intervenez : le motif reste au dossier."]})
    if len(asked.reason) > MAX_REASON:
        raise Invalid({"motif": [f"Écrivez un motif de {MAX_REASON} caractères au plus."]})
    process = db.session.get(ProcessInstance, asked.process_id)
    if process is None:
        raise NotFound
    if process.status == "suspended" and status == "running":
        raise ProcessSuspended
    if process.status != status or asked.expected not in (None, process.version):
        raise MovedMeanwhile
    return Seen(process, process.version, process.state)


@dataclass(frozen=True)
class Kept:
    """What the row of a mend keeps: elements, ids and instants, never an answer (LAW-1)."""

    element: str | None = None
    target: str | None = None
    before: bytes | None = None
    details: Mapping[str, Any] | None = None


def apply(asked: Asked, seen: Seen, store: Callable[[ProcessInstance], Kept]) -> UUID:
    """Store a mend whole, or not at all when the process has moved meanwhile; return its id.

    Args:
        store: writes what belongs to this mend, inside the transaction, and says what its row keeps.

    Raises:
        Conflict: somebody else moved the process.
    """
    with transaction() as session:
        row = session.scalar(
            select(ProcessInstance)
            .where(ProcessInstance.id == asked.process_id, ProcessInstance.version == seen.version)
            .with_for_update(key_share=True, of=ProcessInstance)
        )
        if row is None:
            raise MovedMeanwhile
        row.version = seen.version + 1
        with session.no_autoflush:
            kept = store(row)
        mend = _row(asked, row, kept)
        session.add(mend)
        _journal(asked, row, mend)
        return mend.id


def _row(asked: Asked, process: ProcessInstance, kept: Kept) -> Mend:
    return Mend(
        id=new_id(),
        process_id=process.id,
        case_id=process.case_id,
        kind=asked.kind,
        reason=asked.reason.strip(),
        element=kept.element,
        target=kept.target,
        before=kept.before,
        version=process.version,
        details=dict(kept.details or {}),
        by=asked.by.name,
        user_id=asked.by.user_id,
        at=clock.now(),
    )


def _journal(asked: Asked, process: ProcessInstance, mend: Mend) -> None:
    told = {"intervention": str(mend.id), "element": mend.element, "vers": mend.target}
    facts = {name: value for name, value in told.items() if value} | mend.details.get("journal", {})
    journal.write(
        ACTIONS[asked.kind],
        actor=asked.by.name,
        user_id=asked.by.user_id,
        case_id=process.case_id,
        process_id=process.id,
        subject=str(mend.id),
        details=facts,
    )
