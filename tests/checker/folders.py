"""Territories in folders, in both shapes, for the tests of the command."""

import os
from pathlib import Path

from tests.checker.corpus import bundle
from tests.checker.corpus.build import Change

CODE = "exemple"


def flat(folder: Path, *changes: Change) -> Path:
    """Write the sound bundle, changed, as an exported folder; return it."""
    for name, data in bundle(*changes).items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder


def shipped(root: Path, *changes: Change, own: tuple[str, ...] = ()) -> Path:
    """Write the sound bundle as a base with a territory over it; return the territory's folder.

    ``own`` names the files that stand in the territory itself.
    """
    territory = root / "bpmn" / "territories" / CODE
    for name, data in bundle(*changes).items():
        place = _place(root, name, mine=name in own)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return territory


def _place(root: Path, name: str, *, mine: bool) -> Path:
    layer = Path("territories") / CODE if mine else Path("base")
    kind, _, bare = name.rpartition("/")
    if name == "territoire.toml":
        return root / "bpmn" / "territories" / CODE / name
    if kind == "forms":
        return root / "forms" / layer / bare
    if kind in {"bpmn", "dmn"}:
        return root / "bpmn" / layer / bare
    return root / "bpmn" / layer / name


def shown(path: Path) -> str:
    """A path as the command shows one that was given absolute."""
    return os.fsencode(path).decode("utf-8", "replace")
