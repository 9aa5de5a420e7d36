"""What differs between the files of two programmes, said beside what it changes to people's weeks."""

from collections.abc import Iterator, Mapping
from typing import Final

from app.catalog.bundle import Bundle
from app.catalog.durations import duration
from app.catalog.fingerprint import normalise
from app.engine import Described
from app.simulator.words import NO_BREAK, Words

_DELAYS: Final = {
    "delai": "délai",
    "rappel": "rappel",
    "escalade": "alerte de retard",
    "manquement": "manquement",
    "frequence": "fréquence",
    "timer": "échéance",
}
_KINDS: Final = {
    "forms": "Formulaire",
    "dmn": "Table de décision",
    "messages": "Modèle de message",
    "documents": "Modèle de document",
}


def changes(here: Words, there: Words) -> Iterator[tuple[str, str]]:
    """Yield what was changed: where (``process/element`` or a file), and a sentence."""
    yield from details(here, there)
    yield from _files(here.bundle, there.bundle)


def details(here: Words, there: Words) -> Iterator[tuple[str, str]]:
    """Yield what was changed in the elements of the diagrams and in the settings."""
    for diagram in here.diagrams:
        for item in diagram.elements:
            key = f"{diagram.process}/{item.element}"
            former = there.element(key)
            if former is not None:
                for told in _element(item, former):
                    yield key, f"{here.where(key)} : {told}."
    for name in sorted(here.bundle.settings.rules.keys() | there.bundle.settings.rules.keys()):
        after, before = (words.bundle.settings.rules.get(name) for words in (here, there))
        if after != before:
            yield "territoire.toml", f"Réglage «{NO_BREAK}{name}{NO_BREAK}» : {_instead(after, before)}."


def _element(item: Described, former: Described) -> Iterator[str]:
    for kind, word in _DELAYS.items():
        after, before = item.delays.get(kind), former.delays.get(kind)
        if after != before:
            yield f"{word} {_instead(_delay(after), _delay(before))}"
    if item.name != former.name:
        yield f"s'appelait «{NO_BREAK}{former.name}{NO_BREAK}»"
    if item.lane != former.lane:
        yield f"couloir {_instead(item.lane_name, former.lane_name)}"
    if item.form != former.form:
        yield f"formulaire {_instead(item.form, former.form)}"
    conditions = {flow.flow: flow.condition for flow in former.outgoing}
    for flow in item.outgoing:
        if flow.flow in conditions and flow.condition != conditions[flow.flow]:
            yield f"condition {_instead(flow.condition, conditions[flow.flow])}"


def _instead(after: object, before: object) -> str:
    if after is None:
        return f"retiré ({_said(before)} auparavant)"
    return f"{_said(after)} au lieu de {_said(before)}" if before is not None else f"{_said(after)}, nouveau"


def _delay(text: str | None) -> str | None:
    return None if text is None else duration(text) or text


def _said(value: object) -> str:
    return str(value).replace('"', "")


def _files(here: Bundle, there: Bundle) -> Iterator[tuple[str, str]]:
    for path in sorted(here.files.keys() | there.files.keys()):
        folder, _, name = path.rpartition("/")
        kind = _KINDS.get(folder)
        if kind is None or _same(here.files, there.files, path):
            continue
        feminine = "e" if kind.startswith("Table") else ""
        done = "ajouté" if path not in there.files else "retiré" if path not in here.files else "modifié"
        yield path, f"{kind} «{NO_BREAK}{name.rpartition('.')[0]}{NO_BREAK}» {done}{feminine}."


def _same(here: Mapping[str, bytes], there: Mapping[str, bytes], path: str) -> bool:
    """Say whether a file says the same on both sides; layout does not count."""
    if path not in here or path not in there:
        return False
    return here[path] == there[path] or normalise(path, here[path]) == normalise(path, there[path])
