"""What a person may be told of an automatic decision (LAW-1).

A result says something of the answers it was made from: « Jeune enfant ou santé fragile » tells a health
answer. It is told to whoever may read the classes behind its rule. Others learn which rule of which version
spoke (a person confirms, and sees both), and the priority, on which everybody works; not the words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

from sqlalchemy import select

from app.access import CLASSES
from app.database import db
from app.decisions import DecisionTable
from app.expressions import ExpressionError, check
from app.expressions.safe_xml import parse_xml
from app.models import Release
from app.services import releases
from app.services.releases import LoadedRelease

FOR_ALL: Final = frozenset({"priorite"})
"""Outputs that everybody works with: the priority of the case."""
_EVERY: Final = frozenset(CLASSES)
_OURS: Final = frozenset({"reglages", "dossier", "conventions"})
"""Names that hold settings and facts of the case, shown to all who open it."""


class Taken(Protocol):
    """What is known of a decision that was taken, kept or under way."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def rules(self) -> Sequence[Any]: ...  # noqa: D102
    @property
    def release_number(self) -> int: ...  # noqa: D102
    @property
    def outputs(self) -> Mapping[str, Any]: ...  # noqa: D102


@dataclass(frozen=True)
class Told:
    """The rules that matched and the results a person may be told; ``whole`` when nothing was left out."""

    rules: tuple[int, ...]
    rows: tuple[Mapping[str, Any], ...]
    whole: bool


def told(taken: Taken, read: frozenset[str]) -> Told:
    """Return what somebody who reads these classes may be told of a decision."""
    release = _release(taken.release_number)
    table = _table(taken.name, release)
    listed = taken.outputs.get("liste")
    rows = listed if isinstance(listed, list) else [taken.outputs]
    rules = tuple(int(number) for number in taken.rules)
    if not isinstance(listed, list):
        if _behind(release, table, rules) <= read:
            return Told(rules, tuple(rows), whole=True)
        return Told(rules, tuple({k: v for k, v in row.items() if k in FOR_ALL} for row in rows), whole=False)
    kept = [
        (number, row)
        for number, row in zip(rules, rows, strict=False)
        if _behind(release, table, (number,)) <= read
    ]
    return Told(rules, tuple(row for _, row in kept), whole=len(kept) == len(rows))


def _release(number: int) -> LoadedRelease | None:
    found = db.session.scalar(select(Release.id).where(Release.number == number))
    return releases.of(found) if found is not None else None


def _table(name: str, release: LoadedRelease | None) -> DecisionTable | None:
    tables = release.decisions.values() if release is not None else ()
    return next((table for table in tables if table.name == name), None)


def _behind(
    release: LoadedRelease | None, table: DecisionTable | None, rules: tuple[int, ...]
) -> frozenset[str]:
    """Return the classes that the matched rules draw on; every class when it cannot be known."""
    if release is None or table is None:
        return _EVERY
    return _classes(release, _read_by(table, rules), frozenset({table.id}))


def _read_by(table: DecisionTable, numbers: tuple[int, ...]) -> frozenset[str]:
    """Return the names behind these rules; with FIRST, those of the rules before them did not match."""
    last = max(numbers, default=len(table.rules))
    tried = [
        rule
        for rule in table.rules
        if (rule.number in numbers if numbers and table.hit_policy != "FIRST" else rule.number <= last)
    ]
    read: set[str] = set()
    for rule in tried:
        for column, cell in zip(table.inputs, rule.cells, strict=True):
            if cell.tests:
                read |= check(column.expression) | cell.reads
        for result in rule.results:
            read |= check(result)
    return frozenset(read)


def _classes(release: LoadedRelease, names: frozenset[str], seen: frozenset[str]) -> frozenset[str]:
    """Return the classes of dotted names: of a form's field, or of what a result was made from."""
    found: set[str] = set()
    for name in names:
        root, _, rest = name.partition(".")
        form = release.forms.get(root)
        if form is not None:
            field = form.field(rest.partition(".")[0])
            found.add(field.classe if field is not None else CLASSES[-1])
        elif root in _OURS or root in seen:
            continue
        elif root in release.decisions:
            table = release.decisions[root]
            found |= _classes(release, table.reads, seen | {root})
        elif root in _results(release):
            found |= _classes(release, _results(release)[root], seen | {root})
        else:
            found.add(CLASSES[-1])
    return frozenset(found)


@lru_cache(maxsize=32)
def _results_of(diagrams: tuple[bytes, ...]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for content in diagrams:
        for operator in parse_xml(content).iter("{*}serviceTaskOperator"):
            variable = operator.get("resultVariable")
            if variable:
                texts = [item.get("value") or "" for item in operator.iter("{*}parameter")]
                found[variable] = found.get(variable, frozenset()).union(*map(_names, texts))
    return found


def _results(release: LoadedRelease) -> Mapping[str, frozenset[str]]:
    """Return what each verb's result was made from, by the name of its variable."""
    return _results_of(tuple(release.bundle.folder("bpmn").values()))


def _names(expression: str) -> frozenset[str]:
    try:
        return check(expression)
    except ExpressionError:
        return frozenset({"?"})
