"""Which files are judged together: a territory's in a folder of either shape, any other file alone."""
# ruff: noqa: PTH100, PTH110, PTH112, PTH113 - os.path says no where pathlib raises (closed folders, loops)

import errno
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from app.catalog.bundle import KINDS, MAX_BYTES, MAX_FILES, belongs
from app.catalog.folder import FolderKind, entries, kind_of
from app.catalog.indicators import FILE as INDICATORS_FILE
from app.catalog.reuse import read_base, takes
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import load_toml
from app.catalog.source import SettingsFault
from app.checker.files import content
from app.checker.files.reading import OUTSIDE
from app.checker.problem import Problem
from app.errors import BundleFault

_CODE: Final = re.compile(rb"^[ \t]*code[ \t]*=[ \t]*[\"']([^\"'\r\n]{1,60})[\"']", re.MULTILINE)
_IGNORED: Final = ("readme", "license", "licence")
_FOLDERS: Final = {suffix: folder for folder, suffix in KINDS.items()}
_PLACES: Final = {content.FORM: "forms", content.MESSAGE: "messages", content.DOCUMENT: "documents"}
"""Suffixes that belong to everybody: in a folder of any kind they are ours below a folder of that name."""
LINK_TO_NOTHING: Final = "Ce lien ne mène à aucun fichier. Retirez-le ou corrigez-le."
NOT_A_FILE: Final = "Ce n'est ni un fichier ordinaire ni un dossier. Retirez-le."
CANNOT_READ: Final = "Ce fichier ne peut pas être lu. Vérifiez vos droits d'accès."


@dataclass
class Batch:
    """Files judged together.

    ``places`` maps each normalised name to the file's own place. ``files`` holds what could be read of them,
    ``found`` what is wrong with the others, ``remarks`` what only their place tells. ``whole`` is false for a
    file judged alone, which is read when its turn comes: a folder may hold very many.
    """

    whole: bool
    places: dict[str, Path] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    found: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    inside: Path | None = None

    def open(self) -> None:
        """Read the file that is judged alone; the files of a bundle are read already."""
        if not self.whole:
            for name, path in list(self.places.items()):
                self.add(name, path, inside=self.inside)

    def close(self) -> None:
        """Forget what was read."""
        self.files.clear()

    def add(self, name: str, path: Path, *, inside: Path | None = None) -> None:
        """Read a file into the batch; ``inside`` is the folder out of which no link may lead."""
        self.places[name] = path
        problem = None
        if inside is not None and not _leads_inside(path, inside):
            problem = Problem(name, "", "error", "outside-folder", OUTSIDE)
        elif len(self.files) >= MAX_FILES:
            problem = Problem(
                name, "", "error", "too-large", f"Ce dossier tient plus de {MAX_FILES} fichiers. Retirez-en."
            )
        if problem is None:
            problem = self._read(name, path)
        if problem is not None:
            self.found.append(problem)

    def _read(self, name: str, path: Path) -> Problem | None:
        # Opened without waiting, then looked at: a pipe or a device is never read.
        try:
            with open(path, "rb", opener=_without_waiting) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return Problem(name, "", "error", "not-a-programme-file", NOT_A_FILE)
                self.files[name] = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return Problem(name, "", "error", "unreadable", LINK_TO_NOTHING)
        except PermissionError:
            return Problem(name, "", "error", "unreadable", CANNOT_READ)
        except OSError as fault:  # a loop of links, a socket, a disc that fails
            if fault.errno == errno.ELOOP:
                return Problem(name, "", "error", "unreadable", LINK_TO_NOTHING)
            special = os.path.exists(path) and not os.path.isfile(path)
            code, words = ("not-a-programme-file", NOT_A_FILE) if special else ("unreadable", CANNOT_READ)
            return Problem(name, "", "error", code, words)
        return None


def _leads_inside(path: Path, folder: Path) -> bool:
    """Whether a file stands in ``folder`` once every link is followed; a loop of links stays where it is."""
    real = os.path.realpath
    return Path(real(path)).is_relative_to(real(folder))


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def bundle_batch(folder: Path) -> Batch:
    """Return the files of a territory's folder, of either shape."""
    batch = Batch(whole=True)
    if kind_of(folder) is FolderKind.SHIPPED:
        _shipped(batch, folder)
    else:
        _flat(batch, folder)
    return batch


def _flat(batch: Batch, folder: Path) -> None:
    try:
        found = list(entries(folder))
    except OSError:
        batch.places["."] = folder
        batch.found.append(Problem(".", "", "error", "unreadable", CANNOT_READ))
        return
    for entry in found:
        if entry.path.is_symlink():
            batch.places[entry.name] = entry.path
            batch.found.append(Problem(entry.name, "", "error", "outside-folder", OUTSIDE))
        else:
            batch.add(entry.name, entry.path)


def _shipped(batch: Batch, folder: Path) -> None:
    """Gather base and overlay as loading does: a file of the same name replaces the base's."""
    own = Path(os.path.realpath(folder))
    root, code = own.parents[2], own.name
    _gather_diagrams(batch, root / "bpmn" / "base", root, code)
    for item in _listed(batch, root / "forms" / "base"):
        _put(batch, item, {content.FORM: "forms"}, root)
    _leave_out(batch, own / SETTINGS_FILE)
    _gather_diagrams(batch, folder, root, code)
    for item in _listed(batch, root / "forms" / "territories" / code):
        _put(batch, item, {content.FORM: "forms"}, root)


