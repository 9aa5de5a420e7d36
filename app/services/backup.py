"""Make a backup: the database as it is at one instant, then the files, in one archive (LAW-4).

Files are written before the row that names them and never changed, so those of the copied rows are there.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app import __version__, clock
from app.config import Settings
from app.services import backup_databases as databases
from app.services.backup_archive import (
    DATABASES,
    FILES,
    FORMAT,
    SUFFIX,
    BackupFault,
    Header,
    fingerprint,
    written,
)

PREFIX: Final = "relais-"


@dataclass(frozen=True)
class Made:
    """An archive that was written: where, how large (bytes), of how many files, from which header."""

    path: Path
    size: int
    files: int
    header: Header


def make(settings: Settings, folder: Path | None = None, *, keep: int | None = None) -> Made:
    """Write a new archive into ``folder`` (the settings' own by default), while the server works.

    Args:
        keep: afterwards, remove the oldest archives of the folder beyond this many.

    Raises:
        BackupFault: the folder cannot be written, or the database cannot be copied.
    """
    where = folder or settings.backups
    taken_at = clock.now()
    try:
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".en-cours-", dir=where) as room:
            made = _make(settings, where, Path(room), taken_at.strftime("%Y%m%dT%H%M%SZ"))
    except OSError as fault:
        raise BackupFault(
            cause=f"la sauvegarde ne peut pas être écrite dans {where} ({fault.strerror}). Vérifiez les "
            "droits du dossier et la place du disque, ou donnez un autre dossier."
        ) from fault
    for old in archives(where)[keep:] if keep else []:
        old.unlink()
    return made


def archives(folder: Path) -> list[Path]:
    """Return the archives of a folder, the newest first."""
    return sorted(folder.glob(f"{PREFIX}*{SUFFIX}"), reverse=True)


def _make(settings: Settings, where: Path, room: Path, stamp: str) -> Made:
    kind = databases.kind(settings.database_url)
    copy = room / DATABASES[kind]
    taken_at = clock.now()
    taken = databases.take(settings, copy)
    header = Header(
        format=FORMAT,
        release=__version__,
        revision=taken.revision,
        database=kind,
        key=fingerprint(settings.data_key),
        taken_at=taken_at.isoformat(),
        counts=taken.counts,
        journal=taken.journal,
    )
    path, count = where / f"{PREFIX}{stamp}{SUFFIX}", 0
    with written(path) as archive:
        archive.header(header)
        archive.file(copy.name, copy)
        for name, file in _stored(settings.files_folder):
            archive.file(name, file)
            count += 1
    return Made(path, path.stat().st_size, count, header)


def _stored(root: Path) -> Iterator[tuple[str, Path]]:
    """Return the files of the store with their names in the archive; what else lies there stays."""
    for path in sorted(root.glob("*/*/*")):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            yield FILES + path.relative_to(root).as_posix(), path
