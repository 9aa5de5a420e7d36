"""The database: declarative base, the only commit, the territory filter underneath every query."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    JSON,
    ClauseElement,
    Executable,
    ForeignKey,
    MetaData,
    Select,
    Table,
    event,
    text,
)
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import (
    DeclarativeBase,
    LoaderCriteriaOption,
    Mapped,
    ORMExecuteState,
    Session,
    declared_attr,
    mapped_column,
    registry,
    with_loader_criteria,
)
from sqlalchemy.sql import visitors

from app import perimeter, tenancy
from app.columns import Instant, Sealed, seal_text

__all__ = [
    "NAMING",
    "Base",
    "Instant",
    "Scoped",
    "Sealed",
    "TerritorySession",
    "as_one",
    "bind",
    "db",
    "end_read",
    "seal_text",
    "transaction",
]

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


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


_NARROWED = perimeter.narrowing(Scoped)


class TerritorySession(FlaskSession):
    """A session whose memory obeys the territory and the perimeter as its queries do."""

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Return the row of that identity, None when it is another territory's or out of the perimeter.

        One loaded earlier for another is answered from memory, past the filter: it is checked here.
        """
        row = super().get(*args, **kwargs)
        if not isinstance(row, Scoped):
            return row
        scope = tenancy.current()
        if isinstance(scope, tenancy.Unscoped):
            return row
        return row if row.territory_id == scope and perimeter.shows(self, row) else None


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": TerritorySession})


def bind(app: Flask, database_url: str, *, data_key: str) -> None:
    """Bind the database to a Flask application (the web's, or the bare one of a worker)."""
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    app.config["RELAIS_DATA_KEY"] = data_key
    # An error's text goes to logs and to last_error: it must not carry what people answered (LAW-1).
    options: dict[str, Any] = {"hide_parameters": True}
    if database_url.startswith("postgresql"):  # stopped hard: its dead connections are noticed and replaced
        waits = {"connect_timeout": 5, "keepalives_idle": 30, "tcp_user_timeout": 30_000}
        options |= {"pool_pre_ping": True, "connect_args": waits}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)


@contextmanager
def transaction() -> Iterator[Session]:
    """Write: the block commits whole or not at all, and sees the present. The only commit of the program.

    Inside ``as_one`` it is a part of the whole, which commits it.

    Raises:
        RuntimeError: a transaction is open already; the caller owns it.
    """
    session = db.session()
    if session.info.get("whole"):
        with _part(session):
            yield session
        return
    if session.info.get("writing"):
        raise RuntimeError("a transaction is already open: write in it instead")
    end_read()
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


@contextmanager
def as_one() -> Iterator[Session]:
    """Make of every transaction inside the block parts of one: all of them commit at its end, or none.

    What is read in between is what the parts before have written. A fault must not be swallowed inside.
    """
    with transaction() as session:
        session.info["whole"] = True
        session.info.pop("writing")
        try:
            yield session
        finally:
            session.info.pop("whole")
            session.info["writing"] = True


@contextmanager
def _part(session: Session) -> Iterator[None]:
    """Write a part of ``as_one``: flushed and read again, as a commit would have it."""
    if session.info.get("writing"):
        raise RuntimeError("a transaction is already open: write in it instead")
    session.info["writing"] = True
    try:
        yield
        session.flush()
        session.expire_all()
    finally:
        session.info.pop("writing", None)


def end_read() -> None:
    """Give up the snapshot that reads have opened; a session ``alone`` on its database keeps what it read."""
    session = db.session()
    if session.info.get("whole"):
        return
    if not session.info.get("alone") or session.new or session.dirty or session.deleted:
        session.rollback()
    elif session.in_transaction():
        session.commit()


def _filter_by_territory(state: ORMExecuteState) -> None:
    """Add the territory to every scoped table of a statement, wherever it stands in it.

    A statement without an entity of its own (a count, an ``exists``, a union) is filtered too:
    the criterion is always attached, and costs nothing where no scoped table appears.
    """
    scope = tenancy.scope_or_none()
    if scope is None and _reads_scoped(state):
        tenancy.current()  # raises NoTerritory
    _tell_postgresql(state.session)
    if not isinstance(scope, UUID):
        return
    if state.is_column_load:
        _filter_refresh(state, scope)
        return
    if state.is_insert:
        _check_insert(state, scope)
    if isinstance(state.statement, Executable):
        state.statement = state.statement.options(_only(scope), *_NARROWED())


@lru_cache(maxsize=256)
def _only(territory: UUID) -> LoaderCriteriaOption:
    """Return the criterion of a territory; building it anew for every statement is dear."""
    return with_loader_criteria(Scoped, lambda cls: cls.territory_id == territory, include_aliases=True)


def _filter_refresh(state: ORMExecuteState, territory: UUID) -> None:
    """Let a row that expired be read again in its own territory only (criteria skip such loads)."""
    mapper = state.bind_mapper
    if mapper is not None and issubclass(mapper.class_, Scoped) and isinstance(state.statement, Select):
        state.statement = state.statement.where(mapper.local_table.c.territory_id == territory)


def _reads_scoped(state: ORMExecuteState) -> bool:
    scoped = {mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, Scoped)}
    if any(mapper.local_table in scoped for mapper in state.all_mappers):
        return True
    if not isinstance(state.statement, ClauseElement):
        return False
    return any(part in scoped for part in visitors.iterate(state.statement) if isinstance(part, Table))


def _check_insert(state: ORMExecuteState, territory: UUID) -> None:
    """Refuse a bulk insert that does not say, row by row, that it stays in the territory."""
    if not any(issubclass(mapper.class_, Scoped) for mapper in state.all_mappers):
        return
    given = state.parameters or {}
    rows = [given] if isinstance(given, Mapping) else given
    if any(row.get("territory_id") != territory for row in rows):
        raise tenancy.NoTerritory("a bulk insert names the territory being served in each row")


def _check_flush(session: Session, *_: object) -> None:
    touched = [row for row in (*session.new, *session.dirty, *session.deleted) if isinstance(row, Scoped)]
    if not touched:
        return
    territory = tenancy.current_id()
    _tell_postgresql(session)
    for row in touched:
        owner: UUID | None = row.territory_id
        if owner is None:
            row.territory_id = territory
        elif owner != territory:
            raise tenancy.NoTerritory(f"{type(row).__name__} belongs to another territory")


def _tell_postgresql(session: Session) -> None:
    """Give row-level security the territory, for this database transaction only."""
    if session.info.get("dialect") == "sqlite":  # a session keeps its database as long as it lives
        return
    connection = session.connection()
    if session.info.setdefault("dialect", connection.dialect.name) != "postgresql":
        return
    scope = tenancy.scope_or_none()
    value = "*" if isinstance(scope, tenancy.Unscoped) else str(scope or "")
    if connection.info.get("territory") != value:
        connection.execute(text("SELECT set_config('relais.territory', :value, true)"), {"value": value})
        connection.info["territory"] = value


def _forget_territory(connection: Connection, *_savepoint: object) -> None:
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
    # recursive_triggers: a row that INSERT OR REPLACE pushes out is refused by the journal's triggers too.
    for pragma in (
        "journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=NORMAL",
        "recursive_triggers=ON",
    ):  # fmt: skip
        dbapi_connection.execute(f"PRAGMA {pragma}").close()


event.listen(Session, "do_orm_execute", _filter_by_territory)
event.listen(Session, "before_flush", _check_flush)
event.listen(Engine, "begin", _begin)
event.listen(Engine, "rollback_savepoint", _forget_territory)
event.listen(Engine, "connect", _prepare_sqlite)
