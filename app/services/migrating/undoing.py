"""Bringing cases back to the release they left, as long as they have not moved on since."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock, engine, perimeter
from app.database import db, end_read, transaction
from app.errors import Conflict, NotFound, UnreadableRelease
from app.jobs import job
from app.models import Duty, MigratedProcess, Migration, ProcessInstance, StepLink, Task, Timer
from app.services import journal, releases
from app.services.actors import Actor
from app.services.mending.undoing import stand_again, suspend_again
from app.services.migrating.record import AT_ONCE, allowed, found, go_on, held
from app.services.releases import LoadedRelease


class UndoRefused(Conflict):
    """A case cannot be brought back; ``cause`` is the French sentence."""

    sentence_template = "{cause}"


_IDS: Final = frozenset({"claimed_by", "id", "task_id", "case_id", "territory_id"})
MOVED: Final = (
    "Ce parcours a avancé depuis son passage : le ramener effacerait ce qui a été fait. "
    "Il reste dans sa nouvelle version."
)
FORGOTTEN: Final = "Ce qu'il faut pour le ramener n'est plus gardé : il reste dans sa nouvelle version."
ALREADY: Final = "Ce parcours n'est pas passé, ou il a déjà été ramené."


def undo_all(migration_id: UUID, *, by: Actor) -> None:
    """Bring every case of a lot back that has not moved since, in the background.

    Raises:
        Forbidden, NotFound: this person may not, or there is no such lot.
        MigrationBusy: it is at work, or nothing of it was done.
    """
    allowed(by)
    end_read()
    with transaction():
        row = held(migration_id, "done", "stopped")
        row.status = "undoing"
        journal.write("migration.annulee", actor=by.name, user_id=by.user_id, subject=str(migration_id))
        go_on("undo_migration", migration_id)


@job("undo_migration")
def undo(migration_id: str) -> None:
    """Bring the next cases of a lot back, for a while; then hand over to the next job, or end."""
    row = db.session.get(Migration, UUID(migration_id))
    if row is None or row.status != "undoing":
        return
    lot_id, author, user_id = row.id, row.author, row.user_id
    until, tried = clock.now() + AT_ONCE, set[UUID]()
    while (row_id := _next(lot_id, tried)) is not None and clock.now() < until:
        tried.add(row_id)
        end_read()
        try:
            _bring_back(row_id, author, user_id)
        except UndoRefused:
            continue
    end_read()
    with transaction():
        row = held(lot_id, "undoing")
        if _next(lot_id, tried) is not None:
            go_on("undo_migration", lot_id)
        else:
            row.status = "done"


def _next(migration_id: UUID, tried: set[UUID]) -> UUID | None:
    found_: UUID | None = db.session.scalar(
        select(MigratedProcess.id)
        .join(ProcessInstance, ProcessInstance.id == MigratedProcess.process_id)
        .where(
            MigratedProcess.migration_id == migration_id,
            MigratedProcess.state == "done",
            MigratedProcess.version == ProcessInstance.version,
            MigratedProcess.before.is_not(None),
            MigratedProcess.id.not_in(tried),
        )
        .order_by(MigratedProcess.rank)
        .limit(1)
    )
    return found_


def undo_one(migration_id: UUID, row_id: UUID, *, by: Actor) -> None:
    """Bring one case back to the release it left.

    Raises:
        Forbidden, NotFound: this person may not, or there is no such case in the lot.
        UndoRefused: it has moved since, or is back already.
    """
    allowed(by)
    found(migration_id)
    row = db.session.get(MigratedProcess, row_id)
    if row is None or row.migration_id != migration_id:
        raise NotFound
    end_read()
    _bring_back(row_id, by.name, by.user_id)


@perimeter.lifted("step")
def _bring_back(row_id: UUID, name: str, user_id: UUID | None) -> None:
    with transaction() as session:
        mine = select(MigratedProcess).where(MigratedProcess.id == row_id)
        row = session.scalar(mine.with_for_update().execution_options(populate_existing=True))
        if row is None or row.state != "done":
            raise UndoRefused(cause=ALREADY)
        if row.before is None:
            raise UndoRefused(cause=FORGOTTEN)
        process = session.scalar(
            select(ProcessInstance)
            .where(ProcessInstance.id == row.process_id, ProcessInstance.version == row.version)
            .with_for_update(key_share=True, of=ProcessInstance)
            .execution_options(populate_existing=True)
        )
        if process is None or process.status == "cancelled":
            raise UndoRefused(cause=MOVED)
        release = _left(row.from_id)
        process.version += 1
        process.release_id = row.from_id
        session.flush()
        if row.before:
            since = process.suspended_at
            stand_again(process, engine.read(release.programme, row.before), release, row.details)
            _align(row.details)
            if since is not None and row.details["status"] == "suspended":
                suspend_again(process, since)
        else:
            process.state = row.before
        row.state, row.undone_at, row.undone_by = "undone", clock.now(), name
        row.before, row.details = None, {}
        journal.write(
            "parcours.migration_annulee",
            actor=name,
            user_id=user_id,
            case_id=process.case_id,
            process_id=process.id,
            subject=str(row.id),
            details={"vers": release.number},
        )


def _left(release_id: UUID) -> LoadedRelease:
    """Return the release that a case left, as long as it can still run.

    Raises:
        UndoRefused: this Relais does not read it any more.
    """
    try:
        return releases.of(release_id)
    except UnreadableRelease as fault:
        raise UndoRefused(cause=fault.sentence) from fault


def _align(was: dict[str, Any]) -> None:
    """Give steps, dates and frequencies what they had, to the instant."""
    db.session.flush()
    for key, values in was["tasks"].items():
        task = db.session.get(Task, UUID(key))
        for name, value in values.items() if task is not None else ():
            setattr(task, name, _read(name, value))
    for key, values in was["timers"].items():
        timer = db.session.get(Timer, UUID(key))
        if timer is not None:
            timer.element, timer.due_at = values["element"], datetime.fromisoformat(values["due_at"])
    for kept in was.get("links", ()):
        _open_link(kept)
    for key, (element, called, name) in was["duties"].items():
        duty = db.session.get(Duty, UUID(key))
        if duty is not None:
            duty.element, duty.called_process, duty.name = element, called, name


def _open_link(kept: dict[str, Any]) -> None:
    """Open the personal link of a step again, unless another one was given since."""
    task_id = UUID(kept["task_id"])
    if db.session.scalar(select(StepLink.id).where(StepLink.task_id == task_id)) is None:
        db.session.add(StepLink(**{name: _read(name, value) for name, value in kept.items()}))


def _read(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "at" or name.endswith("_at"):
        return datetime.fromisoformat(value)
    return UUID(value) if name in _IDS else value
