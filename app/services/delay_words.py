"""What the diagrams say of a delay: what it waits for, and what follows when it has passed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app import engine
from app.engine import Described
from app.errors import UnreadableRelease
from app.services import releases
from app.services.releases import LoadedRelease


class Drawings:
    """What the diagrams of each release say of an element, read once a page."""

    def __init__(self) -> None:
        self._kept: dict[UUID, tuple[LoadedRelease, Mapping[str, Described]] | None] = {}

    def of(self, release_id: UUID) -> tuple[LoadedRelease, Mapping[str, Described]] | None:
        """Return a release with its elements; None when this Relais cannot read it."""
        if release_id not in self._kept:
            self._kept[release_id] = _read(release_id)
        return self._kept[release_id]

    def delay(self, row: Any) -> str:
        """Return a delay in words: « Répondre à la demande : 30 jours sans réponse »."""
        found = self.of(row.release_id)
        if found is None:
            return _plain(row.element)
        release, elements = found
        item = elements.get(row.element)
        if item is None:
            return _plain(row.element)
        host = elements.get(item.attached_to or "")
        if row.reference is None:
            return f"{release.programme.names.get(row.process, row.process)} : {item.name}"
        return f"{host.name} : {item.name}" if host is not None else item.name

    def then(self, row: Any) -> str | None:
        """Return the name of what a delay leads to."""
        found = self.of(row.release_id)
        item = found[1].get(row.element) if found is not None else None
        if found is None or item is None or not item.outgoing:
            return None
        target = found[1].get(item.outgoing[0].target)
        return target.name if target is not None and target.name != target.element else None


def _plain(element: str) -> str:
    """Return an id as words."""
    return element.replace("_", " ").capitalize()


def _read(release_id: UUID) -> tuple[LoadedRelease, Mapping[str, Described]] | None:
    try:
        release = releases.of(release_id)
    except UnreadableRelease:
        return None
    elements = {
        item.element: item
        for process in engine.process_ids(release.programme)
        for item in engine.describe(release.programme, process)
    }
    return release, elements
