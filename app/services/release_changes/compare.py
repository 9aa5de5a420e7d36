"""Two bundles, file by file."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Final

from app.catalog.bundle import Bundle
from app.decisions import DecisionFault
from app.errors import BundleFault
from app.expressions.safe_xml import UnsafeXml
from app.services.release_changes import diagrams, forms, settings, tables, texts
from app.services.release_changes.model import Change, FileChange, added, removed, whole

_SPACE: Final = whole("", "", "Espaces, commentaires ou ordre d'écriture seulement.", cosmetic=True)
_READERS: Final[Mapping[str, Callable[[bytes, bytes], list[Change]]]] = {
    ".bpmn": diagrams.compare,
    ".dmn": tables.compare,
    ".json": forms.compare,
    ".toml": settings.compare,
    ".txt": texts.compare,
    ".html": texts.compare,
}


def changes(before: Bundle, after: Bundle) -> list[FileChange]:
    """Return every file that differs between two bundles, in the order of names, cosmetic ones included."""
    return of_files(before.files, after.files)


def of_files(
    before: Mapping[str, bytes], after: Mapping[str, bytes], titles: Mapping[str, str] | None = None
) -> list[FileChange]:
    """Return every file that differs; one that cannot be read differs as a whole.

    Args:
        titles: what people call the files; their bare name without.
    """
    named = titles or {}
    found = []
    for path in sorted(before.keys() | after.keys()):
        title = named.get(path, PurePosixPath(path).stem)
        if path not in before:
            told = added("", title, "Nouveau fichier.")
            found.append(FileChange(path, title, "added", (told,)))
        elif path not in after:
            told = removed("", title, "Fichier retiré.")
            found.append(FileChange(path, title, "removed", (told,)))
        elif before[path] != after[path]:
            details = _inside(path, before[path], after[path])
            found.append(FileChange(path, title, "changed", tuple(details) or (_SPACE,)))
    return found


def _inside(path: str, before: bytes, after: bytes) -> list[Change]:
    try:
        return _READERS[PurePosixPath(path).suffix](before, after)
    except (UnsafeXml, BundleFault, DecisionFault, UnicodeDecodeError):
        told = "Le contenu change ; l'un des deux états ne peut pas être lu."
        return [whole("", "", told, cosmetic=False)]
