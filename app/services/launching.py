"""A process started by another: by a verb of its diagram, inside that step's transaction."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app import clock, tenancy
from app.database import db
from app.handlers.effects import GIVEN, StartProcess
from app.models import Membership, ProcessInstance, Task
from app.services import journal, perimeter, starting
from app.services.releases import LoadedRelease


def start(effect: StartProcess, by: ProcessInstance, release: LoadedRelease) -> None:
    """Start a process beside ``by``, pinned to the same release; its first step failing is an incident.

    The journal keeps the dates it was given, never a text (LAW-1): whoever reads it alone can compute
    every deadline again.
    """
    row = ProcessInstance(
        id=effect.id,
        case_id=effect.case_id,
        release_id=release.id,
        process=effect.process,
        state=b"",
        started_at=clock.now(),
        done_elements={},
    )
    db.session.add(row)
    db.session.flush()
    journal.write(
        "processus.demarre",
        case_id=row.case_id,
        process_id=row.id,
        subject=row.process,
        details={"par": str(by.id), "donnees": _dates(effect.data)},
    )
    starting.begin(row, release, {GIVEN: dict(effect.data)})
    if effect.assignee is not None:
        _hold(row, effect, release)


def _dates(data: Mapping[str, Any]) -> dict[str, str]:
    return {key: value.isoformat() for key, value in data.items() if isinstance(value, date | datetime)}


def _hold(process: ProcessInstance, effect: StartProcess, release: LoadedRelease) -> None:
    """Give the first tasks to whoever was named, when they may answer them."""
    db.session.flush()
    here = select(Membership.roles).where(Membership.territory_id == tenancy.current_id())
    roles = db.session.scalar(here.where(Membership.user_id == effect.assignee)) or []
    sees = bool(effect.assignee and perimeter.who_sees([effect.assignee], process.case_id))
    for task in db.session.scalars(
        select(Task).where(Task.process_id == process.id, Task.status == "open")
    ).all():
        lane = release.settings.lanes.get(task.lane)
        if lane is not None and set(lane.roles) & set(roles) and sees:
            task.claimed_by = effect.assignee
            journal.write(
                "tache.confiee",
                case_id=process.case_id,
                process_id=process.id,
                subject=str(task.id),
                details={"a": str(effect.assignee)},
            )
