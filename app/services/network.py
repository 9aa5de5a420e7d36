"""Events and leads: processes of the territory that acts begin, and where each stands (CAR-6, CAR-12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db
from app.errors import Forbidden, NotFound
from app.models import Document, ProcessInstance, StoredFile, Task, Timer
from app.services import network_facts, network_files, releases, subjects
from app.services.actors import Actor
from app.services.network_facts import EVENT, LEAD, Known
from app.services.network_files import Attached
from app.services.releases import LoadedRelease

READ: Final = "reseau.voir"
CALLED_OFF: Final = "annule"
"""What feeds ``evenement.issue`` when an event does not take place."""
MOST: Final = 2_000


@dataclass(frozen=True)
class Waiting:
    """The step of a person that an event or a lead waits for."""

    task_id: UUID
    name: str
    due_at: datetime | None
    late: bool
    mine: bool


@dataclass(frozen=True)
class Followed:
    """An event or a lead: what is known of it, and where it stands in words.

    ``state``: ``todo`` (a person has something to do), ``waiting`` (its date is to come), ``done`` or
    ``stopped``.
    """

    id: UUID
    process: str
    process_name: str
    known: Known
    state: str
    words: str
    waiting: Waiting | None
    next_at: datetime | None
    started_at: datetime

    @property
    def day(self) -> date | None:
        """The day of an event."""
        return self.known.day("date")

    @property
    def commune(self) -> str:
        """The INSEE code of the commune of an event, empty when nobody said it."""
        return str(self.known.values.get("commune") or "")

    @property
    def total(self) -> int:
        """How many people came."""
        return sum(number for _, number in self.known.people)


@dataclass(frozen=True)
class Detail:
    """One event or lead with its documents, and the files joined to its steps."""

    followed: Followed
    documents: Sequence[Document]
    files: Sequence[Attached] = ()


def require(actor: Actor) -> None:
    """See that somebody may read the network.

    Raises:
        Forbidden: the role may not.
    """
    if not actor.rights.may(READ):
        raise Forbidden


def events(
    actor: Actor, *, commune: str = "", first: date | None = None, last: date | None = None
) -> list[Followed]:
    """Return the events, by day, the next ones last; narrowed to a commune (INSEE) and a period.

    Raises:
        Forbidden: the role does not see the network.
    """
    require(actor)
    found = _followed(EVENT, releases.current().settings.network.events, actor)
    kept = [
        row
        for row in found
        if (not commune or row.commune == commune)
        and (first is None or (row.day is not None and row.day >= first))
        and (last is None or (row.day is not None and row.day <= last))
    ]
    return sorted(kept, key=lambda row: (row.day or date.max, row.started_at))


def leads(actor: Actor) -> list[Followed]:
    """Return the partners to be: those that wait for somebody first, then those to come, then the others.

    Raises:
        Forbidden: the role does not see the network.
    """
    require(actor)
    order = {"todo": 0, "waiting": 1, "done": 2, "stopped": 3}
    found = _followed(LEAD, releases.current().settings.network.leads, actor)
    return sorted(found, key=lambda row: (order[row.state], row.known.text("nom"), row.started_at))


def detail(process_id: UUID, actor: Actor) -> Detail:
    """Return one event or lead.

    Raises:
        Forbidden: the role does not see the network.
        NotFound: none of that id here.
    """
    require(actor)
    network = releases.current().settings.network
    row = db.session.scalar(
        select(ProcessInstance).where(ProcessInstance.id == process_id, ProcessInstance.case_id.is_(None))
    )
    if row is None or row.process not in (*network.events, *network.leads):
        raise NotFound
    room = EVENT if row.process in network.events else LEAD
    (followed,) = _all([row], room, actor)
    documents = db.session.scalars(
        select(Document).where(Document.process_id == row.id).order_by(Document.at)
    ).all()
    readable = [one for one in documents if set(one.classes) <= actor.rights.read]
    return Detail(followed, readable, network_files.attached(row.id, actor))


def file_of(process_id: UUID, file_id: UUID, actor: Actor) -> tuple[StoredFile, bytes]:
    """Return a file joined to a step of an event or a lead, with its bytes; the reading is journalled.

    Raises:
        Forbidden, NotFound: as ``detail``; or it was joined to nothing here that this person may read.
    """
    if file_id not in {one.id for one in detail(process_id, actor).files}:
        raise NotFound
    return network_files.read(file_id, process_id, actor)


def of_processes(ids: Sequence[UUID], actor: Actor) -> list[Followed]:
    """Return where processes of the territory stand, read as events; whoever calls has seen to the right."""
    rows = db.session.scalars(
        select(ProcessInstance)
        .where(ProcessInstance.id.in_(list(ids)), ProcessInstance.case_id.is_(None))
        .where(ProcessInstance.status != "cancelled")
        .order_by(ProcessInstance.started_at.desc())
        .limit(MOST)
    ).all()
    return _all(rows, EVENT, actor)


def _followed(room: str, processes: Sequence[str], actor: Actor) -> list[Followed]:
    rows = db.session.scalars(
        select(ProcessInstance)
        .where(ProcessInstance.process.in_(processes), ProcessInstance.case_id.is_(None))
        .where(ProcessInstance.status != "cancelled")
        .order_by(ProcessInstance.started_at.desc())
        .limit(MOST)
    ).all()
    return _all(rows, room, actor)


def _all(rows: Sequence[ProcessInstance], room: str, actor: Actor) -> list[Followed]:
    of_release = {row.release_id: releases.of(row.release_id) for row in rows}
    known = network_facts.of_processes(room, rows, of_release)
    ids = [row.id for row in rows]
    tasks: dict[UUID, Task] = {}
    open_ones = select(Task).where(Task.process_id.in_(ids), Task.status == "open")
    for task in db.session.scalars(open_ones.order_by(Task.entered_at.desc())):
        tasks[task.process_id] = task
    due = db.session.execute(select(Timer.process_id, Timer.due_at).where(Timer.process_id.in_(ids))).all()
    timers = {row.process_id: row.due_at for row in due}
    for row in rows:
        if row.id in tasks and not known[row.id].text("titre") and room == EVENT:
            known[row.id].words["titre"] = subjects.given(row, of_release[row.release_id])
    return [
        _one(row, known[row.id], tasks.get(row.id), timers.get(row.id), actor, of_release[row.release_id])
        for row in rows
    ]


def _one(  # noqa: PLR0917  # the facts of one row, gathered by its only caller
    row: ProcessInstance,
    known: Known,
    task: Task | None,
    due: datetime | None,
    actor: Actor,
    release: LoadedRelease,
) -> Followed:
    state, words = _state(row, known, task, release)
    return Followed(
        id=row.id,
        process=row.process,
        process_name=release.programme.names.get(row.process, row.process),
        known=known,
        state=state,
        words=words,
        waiting=_waiting(task, actor) if task is not None else None,
        next_at=due,
        started_at=row.started_at,
    )


def _waiting(task: Task, actor: Actor) -> Waiting:
    late = task.due_at is not None and task.due_at <= clock.now()
    return Waiting(task.id, task.name, task.due_at, late, task.lane in actor.lanes)


def _state(row: ProcessInstance, known: Known, task: Task | None, release: LoadedRelease) -> tuple[str, str]:
    """Return where an event or a lead stands; what only waits to be forgotten is closed."""
    if known.values.get("issue") == CALLED_OFF:
        return "stopped", "Annulé"
    if task is not None:
        return "todo", task.name
    if row.status in ("running", "suspended"):
        day = known.day("date")
        if day is not None and (day < clock.today() or known.people):
            return "done", "Clos"
        return "waiting", "À venir" if day is not None else "Prochain contact prévu"
    ended = _last_end(row, release)
    signed = LEAD_SIGNED in known.values
    return ("done" if signed or not _is_lead(row, release) else "stopped"), ended


LEAD_SIGNED: Final = "signe"
"""What feeds ``piste.signe``: the day on which the structure agreed."""


def _is_lead(row: ProcessInstance, release: LoadedRelease) -> bool:
    return row.process in release.settings.network.leads


def _last_end(row: ProcessInstance, release: LoadedRelease) -> str:
    """Return the name of the end that a finished process came to, as its diagram says it."""
    steps = release.programme.described.get(row.process, ())
    ends = [step.name for step in steps if step.kind == "endEvent" and step.element in row.done_elements]
    return ends[-1] if ends else "Clos"
