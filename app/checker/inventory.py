"""What a bundle holds by name, counting what stands in files that could not be read to the end."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from app.checker.model import Model
from app.engine.diagram import bpmn, ours

_PROCESS: Final = re.compile(rb"<(?:\w+:)?process\b[^>]*?\bid\s*=\s*[\"']([^\"']+)")
_DECISION: Final = re.compile(rb"<(?:\w+:)?decision\b[^>]*?\bid\s*=\s*[\"']([^\"']+)")


def forms(model: Model) -> frozenset[str]:
    """Return the ids of the bundle's forms: the names of their files."""
    return _stems(model, "forms")


def templates(model: Model, folder: str) -> frozenset[str]:
    """Return the names of the templates of ``documents`` or ``messages``."""
    return _stems(model, folder)


def processes(model: Model) -> frozenset[str]:
    """Return the ids of the bundle's processes, executable or not."""
    read = {node.get("id", "") for root in model.roots.values() for node in bpmn(root, "process")}
    return frozenset(read) | _guessed(model, "bpmn", _PROCESS)


def decisions(model: Model) -> frozenset[str]:
    """Return the ids of the bundle's decision tables."""
    return frozenset(model.tables) | _guessed(model, "dmn", _DECISION)


def diagrams_all_read(model: Model) -> bool:
    """Whether every diagram could be read: else what seems missing or unused may stand in the others."""
    told = set(model.process_files.values())
    return all(path in told for path in _paths(model) if path.startswith("bpmn/"))


def verbs(model: Model) -> Iterator[tuple[str, str, Any]]:
    """Yield each automatic step that has an operation: file, element, its ``serviceTaskOperator``."""
    for path, root in model.roots.items():
        for node in bpmn(root, "serviceTask"):
            operator = next(ours(node, "serviceTaskOperator"), None)
            if operator is not None:
                yield path, node.get("id", ""), operator


def _paths(model: Model) -> frozenset[str]:
    return frozenset(model.files) | model.broken


def _stems(model: Model, folder: str) -> frozenset[str]:
    return frozenset(PurePosixPath(path).stem for path in _paths(model) if path.startswith(f"{folder}/"))


def _guessed(model: Model, folder: str, pattern: re.Pattern[bytes]) -> frozenset[str]:
    """Return the ids that a file at fault seems to hold, and its own name when it cannot be opened."""
    found: set[str] = set()
    for path in model.broken:
        if path.startswith(f"{folder}/"):
            data = model.files.get(path, b"")
            found |= {word.decode("utf-8", "replace") for word in pattern.findall(data)}
            found.add(PurePosixPath(path).stem)
    return frozenset(found)
