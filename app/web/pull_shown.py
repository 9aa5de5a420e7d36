"""A merge as its page shows it: what comes, what stays, by file; conflicts with both drawings marked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from app.catalog.fingerprint import load_json
from app.documents.bpmn_picture import ElementMark, FlowMark, picture
from app.errors import BundleFault
from app.expressions.safe_xml import UnsafeXml, parse_xml
from app.merging import Conflict, Told
from app.merging.bundles import called
from app.services.pulls import Preview

MOST: Final = 60
"""Sentences shown of a file; the others are counted."""


def shown(found: Preview) -> dict[str, Any]:
    """Return what the template of a preview reads."""
    conflicts = found.merged.conflicts
    files = list(dict.fromkeys(one.spot.file for one in conflicts))
    return {
        "coming": _by_file(found, found.merged.coming()),
        "staying": _by_file(found, found.merged.staying()),
        "groups": [
            {
                "file": name,
                "title": _title(found, name),
                "conflicts": [one for one in conflicts if one.spot.file == name],
                "pictures": _pictures(found, name, [one for one in conflicts if one.spot.file == name]),
            }
            for name in files
        ],
        "faults": [problem for problem in found.problems if problem.severity == "error"],
        "moved": sum(told.cosmetic and told.side == "theirs" for told in found.merged.told),
    }


def _by_file(found: Preview, told: Iterable[Told]) -> list[dict[str, Any]]:
    groups: dict[str, list[str]] = {}
    for one in told:
        groups.setdefault(one.spot.file, []).append(_capital(one.sentence))
    return [
        {
            "title": _title(found, name),
            "sentences": sentences[:MOST],
            "rest": max(0, len(sentences) - MOST),
        }
        for name, sentences in groups.items()
    ]


def _title(found: Preview, name: str) -> str:
    """Return what people call a file: a diagram, a table or a form by the name inside it."""
    versions = (found.merged.files.get(name), found.ours.get(name), found.theirs.get(name))
    data = next((data for data in versions if data is not None), b"")
    kind, _, rest = called(name).partition(" « ")
    try:
        inside = _name_inside(name, data)
    except (UnsafeXml, BundleFault):
        inside = ""
    said = inside or rest.removesuffix(" »").replace("_", " ")
    return f"{_capital(kind)} « {said} »" if said else _capital(kind)


def _name_inside(name: str, data: bytes) -> str:
    if name.endswith(".json"):
        said = load_json(name, data)
        return str(said.get("titre", "")) if isinstance(said, dict) else ""
    if name.endswith((".bpmn", ".dmn")):
        wanted = parse_xml(data).find(".//{*}process" if name.endswith(".bpmn") else ".//{*}decision")
        return str(wanted.get("name", "")) if wanted is not None else ""
    return ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pictures(found: Preview, name: str, conflicts: Sequence[Conflict]) -> list[dict[str, Any]]:
    """Return both sides of a diagram, what both changed being marked; none for another kind of file."""
    if not name.endswith(".bpmn"):
        return []
    pictures = []
    upstream = f"{found.upstream.name}, version {found.upstream.number}"
    for side, label in (("ours", "Chez vous"), ("theirs", upstream)):
        data = (found.ours if side == "ours" else found.theirs).get(name)
        drawn = _drawn(data, conflicts, f"{side}-{name}") if data is not None else None
        if drawn is not None:
            pictures.append({"label": label, "svg": drawn})
    return pictures


def _drawn(data: bytes, conflicts: Sequence[Conflict], ident: str) -> Markup | None:
    try:
        marked = _drawn_ids(data, [one.spot.element for one in conflicts])
        numbers = {
            key: ", ".join(
                str(n + 1) for n, one in enumerate(conflicts) if marked.get(one.spot.element) == key
            )
            for key in marked.values()
        }
        elements = {
            key: ElementMark(heat=0.6, count=number, changed=True, told="Changé des deux côtés")
            for key, number in numbers.items()
        }
        flows = {key: FlowMark(changed=True, told="Changé des deux côtés") for key in marked.values()}
        return Markup(picture(data, elements=elements, flows=flows, ident=ident))  # noqa: S704  # escaped by us
    except UnsafeXml:
        return None


def _drawn_ids(data: bytes, wanted: Sequence[str]) -> Mapping[str, str]:
    """Return, for each element, the one around it that the drawing shows."""
    root = parse_xml(data)
    drawn = {node.get("bpmnElement") for node in root.iter("{*}BPMNShape", "{*}BPMNEdge")}
    found = {}
    for node in root.iter():
        key = node.get("id")
        if key not in wanted or key is None:
            continue
        here = node
        while here is not None and here.get("id") not in drawn:
            parent = here.getparent()
            if parent is None:
                break
            here = parent
        if here.get("id") in drawn:
            found[str(key)] = str(here.get("id"))
    return found
