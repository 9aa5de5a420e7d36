"""Three versions of ``territoire.toml`` or ``indicateurs.toml``, merged by key; our comments stay."""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final

import tomlkit
from tomlkit import items as kit
from tomlkit.exceptions import TOMLKitError

from app.catalog.settings import load_toml
from app.errors import BundleFault
from app.merging import trees
from app.merging.ledger import Ledger
from app.merging.model import Unmergeable
from app.merging.trees import Meeting, Path

_MARKED: Final = re.compile(r"^(.*)\[(.*)\]$", re.DOTALL)
_TABLES: Final = {
    "communes": "la commune", "couloirs": "le couloir", "roles": "le rôle",
    "partenaires": "le genre de partenaire", "prestations": "la prestation", "reglages": "le réglage",
    "gestes": "le geste", "messages": "le message", "calendrier": "le calendrier",
    "indicateurs": "l'indicateur", "depenses": "le poste de dépense",
    "series": "la série", "fluides": "le fluide", "compteurs": "le compteur",
    "articles": "l'article", "depots": "le dépôt",
    "conventions": "le genre de convention", "quotas": "le quota",
    "enveloppes": "l'enveloppe", "relations": "la relation",
}  # fmt: skip
_PARTS: Final = {
    "libelle": "le nom", "nom": "le nom", "droits": "les droits", "collecte": "ce qu'il recueille",
    "lecture": "ce qu'il lit", "roles": "les rôles", "domaine": "le domaine", "recoit": "ce qu'il reçoit",
    "ancre": "la date d'ancrage", "aide": "l'aide", "processus": "le processus",
}  # fmt: skip


def merge(base: bytes, ours: bytes, theirs: bytes, *, file: str, ledger: Ledger) -> bytes:
    """Return the merged settings.

    Raises:
        Unmergeable: one of the three is no TOML.
    """
    one, two, three = (load_plain(data) for data in (base, ours, theirs))
    merged = trees.merge(Meeting(file, (one, two, three), naming, ledger))
    text = ours.decode().replace("\r\n", "\n")
    try:
        document, other = tomlkit.parse(text), tomlkit.parse(theirs.decode())
        _sync(document, merged, other)
        written = tomlkit.dumps(document)
        if trees.same(load_toml(written), merged):
            return written.encode()
    except (TOMLKitError, BundleFault, ValueError, TypeError, KeyError, IndexError):
        pass  # a layout that cannot be kept: the values count, they are written anew
    return tomlkit.dumps(merged).encode()


def load_plain(data: bytes) -> Any:
    """Return settings as plain values.

    Raises:
        Unmergeable: they are no TOML.
    """
    try:
        return load_toml(data.decode("utf-8"))
    except (BundleFault, UnicodeDecodeError) as fault:
        raise Unmergeable(str(fault)) from fault


def naming(path: Path, versions: Sequence[Any]) -> tuple[str, str]:
    """Return what people call a place of the settings."""
    found = _MARKED.match(path[0]) if path else None
    table = found[1] if found else (path[0] if path else "")
    kind = _TABLES.get(table)
    if found is not None:
        return f"{kind or table} « {found[2]} »", ", ".join(_PARTS.get(p, f"« {p} »") for p in path[1:])
    if kind is not None and len(path) > 1:
        labels = (whole.get(table, {}) for whole in (*versions[1:], versions[0]))
        label = next(
            (
                row[path[1]]["libelle"]
                for row in labels
                if isinstance(row, Mapping)
                and isinstance(row.get(path[1]), Mapping)
                and "libelle" in row[path[1]]
            ),
            path[1],
        )
        rest = ", ".join(_PARTS.get(part, f"« {part} »") for part in path[2:])
        return f"{kind} « {label} »", rest or ("la valeur" if _is_value(path, versions) else "")
    return "les réglages", ".".join(path)


def _is_value(path: Path, versions: Sequence[Any]) -> bool:
    for whole in versions:
        here = whole
        for part in path:
            here = here.get(part) if isinstance(here, Mapping) else None
        if here is not None:
            return not isinstance(here, Mapping)
    return False


def _sync(document: MutableMapping[str, Any], wanted: Mapping[str, Any], other: Any) -> None:
    """Make a table of the document say ``wanted``; what is new is taken as the other side wrote it."""
    for key in [key for key in document if key not in wanted]:
        del document[key]
    for key, value in wanted.items():
        source = other.get(key) if isinstance(other, Mapping) else None
        if key not in document:
            document[key] = source if source is not None and trees.same(_bare(source), value) else value
            continue
        held = document[key]
        if trees.same(_bare(held), value):
            continue
        if isinstance(held, MutableMapping) and isinstance(value, Mapping):
            _sync(held, value, source)
        elif isinstance(held, kit.AoT) and isinstance(value, list):
            _sync_rows(held, value, source)
        else:
            document[key] = source if source is not None and trees.same(_bare(source), value) else value


def _sync_rows(held: kit.AoT, wanted: list[Any], other: Any) -> None:
    """Make a list of tables say ``wanted``: those that stay keep their words, in the order asked for."""
    name = trees.identity([wanted, [_bare(row) for row in held]])
    known = {str(row[name]): row for row in held} if name is not None else {}
    theirs = {str(row[name]): row for row in other} if name is not None and isinstance(other, kit.AoT) else {}
    rows = []
    for row in wanted:
        key = str(row[name]) if name is not None else ""
        found = known.get(key)
        if found is not None:
            _sync(found, row, theirs.get(key))
        elif key in theirs and trees.same(_bare(theirs[key]), row):
            found = theirs[key]
        else:
            found = tomlkit.table()
            found.update(row)
        rows.append(found)
    for _ in range(len(held)):
        del held[0]
    for table in rows:
        held.append(table)


def _bare(item: Any) -> Any:
    """Return an item as ``load_toml`` gives it: decimals as written."""
    if isinstance(item, kit.Item | tomlkit.TOMLDocument):
        if isinstance(item, kit.Float):
            return load_toml(f"x = {item.as_string()}")["x"]
        if isinstance(item, Mapping):
            return {str(key): _bare(value) for key, value in item.items()}
        if isinstance(item, list):
            return [_bare(value) for value in item]
        return item.unwrap()
    if isinstance(item, Mapping):
        return {str(key): _bare(value) for key, value in item.items()}
    return item
