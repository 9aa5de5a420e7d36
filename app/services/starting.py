"""Starting a process: by an alert, by the calendar, by hand; and again after an incident."""

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock, engine, jobs, perimeter, tenancy
from app.catalog.answers import decode, encode
from app.database import db, end_read, transaction
from app.engine import Position, StepFault
from app.errors import Conflict, DesignFault, NotFound
from app.ids import new_id
from app.jobs import job
from app.models import Draft, Incident, ProcessInstance, Territory
from app.services import calendar_duties, incidents, journal, positions, releases, steps
from app.services.releases import LoadedRelease

_LOOK_AHEAD: Final = 2000
"""How many turns of a series are passed over to find the next one to come (500 years of quarters)."""
_BEGINNING: Final = "depart"
"""Whose draft keeps, sealed, what a process that could not begin was given."""
_log = logging.getLogger(__name__)


@perimeter.lifted("step")
def begin(process: ProcessInstance, release: LoadedRelease, data: Mapping[str, Any]) -> None:
    """Run a new process to its first stop, inside the transaction that created its row.

    When a step cannot run, the row stays with an incident that replays the start.
    """
    hooks = hooks_for(process, release)
    try:
        position = engine.start(release.programme, process.process, data, hooks, instance_id=process.id)
    except StepFault as fault:
        incident = Incident(
            process_id=process.id,
            case_id=process.case_id,
            element=fault.element,
            element_name=fault.element_name,
            cause=fault.cause,
            command={"kind": "start", "rank": str(process.rank)},
            at=clock.now(),
        )
        db.session.add(incident)
        if data:
            kept = {"answers": encode(data)}
            db.session.add(Draft(task_id=process.id, person=_BEGINNING, raw=kept, at=clock.now()))
        journal.write(
            "incident.ouvert", case_id=process.case_id, process_id=process.id, subject=fault.element
        )
        return
    positions.record(process, position, hooks.effects, hooks.decisions, release)


def hooks_for(process: ProcessInstance, release: LoadedRelease) -> steps.StepHooks:
    """Return hooks for a step of ``process`` now."""
    territory = db.session.get_one(Territory, tenancy.current_id())
    return steps.StepHooks(process=process, release=release, territory=territory, now=clock.now())


def begin_again(process_id: UUID) -> None:
    """Start a process whose first step had failed.

    Raises:
        DesignFault: it fails again.
        Conflict: it has started meanwhile.
    """
    end_read()
    try:
        _start_kept(process_id)
    except StepFault as fault:
        incidents.record(
            process_id=process_id,
            element=fault.element,
            element_name=fault.element_name,
            cause=fault.cause,
            command=_command(db.session.get_one(ProcessInstance, process_id)),
        )
        raise DesignFault(element=fault.element_name, cause=fault.cause) from fault


def _start_kept(process_id: UUID) -> None:
    with transaction() as session:
        process = session.scalar(
            select(ProcessInstance).where(ProcessInstance.id == process_id).with_for_update()
        )
        if process is None or process.state != b"":
            raise Conflict
        release = releases.of(process.release_id)
        hooks = hooks_for(process, release)
        position = engine.start(
            release.programme, process.process, _data(process, release), hooks, instance_id=process.id
        )
        positions.record(process, position, hooks.effects, hooks.decisions, release)
        incidents.resolve(process_id, _command(process))


def _data(process: ProcessInstance, release: LoadedRelease) -> dict[str, Any]:
    """Return what a process begins with: what it was given the first time, else its turn of a series."""
    query = select(Draft).where(Draft.task_id == process.id, Draft.person == _BEGINNING)
    kept = db.session.scalar(query)
    if kept is not None:
        db.session.delete(kept)
        return decode(kept.raw["answers"])
    return _series_data(process.process, process.rank, release) if process.case_id is None else {}


def _command(process: ProcessInstance) -> steps.Command:
    return steps.Command("start", {"rank": str(process.rank)})


@job("arm_calendar")
def arm(process: str, rank: str) -> None:
    """Put the next process of a series in wait of its date; done once for each rank.

    The date stands in the diagram's start timer, counted from the anchor (``mois_apres(ancre, …)``).
    Turns already past are passed over.
    """
    first = int(rank)
    release = releases.current()
    if _armed(process, first):
        return
    for turn in range(first, first + _LOOK_AHEAD):
        data = _series_data(process, turn, release)
        row = ProcessInstance(
            id=new_id(),
            release_id=release.id,
            process=process,
            state=b"",
            started_at=clock.now(),
            rank=turn,
            done_elements={},
        )
        hooks = hooks_for(row, release)
        position = engine.start(release.programme, process, data, hooks, instance_id=row.id)
        if _is_to_come(position):
            _keep(row, position, hooks, first=first)
            return


def _is_to_come(position: Position) -> bool:
    due = [wait.due_at for wait in position.waits if wait.kind == "timer" and wait.due_at]
    return not due or min(due) > clock.now()


def _keep(row: ProcessInstance, position: Position, hooks: steps.StepHooks, *, first: int) -> None:
    end_read()
    with transaction() as session:
        # Several servers may start at once: one arms, the others wait and see that it is done.
        session.execute(
            select(Territory.id).where(Territory.id == tenancy.current_id()).with_for_update(key_share=True)
        )
        if _armed(row.process, first):
            return
        session.add(row)
        session.flush()
        calendar_duties.keep(row.process, hooks.release)
        journal.write("calendrier.arme", process_id=row.id, subject=row.process, details={"rang": row.rank})
        positions.record(row, position, hooks.effects, hooks.decisions, hooks.release)


def _keep_duties(release: LoadedRelease) -> None:
    """Begin the duties of calendar processes that were armed before a release gave them one."""
    armed = [item.process for item in release.settings.schedule if _armed(item.process, 0)]
    if armed:
        with transaction() as session:
            held = select(Territory.id).where(Territory.id == tenancy.current_id())
            session.execute(held.with_for_update(key_share=True))
            for process in armed:
                calendar_duties.keep(process, release)


def _armed(process: str, rank: int) -> bool:
    query = select(ProcessInstance.id).where(
        ProcessInstance.process == process, ProcessInstance.rank >= rank, ProcessInstance.case_id.is_(None)
    )
    return db.session.scalar(query.limit(1)) is not None


def _series_data(process: str, rank: int, release: LoadedRelease) -> dict[str, Any]:
    anchor: date | None = next(
        (item.anchor for item in release.settings.schedule if item.process == process), None
    )
    if anchor is None:
        raise NotFound
    return {"ancre": anchor, "rang": rank}


def arm_all() -> None:
    """Arm every process that the calendar of the territory starts, where none is waiting; keep its duties."""
    release = releases.current()
    _keep_duties(release)
    for scheduled in release.settings.schedule:
        last = db.session.scalar(
            select(func.max(ProcessInstance.rank)).where(ProcessInstance.process == scheduled.process)
        )
        rank = str(0 if last is None else last)
        try:
            arm(scheduled.process, rank)
        except DesignFault as fault:
            # A drawing that cannot run must not keep the server down: Supervision shows the job.
            _log.warning("calendar of %s not armed: %s", scheduled.process, type(fault).__name__)
            with transaction():
                jobs.enqueue(
                    "arm_calendar",
                    lock=f"calendar:{scheduled.process}",
                    process=scheduled.process,
                    rank=rank,
                )
