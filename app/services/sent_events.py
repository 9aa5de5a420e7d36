"""An event that a step sends to other processes of its case: kept, then delivered to each in its own turn."""

from sqlalchemy import select

from app import clock, jobs
from app.database import db
from app.handlers.effects import SendEvent
from app.models import Event, ProcessInstance
from app.services import journal


def send(effect: SendEvent, process: ProcessInstance) -> None:
    """Keep an event of a step, in its transaction; one that it replaces is delivered no more."""
    if effect.replaces:
        out_of_date = select(Event).where(Event.case_id == effect.case_id, Event.status == "waiting")
        for earlier in db.session.scalars(
            out_of_date.where(Event.name.startswith(effect.replaces, autoescape=True))
        ):
            earlier.status = "replaced"
    event = Event(
        name=effect.name,
        payload=dict(effect.payload),
        case_id=effect.case_id,
        sent_by_process=process.id,
        at=clock.now(),
    )
    db.session.add(event)
    db.session.flush()
    journal.write("evenement.envoye", case_id=effect.case_id, process_id=process.id, subject=effect.name)
    jobs.enqueue("deliver_event", lock=f"case:{effect.case_id}", event_id=event.id)
