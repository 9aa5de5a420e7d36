"""Edits of a form's JSON: pure, each gives a new tree that shares whatever it did not touch.

A place is ``(section, field)`` or ``(section, field, column)``, counted from 0; a form without
« rubriques » has one section, the form itself. ``form_text.write`` turns the new tree back into text.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from app.catalog.form_text import Tree, same

Place = tuple[int, ...]
FIELDS, SECTIONS, COLUMNS = "champs", "rubriques", "colonnes"
MOST_FIELDS: Final = 300
_LONGEST: Final = 60
_WRITTEN: Final = re.compile(r"\d{1,3}(?:-\d{1,3}){1,2}", re.ASCII)
_ORDER: Final = (
    "id", "titre", "introduction", "terrain", "onglet", "agenda", "simulation", "champs", "rubriques",
    "regles",
    "cle", "type", "format", "libelle", "aide", "obligatoire", "message", "si", "classe", "options", "genre",
    "presentation", "min", "max", "decimales", "unite", "nombre", "chiffres", "saisie_auto", "engagement",
    "calcul", "resultat", "affiche", "lignes_de", "nom_ligne", "bouton", "reprise_de", "initiale", "alimente",
    "lecture_seule", "colonnes",
)  # fmt: skip
"""Where a key is written when an edit adds it; an unknown one comes last."""


class NoSuchPlace(LookupError):
    """The form has no field, column or section there: it changed, or the address was made up."""


def shape_fault(tree: Mapping[str, Any]) -> str:
    """Return why the editor cannot show a form, empty when it can: its lists must be lists of tables."""
    for key, rows in _lists(tree):
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return f"« {key} » n'est pas une liste de groupes de clés. Corrigez le fichier comme un texte."
    return ""


def _lists(tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    sections = tree.get(SECTIONS, [])
    yield SECTIONS, sections
    yield "regles", tree.get("regles", [])
    held = [row for row in sections if isinstance(row, dict)] if isinstance(sections, list) else []
    for part in (tree, *held):
        fields = part.get(FIELDS, [])
        yield FIELDS, fields
        for row in fields if isinstance(fields, list) else ():
            if isinstance(row, dict):
                yield COLUMNS, row.get(COLUMNS, [])


def place_of(text: str) -> Place:
    """Read a place written « 0-3 » or « 0-3-1 ».

    Raises:
        NoSuchPlace: not written so.
    """
    if not _WRITTEN.fullmatch(text):
        raise NoSuchPlace(text)
    return tuple(int(part) for part in text.split("-"))


def written(place: Place) -> str:
    """Return a place as an address has it."""
    return "-".join(map(str, place))


def sections(tree: Tree) -> list[Tree]:
    """Return the parts that hold fields: the sections, or the form itself."""
    return list(tree[SECTIONS]) if SECTIONS in tree else [tree]


def walk(tree: Tree) -> Iterator[tuple[Place, Tree]]:
    """Yield every field and column with its place, in order."""
    for rank, part in enumerate(sections(tree)):
        for number, row in enumerate(part.get(FIELDS, ())):
            yield (rank, number), row
            for column, item in enumerate(row.get(COLUMNS, ())):
                yield (rank, number, column), item


def at(tree: Tree, place: Place) -> Tree:
    """Return the field or column of a place.

    Raises:
        NoSuchPlace: nothing there.
    """
    rows = _rows(tree, place)
    if place[-1] >= len(rows):
        raise NoSuchPlace(written(place))
    found: Tree = rows[place[-1]]
    return found


def place_of_key(tree: Tree, key: str, table: str | None = None) -> Place | None:
    """Return where the field of that key stands, or the column of that key of ``table``."""
    owner = place_of_key(tree, table) if table is not None else None
    for place, row in walk(tree):
        inside = len(place) == 3 and place[:2] == owner if table is not None else len(place) == 2
        if inside and row.get("cle") == key:
            return place
    return None


def put(tree: Tree, place: Place, row: Tree) -> Tree:
    """Return the form with this field or column in place of the one there."""
    if at(tree, place) is row:
        return tree
    rows = _rows(tree, place)
    return _with_rows(tree, place, [*rows[: place[-1]], row, *rows[place[-1] + 1 :]])


def insert(tree: Tree, place: Place, row: Tree) -> Tree:
    """Return the form with one field or column more, before the one at ``place`` or at the end."""
    rows = _rows(tree, place)
    rank = min(place[-1], len(rows))
    return _with_rows(tree, (*place[:-1], rank), [*rows[:rank], row, *rows[rank:]])


def remove(tree: Tree, place: Place) -> Tree:
    """Return the form without that field or column."""
    at(tree, place)
    rows = _rows(tree, place)
    return _with_rows(tree, place, [*rows[: place[-1]], *rows[place[-1] + 1 :]])


def move(tree: Tree, place: Place, by: int) -> tuple[Tree, Place]:
    """Move a field or column one place up (-1) or down (1); a field goes on into the next section."""
    at(tree, place)
    rank, count = place[-1] + by, len(_rows(tree, place))
    if 0 <= rank < count:
        return move_to(tree, place, (*place[:-1], rank))
    section = place[0] + by
    if len(place) == 3 or not 0 <= section < len(sections(tree)):
        return tree, place
    end = len(sections(tree)[section].get(FIELDS, ())) if by < 0 else 0
    return move_to(tree, place, (section, end))


def move_to(tree: Tree, place: Place, target: Place) -> tuple[Tree, Place]:
    """Take a field out and put it back so that it stands at ``target``."""
    if place[:-1] != target[:-1] and len(place) + len(target) != 4:
        raise NoSuchPlace(written(target))
    row = at(tree, place)
    _rows(tree, target)
    if place == target:
        return tree, place
    taken = remove(tree, place)
    rank = min(target[-1], len(_rows(taken, target)))
    end = (*target[:-1], rank)
    return insert(taken, end, row), end


def duplicate(tree: Tree, place: Place) -> tuple[Tree, Place]:
    """Put a copy after a field or column, with a key of its own."""
    row = at(tree, place)
    copy = dict(row)
    if isinstance(row.get("cle"), str):
        copy["cle"] = free_key(row["cle"], taken_keys(tree, place))
    after = (*place[:-1], place[-1] + 1)
    return insert(tree, after, copy), after


def change(row: Tree, changes: Mapping[str, Any]) -> Tree:
    """Return a table of keys with some changed; None takes a key out. Nothing changed: the same table."""
    found = dict(row)
    for key, value in changes.items():
        if value is None:
            found.pop(key, None)
        elif key in found:
            found[key] = value
        else:
            found = _with_key(found, key, value)
    unmoved = found.keys() == row.keys() and all(
        found[key] is row[key] or _alike(found[key], row[key]) for key in row
    )
    return row if unmoved else found


def add_section(tree: Tree, title: str) -> Tree:
    """Add a section at the end; the fields of a form without sections become its first."""
    kept = (
        tree[SECTIONS]
        if SECTIONS in tree
        else [{"titre": str(tree.get("titre") or title), FIELDS: tree.get(FIELDS, [])}]
    )
    rest = {key: value for key, value in tree.items() if key not in (FIELDS, SECTIONS)}
    return _with_key(rest, SECTIONS, [*kept, {"titre": title, FIELDS: []}])


def change_section(tree: Tree, rank: int, changes: Mapping[str, Any]) -> Tree:
    """Change a section's title, introduction or condition."""
    part = section(tree, rank)
    rows = tree[SECTIONS]
    new = change(part, changes)
    return tree if new is part else {**tree, SECTIONS: [*rows[:rank], new, *rows[rank + 1 :]]}


