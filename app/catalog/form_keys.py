"""Names inside a form: where its own expressions read a field, and the form under another key."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple

from app.catalog.form_edits import SECTIONS, Place, at, change, put, walk
from app.catalog.form_text import Tree

_TOKEN: Final = re.compile(
    r"""(?P<text>"[^"]*"|'[^']*')|(?P<name>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)""", re.ASCII
)
_OF_FIELD: Final[dict[str, str]] = {
    "si": "sa condition",
    "calcul": "son calcul",
}
"""The expressions of a field, and what they are called."""


class Inner(NamedTuple):
    """A place of the form that reads one of its fields: where (None: the form itself), and in what."""

    place: Place | None
    label: str
    what: str


def reads(text: Any, name: str) -> bool:
    """Whether an expression reads a name, or a part of it (``visite`` reads nothing of ``visiteur``)."""
    return isinstance(text, str) and any(_is(token, name) for token in _names(text))


def names_of(text: str) -> list[str]:
    """Return the first names that an expression reads, functions and quoted texts aside, each once."""
    found = (match for match in _TOKEN.finditer(text) if match["name"])
    called = (match["name"] for match in found if not text[match.end() :].lstrip().startswith("("))
    return list(dict.fromkeys(name.partition(".")[0].strip() for name in called))


def swapped(text: Any, name: str, new: str) -> Any:
    """Return an expression in which a name is another; quoted texts stay."""
    if not reads(text, name):
        return text
    return _TOKEN.sub(lambda found: _swap(found, name, new), text)


def reads_column(text: Any, table: str, column: str) -> bool:
    """Whether an expression takes a column of a table: ``colonne(table, "column")``."""
    return isinstance(text, str) and _column(table, column).search(text) is not None


def swapped_column(text: Any, table: str, column: str, new: str) -> Any:
    """Return an expression in which a column of a table bears another key."""
    if not reads_column(text, table, column):
        return text
    return _column(table, column).sub(rf"\g<1>{new}\g<2>", text)


def inner_uses(tree: Tree, place: Place) -> list[Inner]:
    """Return every place of the form that reads the field or the column at ``place``."""
    row = at(tree, place)
    key = row.get("cle")
    if not isinstance(key, str):
        return []
    table = at(tree, place[:2]).get("cle") if len(place) == 3 else None
    found: list[Inner] = []

    def seen(where: Place | None, label: str, what: str, text: Any) -> Any:
        within = len(place) == 2 or (where is not None and len(where) == 3 and where[:2] == place[:2])
        if (within and reads(text, key)) or (table is not None and reads_column(text, str(table), key)):
            found.append(Inner(where, label, what))
        return text

    _each(tree, seen)
    if len(place) == 2:
        found += _named(tree, key)
    return [item for item in found if item.place != place]


def renamed(tree: Tree, place: Place, new: str) -> Tree:
    """Return the form whose field or column at ``place`` bears the key ``new``, wherever it is read."""
    old = str(at(tree, place).get("cle", ""))
    table = at(tree, place[:2]).get("cle") if len(place) == 3 else None

    def swap(where: Place | None, _label: str, _what: str, text: Any) -> Any:
        within = len(place) == 2 or (where is not None and len(where) == 3 and where[:2] == place[:2])
        text = swapped(text, old, new) if within else text
        return swapped_column(text, str(table), old, new) if table is not None else text

    found = _each(tree, swap)
    if len(place) == 2:
        found = _with_named(found, old, new)
    return put(found, place, change(at(found, place), {"cle": new}))


def _each(tree: Tree, visit: Callable[[Place | None, str, str, Any], Any]) -> Tree:
    """Return the form with every expression as ``visit`` gives it back."""
    found = tree
    for place, row in list(walk(tree)):
        label = str(row.get("libelle", ""))
        changes = {key: visit(place, label, what, row[key]) for key, what in _OF_FIELD.items() if key in row}
        simulation = row.get("simulation")
        if isinstance(simulation, dict) and isinstance(simulation.get("selon"), list):
            read = partial(visit, place, label, "sa simulation")
            cases = [_case(case, read) for case in simulation["selon"]]
            changes["simulation"] = change(simulation, {"selon": cases})
        new_row = change(
            at(found, place), {key: value for key, value in changes.items() if value != row[key]}
        )
        found = put(found, place, new_row)
    found = _sections(found, visit)
    rules = found.get("regles")
    if not isinstance(rules, list):
        return found
    told = [
        change(rule, {"exige": visit(None, str(rule.get("message", "")), "une règle", rule.get("exige"))})
        for rule in rules
    ]
    return (
        change(found, {"regles": told})
        if any(a is not b for a, b in zip(told, rules, strict=True))
        else found
    )


def _sections(tree: Tree, visit: Callable[[Place | None, str, str, Any], Any]) -> Tree:
    parts = tree.get(SECTIONS)
    if not isinstance(parts, list):
        return tree
    told = [
        change(
            part, {"si": visit(None, str(part.get("titre", "")), "la condition d'une rubrique", part["si"])}
        )
        if "si" in part
        else part
        for part in parts
    ]
    return {**tree, SECTIONS: told} if any(a is not b for a, b in zip(told, parts, strict=True)) else tree


def _case(case: Any, visit: Callable[[Any], Any]) -> Any:
    return change(case, {"si": visit(case["si"])}) if isinstance(case, dict) and "si" in case else case


def _named(tree: Tree, key: str) -> Iterator[Inner]:
    """Yield where the form names the field outside any expression."""
    agenda = tree.get("agenda")
    if isinstance(agenda, dict) and key in (agenda.get("date"), agenda.get("heure")):
        yield Inner(None, str(agenda.get("titre", "")), "le rendez-vous que la réponse fixe")
    for rule in tree.get("regles", ()) if isinstance(tree.get("regles"), list) else ():
        if key in (rule.get("champs") or ()):
            yield Inner(None, str(rule.get("message", "")), "une règle")


def _with_named(tree: Tree, old: str, new: str) -> Tree:
    agenda = tree.get("agenda")
    if isinstance(agenda, dict):
        told = {part: new for part in ("date", "heure") if agenda.get(part) == old}
        tree = change(tree, {"agenda": change(agenda, told)}) if told else tree
    rules = tree.get("regles")
    if isinstance(rules, list) and any(old in (rule.get("champs") or ()) for rule in rules):
        rows = [
            change(rule, {"champs": [new if key == old else key for key in rule.get("champs") or ()]})
            for rule in rules
        ]
        tree = change(tree, {"regles": rows})
    return tree


def _names(text: str) -> Iterator[str]:
    return (re.sub(r"\s", "", found["name"]) for found in _TOKEN.finditer(text) if found["name"])


def _is(token: str, name: str) -> bool:
    return token == name or token.startswith(f"{name}.")


def _swap(found: re.Match[str], name: str, new: str) -> str:
    token = found["name"]
    bare = re.sub(r"\s", "", token) if token else ""
    return new + bare[len(name) :] if token and _is(bare, name) else found[0]


def _column(table: str, column: str) -> re.Pattern[str]:
    start = rf"(\bcolonne\(\s*{re.escape(table)}\s*,\s*[\"'])"
    return re.compile(rf"{start}{re.escape(column)}([\"']\s*\))")
