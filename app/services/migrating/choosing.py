"""Which running cases are to be carried over: all of a kind, or those that a person picked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from app import clock, engine
from app.database import db, end_read, transaction
from app.errors import Invalid, NotFound, UnreadableRelease
from app.ids import new_id
from app.models import Case, MigratedProcess, Migration, ProcessInstance, Release, Task, Timer
from app.services import journal, releases
from app.services.actors import Actor
from app.services.migrating.record import MOST, allowed, go_on, held

SHOWN: Final = 200
"""Cases listed to be picked one by one; beyond, they are chosen by what they have in common."""


@dataclass(frozen=True)
class Choice:
    """What is looked for: processes under way, of a kind, at a step, on an earlier release, of a case."""

    target: UUID
    process: str = ""
    element: str = ""
    release: int | None = None
    reference: str = ""

    def plain(self) -> dict[str, Any]:
        """Return the choice as a row keeps it; the case's reference is no personal fact."""
        kept = {"processus": self.process, "etape": self.element, "version": self.release}
        return {name: value for name, value in {**kept, "dossier": self.reference}.items() if value}


@dataclass(frozen=True)
class Candidate:
    """A process that could be carried over: what it is, where it stands."""

    id: UUID
    name: str
    reference: str | None
    release: int
    stands: Sequence[str]
    started_at: datetime


@dataclass(frozen=True)
class Found:
    """What a choice finds: how many, the first of them, and what can be chosen among."""

    count: int
    rows: Sequence[Candidate]
    processes: Sequence[tuple[str, str]]
    steps: Sequence[tuple[str, str]]
    releases: Sequence[int]


def candidates(choice: Choice, by: Actor) -> Found:
    """Return the running processes that a choice finds, the oldest first.

    Raises:
        Forbidden: this person may not carry cases over.
        NotFound: no such release here.
    """
    allowed(by)
    releases.of(choice.target)
    count = db.session.scalar(select(func.count()).select_from(_wanted(choice).subquery())) or 0
    rows = db.session.execute(_wanted(choice).limit(SHOWN)).all()
    return Found(count, _candidates([row.id for row in rows]), *_among(choice))


def _wanted(choice: Choice) -> Select[UUID]:
    query = (
        select(ProcessInstance.id)
        .join(Release, Release.id == ProcessInstance.release_id)
        .where(*_elsewhere(choice))
    )
    if choice.process:
        query = query.where(ProcessInstance.process == choice.process)
    if choice.release is not None:
        query = query.where(Release.number == choice.release)
    if choice.element:
        query = query.where(_stands_at(choice.element))
    if choice.reference:
        query = query.join(Case, Case.id == ProcessInstance.case_id).where(Case.reference == choice.reference)
    return query.order_by(ProcessInstance.started_at, ProcessInstance.id)


