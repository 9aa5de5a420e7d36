"""A settings file as a tree of values that somebody edits; order, comments and layout of the rest stay.

A place in the file is a tuple of keys and row numbers; ``address`` writes it as one text for a form
(``roles/technicien/libelle``).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote

import tomlkit
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, Comment, InlineTable, Item, Table

from app.errors import BundleFault

Place = tuple[str | int, ...]
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_KINDS: Final = ((bool, "oui_non"), (int, "entier"), (float, "nombre"), (str, "texte"))
_WRONG: Final = {
    "entier": "écrivez un nombre entier.",
    "nombre": "écrivez un nombre.",
    "toml": "cette valeur ne se lit pas. Vérifiez guillemets, virgules et crochets.",
}


@dataclass(frozen=True)
class Entry:
    """One value: ``kind`` is ``texte``, ``entier``, ``nombre``, ``oui_non``, ``lignes`` (texts) or ``toml``.

    ``said`` is what a form shows, ``lines`` the texts of a list.
    """

    place: Place
    key: str
    kind: str
    said: str
    lines: tuple[str, ...] = ()
    told: str = ""


@dataclass(frozen=True)
class Group:
    """A table: its values, the tables inside; ``row`` when it is one of several without a name."""

    place: Place
    key: str
    entries: tuple[Entry, ...] = ()
    groups: tuple["Group", ...] = ()
    told: str = ""
    row: bool = False
    rows: bool = field(default=False)
    """Whether the groups inside are rows, which are added and taken out by number."""


def address(place: Place) -> str:
    """Return a place as one text."""
    return "/".join(quote(str(part), safe="") for part in place)


def place_of(text: str) -> Place:
    """Return the place that ``address`` wrote."""
    parts = (unquote(part) for part in text.split("/"))
    return tuple(int(part) if part.isdecimal() else part for part in parts)


@lru_cache(maxsize=32)
def read(text: str) -> Group:
    """Return a whole file as a tree; the same text is read once.

    Raises:
        BundleFault: it is not TOML.
    """
    return _group(_parsed(text), (), "")


def write(text: str, changes: Mapping[str, str | Sequence[str]]) -> str:
    """Return the file with values changed, by address; what is said as it was stays as it is written.

    A list said as one text has a line for each; said as a sequence, its order does not count.

    Raises:
        BundleFault: a value that is not of its kind; ``file`` names it by its key.
    """
    document = _parsed(text)
    known = {address(entry.place): entry for entry in entries(read(text))}
    moved = False
    for where, said in changes.items():
        entry = known.get(where)
        if entry is None or _same(entry, said):
            continue
        holder = _at(document, entry.place[:-1])
        holder[entry.place[-1]] = _value(entry, said)
        moved = True
    return tomlkit.dumps(document) if moved else text


def with_group(text: str, place: Place, name: str) -> str:
    """Return the file with a table more beside those of ``place``, on the model of the last one.

    Raises:
        BundleFault: the name is taken or is no name, or nothing there can serve as a model.
    """
    document = _parsed(text)
    holder = _at(document, place)
    if isinstance(holder, AoT):
        if not holder:
            raise BundleFault(file=str(place[-1]), cause="aucune ligne ne peut servir de modèle.")
        holder.append(_copied(holder[-1]))
        return tomlkit.dumps(document)
    models = [item for item in holder.values() if isinstance(item, Table)]
    if not _NAME.fullmatch(name):
        raise BundleFault(
            file="nom", cause="écrivez un nom court : des minuscules sans accent, des chiffres et « _ »."
        )
    if name in holder:
        raise BundleFault(file="nom", cause=f"« {name} » existe déjà.")
    if not models:
        raise BundleFault(file=str(place[-1]), cause="rien ne peut servir de modèle.")
    holder[name] = _copied(models[-1])
    return tomlkit.dumps(document)


def with_rows(text: str, place: Place, rows: Sequence[Mapping[str, str | Sequence[str]]]) -> str:
    """Return the file with rows more at the end of those of ``place``, each as given.

    Raises:
        BundleFault: there are no rows at this place.
    """
    document = _parsed(text)
    holder = _at(document, place)
    if not isinstance(holder, AoT):
        raise BundleFault(file=address(place), cause="cette partie n'est pas une liste.")
    for row in rows:
        made = tomlkit.table()
        for key, value in row.items():
            made[key] = value if isinstance(value, str) else list(value)
        holder.append(made)
    return tomlkit.dumps(document)


def without_group(text: str, place: Place) -> str:
    """Return the file without the table at ``place``.

    Raises:
        BundleFault: there is none.
    """
    document = _parsed(text)
    holder = _at(document, place[:-1])
    try:
        del holder[place[-1]]
    except (KeyError, IndexError, TOMLKitError) as fault:
        raise BundleFault(file=address(place), cause="cette partie n'est plus là.") from fault
    return tomlkit.dumps(document)


def entries(group: Group) -> Iterator[Entry]:
    """Yield every value of a tree."""
    yield from group.entries
    for inner in group.groups:
        yield from entries(inner)


def _parsed(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as fault:
        raise BundleFault(file="territoire.toml", cause="ce fichier ne se lit pas comme du TOML.") from fault


def _group(holder: Any, place: Place, key: str, *, told: str = "", row: bool = False) -> Group:
    found: list[Entry] = []
    inner: list[Group] = []
    comments = _comments(holder)
    for name, item in holder.items():
        here = (*place, str(name))
        said = comments.get(str(name), "")
        if isinstance(item, Table | OutOfOrderTableProxy):
            inner.append(_group(item, here, str(name), told=said))
        elif isinstance(item, AoT):
            rows = tuple(
                _group(one, (*here, number), str(number + 1), row=True) for number, one in enumerate(item)
            )
            inner.append(Group(here, str(name), groups=rows, told=said, rows=True))
        else:
            found.append(_entry(item, here, said))
    return Group(place, key, tuple(found), tuple(inner), told, row)


def _entry(item: Any, place: Place, told: str) -> Entry:
    key = str(place[-1])
    beside = item.trivia.comment.lstrip("# ").strip() if isinstance(item, Item) else ""
    said = " ".join(part for part in (told, beside) if part)
    if isinstance(item, Array) and all(isinstance(one, str) for one in item):
        return Entry(place, key, "lignes", "\n".join(item), tuple(str(one) for one in item), said)
    if isinstance(item, Array | InlineTable | date | datetime | time):
        return Entry(place, key, "toml", item.as_string() if isinstance(item, Item) else str(item), told=said)
    kind = next((name for of, name in _KINDS if isinstance(item, of)), "toml")
    plain = ("oui" if item else "non") if kind == "oui_non" else str(item)
    return Entry(place, key, kind, plain, told=said)


def _comments(holder: Any) -> dict[str, str]:
    """Return what is written just above each key."""
    container = holder.value if isinstance(holder, Table) else holder
    found: dict[str, str] = {}
    above: list[str] = []
    for key, item in getattr(container, "body", ()):
        if isinstance(item, Comment):
            above.append(str(item).strip().lstrip("# ").strip())
        elif key is None:
            above = []
        else:
            found[key.key] = " ".join(above)
            above = []
    return found


def _same(entry: Entry, said: str | Sequence[str]) -> bool:
    if entry.kind == "lignes":
        if isinstance(said, str):
            return tuple(_lines(said)) == entry.lines
        return set(said) == set(entry.lines)  # boxes: in whatever order they stand
    return isinstance(said, str) and said.strip() == entry.said.strip()


def _lines(said: str | Sequence[str]) -> list[str]:
    parts = said.replace("\r\n", "\n").split("\n") if isinstance(said, str) else said
    return [part.strip() for part in parts if part.strip()]


def _value(entry: Entry, said: str | Sequence[str]) -> Any:
    if entry.kind == "lignes":
        return _list(entry, said)
    text = said.strip() if isinstance(said, str) else " ".join(said)
    plain = text.replace("\u202f", "").replace(" ", "")
    kinds: dict[str, Callable[[], Any]] = {
        "texte": lambda: text.replace("\r\n", "\n"),
        "oui_non": lambda: text == "oui",
        "entier": lambda: int(plain),
        "nombre": lambda: tomlkit.value(plain.replace(",", ".")),
        "toml": lambda: tomlkit.value(text),
    }
    try:
        return kinds[entry.kind]()
    except (ValueError, TOMLKitError) as fault:
        raise BundleFault(file=entry.key, cause=_WRONG[entry.kind]) from fault


def _list(entry: Entry, said: str | Sequence[str]) -> list[str]:
    """Return the texts of a list; what boxes say keeps the order of the file."""
    lines = _lines(said)
    if isinstance(said, str):
        return lines
    return [*(one for one in entry.lines if one in lines), *(one for one in lines if one not in entry.lines)]


def _at(document: Any, place: Place) -> Any:
    found = document
    try:
        for part in place:
            found = found[part]
    except (KeyError, IndexError, TypeError, TOMLKitError) as fault:
        raise BundleFault(file=address(place), cause="cette partie n'est plus là.") from fault
    return found


def _copied(model: Any) -> Any:
    made = tomlkit.table()
    for key, item in model.items():
        if isinstance(item, Table):
            made[key] = _copied(item)
        elif not isinstance(item, AoT):
            made[key] = item.unwrap() if isinstance(item, Item) else item
    return made
