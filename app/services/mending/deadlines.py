"""One deadline moved by hand: a step's, or a timer's; the engine and the row move together (AST-5)."""

from datetime import datetime, timedelta
from uuid import UUID

from app import clock, engine
from app.database import db
from app.engine import NotReady
from app.errors import Conflict, Invalid, NotFound
from app.models import ProcessInstance, Task, Timer
from app.services import releases
from app.services.actors import Actor
from app.services.mending.record import Asked, Kept, Seen, allowed, apply, look

TOO_FAR = timedelta(days=366 * 20)
"""Beyond twenty years a date is a slip of the keyboard."""


def change_due(
    wanted: UUID, moment: datetime, *, reason: str, by: Actor, expected: int | None = None
) -> UUID:
    """Give an open step, or a waiting timer, another due instant; return the mend's id.

    A step's reminder, escalation and breach keep their distance to its due date. One already sent is due
    again only when its new instant is still to come: a new deadline is reminded of like the first.

    Args:
        wanted: the id of a task or of a timer (an armed review waits for one).
        moment: the new instant, aware; a day's end is the midnight that ends it in Paris.
        expected: the version of the process that the person looked at.

    Raises:
        NotFound: no such step or timer in the territory.
        Conflict: it waits no longer, or the process has moved or is in suspense.
        Invalid: the past, or further than twenty years; or no reason.
        Forbidden: the role does not allow it.
    """
    allowed("due", by)
    task, timer = db.session.get(Task, wanted), db.session.get(Timer, wanted)
    held = task or timer
    if held is None:
        raise NotFound
    if task is not None and task.status != "open":
        raise Conflict
    now = clock.now()
    if not now < moment < now + TOO_FAR:
        raise Invalid({"echeance": ["Indiquez une date à venir, dans les vingt ans."]})
    asked = Asked("due", held.process_id, by, reason, expected)
    seen = look(asked)
    if task is not None:
        return _change_task(asked, seen, task, moment)
    return _change_timer(asked, seen, wanted, moment)


def _change_task(asked: Asked, seen: Seen, task: Task, moment: datetime) -> UUID:
    task_id, element = task.id, task.element
    distance = moment - task.due_at if task.due_at else timedelta()
    remind, escalate, breach = (
        at + distance if at else None for at in (task.remind_at, task.escalate_at, task.breach_at)
    )
    programme = releases.of(seen.process.release_id).programme
    position = _set(programme, seen, task_id, (moment, remind, escalate, breach))

    def store(process: ProcessInstance) -> Kept:
        row = db.session.get_one(Task, task_id)
        process.state = position.state
        sent = {"reminded_at": row.reminded_at, "escalated_at": row.escalated_at}
        before = {name: at.isoformat() for name, at in sent.items() if at}
        row.due_at, row.remind_at, row.escalate_at, row.breach_at = moment, remind, escalate, breach
        if remind is not None and remind > clock.now():
            row.reminded_at = None
        if escalate is not None and escalate > clock.now():
            row.escalated_at = None
        told = {"tache": str(task_id), "echeance": moment.isoformat()}
        return Kept(element, None, seen.state, {"journal": told, "sent": {str(task_id): before}})

    return apply(asked, seen, store)


def _change_timer(asked: Asked, seen: Seen, timer_id: UUID, moment: datetime) -> UUID:
    programme = releases.of(seen.process.release_id).programme
    position = _set(programme, seen, timer_id, (moment, None, None, None))

    def store(process: ProcessInstance) -> Kept:
        row = db.session.get(Timer, timer_id)
        if row is None:
            raise Conflict
        process.state = position.state
        row.due_at, row.status = moment, "waiting"
        row.lease_until, row.lease_owner, row.attempts = None, None, 0
        told = {"minuteur": str(timer_id), "echeance": moment.isoformat()}
        return Kept(row.element, None, seen.state, {"journal": told})

    return apply(asked, seen, store)


def _set(
    programme: engine.Programme,
    seen: Seen,
    wanted: UUID,
    moments: tuple[datetime, datetime | None, datetime | None, datetime | None],
) -> engine.Position:
    due, remind, escalate, breach = moments
    try:
        return engine.set_due(
            programme, seen.state, wanted, due, remind=remind, escalate=escalate, breach=breach
        )
    except NotReady as gone:
        raise Conflict from gone
