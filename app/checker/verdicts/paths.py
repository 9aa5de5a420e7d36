"""From paths that a person gives to a verdict for every file below them."""
# ruff: noqa: PTH100, PTH112 - os.path says no where pathlib raises (closed folders, loops)

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.catalog.settings import FILE as SETTINGS_FILE
from app.checker.files.batches import Batch, Met, bundle_above, bundle_batch, lone_batch, walk
from app.checker.problem import Problem
from app.checker.verdicts import time_limit
from app.errors import NotFound


class NothingToCheck(NotFound):
    """Nothing can be judged where a person pointed; ``cause`` says why."""

    sentence_template = "{cause}"


NO_PATH = "Indiquez un fichier ou un dossier : « relais check dossier/ »."
MISSING = "« {path} » n'existe pas. Vérifiez le chemin."
NOTHING = (
    "« {path} » ne contient aucun fichier à vérifier : ni diagramme (.bpmn), ni table de décision (.dmn), "
    "ni dossier de territoire. Vérifiez le chemin."
)


@dataclass(frozen=True)
class Verdict:
    """What is wrong with one file, named as the person named it."""

    path: str
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether no problem is an error."""
        return all(problem.severity != "error" for problem in self.problems)

    def as_json(self) -> dict[str, Any]:
        """Return the contract's object."""
        return {
            "path": self.path,
            "ok": self.ok,
            "problems": [
                {
                    "element": problem.element,
                    "severity": problem.severity,
                    "code": problem.code,
                    "message": problem.message,
                }
                for problem in self.problems
            ],
        }


def as_json(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return what ``relais check --json`` prints."""
    return {"files": [verdict.as_json() for verdict in verdicts]}


def check_paths(paths: Sequence[str]) -> list[Verdict]:
    """Judge every file of every path, each in its bundle when it has one, else alone.

    Raises:
        NothingToCheck: no path, one that does not exist, or a folder without any file of a programme.
    """
    if not paths:
        raise NothingToCheck(cause=NO_PATH)
    found: dict[str, dict[Problem, None]] = {}
    for batch in _batches(paths):
        _judge(batch, found)
    return [Verdict(path, tuple(problems)) for path, problems in found.items()]


@dataclass
class _Asked:
    """A batch, the names that were asked for (None: all), and whether the person gave relative paths."""

    batch: Batch
    names: set[str] | None
    relative: bool

    def wanted(self) -> Iterator[str]:
        """Yield the names to tell about."""
        return (name for name in self.batch.places if self.names is None or name in self.names)

    def shown(self, name: str) -> str:
        """Return a file's path as the person gave it, with signs that any terminal can print."""
        path = str(self.batch.places[name])
        return readable(os.path.relpath(path) if self.relative else path)


def readable(path: str) -> str:
    """Return a path whose bytes are no UTF-8 with marks in their place."""
    return os.fsencode(path).decode("utf-8", "replace")


def _judge(asked: _Asked, found: dict[str, dict[Problem, None]]) -> None:
    batch = asked.batch
    batch.open()
    unread = {problem.path for problem in batch.found}
    problems = [
        *batch.found,
        *batch.remarks,
        *time_limit.judge(batch.files, whole=batch.whole, unread=unread),
    ]
    batch.close()
    wanted = set(asked.wanted())
    for name in batch.places:
        if name in wanted:
            found.setdefault(asked.shown(name), {})
    for problem in problems:
        name = problem.path if problem.path in batch.places else SETTINGS_FILE
        if name in wanted:
            found[asked.shown(name)][problem] = None


def _batches(paths: Iterable[str]) -> list[_Asked]:
    batches: dict[Path, _Asked] = {}
    for given in paths:
        here = Path(os.path.abspath(given))
        if not os.path.lexists(here):
            raise NothingToCheck(cause=MISSING.format(path=readable(given)))
        relative = not Path(given).is_absolute()
        above = bundle_above(here)
        if above is not None and _ask(batches, above, here, relative=relative):
            continue
        if not os.path.isdir(here):
            batches.setdefault(here, _Asked(lone_batch(here), None, relative))
        elif not _search(batches, here, relative=relative):
            raise NothingToCheck(cause=NOTHING.format(path=readable(given)))
    return list(batches.values())


def _ask(batches: dict[Path, _Asked], folder: Path, here: Path, *, relative: bool) -> bool:
    """Ask for what stands at or below ``here`` in a territory's folder; false when nothing of it does."""
    known = batches.get(folder) or _Asked(bundle_batch(folder), set(), relative)
    names = {name for name, place in known.batch.places.items() if place.is_relative_to(here)}
    if here == folder:
        known.names = None
    elif names and known.names is not None:
        known.names |= names
    if known.names is None or names:
        batches[folder] = known
        return True
    return False


def _search(batches: dict[Path, _Asked], here: Path, *, relative: bool) -> bool:
    """Ask for the territories below a folder, and for the files that belong to none of them."""
    met = list(walk(here))
    for path, kind in met:
        if kind is Met.TERRITORY:
            _ask(batches, path, path, relative=relative)
    held = {place for asked in batches.values() for place in asked.batch.places.values()}
    for path, kind in met:
        if kind is Met.CLOSED or (kind is Met.FILE and path not in held and not _twin(batches, path)):
            batches.setdefault(path, _Asked(lone_batch(path, inside=here), None, relative))
    return bool(met)


def _twin(batches: dict[Path, _Asked], path: Path) -> bool:
    """Whether a form of a territory, beside its diagrams, was judged with them."""
    above = bundle_above(path)
    return above is not None and above in batches
