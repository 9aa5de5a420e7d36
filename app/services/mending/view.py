"""A running process as whoever mends it sees it: where it stands, what may be done, what was done by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select

from app import engine
from app.database import db
from app.errors import NotFound
from app.models import Case, Incident, Mend, ProcessInstance, Task, Timer
from app.services import diagrams, progress, releases, views
from app.services.actors import Actor
from app.services.mending.correcting import correctable
from app.services.mending.record import MAY, MendRefused
from app.services.mending.undoing import can_be_undone
from app.services.progress import Diagram

KINDS: Final[Mapping[str, str]] = {
    "suspend": "Parcours suspendu",
    "resume": "Parcours repris",
    "due": "Échéance changée",
    "cancel": "Parcours annulé",
    "move": "Étape déplacée",
    "repeat": "Retour à une étape",
    "skip": "Étape passée",
    "correct": "Réponse corrigée",
}
"""What people read of each kind of mend."""


@dataclass(frozen=True)
class OpenStep:
    """Something the process waits for: a person's step, an event, or a date beside a step.

    ``kind``: ``step``, ``date``, ``event`` or ``beside`` (a date on the border of a step, that goes with it).
    """

    id: UUID
    name: str
    kind: str
    lane: str | None
    due_at: datetime | None


@dataclass(frozen=True)
class Answer:
    """An answer that this person may put right."""

    id: UUID
    title: str
    author: str
    at: datetime


@dataclass(frozen=True)
class Done:
    """A mend of this process; ``undoable`` says whether this person may take it back."""

    id: UUID
    kind: str
    words: str
    reason: str
    element: str | None
    target: str | None
    by: str
    at: datetime
    undone_at: datetime | None
    undone_by: str | None
    undoable: bool


@dataclass(frozen=True)
class Sheet:
    """Everything the page of a process needs."""

    process: ProcessInstance
    name: str
    case_reference: str | None
    steps: Sequence[OpenStep]
    answers: Sequence[Answer]
    mends: Sequence[Done]
    incidents: Sequence[Incident]
    drawn: Sequence[Diagram]


def find(process_id: UUID) -> ProcessInstance:
    """Return a process of the territory.

    Raises:
        NotFound: there is none of that id.
    """
    process = db.session.get(ProcessInstance, process_id)
    if process is None:
        raise NotFound
    return process


def sheet(process_id: UUID, by: Actor) -> Sheet:
    """Return a process for somebody who may mend it.

    Raises:
        NotFound: no such process in the territory.
    """
    process = find(process_id)
    rows = list(
        db.session.scalars(
            select(Task).where(Task.process_id == process.id).order_by(Task.entered_at, Task.id)
        )
    )
    reference = select(Case.reference).where(Case.id == process.case_id)
    incidents = select(Incident).where(Incident.process_id == process.id, Incident.status == "open")
    return Sheet(
        process=process,
        name=_process_name(process),
        case_reference=db.session.scalar(reference),
        steps=open_steps(process, [row for row in rows if row.status == "open"]),
        answers=_answers(process, by),
        mends=_mends(process, by),
        incidents=list(db.session.scalars(incidents.order_by(Incident.at.desc()))),
        drawn=progress.diagrams(process, rows),
    )


def processes_of(reference: str) -> list[tuple[UUID, str, str]]:
    """Return the processes of a case, the oldest first: id, name, status; acts that are over are left out."""
    rows = db.session.scalars(
        select(ProcessInstance)
        .join(Case, Case.id == ProcessInstance.case_id)
        .where(Case.reference == reference)
        .where(or_(ProcessInstance.act.is_(None), ProcessInstance.status != "finished"))
        .order_by(ProcessInstance.started_at, ProcessInstance.id)
    )
    return [(row.id, _process_name(row), row.status) for row in rows]


def _process_name(row: ProcessInstance) -> str:
    return engine.process_ids(releases.of(row.release_id).programme).get(row.process, row.process)


def source(process_id: UUID, called: str) -> bytes:
    """Return the diagram of a process, or of one it calls.

    Raises:
        NotFound: no such process in the territory, or in its release.
    """
    return diagrams.source(releases.of(find(process_id).release_id), called)


def step_of(process_id: UUID, wanted: UUID) -> OpenStep | None:
    """Return what a process waits for under this id, None when it waits for it no longer.

    Raises:
        NotFound: no such process in the territory.
    """
    process = find(process_id)
    rows = select(Task).where(Task.process_id == process.id, Task.status == "open")
    found = open_steps(process, list(db.session.scalars(rows)))
    return next((step for step in found if step.id == wanted), None)


def open_steps(process: ProcessInstance, tasks: Sequence[Task]) -> list[OpenStep]:
    """Return what a process waits for: people first, then events and dates, those beside a step last."""
    release = releases.of(process.release_id)
    lanes = release.settings.lanes
    found = [
        OpenStep(row.id, row.name, "step", lanes[row.lane].label if row.lane in lanes else None, row.due_at)
        for row in tasks
    ]
    armed = {
        row.id: row.due_at for row in db.session.scalars(select(Timer).where(Timer.process_id == process.id))
    }
    waits = [_wait(release.programme, wait, armed) for wait in process.waits]
    return found + sorted(waits, key=lambda wait: wait.kind == "beside")


def _wait(programme: engine.Programme, wait: Mapping[str, str], armed: Mapping[UUID, datetime]) -> OpenStep:
    wait_id = UUID(wait["id"])
    described = engine.describe(programme, wait["process"])
    drawn = next((item for item in described if item.element == wait["element"]), None)
    border = drawn is not None and drawn.attached_to is not None
    kind = "beside" if border else "date" if wait["kind"] == "timer" else "event"
    name = drawn.name if drawn is not None else wait["element"]
    return OpenStep(wait_id, name, kind, drawn.lane_name if drawn else None, armed.get(wait_id))


def _answers(process: ProcessInstance, by: Actor) -> list[Answer]:
    if not by.rights.may(MAY["correct"]) or process.status != "running":
        return []
    found = []
    for row in reversed([row for row in views.latest_of(process) if row.process_id == process.id]):
        try:
            open_to_them = correctable(row.id, by)
        except (NotFound, MendRefused):
            continue
        found.append(Answer(row.id, open_to_them.form.title, row.author, row.at))
    return found


def _mends(process: ProcessInstance, by: Actor) -> list[Done]:
    release = releases.of(process.release_id)
    rows = db.session.scalars(
        select(Mend).where(Mend.process_id == process.id).order_by(Mend.at.desc(), Mend.version.desc())
    )
    return [
        Done(
            id=row.id,
            kind=row.kind,
            words=KINDS[row.kind],
            reason=row.reason,
            element=_name(release.programme, row.element) if row.kind != "correct" else _title(row),
            target=_name(release.programme, row.target) if row.kind in ("move", "repeat") else None,
            by=row.by,
            at=row.at,
            undone_at=row.undone_at,
            undone_by=row.undone_by,
            undoable=can_be_undone(row, process) and by.rights.may(MAY[row.kind]),
        )
        for row in rows
    ]


def _title(row: Mend) -> str | None:
    form = releases.of(find(row.process_id).release_id).forms.get(row.target or "")
    return form.title if form is not None else row.target


def _name(programme: engine.Programme, element: str | None) -> str | None:
    return programme.element_name(element) if element else None
