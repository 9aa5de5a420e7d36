"""Which messages of a programme go to which lanes, read from its diagrams."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.engine.diagram import bpmn, ours
from app.expressions.safe_xml import parse_xml
from app.handlers.letters import ADDRESSEES
from app.notifications.registry import KINDS, Kind, of_programme
from app.services import releases
from app.services.releases import LoadedRelease


def kinds(release: LoadedRelease, lanes: Iterable[str]) -> list[Kind]:
    """Return the messages that automatic steps send to one of these lanes, as kinds, by label."""
    wanted = frozenset(lanes)
    names = {name for name, lane in _told(release.id) if lane in wanted and name not in KINDS}
    files = release.bundle.files
    found = [of_programme(name, files[f"messages/{name}.txt"].decode()) for name in names]
    return sorted(found, key=lambda kind: kind.label)


@lru_cache(maxsize=32)
def _told(release_id: UUID) -> frozenset[tuple[str, str]]:
    """Return the pairs of a message and its audience, as the diagrams write them (it never changes)."""
    bundle = releases.of(release_id).bundle
    found = set()
    for data in bundle.folder("bpmn").values():
        for node in bpmn(parse_xml(data), "serviceTask"):
            given = _parameters(node)
            name, audience = given.get("message", ""), given.get("a", "")
            if audience not in ADDRESSEES and f"messages/{name}.txt" in bundle.files:
                found.add((name, audience))
    return frozenset(found)


def _parameters(node: Any) -> dict[str, str]:
    """Return the parameters of an automatic step that are plain texts."""
    return {
        parameter.get("id", ""): parameter.get("value", "").strip("\"'")
        for operator in ours(node, "serviceTaskOperator")
        for parameter in operator.iter()
        if parameter.get("value")
    }
