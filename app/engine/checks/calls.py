"""What the diagrams of a programme are to each other: processes called, ids taken, calls that go round."""

from collections.abc import Iterable, Iterator, Mapping
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
    """Refuse processes that call themselves, directly or round; each round is said once.

    It is said of the call that closes it, coming from the processes that nobody calls.
    """
    by_caller: dict[str, list[_Call]] = {}
    for call in calls:
        by_caller.setdefault(call.caller, []).append(call)
    called = {call.called for call in calls if call.caller != call.called}
    done: set[str] = set()
    for begin in sorted(by_caller, key=lambda name: name in called):
        _follow(begin, by_caller, done)


def _follow(begin: str, by_caller: Mapping[str, list[_Call]], done: set[str]) -> None:
    """Follow the calls of a process as deep as they are drawn; ``done`` are those followed before."""
    way: dict[str, Iterator[_Call]] = {begin: iter(by_caller[begin])} if begin not in done else {}
    while way:
        process = next(reversed(way))
        call = next(way[process], None)
        if call is None:
            done.add(process)
            del way[process]
        elif call.called in way:
            names = list(way)
            round_trip = [*names[names.index(call.called) :], call.called]
            call.sheet.say(
                call.node,
                "recursive-call",
                f"Ce processus finit par s'appeler lui-même ({_spelt(round_trip)}). Retirez un de ces "
                "appels ; pour recommencer, dessinez une boucle.",
            )
        elif call.called not in done:
            way[call.called] = iter(by_caller.get(call.called, []))


def _spelt(names: list[str]) -> str:
    if len(names) > 6:
        names = [*names[:3], "…", *names[-2:]]
    return " → ".join(f"« {name} »" for name in names)
