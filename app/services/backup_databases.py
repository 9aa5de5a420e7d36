"""A consistent copy of a database while others write to it, and the way back: SQLite, PostgreSQL.

What is read here is counted and copied whole, every territory together, on connections of its own: the
territory filter of the program has no part in it.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url

from app.config import Settings
from app.database import Base
from app.services.backup_archive import BackupFault

Query = Callable[[str], list[tuple[Any, ...]]]
_EVERYONE: Final = "-c relais.territory=*"
"""Row-level security shows every territory to the copy, and to the checks of the way back."""


@dataclass(frozen=True)
class Taken:
    """What a copy shows: its revision, its rows by table, the last line of each journal."""

    revision: str
    counts: Mapping[str, int]
    journal: Mapping[str, tuple[int, str]]


def kind(database_url: str) -> str:
    """Return ``sqlite`` or ``postgresql``."""
    return make_url(database_url).get_backend_name()


def take(settings: Settings, place: Path) -> Taken:
    """Copy the database to ``place`` as it is at one instant, while it is being used.

    Raises:
        BackupFault: it does not answer, was never migrated, or PostgreSQL's tools are missing.
    """
    try:
        if kind(settings.database_url) == "sqlite":
            return _take_sqlite(_file(settings.database_url), place)
        return _take_postgresql(settings, place)
    except (sqlite3.Error, psycopg.Error) as fault:
        raise BackupFault(
            cause=f"la base de données ne peut pas être copiée ({type(fault).__name__}). "
            "Lancez « relais doctor »."
        ) from fault


def look(database_url: str) -> Taken | None:
    """Return what a database holds; None for an empty one, or a file that is not there."""
    if kind(database_url) == "sqlite":
        file = _file(database_url)
        if not file.exists() or not file.stat().st_size:
            return None
        with closing(sqlite3.connect(file)) as connection:
            return _read(_query_sqlite(connection))
    with psycopg.connect(_dsn(database_url), options=_EVERYONE) as connection:
        return _read(_query_postgresql(connection))


def put_back(settings: Settings, database_url: str, copy: Path) -> None:
    """Put a copy in the place of an empty database.

    Raises:
        BackupFault: PostgreSQL's tools are missing or refuse the copy.
    """
    if kind(database_url) == "sqlite":
        file = _file(database_url)
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(copy, file)
        return
    run = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _tool(settings, "pg_restore", database_url, [*run, f"--dbname={_name(database_url)}", str(copy)])


def make_room(database_url: str) -> Path | None:
    """Empty a database that is to be replaced. A SQLite file is put aside: its new place is returned."""
    if kind(database_url) == "sqlite":
        file = _file(database_url)
        aside = _free(file.with_name(file.name + ".avant-reprise"))
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        file.replace(aside)
        return aside
    with psycopg.connect(_dsn(database_url), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return None


def forget_the_living(database_url: str) -> None:
    """Remove what told of processes that are not here: signs of life, jobs handed to workers."""
    if kind(database_url) == "sqlite":
        with closing(sqlite3.connect(_file(database_url), isolation_level=None)) as connection:
            connection.execute("DELETE FROM heartbeat")
        return
    with psycopg.connect(_dsn(database_url), autocommit=True) as connection:
        connection.execute("DELETE FROM heartbeat")
        row = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
        if row is not None and row[0] is not None:  # our rows are told to the workers again
            connection.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def sound(file: Path) -> bool:
    """Whether a SQLite file passes its own check."""
    with closing(sqlite3.connect(file)) as connection:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))


@dataclass(frozen=True)
class Server:
    """What a PostgreSQL server says of itself and of the role that asks."""

    version: int
    role: str
    sees_everything: bool
    now: datetime


def of_server(connection: Connection) -> Server:
    """Ask a PostgreSQL server about itself; ``sees_everything``: the role obeys no row-level security."""
    raw: Any = connection.connection.driver_connection
    role, everything, version, now = raw.execute(
        "SELECT current_user, rolsuper OR rolbypassrls, current_setting('server_version_num')::int, "
        "clock_timestamp() FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    return Server(version, role, everything, now)


def _take_sqlite(file: Path, place: Path) -> Taken:
    if not file.exists():
        raise BackupFault(cause=f"il n'y a pas de base à l'adresse {file}. Vérifiez DATABASE_URL.")
    with (
        closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as source,
        closing(sqlite3.connect(place)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()  # one file, nothing beside it
        taken = _read(_query_sqlite(copy))
    return _migrated(taken)


def _take_postgresql(settings: Settings, place: Path) -> Taken:
    """Dump within the snapshot of a transaction of ours, so that the counts are those of the copy."""
    url = settings.database_url
    with psycopg.connect(_dsn(url), options=_EVERYONE) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        query = _query_postgresql(connection)
        ((snapshot,),) = query("SELECT pg_export_snapshot()")
        taken = _migrated(_read(query))
        options = ["--format=custom", "--enable-row-security", "--no-owner", "--no-privileges"]
        _tool(settings, "pg_dump", url, [*options, f"--snapshot={snapshot}", f"--file={place}", _name(url)])
    return taken


def _migrated(taken: Taken | None) -> Taken:
    if taken is None or not taken.revision:
        raise BackupFault(
            cause="cette base n'est pas celle de Relais, ou n'a jamais été préparée (« relais db upgrade »)."
        )
    return taken


def _read(query: Query) -> Taken | None:
    tables = {row[0] for row in query(_TABLES_SQLITE if query.__name__ == "sqlite" else _TABLES_POSTGRESQL)}
    if not tables:
        return None
    revision = query("SELECT version_num FROM alembic_version") if "alembic_version" in tables else []
    known = sorted(tables.intersection(Base.metadata.tables) - {"heartbeat"})
    counts = {table: int(query(f"SELECT count(*) FROM {table}")[0][0]) for table in known}  # noqa: S608  # our names
    heads = query(_HEADS) if "journal_line" in tables else []
    return Taken(
        revision[0][0] if revision else "",
        counts,
        {str(place).replace("-", ""): (int(number), str(seal)) for place, number, seal in heads},
    )


_TABLES_SQLITE: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_TABLES_POSTGRESQL: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_HEADS: Final = (
    "SELECT territory_id, number, seal FROM journal_line AS line WHERE number = "
    "(SELECT max(number) FROM journal_line AS other WHERE other.territory_id = line.territory_id)"
)


def _query_sqlite(connection: sqlite3.Connection) -> Query:
    def sqlite(statement: str) -> list[tuple[Any, ...]]:
        return connection.execute(statement).fetchall()

    return sqlite


def _query_postgresql(connection: psycopg.Connection[Any]) -> Query:
    def postgresql(statement: str) -> list[tuple[Any, ...]]:
        return connection.execute(statement.encode()).fetchall()

    return postgresql


def _tool(settings: Settings, name: str, database_url: str, arguments: list[str]) -> None:
    """Run one of PostgreSQL's own tools; the password goes by the environment, never by the command line."""
    program = shutil.which(name, path=str(settings.postgres_tools) if settings.postgres_tools else None)
    if program is None:
        raise BackupFault(
            cause=f"« {name} » est introuvable. Installez les outils de PostgreSQL (Debian, Ubuntu : « sudo "
            "apt install postgresql-client »), ou dites leur dossier dans RELAIS_PG_BIN."
        )
    with _environment(make_url(database_url)) as env:
        done = subprocess.run(  # noqa: S603  # a program found on the path, arguments of our own
            [program, "--no-password", *arguments], env=env, capture_output=True, text=True, check=False
        )
    if "version mismatch" in done.stderr:
        raise BackupFault(
            cause=f"« {name} » est plus ancien que le serveur PostgreSQL. Installez les outils de la même "
            "version (Debian, Ubuntu : postgresql-client-18, par exemple) et dites leur dossier dans "
            "RELAIS_PG_BIN."
        )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["sans rien dire"]
        raise BackupFault(cause=f"« {name} » a échoué : {last[0]}")


@contextmanager
def _environment(url: URL) -> Iterator[dict[str, str]]:
    known = {
        "PGHOST": url.query.get("host") or url.host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
    }
    given = {name: str(value) for name, value in known.items() if value}
    yield {**os.environ, **given, "PGOPTIONS": _EVERYONE}


def _name(database_url: str) -> str:
    return make_url(database_url).database or "postgres"


def _dsn(database_url: str) -> str:
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def _file(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///"))


def _free(wanted: Path) -> Path:
    taken = wanted
    number = 1
    while taken.exists():
        number += 1
        taken = wanted.with_name(f"{wanted.name}-{number}")
    return taken
