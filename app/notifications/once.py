"""Writing a row only when no other says the same: the database decides, whoever comes at the same moment."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from app.database import Base, db


def add_once(entity: type[Base], values: Mapping[str, Any], *unique: str) -> bool:
    """Insert a row in the transaction under way; return False when its ``unique`` columns are taken.

    On PostgreSQL it waits for another transaction that is writing the same row to end.
    """
    on_postgresql = db.session.connection().dialect.name == "postgresql"
    insert = postgresql.insert if on_postgresql else sqlite.insert
    statement = insert(entity).on_conflict_do_nothing(index_elements=unique)
    written = db.session.scalars(statement.returning(entity.id), dict(values))  # type: ignore[attr-defined]
    return written.first() is not None
