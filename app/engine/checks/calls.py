"""What the diagrams of a programme are to each other: processes called, ids taken, calls that go round."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from app.engine.checks.sheet import Sheet
from app.engine.diagram import local


class _Call(NamedTuple):
    sheet: Sheet
    node: Any
    caller: str
    called: str


def check_calls(sheets: Iterable[Sheet], *, whole: bool) -> None:
    """Judge the calls of a programme.

    ``whole`` is false when its other diagrams are not there: a call to a process that is missing is then
    nobody's fault.
    """
    sheets = list(sheets)
    _check_taken(sheets)
    processes = {node.get("id") for sheet in sheets for node in sheet.nodes("process")}
    calls = [
        _Call(sheet, node, _process_of(node), (node.get("calledElement") or "").strip())
        for sheet in sheets
        for node in sheet.nodes("callActivity")
    ]
    for call in calls:
        if not call.called:
            cause = "Cette étape n'appelle aucun processus. Choisissez-le dans ses propriétés."
        elif whole and call.called not in processes:
            cause = (
                f"Le processus appelé « {call.called} » n'existe pas. Corrigez son nom, ou ajoutez son "
                "diagramme."
            )
        else:
            continue
        call.sheet.say(call.node, "unknown-call", cause)
    _check_rounds(calls)


def _check_taken(sheets: list[Sheet]) -> None:
    known: dict[str, Sheet] = {}
    for sheet in sheets:
        for node in sheet.nodes("process", "subProcess"):
            identifier = node.get("id")
            first = known.setdefault(identifier, sheet)
            if identifier and first is not sheet:
                sheet.say_of(
                    identifier,
                    "duplicate-id",
                    f"L'identifiant « {identifier} » est déjà pris dans « {first.file} ». Choisissez-en un "
                    "autre.",
                )


def _process_of(node: Any) -> str:
    return next((str(item.get("id")) for item in node.iterancestors() if local(item) == "process"), "")


def _check_rounds(calls: list[_Call]) -> None:
    """Refuse processes that call themselves, directly or round; each round is said once."""
    graph: dict[str, list[str]] = {}
    for call in calls:
        graph.setdefault(call.caller, []).append(call.called)
    told: set[str] = set()
    for call in calls:
        way = _way(graph, call.called, call.caller)
        if way is None or told.intersection(way):
            continue
        told.update(way)
        round_trip = " → ".join(f"« {name} »" for name in [call.caller, *way])
        call.sheet.say(
            call.node,
            "recursive-call",
            f"Ce processus finit par s'appeler lui-même ({round_trip}). Retirez un de ces appels ; pour "
            "recommencer, dessinez une boucle.",
        )


def _way(graph: Mapping[str, list[str]], begin: str, end: str) -> list[str] | None:
    """Return the shortest way of calls from a process to another, both included, None without one."""
    before: dict[str, str | None] = {begin: None}
    queue = [begin]
    for here in queue:
        if here == end:
            way: list[str] = []
            step: str | None = here
            while step is not None:
                way.append(step)
                step = before[step]
            return way[::-1]
        for then in graph.get(here, []):
            if then not in before:
                before[then] = here
                queue.append(then)
    return None
