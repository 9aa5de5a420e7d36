"""Messages between processes: whoever waits for one must have a sender, whoever sends one a receiver."""

from collections.abc import Iterator
from typing import Final

from app.checker import inventory
from app.checker.model import Model
from app.checker.problem import Problem
from app.checker.references.verbs import UNSURE, Call, Given, calls

_THROWS: Final = frozenset({"intermediateThrowEvent", "endEvent", "sendTask"})
_KINDS: Final = {"message": "Le message", "signal": "Le signal"}
_ROWS_DECISION: Final = "decision"
"""The column of a meeting's form that says what is decided of each situation (``transmettre_decisions``)."""


def problems(model: Model) -> Iterator[Problem]:
    """Yield the messages and signals that nobody sends, or that nobody waits for."""
    if not model.whole or not inventory.diagrams_all_read(model):
        return
    for kind in _KINDS:
        yield from _one_sided(model, kind)
    for call in calls(model):
        for given in call.naming("events"):
            yield from _unheard(model, call, given)


def _events(model: Model, kind: str) -> Iterator[tuple[str, str, str, bool]]:
    """Yield each event of a kind: file, element, the name it bears, whether it sends."""
    for process, rows in model.described.items():
        for item in rows:
            if item.event == kind and item.event_name:
                yield model.process_files[process], item.element, item.event_name, item.kind in _THROWS


def _one_sided(model: Model, kind: str) -> Iterator[Problem]:
    if any(item.event == kind and not item.event_name for rows in model.described.values() for item in rows):
        return  # the engine's examination asks for the name: it may well be the one that seems missing
    events = list(_events(model, kind))
    sent = {name for _, _, name, sends in events if sends}
    awaited = {name for _, _, name, sends in events if not sends}
    for path, element, name, sends in events:
        if sends and name not in awaited:
            message = f"{_KINDS[kind]} « {name} » n'est attendu par aucun diagramme. Dessinez qui le reçoit, "
            yield Problem(path, element, "error", "unknown-message", f"{message}ou corrigez son nom.")
        elif not sends and name not in sent and not _sent_by_verb(model, kind, name):
            message = (
                f"{_KINDS[kind]} « {name} » n'est envoyé par aucun diagramme : on l'attendrait toujours. "
            )
            yield Problem(
                path,
                element,
                "error",
                "unknown-message",
                f"{message}Dessinez qui l'envoie, ou corrigez son nom.",
            )


def _sent_by_verb(model: Model, kind: str, name: str) -> bool:
    """Whether a verb that sends decisions may send ``name``; one whose prefix is not told may send all."""
    if kind != "message":
        return False
    for call in calls(model):
        if call.operation is not None and name in call.operation.sends:
            return True
        for given in call.naming("events"):
            if not isinstance(given.value, str):
                return True
            choices = _decisions(model, call)
            if name.startswith(given.value) and (
                choices is None or name.removeprefix(given.value) in choices
            ):
                return True
    return False


def _decisions(model: Model, call: Call) -> dict[str, str] | None:
    """Return what the rows of the form may decide, value to label; None when the text does not tell."""
    for given in call.given:
        form_id, dot, key = given.text.partition(".")
        if given.value is not UNSURE or not dot or form_id not in model.forms:
            continue
        table = model.forms[form_id][1].field(key)
        for column in table.columns if table else ():
            if column.key == _ROWS_DECISION:
                return {option.value: option.label for option in column.options}
    return None


def _unheard(model: Model, call: Call, given: Given) -> Iterator[Problem]:
    """Yield the decisions of a meeting that no case waits for."""
    if not isinstance(given.value, str):
        return
    awaited = {name for _, _, name, sends in _events(model, "message") if not sends}
    for value, label in (_decisions(model, call) or {}).items():
        if given.value + value not in awaited:
            yield Problem(
                call.path,
                call.element,
                "error",
                "unknown-message",
                f"La décision « {label} » envoie le message « {given.value}{value} », qu'aucun diagramme "
                "n'attend. Dessinez qui le reçoit, ou retirez cette décision du formulaire.",
            )
