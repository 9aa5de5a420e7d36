"""The draft of a territory's programme: the working copy that a publication freezes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.database import db, transaction
from app.errors import BundleFault
from app.ids import new_id
from app.models import ProgrammeDraft, Release
from app.services import releases
from app.services.releases import LoadedRelease


@dataclass(frozen=True)
class Draft:
    """The working copy as it stands: its files, the number of the release it began from, its own version."""

    files: Mapping[str, bytes]
    based_on: int | None
    version: int
    updated_at: datetime


def current() -> Draft | None:
    """Return the draft of the territory being served, None when nobody has begun one."""
    row = _row()
    if row is None:
        return None
    based_on = db.session.scalar(select(Release.number).where(Release.id == row.based_on))
    return Draft(
        files={name: text.encode() for name, text in row.files.items()},
        based_on=based_on,
        version=row.version,
        updated_at=row.updated_at,
    )


def _write(row: ProgrammeDraft | None, texts: dict[str, str], *, based_on: UUID | None) -> int:
    if row is None:
        row = ProgrammeDraft(
            id=new_id(), territory_id=tenancy.current_id(), files=texts, based_on=based_on, version=1,
            updated_at=clock.now(),
        )  # fmt: skip
        db.session.add(row)
        return 1
    row.files, row.based_on, row.updated_at = texts, row.based_on or based_on, clock.now()
    row.version += 1
    return row.version


def begin(release: LoadedRelease) -> None:
    """Let a draft without changes of its own begin at this release; one under work is left alone."""
    texts = texts_of(release.bundle.files)
    with transaction() as session:
        releases.in_turn()
        row = session.scalar(select(ProgrammeDraft))
        if row is not None and row.files != _files_of(row.based_on) and row.files != texts:
            return
        if row is not None and (row.based_on, row.files) == (release.id, texts):
            return
        if row is not None:
            row.based_on = release.id
        _write(row, texts, based_on=release.id)


def _files_of(release_id: UUID | None) -> dict[str, str] | None:
    files: dict[str, str] | None = db.session.scalar(select(Release.files).where(Release.id == release_id))
    return files


def _row() -> ProgrammeDraft | None:
    return db.session.scalar(select(ProgrammeDraft))


def texts_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return files as texts.

    Raises:
        BundleFault: one is no text in UTF-8.
    """
    texts = {}
    for name, data in files.items():
        try:
            texts[name] = data.decode("utf-8")
        except UnicodeDecodeError as fault:
            raise BundleFault(file=name, cause="ce fichier n'est pas enregistré en UTF-8.") from fault
        if "\0" in texts[name]:
            raise BundleFault(file=name, cause="ce fichier n'est pas un texte.")
    return texts