def move_section(tree: Tree, rank: int, by: int) -> Tree:
    """Move a section with its fields one place up or down."""
    part = section(tree, rank)
    rows = [row for number, row in enumerate(tree[SECTIONS]) if number != rank]
    end = rank + by
    return {**tree, SECTIONS: [*rows[:end], part, *rows[end:]]} if 0 <= end <= len(rows) else tree


def remove_section(tree: Tree, rank: int) -> Tree:
    """Take a section out; its fields join the section before it, or the one after. The last one opens up."""
    part = section(tree, rank)
    rows = list(tree[SECTIONS])
    if len(rows) == 1:
        rest = {key: value for key, value in tree.items() if key != SECTIONS}
        return _with_key(rest, FIELDS, part.get(FIELDS, []))
    near, fields = (rank - 1, 0) if rank else (1, 1)
    own, theirs = part.get(FIELDS, []), rows[near].get(FIELDS, [])
    joined = [*own, *theirs] if fields else [*theirs, *own]
    rows[near] = {**rows[near], FIELDS: joined} if own else rows[near]
    return {**tree, SECTIONS: rows[:rank] + rows[rank + 1 :]}


def section(tree: Tree, rank: int) -> Tree:
    """Return a section.

    Raises:
        NoSuchPlace: the form has no such section, or none at all.
    """
    rows: Sequence[Tree] = tree.get(SECTIONS, ())
    if not 0 <= rank < len(rows):
        raise NoSuchPlace(str(rank))
    return rows[rank]