def _leave_out(batch: Batch, settings: Path) -> None:
    """Forget what of the base the territory does not take; who reads the settings tells of a bad list."""
    try:
        wanted = read_base(load_toml(settings.read_bytes().decode("utf-8")))
    except (OSError, UnicodeDecodeError, BundleFault, SettingsFault):
        return
    absent = (wanted or frozenset()) - {str(Path(name).with_suffix("")) for name in batch.places}
    if absent:
        message = f"« base » nomme « {min(absent)} », que la base n'a pas. Vérifiez le nom."
        batch.remarks.append(Problem(SETTINGS_FILE, "base", "error", "bad-settings", message))
    left = {name for name in batch.places if belongs(name) and not takes(wanted, name)}
    for name in left:
        batch.files.pop(name, None)
        batch.places.pop(name, None)
    batch.found = [problem for problem in batch.found if problem.path not in left]


def _gather_diagrams(batch: Batch, layer: Path, root: Path, code: str) -> None:
    """Gather the diagrams, tables and templates of one layer, and its settings."""
    for item in _listed(batch, layer):
        if os.path.isdir(item) and item.name in {"messages", "documents"}:
            suffix = content.MESSAGE if item.name == "messages" else content.DOCUMENT
            for inner in _listed(batch, item):
                _put(batch, inner, {suffix: item.name}, root)
        elif item.name == SETTINGS_FILE:
            batch.add(SETTINGS_FILE, item, inside=root)
            _judge_code(batch, code)
        elif item.name == INDICATORS_FILE:
            batch.add(INDICATORS_FILE, item, inside=root)
        else:
            _put(batch, item, {content.DIAGRAM: "bpmn", content.DECISION: "dmn"}, root)


def _judge_code(batch: Batch, code: str) -> None:
    """The folder of a shipped territory bears its code: loading looks for it there."""
    written = _CODE.search(batch.files.get(SETTINGS_FILE, b""))
    if written and written[1] != os.fsencode(code):
        said = written[1].decode("utf-8", "replace")
        message = f"« code » vaut « {said} » dans le dossier « {code} ». Donnez-leur le même nom."
        batch.remarks.append(Problem(SETTINGS_FILE, "code", "error", "bad-settings", message))


def _put(batch: Batch, path: Path, folders: dict[str, str], root: Path) -> None:
    folder = folders.get(path.suffix)
    if folder is None or os.path.isdir(path):
        name = os.path.relpath(path, root)
        batch.places[name] = path
        batch.found.append(Problem(name, "", "error", "not-a-programme-file", MISPLACED))
        return
    name = f"{folder}/{path.name}"
    batch.found = [problem for problem in batch.found if problem.path != name]
    batch.files.pop(name, None)
    batch.add(name, path, inside=root)


MISPLACED: Final = (
    "Ce fichier n'est pas à sa place dans le dossier d'un territoire. Retirez-le ou renommez-le."
)


def _listed(batch: Batch, folder: Path) -> list[Path]:
    """Return what stands in a folder, sorted, hidden names aside; a closed folder is a problem."""
    if not os.path.isdir(folder):
        return []
    try:
        return sorted(item for item in folder.iterdir() if not item.name.startswith("."))
    except OSError:
        name = folder.as_posix()
        batch.places[name] = folder
        batch.found.append(Problem(name, "", "error", "unreadable", CANNOT_READ))
        return []


def bundle_above(path: Path) -> Path | None:
    """Return the nearest folder above ``path`` (or itself) that holds ``territoire.toml``.

    A territory's own forms stand beside its diagrams, under ``forms/territories/<code>``.
    """
    absolute = Path(os.path.abspath(path))
    for folder in (absolute, *absolute.parents):
        if os.path.isfile(folder / SETTINGS_FILE):
            return folder
        if folder.parts[-3:-1] == ("forms", "territories"):
            twin = folder.parents[2] / "bpmn" / "territories" / folder.name
            if os.path.isfile(twin / SETTINGS_FILE):
                return twin
    return None


def lone_batch(path: Path, *, inside: Path | None = None) -> Batch:
    """Return a file to be judged alone, under the name that its suffix calls for."""
    batch = Batch(whole=False, inside=inside)
    suffix = content.kind_of(path.name.lower())
    folder = _FOLDERS.get(suffix)
    batch.places[f"{folder}/{path.name[: -len(suffix)]}{suffix}" if folder else path.name] = path
    return batch


class Met(Enum):
    """What is met in a folder of any kind."""

    TERRITORY = "territory"
    FILE = "file"
    CLOSED = "closed"
    """A folder that may not be looked into."""


def walk(folder: Path) -> Iterator[tuple[Path, Met]]:
    """Yield the territories' folders below ``folder`` and the other files of ours, folder after folder.

    Links to folders are not followed, so that no loop holds; hidden folders are left out.
    """
    closed: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=lambda fault: closed.append(Path(fault.filename))):
        here = Path(place)
        if SETTINGS_FILE in names and os.path.isfile(here / SETTINGS_FILE):
            folders.clear()
            yield here, Met.TERRITORY
            continue
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        within = {*here.relative_to(folder).parts, folder.name} if here != folder else set()
        yield from ((here / name, Met.FILE) for name in sorted(names) if _ours(name, within))
    yield from ((path, Met.CLOSED) for path in closed)


def _ours(name: str, within: set[str]) -> bool:
    """Whether a file found in a folder of any kind is ours to judge; ``within`` is empty at its top."""
    if name.startswith(".") or name.lower().startswith(_IGNORED):
        return False
    suffix = content.kind_of(name.lower())
    if suffix in _PLACES:
        return not within or _PLACES[suffix] in within
    return suffix in {content.DIAGRAM, content.DECISION}