def _elsewhere(choice: Choice) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What is under way on another release."""
    return (
        ProcessInstance.status.in_(("running", "suspended")),
        ProcessInstance.release_id != choice.target,
    )


def _stands_at(element: str) -> ColumnElement[bool]:
    tasks = select(Task.process_id).where(Task.status == "open", Task.element == element)
    timers = select(Timer.process_id).where(Timer.element == element)
    return or_(ProcessInstance.id.in_(tasks), ProcessInstance.id.in_(timers))


def _candidates(ids: Sequence[UUID]) -> list[Candidate]:
    order = {key: rank for rank, key in enumerate(ids)}
    rows = db.session.execute(
        select(ProcessInstance, Case.reference, Release.number)
        .join(Release, Release.id == ProcessInstance.release_id)
        .outerjoin(Case, Case.id == ProcessInstance.case_id)
        .where(ProcessInstance.id.in_(ids))
    ).all()
    open_now: dict[UUID, list[str]] = {}
    tasks = select(Task.process_id, Task.name).where(Task.process_id.in_(ids), Task.status == "open")
    for process_id, name in db.session.execute(tasks.order_by(Task.entered_at, Task.id)):
        open_now.setdefault(process_id, []).append(name)
    found = [
        Candidate(
            row.id, name_of(row.release_id, row.process), reference, number,
            list(dict.fromkeys(open_now.get(row.id, ()))) or _waits(row), row.started_at,
        )
        for row, reference, number in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: order[one.id])


def name_of(release_id: UUID, process: str) -> str:
    """Return what people call a process."""
    try:
        return engine.process_ids(releases.of(release_id).programme).get(process, process)
    except (UnreadableRelease, NotFound):
        return process


def _waits(row: ProcessInstance) -> list[str]:
    try:
        programme = releases.of(row.release_id).programme
    except UnreadableRelease:
        return []
    return list(dict.fromkeys(programme.element_name(wait["element"]) for wait in row.waits))


def _among(choice: Choice) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[int]]:
    """Return the processes, the open steps and the releases of everything that runs elsewhere."""
    running = _elsewhere(choice)
    kinds = db.session.execute(
        select(ProcessInstance.process, ProcessInstance.release_id).where(*running).distinct()
    )
    names = {process: name_of(release_id, process) for process, release_id in kinds}
    steps = db.session.execute(
        select(Task.element, Task.name)
        .join(ProcessInstance, ProcessInstance.id == Task.process_id)
        .where(*running, Task.status == "open")
        .distinct()
    )
    numbers = db.session.scalars(
        select(Release.number)
        .join(ProcessInstance, ProcessInstance.release_id == Release.id)
        .where(*running)
        .distinct()
    )
    by_name = sorted(names.items(), key=lambda item: item[1])
    return by_name, sorted(dict(steps.all()).items(), key=lambda item: item[1]), sorted(numbers)


def begin(
    choice: Choice, *, by: Actor, picked: Sequence[UUID] | None = None, recompute: bool = False
) -> UUID:
    """Keep a lot and have each of its cases judged; nothing is carried over yet.

    Args:
        picked: the processes that the person ticked; None takes all that the choice finds.

    Raises:
        Forbidden, NotFound: as ``candidates``.
        Invalid: nobody is chosen, or too many.
    """
    allowed(by)
    releases.of(choice.target)
    rows, migration_id = _rows(_ids(choice, picked)), new_id()
    end_read()
    with transaction() as session:
        session.add(
            Migration(
                id=migration_id, target_id=choice.target, chosen=choice.plain(), recompute=recompute,
                author=by.name, user_id=by.user_id, at=clock.now(),
            )
        )  # fmt: skip
        session.flush()
        for row in rows:
            row.migration_id = migration_id
        session.add_all(rows)
        journal.write(
            "migration.preparee", actor=by.name, user_id=by.user_id, subject=str(migration_id),
            details={"parcours": len(rows), "version": str(choice.target)},
        )  # fmt: skip
        go_on("judge_migration", migration_id)
    return migration_id


def _ids(choice: Choice, picked: Sequence[UUID] | None) -> list[UUID]:
    query = _wanted(choice)
    if picked is not None:
        query = query.where(ProcessInstance.id.in_(picked))
    ids = list(db.session.scalars(query.limit(MOST + 1)))
    if not ids:
        raise Invalid({"parcours": ["Cochez au moins un parcours à faire passer."]})
    if len(ids) > MOST:
        raise Invalid({"parcours": [f"Choisissez {MOST} parcours au plus à la fois : filtrez par étape."]})
    return ids


def _rows(ids: Sequence[UUID]) -> list[MigratedProcess]:
    """Return the rows of a lot to come, in the order of the ids."""
    facts = select(ProcessInstance.id, ProcessInstance.case_id, ProcessInstance.release_id)
    known = {row.id: row for row in db.session.execute(facts.where(ProcessInstance.id.in_(ids)))}
    return [
        MigratedProcess(
            process_id=key, case_id=known[key].case_id, from_id=known[key].release_id, rank=rank
        )
        for rank, key in enumerate(ids)
    ]  # fmt: skip


def drop(migration_id: UUID, *, by: Actor) -> None:
    """Give a lot up before it is launched.

    Raises:
        Forbidden, NotFound: as ``candidates``.
        MigrationBusy: it was launched, or given up already.
    """
    allowed(by)
    end_read()
    with transaction():
        row = held(migration_id, "judging", "judged")
        row.status, row.ended_at = "dropped", clock.now()
        journal.write("migration.abandonnee", actor=by.name, user_id=by.user_id, subject=str(migration_id))
