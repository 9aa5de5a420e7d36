"""A process in words: the list that stands beside a diagram, and the line that says where a task is."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from app.catalog.durations import duration
from app.engine import Described, Programme, describe, process_ids

KINDS: Final = {
    "userTask": "étape",
    "manualTask": "étape",
    "serviceTask": "automatique",
    "sendTask": "automatique",
    "businessRuleTask": "décision automatique",
    "callActivity": "sous-parcours",
    "subProcess": "sous-parcours",
    "exclusiveGateway": "choix",
    "inclusiveGateway": "choix",
    "parallelGateway": "en parallèle",
    "eventBasedGateway": "ce qui arrive en premier",
    "startEvent": "début",
    "endEvent": "fin",
    "intermediateCatchEvent": "attente",
    "intermediateThrowEvent": "événement",
    "boundaryEvent": "à tout moment",
}
DELAYS: Final = {
    "delai": "à faire en {}",
    "rappel": "rappel après {}",
    "escalade": "alerte {} après l'échéance",
    "manquement": "manquement {} après l'échéance",
    "timer": "au bout de {}",
}
HUMAN: Final = ("userTask", "manualTask", "callActivity", "subProcess")


def steps(
    described: Sequence[Described],
    *,
    active: Collection[str] = (),
    done: Collection[str] = (),
    late: Collection[str] = (),
    hrefs: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Return the elements of a process for ``process_list``, in the order in which they come."""
    names = {item.element: item.name for item in described}
    silent = {item.element for item in described if _silent(item)}
    return [
        {
            "element": item.element,
            "name": item.name,
            "kind": _kind(item),
            "lane": item.lane_name,
            "state": _state(item.element, active, done, late),
            "delays": [words for name, text in item.delays.items() if (words := delay(name, text))],
            "branches": _branches(item, names),
            "documentation": None,
            "href": (hrefs or {}).get(item.element),
        }
        for item in described
        if item.element not in silent
    ]


def neighbourhood(programme: Programme, process_id: str, element: str) -> dict[str, Any]:
    """Return the steps people make in one process, with the one where a task stands."""
    described = describe(programme, process_id)
    aside = _aside(described)
    human = [
        item
        for item in described
        if item.kind in HUMAN and (item.element not in aside or item.element == element)
    ]
    here = next((number for number, item in enumerate(human) if item.element == element), 0)
    first = max(0, here - 1)
    return {
        "process": process_ids(programme).get(process_id, process_id),
        "steps": [
            {"name": item.name, "here": item.element == element, "lane": item.lane_name}
            for item in human[first : here + 3]
        ],
        "more_before": first > 0,
        "more_after": here + 3 < len(human),
    }


def _aside(described: Sequence[Described]) -> set[str]:
    """Return the elements that only an event on a border leads to: what happens when time passes."""
    borders = [item.element for item in described if item.attached_to]
    targets = {item.element: item.next for item in described}
    led = {target for nexts in targets.values() for target in nexts}
    starts = [item.element for item in described if item.element not in led and not item.attached_to]
    return _reached(targets, borders) - _reached(targets, starts)


def _reached(targets: Mapping[str, Sequence[str]], first: Sequence[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(first)
    while waiting:
        element = waiting.pop()
        if element not in found:
            found.add(element)
            waiting += targets.get(element, ())
    return found


def delay(name: str, text: str) -> str:
    """Return a delay of the diagram in words; empty for a deadline that has none."""
    if name == "frequence":
        return f"au moins {text}"
    pattern = DELAYS.get(name, "{}")
    words = duration(text)
    if words is not None and words.startswith("0"):
        return pattern.replace("{} après", "dès").format(words)
    if words is not None:
        return pattern.format(words)
    return "" if name != "timer" else "à une date calculée"


def _kind(item: Described) -> str:
    if item.kind == "boundaryEvent" and item.event == "timer":
        return "si le temps passe"
    if item.multiple:
        return f"{KINDS.get(item.kind, 'étape')}, une fois par élément"
    return KINDS.get(item.kind, "étape")


def _silent(item: Described) -> bool:
    """A gateway that only joins says nothing to people."""
    return item.kind.endswith("Gateway") and len(item.outgoing) < 2


def _state(element: str, active: Collection[str], done: Collection[str], late: Collection[str]) -> str:
    if element in late:
        return "late"
    if element in active:
        return "active"
    return "done" if element in done else ""


def _branches(item: Described, names: Mapping[str, str]) -> list[dict[str, str | None]]:
    if len(item.outgoing) < 2:
        return []
    return [{"condition": flow.label, "to": names.get(flow.target, flow.target)} for flow in item.outgoing]


def names(programme: Programme) -> list[str]:
    """Return what people call the processes of a programme, in alphabetical order."""
    return sorted(process_ids(programme).values())
