"""Many real cases at once: one is carried by the use cases, its rows and state are copied under other ids.

A copy is as real as its model: its engine state restores, its timers fire, its tasks are answered.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import zstandard
from sqlalchemy import Table, false, insert, or_, select

from app.database import Base, db, end_read, transaction
from app.ids import new_id
from app.models import Case, Dwelling, Household, ProcessInstance, Submission, Task, Timer

_BATCH: Final = 500
_ID: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Row = dict[str, Any]
Due = Callable[[int], datetime]


def copy(process_id: UUID, count: int, *, due: Due | None = None) -> None:
    """Add ``count`` copies of a case and its process, in the territory being served.

    Args:
        due: when the timers of each copy fall due, by its number; None: as the model's.
    """
    model = _model(process_id)
    end_read()
    for first in range(0, count, _BATCH):
        made = [_copied(model, number, due) for number in range(first, min(count, first + _BATCH))]
        with transaction() as session:
            for table in model:
                rows = [row for one in made for row in one[table]]
                if rows:
                    session.execute(insert(table), rows)


def _model(process_id: UUID) -> dict[Table, list[Row]]:
    process = db.session.scalars(select(ProcessInstance).where(ProcessInstance.id == process_id)).one()
    case = db.session.get_one(Case, process.case_id) if process.case_id is not None else None
    wanted: dict[type[Base], Any] = {}
    if case is not None:
        wanted[Household] = Household.id == case.household_id
        wanted[Dwelling] = Dwelling.id == case.dwelling_id
        wanted[Case] = Case.id == case.id
    wanted[ProcessInstance] = ProcessInstance.id == process_id
    wanted[Task] = Task.process_id == process_id
    of_case = Submission.case_id == process.case_id if process.case_id is not None else false()
    wanted[Submission] = or_(Submission.process_id == process_id, of_case)
    wanted[Timer] = Timer.process_id == process_id
    found = {}
    for entity, condition in wanted.items():
        names = [attribute.key for attribute in entity.__mapper__.column_attrs]
        rows = db.session.scalars(select(entity).where(condition))
        found[_table(entity)] = [{name: getattr(row, name) for name in names} for row in rows]
    return found


def _table(entity: type[Base]) -> Table:
    table = entity.__table__
    if not isinstance(table, Table):
        raise TypeError(entity)
    return table


def _copied(model: Mapping[Table, list[Row]], number: int, due: Due | None) -> dict[Table, list[Row]]:
    fresh = {old: new_id() for old in _ids(model)}
    copied = {table: [_renamed(row, fresh) for row in rows] for table, rows in model.items()}
    for row in copied.get(_table(Case), ()):
        row["reference"], row["follow_up"] = f"{row['reference']}-{row['id'].hex[:12]}", None
    if due is not None:
        for row in copied[_table(Timer)]:
            row["due_at"] = due(number)
    return copied


def _ids(model: Mapping[Table, list[Row]]) -> Iterator[UUID]:
    """Yield the ids that are the model's own: of its rows, and of the tasks in its state."""
    for table, rows in model.items():
        for row in rows:
            yield row["id"]
            if table.name == ProcessInstance.__tablename__:
                yield from (UUID(text) for text in _ID.findall(_unpacked(row["state"])))


def _renamed(row: Row, fresh: Mapping[UUID, UUID]) -> Row:
    return {name: _other(value, fresh) for name, value in row.items()}


def _other(value: Any, fresh: Mapping[UUID, UUID]) -> Any:
    if isinstance(value, UUID):
        return fresh.get(value, value)
    if isinstance(value, bytes):
        return zstandard.ZstdCompressor(level=3).compress(_text(_unpacked(value), fresh).encode())
    if isinstance(value, str):
        return _text(value, fresh)
    if isinstance(value, list | dict):
        return json.loads(_text(json.dumps(value), fresh))
    return value


def _unpacked(state: bytes) -> str:
    return zstandard.ZstdDecompressor().decompress(state).decode()


def _text(text: str, fresh: Mapping[UUID, UUID]) -> str:
    def other(found: re.Match[str]) -> str:
        new = fresh.get(UUID(found[0]))
        return found[0] if new is None else new.hex if "-" not in found[0] else str(new)

    return _ID.sub(other, text)
