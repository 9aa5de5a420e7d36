"""What a task's own deadlines send, each once: the reminder (``rappel``), the escalation (``escalade``).

One that cannot be written holds no other back: it becomes a job, tried again, then shown in Supervision
among what gave up, where it can be sent again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import InstrumentedAttribute

from app import clock, jobs, tenancy
from app.database import db, end_read, transaction
from app.jobs import job
from app.models import Task
from app.services import journal, mail, releases
from app.services.releases import LoadedRelease

SUPERVISION: Final = "supervision"
"""Who is told of a late task when the diagram names no lane (``escalade_a``)."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """A kind of notice: the task's instants it reads and writes, how it is sent, its journal words."""

    due: InstrumentedAttribute[datetime | None]
    sent: InstrumentedAttribute[datetime | None]
    send: Callable[[Task, LoadedRelease], None]
    done: str
    failed: str


NOTICES: Final = {
    "rappel": Notice(
        Task.remind_at, Task.reminded_at, mail.remind, "tache.rappelee", "rappel.impossible"
    ),
    "escalade": Notice(
        Task.escalate_at, Task.escalated_at, mail.escalate, "tache.escaladee", "escalade.impossible"
    ),
}  # fmt: skip


def remind_due(limit: int = 100) -> int:
    """Send the one reminder of every open task whose ``rappel`` has come; return how many."""
    return _send_due("rappel", limit)


def escalate_due(limit: int = 100) -> int:
    """Tell those who may act in Supervision of open tasks whose ``escalade`` has come; return how many."""
    return _send_due("escalade", limit)


def _send_due(kind: str, limit: int) -> int:
    now, notice = clock.now(), NOTICES[kind]
    with tenancy.unscoped("due_work"):
        due = db.session.execute(
            select(Task.id, Task.territory_id)
            .where(Task.status == "open", Task.active, notice.due <= now, notice.sent.is_(None))
            .order_by(notice.due, Task.id)
            .limit(limit)
        ).all()
    sent = 0
    for task_id, territory_id in due:
        with tenancy.serving(territory_id):
            try:
                sent += _claim_and_send(task_id, notice)
            except OperationalError:
                _log.warning("%s of task %s waits: the database did not answer", kind, task_id)
                end_read()
            except Exception as fault:  # noqa: BLE001  # one notice must not hold back the others
                _log.warning("%s of task %s failed: %s", kind, task_id, type(fault).__name__)
                _put_off(task_id, kind)
    return sent


def _claim_and_send(task_id: UUID, notice: Notice) -> bool:
    with transaction():
        task = _claim(task_id, notice)
        if task is None:
            return False
        _send(task, notice)
    return True


def _claim(task_id: UUID, notice: Notice) -> Task | None:
    """Mark a notice as sent and return its task; None when another pump did, or the task is over."""
    claimed = db.session.execute(
        update(Task)
        .where(Task.id == task_id, Task.status == "open", Task.active, notice.sent.is_(None))
        .values({notice.sent.key: clock.now()})
        .execution_options(synchronize_session=False)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
        return None
    return db.session.scalars(select(Task).where(Task.id == task_id)).one()


def _send(task: Task, notice: Notice) -> None:
    notice.send(task, releases.of(task.process.release_id))
    to_whom = {"a": task.escalate_to or SUPERVISION} if notice is NOTICES["escalade"] else {}
    journal.write(
        notice.done, case_id=task.case_id, process_id=task.process_id, subject=str(task.id), details=to_whom
    )


def _put_off(task_id: UUID, kind: str) -> None:
    """Hand a notice that cannot be written to the jobs; the journal says so."""
    notice = NOTICES[kind]
    with transaction():
        task = _claim(task_id, notice)
        if task is None:
            return
        journal.write(notice.failed, case_id=task.case_id, process_id=task.process_id, subject=str(task_id))
        jobs.enqueue("send_notice", kind=kind, task_id=task_id)


@job("send_notice")
def send_again(kind: str, task_id: str) -> None:
    """Send a notice that could not be written before; nothing when the task is no longer open."""
    with transaction() as session:
        task = session.scalar(select(Task).where(Task.id == UUID(task_id)))
        if task is None or task.status != "open":
            return
        if task.active:
            _send(task, NOTICES[kind])
        else:
            setattr(task, NOTICES[kind].sent.key, None)  # not sent: due again once the process is resumed
