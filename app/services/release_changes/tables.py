"""Two states of a decision table: its rules by id, its columns, its hit policy."""

from typing import Final

from app.decisions import DecisionTable, parse_decisions
from app.services.release_changes.model import Change, Subject, added, properties, quoted, removed, whole

_WORDS: Final = {"nom": "nom", "regime": "façon de choisir", "annotation": "commentaire"}
_COSMETIC: Final = frozenset({"annotation"})
_NO_DEFAULT: Final = "(sans valeur par défaut)"


def compare(before: bytes, after: bytes) -> list[Change]:
    """Return what differs between two states of a file of tables.

    Raises:
        DecisionFault: one of them cannot be read.
    """
    old, new = parse_decisions(before), parse_decisions(after)
    found: list[Change] = []
    for key in [*new, *(key for key in old if key not in new)]:
        if key not in old:
            found.append(added(key, new[key].name, f"La table {quoted(new[key].name)} est ajoutée."))
        elif key not in new:
            found.append(removed(key, old[key].name, f"La table {quoted(old[key].name)} est retirée."))
        else:
            found += _table(old[key], new[key])
    return found


def _table(old: DecisionTable, new: DecisionTable) -> list[Change]:
    said = f"La table {quoted(new.name)}"
    found = properties(Subject(new.id, said, _WORDS), _head(old), _head(new))
    rules = {rule.id: rule for rule in old.rules}, {rule.id: rule for rule in new.rules}
    for key in [*rules[1], *(key for key in rules[0] if key not in rules[1])]:
        was, now = rules[0].get(key), rules[1].get(key)
        if was is None and now is not None:
            told = _rule(new, key)
            found.append(added(key, told, f"La règle {now.number} est ajoutée : {told}."))
        elif now is None and was is not None:
            told = _rule(old, key)
            found.append(removed(key, told, f"La règle {was.number} est retirée : {told}."))
        elif now is not None:
            about = Subject(key, f"La règle {now.number}", _WORDS, _COSMETIC)
            found += properties(about, _cells(old, key), _cells(new, key))
    kept = [[key for key in side if key in rules[0] and key in rules[1]] for side in rules]
    if kept[0] != kept[1]:
        found.append(whole(new.id, "ordre", f"{said} : les règles changent d'ordre.", cosmetic=False))
    return found


def _head(table: DecisionTable) -> dict[str, str]:
    values = {"nom": table.name, "regime": table.hit_policy}
    values |= {f"colonne {column.label or column.id}": column.expression for column in table.inputs}
    values |= {f"résultat {column.name}": column.default or _NO_DEFAULT for column in table.outputs}
    return values


def _cells(table: DecisionTable, key: str) -> dict[str, str]:
    rule = next(rule for rule in table.rules if rule.id == key)
    asked = zip(table.inputs, rule.cells, strict=True)
    given = zip(table.outputs, rule.results, strict=True)
    values = {column.label or column.id: cell.text for column, cell in asked}
    values |= {f"résultat {column.label or column.name}": text for column, text in given}
    return values | {"annotation": rule.annotation}


def _rule(table: DecisionTable, key: str) -> str:
    rule = next(rule for rule in table.rules if rule.id == key)
    asked = [
        f"{column.label} {cell.text}"
        for column, cell in zip(table.inputs, rule.cells, strict=True)
        if cell.text.strip() not in ("", "-")
    ]
    given = [
        f"{column.label or column.name} {text}"
        for column, text in zip(table.outputs, rule.results, strict=True)
    ]
    return f"{' et '.join(asked) or 'toujours'} → {', '.join(given)}"
