"""What is told to a case before anybody waits for it: delivered once somebody does, lost with the case."""

from sqlalchemy import select

from app import jobs
from app.database import db
from app.engine import Position
from app.models import Event, ProcessInstance


def lose(process: ProcessInstance) -> None:
    """Mark as lost what its case still waited to be told, when no process of it is left to be told."""
    if process.case_id is None or others_running(process):
        return
    lost = db.session.scalars(
        select(Event).where(Event.case_id == process.case_id, Event.status == "waiting")
    )
    for event in lost:
        event.status = "lost"


def others_running(process: ProcessInstance) -> bool:
    """Say whether another process of the same case is under way."""
    query = select(ProcessInstance.id).where(
        ProcessInstance.case_id == process.case_id,
        ProcessInstance.status.in_(("running", "suspended")),
        ProcessInstance.id != process.id,
    )
    return db.session.scalar(query.limit(1)) is not None


def call(process: ProcessInstance, position: Position) -> None:
    """Have early events delivered, now that somebody waits for them."""
    expected = {wait.name for wait in position.waits if wait.kind == "message" and wait.name}
    if not expected or process.case_id is None:
        return
    early = db.session.scalars(
        select(Event.id)
        .where(Event.case_id == process.case_id, Event.status == "waiting", Event.name.in_(expected))
        .order_by(Event.at)
    )
    for event_id in early:
        jobs.enqueue("deliver_event", lock=f"case:{process.case_id}", event_id=event_id)
