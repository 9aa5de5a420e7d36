"""How many bytes a case holds: its columns, without indexes and page overhead."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, cast, select
from sqlalchemy.orm import InstrumentedAttribute

from app.database import Base, Sealed, db
from app.models import Case, Dwelling, Household, ProcessInstance


def weight(process_id: UUID) -> tuple[int, int]:
    """Return the bytes of the process's state, and of every row of its case, sealed columns as stored."""
    process = db.session.scalars(select(ProcessInstance).where(ProcessInstance.id == process_id)).one()
    case = db.session.scalars(select(Case).where(Case.id == process.case_id)).one()
    total = sum(
        _rows(entity, entity.id, key)
        for entity, key in ((Case, case.id), (Household, case.household_id), (Dwelling, case.dwelling_id))
    )
    for mapper in Base.registry.mappers:
        entity = mapper.class_
        if "case_id" in mapper.columns:
            total += _rows(entity, entity.case_id, case.id)
        elif "process_id" in mapper.columns:
            total += _rows(entity, entity.process_id, process_id)
    return len(process.state), total


def _rows(entity: type[Base], key: InstrumentedAttribute[Any], value: UUID) -> int:
    columns = [
        cast(column, LargeBinary) if isinstance(column.type, Sealed) else column
        for column in (getattr(entity, item.key) for item in entity.__mapper__.column_attrs)
    ]
    return sum(
        _size(item) for row in db.session.execute(select(*columns).where(key == value)) for item in row
    )


def _size(value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, bytes | bytearray | memoryview):
        return len(value)
    if isinstance(value, dict | list):
        return len(json.dumps(value, ensure_ascii=False).encode())
    if isinstance(value, UUID):
        return 16
    return len(str(value).encode())
