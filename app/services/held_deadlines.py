"""Deadlines that wait: while a step of the case is open, those of the steps that it names stand still.

A step says so with its property ``arrete_delais`` (« completer_saisine » stops « verifier_eligibilite » until
the papers have come, AST-4). Nothing of a held step is reminded, escalated or missed; once no step holds it
any more, every instant it waits for moves by the time it was held. It can be answered all the while.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db
from app.engine import Programme
from app.models import ProcessInstance, Task
from app.services import journal
from app.services.releases import LoadedRelease

HOLDS: Final = "arrete_delais"
"""The property of the step that holds: the elements whose deadlines wait, separated by commas or spaces."""

INSTANTS: Final = ("due_at", "remind_at", "escalate_at", "breach_at")
"""The instants of an open step that wait with it."""


def named(text: str) -> frozenset[str]:
    """Return the elements that the property names."""
    return frozenset(re.findall(r"\w+", text))


def reconcile(process: ProcessInstance, release: LoadedRelease) -> None:
    """Hold or let go the deadlines of a process's case; inside the transaction that stores its step."""
    holders = _holders(release.programme)
    if not holders or process.case_id is None:
        return
    open_tasks = _open_tasks(process.case_id)
    held = frozenset().union(*(holders.get((t.called_process, t.element), frozenset()) for t in open_tasks))
    for task in open_tasks:
        if task.element in held and task.held_at is None and task.active:
            _hold(task)
        elif task.element not in held and task.held_at is not None:
            _let_go(task)


def _holders(programme: Programme) -> Mapping[tuple[str, str], frozenset[str]]:
    """Return the steps of a programme that hold others: (process, element) → elements."""
    return {
        (process, item.element): named(item.properties[HOLDS])
        for process, items in programme.described.items()
        for item in items
        if item.kind == "userTask" and item.properties.get(HOLDS)
    }


def _open_tasks(case_id: UUID) -> list[Task]:
    query = select(Task).where(Task.case_id == case_id, Task.status == "open")
    return list(db.session.scalars(query.order_by(Task.entered_at, Task.id)))


def _hold(task: Task) -> None:
    task.active, task.held_at = False, clock.now()
    journal.write(
        "delai.arrete",
        case_id=task.case_id,
        process_id=task.process_id,
        subject=str(task.id),
        details={"etape": task.element},
    )


def _let_go(task: Task) -> None:
    """Move a step's instants by the time it was held; what its process was suspended is moved by resuming."""
    suspended = task.process.status == "suspended"
    until = (task.process.suspended_at if suspended else None) or clock.now()
    pause = max(timedelta(), until - (task.held_at or until))
    for name in INSTANTS:
        moment = getattr(task, name)
        if moment is not None:  # rows keep UTC: adding to it adds elapsed time
            setattr(task, name, moment + pause)
    task.active, task.held_at = not suspended, None
    journal.write(
        "delai.repris",
        case_id=task.case_id,
        process_id=task.process_id,
        subject=str(task.id),
        details={
            "etape": task.element,
            "arret_s": round(pause.total_seconds()),
            "echeance": task.due_at.isoformat() if task.due_at else None,
        },
    )