def taken_keys(tree: Tree, place: Place) -> frozenset[str]:
    """Return the keys that a field or column at ``place`` may not bear: its neighbours' and its form's."""
    owner = place[:2] if len(place) == 3 else None
    own = (row.get("cle") for where, row in walk(tree) if len(where) == 2 or where[:2] == owner)
    return frozenset(key for key in own if isinstance(key, str))


def key_from(label: str, taken: frozenset[str]) -> str:
    """Return a key made from a label (« Date du passage » gives ``date_du_passage``), borne by no other."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    words = words if words[:1].isalpha() else f"champ_{words}".rstrip("_")
    return free_key(words[:40].rstrip("_"), taken)


def free_key(key: str, taken: frozenset[str]) -> str:
    """Return ``key``, with a number behind it when another bears it."""
    found, number = key, 1
    while found in taken:
        number += 1
        found = f"{key[: _LONGEST - 4]}_{number}"
    return found


def _rows(tree: Tree, place: Place) -> list[Tree]:
    parts = sections(tree)
    if len(place) not in (2, 3) or min(place) < 0 or place[0] >= len(parts):
        raise NoSuchPlace(written(place))
    rows: list[Tree] = parts[place[0]].get(FIELDS, [])
    if len(place) == 2:
        return rows
    if place[1] >= len(rows):
        raise NoSuchPlace(written(place))
    columns: list[Tree] = rows[place[1]].get(COLUMNS, [])
    return columns


def _with_rows(tree: Tree, place: Place, rows: list[Tree]) -> Tree:
    if len(place) == 3:
        owner = _rows(tree, place[:2])[place[1]]
        return put(tree, place[:2], _with_key(owner, COLUMNS, rows))
    if SECTIONS not in tree:
        return _with_key(tree, FIELDS, rows)
    parts = list(tree[SECTIONS])
    parts[place[0]] = _with_key(parts[place[0]], FIELDS, rows)
    return {**tree, SECTIONS: parts}


def _with_key(row: Tree, key: str, value: Any) -> Tree:
    """Return the table with a key, where it stood or at its usual place."""
    if key in row or key not in _ORDER:
        return {**row, key: value}
    rank = _ORDER.index(key)
    before = [other for other in row if other in _ORDER and _ORDER.index(other) < rank]
    items = list(row.items())
    end = max((list(row).index(other) + 1 for other in before), default=0)
    return dict([*items[:end], (key, value), *items[end:]])


def _alike(first: object, second: object) -> bool:
    return first is second or (type(first) is type(second) and same(first, second))
