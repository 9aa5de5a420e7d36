"""Events between processes: each receiver advances in its own transaction, once per (event, process).

An early event waits until it is caught or the process ends, and then shows in Supervision.
"""

from uuid import UUID

from sqlalchemy import select

from app import clock, engine
from app.catalog.answers import decode
from app.database import db, end_read, transaction
from app.engine import Position
from app.errors import Conflict
from app.jobs import job
from app.models import Event, EventReceipt, ProcessInstance
from app.services import journal, steps


@job("deliver_event")
def deliver(event_id: str) -> None:
    """Give an event to every process of its case that waits for it now.

    Raises:
        Conflict: a receiver kept moving; the job is run again later.
        DesignFault: a step behind the catcher cannot run; an incident holds it.
    """
    event = db.session.scalar(select(Event).where(Event.id == UUID(event_id)))
    if event is None or event.status != "waiting":
        return
    for process_id, wait_id in _receivers(event):
        _give(event.id, process_id, wait_id)
    _lose_if_nobody_is_left(UUID(event_id))


def _lose_if_nobody_is_left(event_id: UUID) -> None:
    """An event sent after the end of its case waits for nobody: Supervision shows it as lost."""
    end_read()
    event = db.session.scalar(select(Event).where(Event.id == event_id, Event.status == "waiting"))
    if event is None or _running(event):
        return
    with transaction() as session:
        row = session.scalars(select(Event).where(Event.id == event_id).with_for_update()).one()
        if row.status == "waiting" and not _running(row):
            row.status = "lost"


def _receivers(event: Event) -> list[tuple[UUID, UUID]]:
    found = []
    for process in _running(event):
        if process.status != "running":
            continue
        wait = next((w for w in process.waits if w["kind"] == "message" and w["name"] == event.name), None)
        if wait is not None and not _received(event.id, process.id):
            found.append((process.id, UUID(wait["id"])))
    return found


def _running(event: Event) -> list[ProcessInstance]:
    """Return the processes of the event's case that may still come to wait for it, the oldest first."""
    query = select(ProcessInstance).where(
        ProcessInstance.case_id == event.case_id, ProcessInstance.status.in_(("running", "suspended"))
    )
    return list(db.session.scalars(query.order_by(ProcessInstance.started_at)))


def _received(event_id: UUID, process_id: UUID) -> bool:
    query = select(EventReceipt.id).where(
        EventReceipt.event_id == event_id, EventReceipt.process_id == process_id
    )
    return db.session.scalar(query) is not None


def _give(event_id: UUID, process_id: UUID, wait_id: UUID) -> None:
    event = db.session.get_one(Event, event_id)
    payload, name = decode(event.payload), event.name

    def store(process: ProcessInstance, position: Position) -> None:
        del position
        row = db.session.get_one(Event, event_id, populate_existing=True)
        if row.status != "waiting" or _received(event_id, process.id):
            raise Conflict
        row.status, row.process_id = "caught", process.id
        db.session.add(EventReceipt(event_id=event_id, process_id=process.id, at=clock.now()))
        journal.write("evenement.recu", case_id=process.case_id, process_id=process.id, subject=name)

    steps.advance(
        process_id,
        lambda programme, state, hooks: engine.catch(programme, state, wait_id, payload, hooks),
        command=steps.Command("catch", {"event_id": str(event_id)}),
        store=store,
    )
