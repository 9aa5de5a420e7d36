"""What people kept apart from a case see of each entity: nothing of that case, all of the others (BAT-10).

The rule of an entity follows its foreign keys: a row of a case, of a process or a step of it. An entity that
speaks of a case otherwise says so below; nothing else has to be written for a new one.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Uuid, and_, bindparam, false, func, inspect, or_, select, true
from sqlalchemy.orm import aliased

from app import tenancy
from app.models.case import Case, Dwelling, Household
from app.models.document import Document, StoredFile
from app.models.entry_draft import EntryDraft
from app.models.journal import JournalLine
from app.models.process import ProcessInstance
from app.models.review import ReviewItem
from app.models.sharing import KeptApart
from app.models.takeover import TakeoverRow
from app.models.tally import Tally
from app.models.task import Draft, Submission, Task
from app.perimeter import Condition, apart_from, lanes, needed, rule_of

_TERRITORY: Final = "relais_apart_territory"


def hidden_cases() -> Select[Any]:
    """Return the ids of the cases from which the person served is kept apart."""
    return (
        select(KeptApart.case_id)
        .where(
            KeptApart.territory_id == bindparam(_TERRITORY, type_=Uuid(), callable_=tenancy.scope_or_none),
            KeptApart.lane.in_(lanes()),
            KeptApart.until.is_(None),
        )
        .group_by(KeptApart.case_id)
        .having(func.count() >= needed())
    )


def _unless_hidden(column: str) -> Condition:
    """A row whose ``column`` names no hidden case; one without a case stays."""

    def condition(entity: Any) -> ColumnElement[bool]:
        named: Any = getattr(entity, column)
        return or_(named.is_(None), named.not_in(hidden_cases()))

    return condition


def _unless_of(column: str, owner: Any) -> Condition:
    """A row that hangs on a process or a step of no hidden case."""

    def condition(entity: Any) -> ColumnElement[bool]:
        theirs = select(owner.id).where(owner.case_id.in_(hidden_cases()))
        named: Any = getattr(entity, column)
        return or_(named.is_(None), named.not_in(theirs))

    return condition


def _unless_of_hidden_only(column: str) -> Condition:
    """A household or a dwelling, unless every case of it is hidden."""

    def condition(entity: Any) -> ColumnElement[bool]:
        hidden, seen = aliased(Case), aliased(Case)
        theirs = select(getattr(hidden, column)).where(hidden.id.in_(hidden_cases()))
        others = select(getattr(seen, column)).where(seen.id.not_in(hidden_cases()))
        return or_(entity.id.not_in(theirs), entity.id.in_(others))

    return condition


def _the_case(entity: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = entity.id.not_in(hidden_cases())
    return found


def _of_either(entity: Any) -> ColumnElement[bool]:
    """A draft: of a step, of a process that could not begin, or of an act of the case."""
    by_task, by_process = _unless_of("task_id", Task), _unless_of("task_id", ProcessInstance)
    return and_(by_task(entity), by_process(entity))


def _meetings() -> Select[Any]:
    """Return the meetings that had a hidden case on their agenda: their minutes name it."""
    return select(ReviewItem.process_id).where(ReviewItem.case_id.in_(hidden_cases()))


def _not_in_a_meeting(entity: Any) -> ColumnElement[bool]:
    return or_(entity.process_id.is_(None), entity.process_id.not_in(_meetings()))


def _no_paper_of_them(entity: Any) -> ColumnElement[bool]:
    """A document, or answers: of no hidden case, nor of a meeting that spoke of one."""
    return and_(_unless_hidden("case_id")(entity), _not_in_a_meeting(entity))


def _no_file_of_them(entity: Any) -> ColumnElement[bool]:
    """A file: of no hidden case, nor the laid out minutes of such a meeting."""
    minutes = select(Document.file_id).where(
        Document.process_id.in_(_meetings()), Document.file_id.is_not(None)
    )
    return and_(_unless_hidden("case_id")(entity), entity.id.not_in(minutes))


def _all(_entity: Any) -> ColumnElement[bool]:
    return true()


_SAID: Final[dict[type, Condition]] = {
    Case: _the_case,
    Household: _unless_of_hidden_only("household_id"),
    Dwelling: _unless_of_hidden_only("dwelling_id"),
    Document: _no_paper_of_them,
    StoredFile: _no_file_of_them,
    Submission: _no_paper_of_them,
    JournalLine: _unless_hidden("case_id"),  # no constraint: the journal outlives what it speaks of
    EntryDraft: _unless_hidden("case_id"),
    TakeoverRow: _unless_hidden("case_id"),
    Draft: _of_either,
    Tally: lambda _entity: false(),  # it counts everybody's cases: counted again for this person
    KeptApart: _unless_hidden("case_id"),
}
_BY_OWNER: Final[dict[str, Callable[[str], Condition]]] = {
    "case_file": _unless_hidden,
    "process_instance": lambda column: _unless_of(column, ProcessInstance),
    "task": lambda column: _unless_of(column, Task),
}
"""By what a row belongs to, the surest first."""


@cache
def rule_apart(entity: type) -> Condition:
    """Return what somebody kept apart from some cases sees of an entity."""
    rule = rule_of(entity)
    if rule is not None and rule.apart is not None:
        return rule.apart
    if entity in _SAID:
        return _SAID[entity]
    mapped: Any = inspect(entity)
    columns = mapped.columns
    for owner, condition in _BY_OWNER.items():
        held = [
            column.key
            for column in columns
            if any(key.column.table.name == owner for key in column.foreign_keys)
        ]
        if held:
            parts = [condition(key) for key in held]
            return lambda row: and_(*(part(row) for part in parts))
    return _all


apart_from(rule_apart)
