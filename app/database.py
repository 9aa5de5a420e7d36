"""The database: declarative base, the only commit, the territory filter underneath every query."""

import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Dialect, ForeignKey, LargeBinary, MetaData, event, text
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    declared_attr,
    mapped_column,
    registry,
    with_loader_criteria,
)
from sqlalchemy.types import TypeDecorator

from app import tenancy

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant on every database (SQLite keeps no zone)."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive instants; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive instants are refused: use app.clock.now()")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed(TypeDecorator[Any]):
    """JSON encrypted at rest (AES-GCM, LAW-4): for answers of the class ``secret``."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Encrypt; None stays None."""
        if value is None:
            return None
        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(_data_key()).encrypt(nonce, json.dumps(value).encode(), b"relais")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> object:  # noqa: ARG002
        """Decrypt."""
        if value is None:
            return None
        raw = bytes(value)
        return json.loads(AESGCM(_data_key()).decrypt(raw[:12], raw[12:], b"relais"))


def _data_key() -> bytes:
    return sha256(str(current_app.config["RELAIS_DATA_KEY"]).encode()).digest()


class Base(DeclarativeBase):
    """Base of every stored entity."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: Instant(), dict[str, Any]: JSON(), list[Any]: JSON()},
    )


class Scoped:
    """Mixin: a row that belongs to one territory and is never seen from another."""

    @declared_attr
    @classmethod
    def territory_id(cls) -> Mapped[UUID]:
        """The territory that owns the row."""
        return mapped_column(ForeignKey("territory.id"), index=True)


db = SQLAlchemy(metadata=Base.metadata)


def bind(app: Flask, database_url: str, *, data_key: str) -> None:
    """Bind the database to a Flask application (the web's, or the bare one of a worker)."""
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    app.config["RELAIS_DATA_KEY"] = data_key
    if database_url.startswith("postgresql"):
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_pre_ping": True}
    db.init_app(app)


@contextmanager
def transaction() -> Iterator[Session]:
    """Write: the block commits whole or not at all. The only commit of the program.

    Reads made before are given up first, so that the block sees the present.

    Raises:
        RuntimeError: a transaction is open already; the caller owns it.
    """
    session = db.session()
    if session.info.get("writing"):
        raise RuntimeError("a transaction is already open: write in it instead")
    session.rollback()
    session.info["writing"] = True
    try:
        session.connection(execution_options={"write": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("writing", None)


def end_read() -> None:
    """Give up the snapshot that reads have opened, before long work outside the database."""
    db.session.rollback()


def _filter_by_territory(state: ORMExecuteState) -> None:
    if state.is_column_load:
        return
    mappers = state.all_mappers
    if not any(issubclass(mapper.class_, Scoped) for mapper in mappers):
        return
    scope = tenancy.current()
    _tell_postgresql(state.session)
    if isinstance(scope, tenancy.Unscoped):
        return
    territory = scope
    state.statement = state.statement.options(
        with_loader_criteria(Scoped, lambda cls: cls.territory_id == territory, include_aliases=True)
    )


def _check_flush(session: Session, *_: object) -> None:
    touched = [row for row in (*session.new, *session.dirty, *session.deleted) if isinstance(row, Scoped)]
    if not touched:
        return
    territory = tenancy.current_id()
    _tell_postgresql(session)
    for row in touched:
        if row.territory_id is None:
            row.territory_id = territory
        elif row.territory_id != territory:
            raise tenancy.NoTerritory(f"{type(row).__name__} belongs to another territory")


def _tell_postgresql(session: Session) -> None:
    """Give row-level security the territory, for this database transaction only."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return
    scope = tenancy.scope_or_none()
    value = "*" if isinstance(scope, tenancy.Unscoped) else str(scope or "")
    if connection.info.get("territory") != value:
        connection.execute(text("SELECT set_config('relais.territory', :value, true)"), {"value": value})
        connection.info["territory"] = value


def _forget_territory(connection: Connection) -> None:
    connection.info.pop("territory", None)


def _begin(connection: Connection) -> None:
    _forget_territory(connection)
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    if type(dbapi_connection).__module__.partition(".")[0] != "sqlite3":
        return
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


event.listen(Session, "do_orm_execute", _filter_by_territory)
event.listen(Session, "before_flush", _check_flush)
event.listen(Engine, "begin", _begin)
event.listen(Engine, "connect", _prepare_sqlite)


def seal_text(value: str) -> str:
    """Return a short keyed digest for looking up a secret code without storing it."""
    return urlsafe_b64encode(hmac.digest(_data_key(), value.encode(), "sha256")).decode().rstrip("=")
