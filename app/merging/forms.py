"""Three versions of a form, merged by field; the layout of what nobody touched stays."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from app.catalog.fingerprint import load_json
from app.errors import BundleFault
from app.merging import json_text, trees
from app.merging.json_text import Leaf, Record, Row, Value
from app.merging.ledger import Ledger
from app.merging.model import Unmergeable
from app.merging.trees import Meeting, Path

_MARKED: Final = re.compile(r"^(.*)\[(.*)\]$", re.DOTALL)
_PARTS: Final = {
    "libelle": "la question", "titre": "le titre", "introduction": "l'introduction", "type": "le type",
    "obligatoire": "le caractère obligatoire", "aide": "l'aide", "si": "la condition d'affichage",
    "min": "le minimum", "max": "le maximum", "decimales": "les décimales", "classe": "la classe",
    "reprise_de": "la reprise d'une réponse", "options": "les choix", "calcul": "le calcul",
    "simulation": "la simulation", "bouton": "le bouton", "colonnes": "les colonnes", "champs": "les champs",
    "agenda": "l'agenda", "unite": "l'unité", "defaut": "la valeur proposée",
}  # fmt: skip
_KINDS: Final = {"champs": "le champ", "colonnes": "la colonne", "options": "le choix"}


def merge(base: bytes, ours: bytes, theirs: bytes, *, file: str, ledger: Ledger) -> bytes:
    """Return the merged form.

    Raises:
        Unmergeable: one of the three is no JSON.
    """
    texts = [_text(data) for data in (base, ours, theirs)]
    one, two, three = (load_plain(file, data) for data in (base, ours, theirs))
    merged = trees.merge(Meeting(file, (one, two, three), naming, ledger))
    mine, yours = (json_text.parse(text) for text in texts[1:])
    text = json_text.written(_laid(merged, mine, yours))
    return (text + ("\n" if texts[1].endswith("\n") else "")).encode()


def load_plain(file: str, data: bytes) -> Any:
    """Return a form as plain values.

    Raises:
        Unmergeable: it is no JSON object.
    """
    try:
        found = load_json(file, data)
    except BundleFault as fault:
        raise Unmergeable(str(fault)) from fault
    if not isinstance(found, dict):
        raise Unmergeable("no object")
    return found


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Unmergeable("no UTF-8") from fault


def naming(path: Path, versions: Sequence[Any]) -> tuple[str, str]:
    """Return what people call a place of a form: « le champ « Issue » », « la question »."""
    depth = max((n + 1 for n, part in enumerate(path) if _MARKED.match(part)), default=0)
    rest = [_PARTS.get(part, f"« {part} »") for part in path[depth:]]
    if not depth:
        return "le formulaire", ", ".join(rest)
    found = _MARKED.match(path[depth - 1])
    kind, key = (found[1], found[2]) if found else ("", path[depth - 1])
    row = next((row for whole in (*versions[1:], versions[0]) if (row := _at(whole, path[:depth]))), None)
    label = row.get("libelle") if isinstance(row, Mapping) else None
    name = f"{_KINDS.get(kind, kind)} « {label or key} »"
    if depth > 1 and _MARKED.match(path[depth - 2]):
        name += f" de {naming(path[: depth - 1], versions)[0]}"
    return name, ", ".join(rest)


def _at(value: Any, path: Path) -> Any:
    for part in path:
        found = _MARKED.match(part)
        value = value.get(found[1] if found else part) if isinstance(value, Mapping) else None
        if found:
            rows = value if isinstance(value, list) else []
            value = next(
                (
                    row
                    for row in rows
                    if isinstance(row, Mapping) and found[2] in map(str, (row.get(n) for n in trees.NAMES))
                ),
                None,
            )
    return value


def _laid(wanted: Any, mine: Value | None, yours: Value | None) -> Value:
    """Return a value with the layout that it has on our side, else on theirs."""
    for known in (mine, yours):
        if known is not None and trees.same(_plain(known), wanted):
            return known
    like = mine if mine is not None else yours
    if isinstance(wanted, Mapping):
        one, two = (_members(value) for value in (mine, yours))
        wide = like.wide if isinstance(like, Record) else True
        return Record({key: _laid(item, one.get(key), two.get(key)) for key, item in wanted.items()}, wide)
    if isinstance(wanted, list):
        wide = like.wide if isinstance(like, Row) else any(isinstance(item, Mapping) for item in wanted)
        one_by, two_by = _named(mine, wanted), _named(yours, wanted)
        return Row(
            [
                _laid(item, one_by.get(_name(item, wanted)), two_by.get(_name(item, wanted)))
                for item in wanted
            ],
            wide,
        )
    return Leaf(trees.shown(wanted) if not isinstance(wanted, str) else json_text.quote(wanted))


def _plain(value: Value) -> Any:
    return load_json("", json_text.written(value).encode())


def _members(value: Value | None) -> dict[str, Value]:
    return value.members if isinstance(value, Record) else {}


def _name(item: Any, rows: list[Any]) -> str:
    key = trees.identity([rows])
    return str(item[key]) if key is not None else trees.shown(item)


def _named(value: Value | None, rows: list[Any]) -> dict[str, Value]:
    if not isinstance(value, Row):
        return {}
    key = trees.identity([rows])
    found = {}
    for item in value.items:
        told = _plain(item)
        if key is None:
            found[trees.shown(told)] = item
        elif isinstance(told, Mapping) and isinstance(told.get(key), str | int | Decimal):
            found[str(told[key])] = item
    return found
