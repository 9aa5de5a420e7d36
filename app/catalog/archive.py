"""A programme as one file: a .zip or .tar.gz of its flat folder, read without trusting it, written alike.

The same bundle always gives the same bytes. Nothing is unpacked on a disc: each entry is read up to its
limit, and what says where it would go (a path, a link, a device) refuses the whole archive.
"""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.catalog import lineage
from app.catalog.bundle import MAX_BYTES, MAX_FILES, belongs
from app.catalog.fingerprint import load_json
from app.catalog.folder import OURS, SCENARIOS
from app.catalog.lineage import FILE as LINEAGE_FILE
from app.catalog.settings import FILE as SETTINGS_FILE
from app.errors import BundleFault

MAX_ARCHIVE: Final = 10_000_000
"""Largest archive, in bytes; a programme of ninety files takes a tenth of one million."""
MAX_TOTAL: Final = 40_000_000
MAX_RATIO: Final = 200
"""How much larger than the archive what it holds may be; diagrams shrink about ten times."""
MAX_SCENARIOS: Final = 5_000_000
"""Largest file of scenarios, in bytes: a hundred of them stand in it."""
_ENTRIES: Final = MAX_FILES + 100
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o644


class ArchiveRefused(BundleFault):
    """An archive that is not taken. ``kind``: ``archive``, ``chemin``, ``lien``, ``bombe`` or ``taille``."""

    def __init__(self, *, file: str, cause: str, kind: str) -> None:
        self.kind = kind
        super().__init__(file=file[:100], cause=cause)


@dataclass(frozen=True)
class Unpacked:
    """The files of an archive by normalised name, sorted, and where its programme comes from.

    ``scenarios``: the file of scenarios that came beside them, not judged yet; no part of the programme.
    """

    files: Mapping[str, bytes]
    lineage: list[dict[str, Any]] = field(default_factory=list)
    scenarios: bytes | None = None


def unpack(data: bytes) -> Unpacked:
    """Read an archive of a territory's flat folder, alone or inside one folder.

    Raises:
        ArchiveRefused: no archive, one that hides a path, a link or a bomb, or a file without a place.
        BundleFault: ``lignee.json`` is no plain list of releases.
    """
    if len(data) > MAX_ARCHIVE:
        raise ArchiveRefused(
            file="archive", cause=f"elle dépasse {MAX_ARCHIVE // 1_000_000} Mo.", kind="taille"
        )
    found: dict[str, bytes] = {}
    total, most = 0, min(MAX_TOTAL, max(MAX_BYTES, len(data) * MAX_RATIO))
    for name, content in _entries(data):
        if name in found:
            raise ArchiveRefused(file=name, cause="ce nom y figure deux fois.", kind="archive")
        total += len(content)
        if total > most:
            cause = "elle se déplie démesurément. Refaites-la avec les seuls fichiers du dispositif."
            raise ArchiveRefused(file="archive", cause=cause, kind="bombe")
        found[name] = content
        if len(found) > _ENTRIES:
            raise ArchiveRefused(
                file="archive", cause=f"elle tient plus de {MAX_FILES} fichiers.", kind="bombe"
            )
    return _programme(_without_folder(found))


