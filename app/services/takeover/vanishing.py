"""Removing a case and all that hangs on it, as if it had never been: only the journal remembers (LAW-5)."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, delete, inspect, or_, select

from app.database import Base, db
from app.handlers import places
from app.models import Case, Draft, JournalLine, QuotaPlace, StoredFile, TakeoverRow
from app.services import files, money_steps

_LEFT = frozenset({JournalLine.__tablename__, TakeoverRow.__tablename__})


def vanish(case_id: UUID) -> None:
    """Remove a case, its household, its dwelling and every row that refers to them, in one transaction.

    A place that it held goes to whoever waits for it. Which rows hang on a case is read from the foreign keys
    of the model: a new table is followed without a word.
    """
    case = db.session.get_one(Case, case_id)
    household, dwelling = case.household_id, case.dwelling_id
    _give_places_back(case_id)
    for row in db.session.scalars(select(StoredFile).where(StoredFile.case_id == case_id)).all():
        files.forget(row)
    db.session.flush()
    doomed: dict[Table, list[Any]] = {_table(Case): [case_id]}
    for table in Base.metadata.sorted_tables:
        _follow(table, doomed)
    _drafts(doomed)
    for table in reversed(Base.metadata.sorted_tables):
        _delete(table, doomed.get(table, []))
    for name, one in (("household", household), ("dwelling", dwelling)):
        _delete(Base.metadata.tables[name], [one])
    db.session.expire_all()


def _give_places_back(case_id: UUID) -> None:
    held = select(QuotaPlace).where(QuotaPlace.case_id == case_id, QuotaPlace.status == places.HELD)
    for place in db.session.scalars(held).all():
        money_steps.leave(place, reason="la reprise du dossier est annulée")
        money_steps.call_next(place.code)


def _follow(table: Table, doomed: dict[Table, list[Any]]) -> None:
    """Find the rows of a table that refer to what goes."""
    if table.name in _LEFT or table in doomed or table not in _entities():
        return
    links = [
        (key.parent, doomed[key.column.table]) for key in table.foreign_keys if key.column.table in doomed
    ]
    if not links:
        return
    entity = _entities()[table]
    wanted = [_attribute(entity, column).in_(ids) for column, ids in links if ids]
    found = db.session.scalars(select(entity.id).where(or_(*wanted))).all() if wanted else []
    doomed[table] = list(found)


def _drafts(doomed: dict[Table, list[Any]]) -> None:
    """What was typed for a step, or given to a process, bears its id without a key."""
    tasks, processes = (doomed.get(Base.metadata.tables[name], []) for name in ("task", "process_instance"))
    mine = select(Draft.id).where(Draft.task_id.in_([*tasks, *processes]))
    table = _table(Draft)
    doomed[table] = [*doomed.get(table, []), *db.session.scalars(mine)]


def _delete(table: Table, ids: list[Any]) -> None:
    if ids:
        entity = _entities()[table]
        gone = delete(entity).where(entity.id.in_(ids))
        db.session.execute(gone.execution_options(synchronize_session=False))


def _table(entity: type[Base]) -> Any:
    return inspect(entity).local_table


def _attribute(entity: Any, column: Column[Any]) -> Any:
    return getattr(entity, entity.__mapper__.get_property_by_column(column).key)


@cache
def _entities() -> dict[Any, Any]:
    return {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
