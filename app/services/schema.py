"""The shape of the database: bring it to the newest revision, say where it stands.

The migrations are read from the checkout (``migrations/`` beside ``app/``): they are no part of the
wheel, whoever installs a server does it from the checkout.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.types import TypeDecorator

from app import models, queues
from app.config import ROOT, Settings
from app.database import Base, transaction
from app.errors import MissingSetting

APPEND_ONLY = frozenset({models.JournalLine.__tablename__})
"""Tables on which nothing is ever changed or removed."""


def upgrade(database_url: str, *, application_role: str | None = None, carrier: bool = False) -> None:
    """Bring the database to the newest revision; do nothing when it is there already.

    Args:
        database_url: where; its user must own the tables (or the empty database).
        application_role: a PostgreSQL role that the server connects as when it is not the owner;
            it gets what the program needs and no more.
        carrier: make or update Procrastinate's tables too (PostgreSQL, ``RELAIS_JOBS=procrastinate``).

    Raises:
        MissingSetting: the database was brought further by a newer Relais than this one, or holds tables
            of Procrastinate that Relais did not make.
    """
    with _connection(database_url) as connection:
        config = _config(connection, application_role)
        config.attributes["carrier"] = carrier
        stands_at = MigrationContext.configure(connection).get_current_revision()
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        connection.rollback()
        if stands_at is not None and stands_at not in known:
            raise MissingSetting(
                cause="cette base vient d'une version plus récente de Relais. Installez cette version, "
                "ou reprenez une sauvegarde."
            )
        try:
            command.upgrade(config, "head")
        except LookupError as fault:
            raise MissingSetting(
                cause="la base contient des tables de Procrastinate que Relais n'a pas créées. Donnez à "
                "Relais une base à lui, ou retirez ces tables (« procrastinate_… ») si rien ne s'en sert."
            ) from fault


def upgrade_for(settings: Settings) -> None:
    """Bring the database of a server to the newest revision, as its settings want it."""
    upgrade(
        settings.database_url,
        application_role=settings.database_role,
        carrier=settings.jobs == "procrastinate",
    )


def downgrade(database_url: str, revision: str) -> None:
    """Go back to ``revision`` (``base`` for an empty database)."""
    with _connection(database_url) as connection:
        command.downgrade(_config(connection, None), revision)


def current(database_url: str) -> str | None:
    """Return the revision the database stands at, None when it was never migrated."""
    with _connection(database_url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """Return the newest revision of the program."""
    (revision,) = heads()
    return revision


def heads() -> tuple[str, ...]:
    """Return the ends of the chain of migrations: one, unless two branches were merged carelessly."""
    return tuple(ScriptDirectory.from_config(_config(None, None)).get_heads())


def revisions() -> frozenset[str]:
    """Return every revision this program knows."""
    script = ScriptDirectory.from_config(_config(None, None))
    return frozenset(step.revision for step in script.walk_revisions())


def drift(database_url: str) -> list[Any]:
    """Return what the models say and the database does not, as Alembic's operations."""
    with _connection(database_url) as connection:
        context = MigrationContext.configure(connection, opts=comparison())
        return list(compare_metadata(context, Base.metadata))


def comparison() -> dict[str, Any]:
    """How Alembic compares and writes: the same for migrating, for autogenerating and for the drift."""
    return {
        "target_metadata": Base.metadata,
        "compare_type": True,
        "render_item": render_item,
        "transaction_per_migration": False,
        "transactional_ddl": True,  # also on SQLite: servers started together never interleave steps
        "include_name": _is_ours,
    }


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name is None or not name.startswith(queues.PREFIX)


def render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types as the plain type underneath: a migration must outlive our code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def grant(connection: Connection, role: str) -> None:
    """Give a plain PostgreSQL role what the server needs: rows, never tables; the journal grows only."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", role):
        raise ValueError(f"{role} is no plain role name")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {role}")
    connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {role}")
    for table in Base.metadata.tables:
        verbs = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        connection.exec_driver_sql(f"GRANT {verbs} ON {table} TO {role}")
    if queues.installed(connection) is not None:
        for name in queues.TABLES:
            table = queues.PREFIX + name
            connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role}")
            connection.exec_driver_sql(f"GRANT USAGE ON SEQUENCE {table}_id_seq TO {role}")


def refresh_statistics() -> None:
    """Tell SQLite how its rows are spread; PostgreSQL keeps its own count.

    Without it SQLite takes a territory for ten rows, and looks for thirty tasks among all of them rather
    than by their ids. A thousand rows of each index are read: some milliseconds.
    """
    with transaction() as session:
        if session.connection().dialect.name == "sqlite":
            session.connection().exec_driver_sql("PRAGMA analysis_limit=1000")
            session.connection().exec_driver_sql("ANALYZE")


@contextmanager
def _connection(database_url: str) -> Iterator[Connection]:
    engine = create_engine(database_url)
    try:
        with engine.connect().execution_options(write=True) as connection:
            yield connection
    finally:
        engine.dispose()


def _config(connection: Connection | None, application_role: str | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("prepend_sys_path", str(ROOT))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["application_role"] = application_role
    return config
