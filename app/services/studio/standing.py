"""The draft at a glance, for the first page of the studio: each file, what changed of it, what is wrong."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal

from sqlalchemy import select

from app.catalog.fingerprint import normalise
from app.checker import Problem
from app.database import db
from app.errors import BundleFault, NotFound
from app.models import Release
from app.services.studio import judging, past, titles
from app.services.studio.naming import vocabulary
from app.services.studio.presence import Presence
from app.services.text import fold

Movement = Literal["added", "changed", "removed"]


@dataclass(frozen=True)
class FileState:
    """A file of the draft, or one that the draft no longer has.

    ``movement`` is what happened to its meaning since the current release, None when nothing did.
    ``folder`` is ``bpmn``, ``dmn``, ``forms``, ``messages``, ``documents``, or empty for the settings.
    """

    name: str
    folder: str
    stem: str
    title: str
    movement: Movement | None
    errors: int
    warnings: int
    who: tuple[str, ...]
    changed_by: str | None
    changed_at: datetime | None


def states(problems: Sequence[Problem], at_work: Iterable[Presence]) -> list[FileState]:
    """Return the state of each file, those removed since the current release included, by title."""
    files = judging.texts()
    before = released()
    names = sorted(files.keys() | before.keys())
    said = titles.of_files(dict.fromkeys(names), vocabulary())
    errors, warnings, who = (
        defaultdict[str, int](int),
        defaultdict[str, int](int),
        defaultdict[str, set[str]](set),
    )
    for problem in problems:
        (errors if problem.severity == "error" else warnings)[problem.path] += 1
    for person in at_work:
        who[person.file].add(person.who)
    last = past.latest()
    found = [
        FileState(
            name=name,
            folder=name.rpartition("/")[0],
            stem=PurePosixPath(name).stem,
            title=said[name],
            movement=movement(name, before, files),
            errors=errors[name],
            warnings=warnings[name],
            who=tuple(sorted(who[name])),
            changed_by=last[name].by if name in last else None,
            changed_at=last[name].at if name in last else None,
        )
        for name in names
    ]
    return sorted(found, key=lambda state: (state.folder, fold(state.title), state.name))


def released() -> dict[str, str]:
    """Return the texts of the current release, none before the first."""
    found: dict[str, str] | None = db.session.scalar(
        select(Release.files).order_by(Release.number.desc()).limit(1)
    )
    return found or {}


def release(number: int) -> Release:
    """Return a release as stored, whether this version of Relais can run it or not.

    Raises:
        NotFound: no such release here.
    """
    row = db.session.scalar(select(Release).where(Release.number == number))
    if row is None:
        raise NotFound
    return row


def movement(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> Movement | None:
    """Return what happened to the meaning of a file; layout white space and comments do not count."""
    if name not in before:
        return "added"
    if name not in after:
        return "removed"
    if before[name] == after[name]:
        return None
    try:
        same = normalise(name, before[name].encode()) == normalise(name, after[name].encode())
    except BundleFault:
        same = False
    return None if same else "changed"
