"""A territory's files in a flat folder, fit for git: stable names, stable bytes, nothing outside it.

``DIR/territoire.toml``, ``DIR/lignee.json`` (where the programme comes from; no part of the bundle nor of its
fingerprint) and ``DIR/{bpmn,dmn,forms,messages,documents}/*``, under the bundle's normalised names.
``README*``, ``LICENSE*`` and names that begin with a dot belong to people: never read, written or removed.
"""

import os
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from app.catalog import lineage
from app.catalog.bundle import KINDS, MAX_BYTES, MAX_FILES, belongs
from app.catalog.fingerprint import load_json
from app.catalog.lineage import FILE as LINEAGE_FILE
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import load_toml
from app.errors import BundleFault

OURS: Final = re.compile(r"README(\.\w+)?|LICEN[CS]E(\.\w+)?|\..*")
"""Names that belong to people: never read, written or removed."""
SCENARIOS: Final = "scenarios.json"
"""What tests the programme and travels beside it: no file of a bundle, so no part of its fingerprint."""


class FolderKind(StrEnum):
    """The shape of a folder."""

    FLAT = "flat"
    """A bundle folder, as ``relais territory export`` writes it."""
    SHIPPED = "shipped"
    """A territory's layer over the shared base: ``bpmn/territories/<code>``."""
    LOOSE = "loose"
    """Any other folder: its files are judged alone."""


@dataclass(frozen=True)
class Entry:
    """Something met in a flat folder: its normalised name, its place, and why it cannot be taken (if so)."""

    name: str
    path: Path
    fault: str = ""


@dataclass(frozen=True)
class Written:
    """What writing a folder changed, by normalised name."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def kind_of(path: Path) -> FolderKind:
    """Return the shape of a folder, by the place of its ``territoire.toml``."""
    if not (path / SETTINGS_FILE).is_file():
        return FolderKind.LOOSE
    parents = path.resolve().parts
    return FolderKind.SHIPPED if parents[-3:-1] == ("bpmn", "territories") else FolderKind.FLAT


def entries(path: Path) -> Iterator[Entry]:
    """Yield what stands in a flat folder, in the order of names; a fault is told with its entry.

    Symbolic links, files of another kind and files too large come with a fault; nothing is opened.
    """
    for item in sorted(path.iterdir(), key=lambda item: item.name):
        if OURS.fullmatch(item.name) or item.name in (LINEAGE_FILE, SCENARIOS):
            continue
        mode = item.lstat().st_mode
        if stat.S_ISDIR(mode) and item.name in KINDS:
            yield from _inside(item)
        else:
            yield _judged(item.name, item)


def _inside(folder: Path) -> Iterator[Entry]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if not OURS.fullmatch(item.name):
            yield _judged(f"{folder.name}/{item.name}", item)


def _judged(name: str, path: Path) -> Entry:
    found = path.lstat()
    fault = ""
    if stat.S_ISLNK(found.st_mode):
        fault = "ce lien mène ailleurs que dans le dossier. Remplacez-le par le fichier lui-même."
    elif not stat.S_ISREG(found.st_mode) or not belongs(name):
        fault = (
            "ce fichier n'a pas sa place dans le dossier d'un territoire. Retirez-le ou renommez-le : "
            "bpmn/*.bpmn, dmn/*.dmn, forms/*.json, messages/*.txt, documents/*.html, minuscules sans accent."
        )
    elif found.st_size > MAX_BYTES:
        fault = f"ce fichier dépasse {MAX_BYTES // 1_000_000} Mo. Allégez-le ou découpez-le."
    return Entry(name, path, fault)


def read_folder(path: Path) -> dict[str, bytes]:
    """Return the files of a flat folder by normalised name, sorted.

    Raises:
        BundleFault: no such folder, one of another shape, or anything in it that cannot be taken.
    """
    _expect_flat(path)
    try:
        found = list(entries(path))
    except OSError as fault:
        raise BundleFault(
            file=str(fault.filename or path),
            cause="ce dossier ne peut pas être lu. Vérifiez les droits d'accès.",
        ) from fault
    files: dict[str, bytes] = {}
    for entry in found:
        if entry.fault:
            raise BundleFault(file=entry.name[:100], cause=entry.fault)
        if len(files) == MAX_FILES:
            raise BundleFault(file=str(path), cause=f"ce dossier tient plus de {MAX_FILES} fichiers.")
        files[entry.name] = _bytes_of(entry.name, entry.path)
    return {name: files[name] for name in sorted(files)}


def read_scenarios(path: Path) -> bytes | None:
    """Return the scenarios that stand beside a programme in its folder, None when there are none.

    Raises:
        BundleFault: they are no plain file, or cannot be read.
    """
    beside = path / SCENARIOS
    if not beside.exists() and not beside.is_symlink():
        return None
    return _bytes_of(SCENARIOS, beside)


def _expect_flat(path: Path) -> None:
    if not path.is_dir():
        raise BundleFault(file=str(path), cause="ce dossier n'existe pas. Vérifiez son chemin.")
    kind = kind_of(path)
    if kind is FolderKind.SHIPPED:
        raise BundleFault(
            file=str(path),
            cause="ce dossier ne tient que ce qui diffère de la base. Chargez-le par "
            f"« relais territory load {path.resolve().name} ».",
        )
    if kind is FolderKind.LOOSE:
        raise BundleFault(
            file=str(path / SETTINGS_FILE),
            cause="ce fichier manque : ce n'est pas le dossier d'un territoire. Partez d'un dossier écrit "
            "par « relais territory export ».",
        )


def _bytes_of(name: str, path: Path) -> bytes:
    """Read a plain file; not a link, a pipe or a device that took its place meanwhile."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            plain = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            data = file.read(MAX_BYTES + 1) if plain else b""
    except OSError as fault:
        raise _closed(name) from fault
    if not plain:
        raise _closed(name)
    return data