def pack_zip(files: Mapping[str, bytes], ancestors: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the .zip of a bundle and its lineage."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in _written(files, ancestors):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = _MODE << 16
            archive.writestr(info, content, compresslevel=9)
    return out.getvalue()


def pack_tar(files: Mapping[str, bytes], ancestors: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the .tar.gz of a bundle and its lineage."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in _written(files, ancestors):
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(content), _MODE, 0
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(out.getvalue(), compresslevel=9, mtime=0)


def _written(
    files: Mapping[str, bytes], ancestors: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, bytes]]:
    whole = {**files, LINEAGE_FILE: lineage.text(ancestors).encode()}
    for name in sorted(whole):
        yield name, whole[name].replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _entries(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the plain files of an archive, whatever its format."""
    try:
        if data.startswith(b"PK"):
            yield from _of_zip(data)
        elif data.startswith(b"\x1f\x8b"):
            yield from _of_tar(data)
        else:
            raise _no_archive()
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as fault:
        raise _no_archive() from fault
    except (NotImplementedError, RuntimeError) as fault:  # an unknown compression, or a password
        cause = "elle est protégée ou compressée autrement. Refaites-la en .zip, sans mot de passe."
        raise ArchiveRefused(file="archive", cause=cause, kind="archive") from fault


def _too_many() -> ArchiveRefused:
    return ArchiveRefused(file="archive", cause=f"elle tient plus de {MAX_FILES} fichiers.", kind="bombe")


def _no_archive() -> ArchiveRefused:
    cause = "ce fichier n'est pas une archive .zip ou .tar.gz lisible. Exportez-la de nouveau."
    return ArchiveRefused(file="archive", cause=cause, kind="archive")


def _of_zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if len(archive.infolist()) > _ENTRIES:
            raise ArchiveRefused(
                file="archive", cause=f"elle tient plus de {MAX_FILES} fichiers.", kind="bombe"
            )
        for info in archive.infolist():
            name = _safe(info.filename)
            mode = info.external_attr >> 16
            if mode & 0o170000 not in (0, 0o100000, 0o040000):
                raise _link(name)
            if info.is_dir():
                continue
            with archive.open(info) as file:
                yield name, _bounded(name, file.read(_most(name) + 1))


def _of_tar(data: bytes) -> Iterator[tuple[str, bytes]]:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as whole:
        plain = whole.read(MAX_TOTAL + 1)  # an honest one is far below; a bomb stops here
    if len(plain) > MAX_TOTAL:
        cause = "elle se déplie démesurément. Refaites-la avec les seuls fichiers du dispositif."
        raise ArchiveRefused(file="archive", cause=cause, kind="bombe")
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
        for info in archive:
            name = _safe(info.name)
            if info.isdir():
                continue
            file = archive.extractfile(info) if info.isreg() else None
            if file is None:
                raise _link(name)
            yield name, _bounded(name, file.read(_most(name) + 1))


def _most(name: str) -> int:
    return MAX_SCENARIOS if name.rpartition("/")[2] == SCENARIOS else MAX_BYTES


def _bounded(name: str, content: bytes) -> bytes:
    if len(content) > _most(name):
        cause = f"ce fichier dépasse {_most(name) // 1_000_000} Mo. Allégez-le ou découpez-le."
        raise ArchiveRefused(file=name, cause=cause, kind="taille")
    return content


def _safe(name: str) -> str:
    """Return a name that stays in the archive; one that would lead out refuses it whole."""
    parts = name.replace("\\", "/").rstrip("/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name or "\\" in name:
        cause = "ce chemin mène hors du dossier. Rien n'est pris : refaites l'archive."
        raise ArchiveRefused(file=name, cause=cause, kind="chemin")
    return "/".join(part for part in parts if part != ".")


def _link(name: str) -> ArchiveRefused:
    cause = "ce n'est pas un fichier ordinaire. Remplacez ce lien par le fichier lui-même."
    return ArchiveRefused(file=name, cause=cause, kind="lien")


def _without_folder(found: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the names without the folder that holds them all, as packing a folder by hand makes one."""
    settings = [name for name in found if name.rpartition("/")[2] == SETTINGS_FILE]
    if SETTINGS_FILE in found or not settings:
        return dict(found)
    prefix = min(settings, key=len)[: -len(SETTINGS_FILE)]
    return {name.removeprefix(prefix): content for name, content in found.items() if name.startswith(prefix)}


def _programme(found: Mapping[str, bytes]) -> Unpacked:
    files: dict[str, bytes] = {}
    ancestors: list[dict[str, Any]] = []
    for name in sorted(found):
        if name == LINEAGE_FILE:
            ancestors = lineage.checked(load_json(name, found[name]))
        elif name == SCENARIOS:
            continue
        elif belongs(name):
            files[name] = found[name]
        elif not OURS.fullmatch(name.rpartition("/")[2]) and not name.startswith(("__MACOSX/", ".")):
            cause = "ce fichier n'a pas sa place dans un dispositif. Retirez-le de l'archive."
            raise ArchiveRefused(file=name, cause=cause, kind="nom")
    if SETTINGS_FILE not in files:
        cause = "ce fichier manque : ce n'est pas l'archive d'un dispositif. Partez d'un export."
        raise ArchiveRefused(file=SETTINGS_FILE, cause=cause, kind="archive")
    if len(files) > MAX_FILES:
        raise _too_many()
    return Unpacked(files, ancestors, found.get(SCENARIOS))
