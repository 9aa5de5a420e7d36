"""One release as its page tells it: what changed, what it passed, what still runs on it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import func, select

from app import tenancy
from app.catalog.fingerprint import normalise
from app.database import db
from app.engine import process_ids
from app.errors import BundleFault, NotFound, UnreadableRelease
from app.models import ProcessInstance, Release, Territory
from app.services import proofs, releases
from app.services.releases import LoadedRelease

Movement = Literal["added", "changed", "removed"]
_ALIVE: Final = ("running", "suspended")


@dataclass(frozen=True)
class Change:
    """A file that a release added, changed or removed; ``title`` is what people call it, when they do."""

    movement: Movement
    path: str
    title: str


@dataclass(frozen=True)
class Sheet:
    """A release: its facts, its proof as kept, and whether the journal still vouches for that proof.

    ``previous`` is the number of the release before it and ``changes`` what changed since, by file, meaning
    alone (layout and comments do not count). ``running`` counts the processes under way by name.
    """

    id: UUID
    previous_id: UUID | None
    number: int
    fingerprint: str
    published_at: datetime
    note: str
    is_current: bool
    files: int
    previous: int | None
    changes: tuple[Change, ...]
    running: Mapping[str, int]
    proof: Mapping[str, Any]
    intact: bool
    lineage: Sequence[Mapping[str, Any]]


def sheet(number: int) -> Sheet:
    """Return release ``number`` of the territory being served.

    Raises:
        NotFound: it has no such release.
    """
    row = db.session.scalar(select(Release).where(Release.number == number))
    if row is None:
        raise NotFound
    before = db.session.scalar(
        select(Release).where(Release.number < number).order_by(Release.number.desc()).limit(1)
    )
    release = releases.of(row.id)
    return Sheet(
        id=row.id,
        previous_id=before.id if before is not None else None,
        number=row.number,
        fingerprint=row.fingerprint,
        published_at=row.published_at,
        note=row.note,
        is_current=releases.current().id == row.id,
        files=len(row.files),
        previous=before.number if before is not None else None,
        changes=tuple(_changes(before, release)) if before is not None else (),
        running=_running(release),
        proof=row.proof,
        intact=proofs.intact(row),
        lineage=list(db.session.get_one(Territory, tenancy.current_id()).lineage),
    )


def _running(release: LoadedRelease) -> dict[str, int]:
    rows = db.session.execute(
        select(ProcessInstance.process, func.count())
        .where(ProcessInstance.release_id == release.id, ProcessInstance.status.in_(_ALIVE))
        .group_by(ProcessInstance.process)
    )
    names = process_ids(release.programme)
    return dict(sorted((names.get(process, process), count) for process, count in rows))


def _changes(before: Release, release: LoadedRelease) -> Iterator[Change]:
    old = {path: text.encode() for path, text in before.files.items()}
    new = release.bundle.files
    for path in sorted(old.keys() | new.keys()):
        movement = _movement(path, old, new)
        if movement is not None:
            yield Change(
                movement, path, _title(path, release) if path in new else _title_before(path, before)
            )


def _title_before(path: str, before: Release) -> str:
    try:
        return _title(path, releases.of(before.id))
    except UnreadableRelease:
        return ""


def _movement(path: str, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Movement | None:
    if path not in old:
        return "added"
    if path not in new:
        return "removed"
    try:
        same = old[path] == new[path] or normalise(path, old[path]) == normalise(path, new[path])
    except BundleFault:  # stored by an earlier Relais, which took what is refused today
        same = False
    return None if same else "changed"


def _title(path: str, release: LoadedRelease) -> str:
    """Return what people call a file: a form by its title, a diagram by its process, a table by its name."""
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0]
    if folder == "forms" and stem in release.forms:
        return release.forms[stem].title
    if folder == "bpmn":
        return process_ids(release.programme).get(stem, "")
    if folder == "dmn" and stem in release.decisions:
        return release.decisions[stem].name
    return ""
