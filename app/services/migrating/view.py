"""A lot as its page tells it: how far it is, what was found, case by case and by reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from app.database import db
from app.errors import NotFound
from app.models import Case, MigratedProcess, Migration, ProcessInstance, Release
from app.services import diagrams, releases
from app.services.actors import Actor
from app.services.migrating import words
from app.services.migrating.choosing import name_of
from app.services.migrating.record import allowed, found

PAGE: Final = 50
_SHOWN: Final = 50
KINDS: Final = ("refused", "ready", "unchanged")


@dataclass(frozen=True)
class Line:
    """One case of a lot: its verdict in words, what changes for it, whether it can be brought back."""

    id: UUID
    process_id: UUID
    name: str
    reference: str | None
    from_number: int
    state: str
    verdict: str
    sentence: str
    changes: Sequence[str]
    undone_by: str | None
    undone_at: datetime | None
    undoable: bool


@dataclass(frozen=True)
class Sheet:
    """A lot. ``reasons`` counts the cases by what is in their way; ``undoable`` those that may come back."""

    migration: Migration
    number: int
    total: int
    waiting: int
    counts: dict[str, int]
    states: dict[str, int]
    reasons: Sequence[tuple[str, int]]
    mappable: int
    undoable: int
    lines: Sequence[Line]
    shown: str
    page: int
    of_shown: int


def sheet(migration_id: UUID, by: Actor, *, shown: str = "", page: int = 1) -> Sheet:
    """Return a lot for its page; ``shown`` keeps the cases of one verdict.

    Raises:
        Forbidden, NotFound: this person may not, or there is no such lot.
    """
    allowed(by)
    row = found(migration_id)
    target = releases.of(row.target_id)
    mine = MigratedProcess.migration_id == row.id
    counts, states = (_counted(column, mine) for column in (MigratedProcess.verdict, MigratedProcess.state))
    refused = db.session.scalars(
        select(MigratedProcess.told).where(mine, MigratedProcess.verdict == "refused")
    )
    reasons: Counter[str] = Counter()
    mappable = 0
    for told in refused:
        sentences = dict.fromkeys(words.obstacles(told, target.number))
        reasons.update(sentences.keys())
        mappable += words.can_be_mapped(told)
    kept = mine if shown not in KINDS else mine & (MigratedProcess.verdict == shown)
    return Sheet(
        migration=row,
        number=target.number,
        total=sum(states.values()),
        waiting=states.get("waiting", 0),
        counts=counts,
        states=states,
        reasons=reasons.most_common(),
        mappable=mappable,
        undoable=_undoable(row.id),
        lines=_lines(row, kept, page),
        shown=shown if shown in KINDS else "",
        page=max(1, page),
        of_shown=sum(states.values()) if shown not in KINDS else counts.get(shown, 0),
    )


def _counted(column: object, mine: object) -> dict[str, int]:
    rows = db.session.execute(select(column, func.count()).where(mine).group_by(column))  # type: ignore[call-overload]
    return dict(rows.all())


def _undoable(migration_id: UUID) -> int:
    query = (
        select(func.count())
        .select_from(MigratedProcess)
        .join(ProcessInstance, ProcessInstance.id == MigratedProcess.process_id)
        .where(
            MigratedProcess.migration_id == migration_id,
            MigratedProcess.state == "done",
            MigratedProcess.before.is_not(None),
            MigratedProcess.version == ProcessInstance.version,
        )
    )
    return db.session.scalar(query) or 0


def _lines(row: Migration, kept: object, page: int) -> list[Line]:
    target = releases.of(row.target_id)
    rows = db.session.execute(
        select(
            MigratedProcess, ProcessInstance.process, ProcessInstance.version, Case.reference, Release.number
        )
        .join(ProcessInstance, ProcessInstance.id == MigratedProcess.process_id)
        .join(Release, Release.id == MigratedProcess.from_id)
        .outerjoin(Case, Case.id == MigratedProcess.case_id)
        .where(kept)  # type: ignore[arg-type]
        .order_by(MigratedProcess.verdict != "refused", MigratedProcess.rank, MigratedProcess.id)
        .limit(PAGE)
        .offset((max(1, page) - 1) * PAGE)
    )
    lanes = target.settings.lanes
    return [
        Line(
            id=item.id,
            process_id=item.process_id,
            name=name_of(item.from_id, process),
            reference=reference,
            from_number=number,
            state=item.state,
            verdict=item.verdict,
            sentence=words.verdict(item.verdict, item.told, target.number) if item.verdict else "",
            changes=words.changes(item.told, lanes) or ([words.LATER] if item.verdict == "ready" else []),
            undone_by=item.undone_by,
            undone_at=item.undone_at,
            undoable=item.state == "done" and item.before is not None and item.version == version,
        )
        for item, process, version, reference, number in rows
    ]


@dataclass(frozen=True)
class Brief:
    """A line of the list of lots."""

    id: UUID
    number: int
    status: str
    author: str
    at: datetime
    total: int
    done: int


def listing(by: Actor) -> list[Brief]:
    """Return the latest lots, the newest first.

    Raises:
        Forbidden: this person may not carry cases over.
    """
    allowed(by)
    rows = db.session.execute(
        select(Migration, Release.number)
        .join(Release, Release.id == Migration.target_id)
        .order_by(Migration.at.desc(), Migration.id)
        .limit(_SHOWN)
    ).all()
    counted: dict[UUID, Counter[str]] = {row.id: Counter() for row, _ in rows}
    states = db.session.execute(
        select(MigratedProcess.migration_id, MigratedProcess.state, func.count())
        .where(MigratedProcess.migration_id.in_(list(counted)))
        .group_by(MigratedProcess.migration_id, MigratedProcess.state)
    )
    for key, state, number in states:
        counted[key][state] = number
    return [
        Brief(
            row.id, number, row.status, row.author, row.at, counted[row.id].total(), counted[row.id]["done"]
        )
        for row, number in rows
    ]


def source(migration_id: UUID, release_id: UUID, process: str, by: Actor) -> bytes:
    """Return a diagram of one of the releases that a lot leaves or goes to.

    Raises:
        Forbidden: this person may not carry cases over.
        NotFound: no such lot, no such release in it, or no such process.
    """
    allowed(by)
    row = found(migration_id)
    left = select(MigratedProcess.from_id).where(MigratedProcess.migration_id == row.id).distinct()
    if release_id != row.target_id and release_id not in set(db.session.scalars(left)):
        raise NotFound
    return diagrams.source(releases.of(release_id), process)
