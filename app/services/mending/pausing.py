"""Putting a process in suspense, and taking it up again with every deadline moved by the pause."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import clock, engine
from app.database import db
from app.models import ProcessInstance, Task, Timer
from app.services import duties, early_events, releases
from app.services.actors import Actor
from app.services.held_deadlines import INSTANTS
from app.services.mending.record import Asked, Kept, apply, look


def suspend(process_id: UUID, *, reason: str, by: Actor, expected: int | None = None) -> UUID:
    """Put a process in suspense: no timer fires, nothing is sent, nobody's answer is taken; return the mend.

    Drafts stay and can go on; what arrives early waits.

    Raises:
        Forbidden, Invalid, NotFound, Conflict: as every mend (``record.look``).
    """
    asked = Asked("suspend", process_id, by, reason, expected)
    seen = look(asked)

    def store(process: ProcessInstance) -> Kept:
        process.status, process.suspended_at = "suspended", clock.now()
        for task in _open_tasks(process.id):
            task.active = False
        return Kept()

    return apply(asked, seen, store)


def resume(process_id: UUID, *, reason: str, by: Actor, expected: int | None = None) -> UUID:
    """Take a suspended process up again; every instant it waits for moves by the pause; return the mend.

    The pause counts as elapsed time: across a clock change, an hour more or less on the clock. What was
    sent before the pause is not sent again.

    Raises:
        Forbidden, Invalid, NotFound, Conflict: as every mend (``record.look``).
    """
    asked = Asked("resume", process_id, by, reason, expected)
    seen = look(asked, status="suspended")
    pause = clock.now() - (seen.process.suspended_at or clock.now())
    programme = releases.of(seen.process.release_id).programme
    position = engine.shift(programme, seen.state, pause) if seen.state else None

    def store(process: ProcessInstance) -> Kept:
        process.status, process.suspended_at = "running", None
        if position is not None:
            process.state = position.state
        for task in _open_tasks(process.id):
            task.active = task.held_at is None
            _move(task, (*INSTANTS, "held_at"), pause)
        for timer in db.session.scalars(select(Timer).where(Timer.process_id == process.id)):
            _move(timer, ("due_at",), pause)
        duties.shift(process.id, pause)
        if position is not None:
            early_events.call(process, position)
        return Kept(details={"journal": {"pause_s": round(pause.total_seconds())}})

    return apply(asked, seen, store)


def _open_tasks(process_id: UUID) -> list[Task]:
    query = select(Task).where(Task.process_id == process_id, Task.status == "open")
    return list(db.session.scalars(query))


def _move(row: Any, names: tuple[str, ...], pause: timedelta) -> None:
    for name in names:
        moment: datetime | None = getattr(row, name)
        if moment is not None:  # rows keep UTC: adding to it adds elapsed time
            setattr(row, name, moment + pause)