def _closed(name: str) -> BundleFault:
    return BundleFault(file=name, cause="ce fichier ne peut pas être lu. Vérifiez les droits d'accès.")


def read_lineage(path: Path) -> list[dict[str, Any]]:
    """Return the releases a folder's programme comes from, the nearest first; none without ``lignee.json``.

    Raises:
        BundleFault: the file is no plain list of releases.
    """
    file = path / LINEAGE_FILE
    if not file.is_symlink() and not file.exists():
        return []
    if file.is_symlink() or not file.is_file() or file.stat().st_size > MAX_BYTES:
        raise BundleFault(file=LINEAGE_FILE, cause="ce fichier ne convient pas. Reprenez celui de l'export.")
    return lineage.checked(load_json(LINEAGE_FILE, _bytes_of(LINEAGE_FILE, file)))


def write_folder(
    path: Path,
    files: Mapping[str, bytes],
    *,
    code: str,
    ancestors: Sequence[Mapping[str, Any]],
    scenarios: bytes | None = None,
) -> Written:
    """Write a bundle into a folder that is empty or an earlier export of territory ``code``.

    Files that the bundle no longer has are removed; nothing is written when the folder is refused. Lines end
    with ``\\n``, so that the same bundle always gives the same bytes.

    Raises:
        BundleFault: the folder holds something else, or cannot be written.
    """
    try:
        before = _standing(path, code)
        wanted = {name: _plain_lines(data) for name, data in files.items()}
        wanted[LINEAGE_FILE] = lineage.text(ancestors).encode()
        if scenarios is not None:
            wanted[SCENARIOS] = scenarios
        if (path / SCENARIOS).is_file():
            before = before | {SCENARIOS}
        for name in sorted(before - wanted.keys()):
            (path / name).unlink()
        changed = [name for name in sorted(wanted) if _write(path, name, wanted[name])]
        _drop_empty(path)
    except OSError as fault:
        raise BundleFault(
            file=str(path),
            cause=f"ce dossier ne peut pas être écrit ({fault.strerror}). Choisissez-en un autre.",
        ) from fault
    return Written(
        added=tuple(name for name in changed if name not in before),
        changed=tuple(name for name in changed if name in before),
        removed=tuple(sorted(before - wanted.keys())),
    )


def _standing(path: Path, code: str) -> set[str]:
    """Return the names of an earlier export of the same territory; refuse any other content."""
    if not path.exists() and not path.is_symlink():
        return set()
    if not path.is_dir():
        raise BundleFault(file=str(path), cause="ce n'est pas un dossier. Choisissez un autre chemin.")
    found = list(entries(path))
    exported = (path / LINEAGE_FILE).is_symlink() or (path / LINEAGE_FILE).exists()
    if not found and not exported:
        return set()
    if not exported or _code_in(path) != code:
        raise BundleFault(
            file=str(path),
            cause=f"ce dossier n'est ni vide, ni un export précédent de « {code} ». Rien n'y a été écrit : "
            "choisissez un dossier vide, ou celui d'un export de ce territoire.",
        )
    read_lineage(path)
    for entry in found:
        if entry.fault:  # what is not ours is neither overwritten nor removed
            raise BundleFault(file=entry.name[:100], cause=entry.fault)
    return {entry.name for entry in found} | {LINEAGE_FILE}


def _code_in(path: Path) -> str | None:
    file = path / SETTINGS_FILE
    if file.is_symlink() or not file.is_file() or file.stat().st_size > MAX_BYTES:
        return None
    try:
        code = load_toml(_bytes_of(SETTINGS_FILE, file).decode("utf-8")).get("code")
    except (BundleFault, UnicodeDecodeError):
        return None
    return code if isinstance(code, str) else None


def _plain_lines(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _write(root: Path, name: str, data: bytes) -> bool:
    """Write one file whole or not at all; return whether its bytes changed."""
    target = root / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(root.resolve()):
        raise BundleFault(file=name, cause="ce dossier mène hors de l'export. Retirez-le.")
    if target.is_file() and target.read_bytes() == data:
        return False
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(draft).chmod(0o644)
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return True


def _drop_empty(root: Path) -> None:
    for kind in KINDS:
        folder = root / kind
        if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
            folder.rmdir()
