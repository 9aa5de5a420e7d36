"""The archive of a backup: one ``.tar.zst`` of plain members, each with its SHA-256 in the last of them.

``entete.json`` first (what it is, of which release, sealed by which key), then the database, then the files
of the store, then ``manifeste.json``. Nothing of it is believed before every checksum is right.
"""

import io
import json
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import scrypt, sha256
from pathlib import Path
from typing import IO, Any, Final

import zstandard

from app.errors import RelaisError

FORMAT: Final = 1
SUFFIX: Final = ".tar.zst"
HEADER: Final = "entete.json"
MANIFEST: Final = "manifeste.json"
DATABASES: Final = {"sqlite": "base.sqlite3", "postgresql": "base.pgdump"}
FILES: Final = "fichiers/"

_STORED: Final = re.compile(r"fichiers/[0-9a-f-]{36}/[0-9a-f]{2}/[0-9a-f]{40}")
_BLOCK: Final = 1024 * 1024
_SMALL: Final = 64 * _BLOCK
"""Largest header or manifest that is read into memory, in bytes (a million files make 130 MB of none)."""


class BackupFault(RelaisError):
    """A backup cannot be made, or an archive cannot be restored; ``cause`` says why and what to do."""

    sentence_template = "{cause}"


@dataclass(frozen=True)
class Header:
    """What a backup is of.

    Args:
        database: ``sqlite`` or ``postgresql``.
        key: fingerprint of the data key: tells whether a key is the right one, and not what it is.
        taken_at: ISO 8601, the instant that the copy shows.
        counts: rows by table.
        journal: the last line of each territory's journal, ``{territory id: [number, seal]}``.
    """

    format: int
    release: str
    revision: str
    database: str
    key: str
    taken_at: str
    counts: Mapping[str, int]
    journal: Mapping[str, tuple[int, str]]

    @property
    def moment(self) -> datetime:
        """The instant that the copy shows."""
        return datetime.fromisoformat(self.taken_at)


def fingerprint(key: str) -> str:
    """Return the fingerprint of a data key: slow to compute, so that a weak key is not guessed from it."""
    return scrypt(key.encode(), salt=b"relais backup", n=2**14, r=8, p=1, dklen=16).hex()


@contextmanager
def written(path: Path) -> Iterator["Writer"]:
    """Write an archive at ``path``, there whole or not at all, readable by its owner alone."""
    partial = path.with_name(f".{path.name}.partiel")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        compressor = zstandard.ZstdCompressor(level=6, write_checksum=True)
        with (
            os.fdopen(handle, "wb") as raw,
            compressor.stream_writer(raw, closefd=False) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            writer = Writer(tar)
            yield writer
            writer.close()
        with partial.open("rb") as done:
            os.fsync(done.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


class Writer:
    """Adds members, remembering their checksums."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._sums: dict[str, str] = {}

    def header(self, header: Header) -> None:
        """Say what the backup is of; comes first."""
        self._bytes(HEADER, json.dumps(asdict(header), ensure_ascii=False).encode())

    def file(self, name: str, path: Path) -> None:
        """Add a file; one that vanished meanwhile is left out."""
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return
        with source:
            member = tarfile.TarInfo(name)
            member.size, member.mode = os.fstat(source.fileno()).st_size, 0o600
            summed = _Summed(source)
            self._tar.addfile(member, summed)
        self._sums[name] = summed.digest()

    def close(self) -> None:
        """Write the checksums."""
        self._bytes(MANIFEST, json.dumps(self._sums).encode())

    def _bytes(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(data), 0o600
        self._tar.addfile(member, io.BytesIO(data))
        self._sums[name] = sha256(data).hexdigest()


class _Summed(io.RawIOBase):
    """A file that sums what is read of it."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._sum = source, sha256()

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        block = self._source.read(size)
        self._sum.update(block)
        return block

    def digest(self) -> str:
        """Return the sum in hexadecimal."""
        return self._sum.hexdigest()


def unpack(archive: Path, folder: Path) -> Header:
    """Unpack an archive into an empty folder and check every byte of it.

    Raises:
        BackupFault: it is no backup of Relais, it is cut short, a byte changed, or it holds something that
            no backup holds (a path outside, a link).
    """
    try:
        sums = dict(_members(archive, folder))
    except (zstandard.ZstdError, tarfile.TarError, EOFError, UnicodeDecodeError) as fault:
        raise BackupFault(cause=_CUT.format(archive=archive.name)) from fault
    except OSError as fault:
        raise BackupFault(cause=_UNREAD.format(archive=archive, why=fault.strerror)) from fault
    if MANIFEST not in sums or HEADER not in sums:
        raise BackupFault(cause=_CUT.format(archive=archive.name))
    del sums[MANIFEST]
    if _json(folder / MANIFEST) != sums:
        raise BackupFault(cause=_CHANGED.format(archive=archive.name))
    return _header(folder, archive)


_CUT: Final = (
    "« {archive} » n'est pas une sauvegarde de Relais complète : la fin manque, ou un octet a changé. "
    "Reprenez une autre copie de ce fichier, ou une sauvegarde plus ancienne. Rien n'a été touché."
)
_CHANGED: Final = (
    "« {archive} » a changé depuis qu'elle a été faite : les sommes de contrôle ne correspondent pas. "
    "Reprenez une autre copie. Rien n'a été touché."
)
_FOREIGN: Final = (
    "« {archive} » contient « {name} », qu'aucune sauvegarde de Relais ne contient. Elle n'a pas été ouverte "
    "plus avant. Vérifiez d'où elle vient. Rien n'a été touché."
)
_UNREAD: Final = "« {archive} » ne peut pas être lue, ou il n'y a pas la place de l'ouvrir ({why})."
_NEWER_FORMAT: Final = "« {archive} » a été faite par une version plus récente de Relais. Installez cette "
"version, puis reprenez."


def _members(archive: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Unpack one member after the other; yield its name and its checksum."""
    with (
        archive.open("rb") as raw,
        zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(raw) as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        seen: set[str] = set()
        for member in tar:
            source = tar.extractfile(member) if member.isreg() else None
            if source is None or member.name in seen or not _expected(member.name):
                raise BackupFault(cause=_FOREIGN.format(archive=archive.name, name=member.name[:80]))
            seen.add(member.name)
            place = folder / member.name
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            yield member.name, _copy(source, place)


def _expected(name: str) -> bool:
    return name in {HEADER, MANIFEST, *DATABASES.values()} or _STORED.fullmatch(name) is not None


def _copy(source: IO[bytes], place: Path) -> str:
    total = sha256()
    with place.open("xb") as target:
        while block := source.read(_BLOCK):
            total.update(block)
            target.write(block)
    place.chmod(0o600)
    return total.hexdigest()


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes()) if path.stat().st_size <= _SMALL else None
    except ValueError:
        return None


def _header(folder: Path, archive: Path) -> Header:
    read = _json(folder / HEADER)
    if not isinstance(read, dict) or not isinstance(read.get("format"), int):
        raise BackupFault(cause=_CUT.format(archive=archive.name))
    if read["format"] > FORMAT:
        raise BackupFault(cause=_NEWER_FORMAT.format(archive=archive.name))
    try:
        read["journal"] = {place: (line[0], line[1]) for place, line in read["journal"].items()}
        header = Header(**read)
        known = (folder / DATABASES[header.database]).is_file()
    except (TypeError, KeyError, AttributeError, IndexError) as fault:
        raise BackupFault(cause=_CUT.format(archive=archive.name)) from fault
    if not known:
        raise BackupFault(cause=_CUT.format(archive=archive.name))
    return header
