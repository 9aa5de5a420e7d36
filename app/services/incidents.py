"""Incidents: a step that could not run, its element and cause in French, and how to replay it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.engine import MAX_DEPTH, Position
from app.models import Incident, ProcessInstance
from app.services import journal

if TYPE_CHECKING:
    from app.services.steps import Command


WARNING: Final = "avertissement"
"""Kind of an incident that stops nothing: there is no command to replay."""


def record(
    *,
    process_id: UUID,
    element: str,
    element_name: str,
    cause: str,
    command: "Command",
    also: Callable[[], None] | None = None,
) -> UUID:
    """Open an incident, or count the same one again, in a transaction of its own.

    Args:
        also: writes what must survive the fault, in the same transaction.
    """
    with transaction() as session:
        process = session.scalar(select(ProcessInstance).where(ProcessInstance.id == process_id))
        known = _same(process_id, command)
        if known is not None:
            known.times += 1
            known.at = clock.now()
            known.cause, known.element, known.element_name = cause, element, element_name
            incident = known
        else:
            incident = Incident(
                process_id=process_id,
                case_id=process.case_id if process else None,
                element=element,
                element_name=element_name,
                cause=cause,
                command={"kind": command.kind, **command.ids},
                at=clock.now(),
            )
            session.add(incident)
        if also is not None:
            also()
        session.flush()
        journal.write(
            "incident.ouvert",
            case_id=incident.case_id,
            process_id=process_id,
            subject=element,
            details={"incident": str(incident.id)},
        )
        return incident.id


def warn_of_depth(process: ProcessInstance, position: Position) -> None:
    """Warn once, in the transaction under way, that a process leaves ever more steps open behind it."""
    wanted = {"kind": WARNING, "process_id": str(process.id)}
    rows = db.session.scalars(select(Incident.command).where(Incident.process_id == process.id))
    if wanted in rows:
        return
    element = position.steps[-1].element if position.steps else ""
    db.session.add(
        Incident(
            process_id=process.id,
            case_id=process.case_id,
            element=element,
            element_name="Parcours de plus en plus long",
            cause=f"{len(position.open_tasks)} étapes y restent ouvertes, sur {position.depth} niveaux. "
            f"À {MAX_DEPTH} niveaux le parcours s'arrêtera. Terminez ces étapes, ou renouvelez le dossier : "
            "clôturez-le et ouvrez-en un nouveau, qui le continue.",
            command=wanted,
            at=clock.now(),
        )
    )
    journal.write("processus.profond", case_id=process.case_id, process_id=process.id, subject=element)


def _same(process_id: UUID, command: "Command") -> Incident | None:
    wanted = {"kind": command.kind, **command.ids}
    rows = db.session.scalars(
        select(Incident).where(Incident.process_id == process_id, Incident.status == "open")
    )
    return next((row for row in rows if row.command == wanted), None)


def resolve(process_id: UUID, command: "Command") -> None:
    """Close the incidents of this command, whoever gave it, in the transaction under way."""
    wanted = {"kind": command.kind, **command.ids, "person": None}
    rows = db.session.scalars(
        select(Incident).where(Incident.process_id == process_id, Incident.status == "open")
    )
    for known in rows:
        if {**known.command, "person": None} == wanted:
            settle(known)


def settle(incident: Incident) -> None:
    """Close an incident, in the transaction under way."""
    incident.status, incident.resolved_at = "resolved", clock.now()
    journal.write(
        "incident.regle",
        case_id=incident.case_id,
        process_id=incident.process_id,
        subject=incident.element,
    )
