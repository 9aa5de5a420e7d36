"""Changes of a programme as the pages show them: sentences, and pictures on which what changed is marked."""

from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from app.documents.bpmn_picture import ElementMark, FlowMark, picture
from app.errors import BundleFault
from app.expressions.safe_xml import UnsafeXml
from app.services.release_changes import Change, FileChange

WORDS: Final = {"added": "ajouté", "changed": "modifié", "removed": "retiré"}
_RANK: Final = ("changed", "added", "removed")


def file(change: FileChange, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> dict[str, Any]:
    """Return a file that differs: what is told of it, what is only looks, its pictures when it is drawn."""
    return {
        "path": change.path,
        "title": change.title,
        "movement": change.movement,
        "told": change.telling,
        "cosmetic": [one for one in change.details if one.cosmetic],
        "pictures": _pictures(change, before, after) if change.path.endswith(".bpmn") else [],
    }


def _pictures(
    change: FileChange, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> list[dict[str, Any]]:
    """Return the drawing as it will be; as it was too, when something of it is gone."""
    gone = [one for one in change.telling if one.movement == "removed" and not one.what]
    sides = [("Ce qui sera publié", after, [one for one in change.telling if one not in gone])]
    if gone or change.movement == "removed":
        sides.append(("La version en vigueur : ce qui disparaît", before, gone))
    found = []
    for place, (title, files, changes) in enumerate(sides):
        if change.path in files:
            drawn = _drawn(files[change.path], changes, f"{change.path}-{place}")
            if drawn is not None:
                found.append({"title": title, "svg": drawn})
    return found


def _drawn(data: bytes, changes: list[Change], ident: str) -> Markup | None:
    told: dict[str, list[Change]] = {}
    for change in changes:
        if change.where:
            told.setdefault(change.where, []).append(change)
    elements, flows = {}, {}
    for where, some in told.items():
        kind = max((one.movement if not one.what else "changed" for one in some), key=_RANK.index)
        said = " ".join(one.sentence for one in some)
        elements[where] = ElementMark(changed=True, label=WORDS[kind], told=said)
        flows[where] = FlowMark(changed=True, count=WORDS[kind], told=said)
    try:
        # The words of designers are escaped by whoever draws.
        return Markup(picture(data, elements=elements, flows=flows, ident=ident))  # noqa: S704
    except (UnsafeXml, BundleFault, ValueError):
        return None
