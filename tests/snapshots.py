"""A life that several tests start from: lived once a process, then given back to each test's own database.

What is kept is what the database held, the files beside it and what the life returned: plain values and
ids, nothing that is bound to a session. Rows come back with their ids.
"""

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy.engine import make_url

from app.database import db
from tests.databases import PostgresServer

Told = TypeVar("Told")


class Once(Protocol):
    """What gives a life by its name."""

    def __call__(self, name: str, live: Callable[[], Told]) -> Told:
        """Return what the life told; the test's database holds what it left."""
        ...


@dataclass(frozen=True)
class Kept:
    """What a life left: where its files and its SQLite database are, or the rows of PostgreSQL's tables."""

    folder: Path
    rows: Mapping[str, bytes]
    told: Any


class Lives:
    """The lives of one test process, by their name and kind of database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[tuple[str, str], Kept] = {}

    def once(
        self, name: str, live: Callable[[], Told], url: str, files: Path, server: PostgresServer | None
    ) -> Told:
        """Live, or put back what the same life left in a database of the same kind.

        Args:
            name: the life's, unique over all tests.
            live: lives in the database at ``url``, its application's context pushed.
            url: the test's own database.
            files: the test's own folder; what stands in it is kept too.
            server: the one of ``url`` when it is PostgreSQL.
        """
        key = (name, make_url(url).get_backend_name())
        kept = self._kept.get(key)
        if kept is None:
            told = live()
            _leave()
            self._kept[key] = self._keep(told, url, files, server)
            return told
        _leave()
        shutil.copytree(kept.folder / "files", files, dirs_exist_ok=True)
        if server is not None:
            server.put_back(kept.rows)
        else:
            _copy(kept.folder / "kept.sqlite3", _path(url))
        return kept.told  # type: ignore[no-any-return]  # what this very life returned

    def _keep(self, told: object, url: str, files: Path, server: PostgresServer | None) -> Kept:
        folder = self._folder / str(len(self._kept))
        shutil.copytree(files, folder / "files", ignore=shutil.ignore_patterns("*.sqlite3*"))
        if server is not None:
            return Kept(folder, server.rows(), told)
        _copy(_path(url), folder / "kept.sqlite3")
        return Kept(folder, {}, told)


def _leave() -> None:
    """End what the session has begun, and let go of every connection."""
    db.session.remove()
    for engine in db.engines.values():
        engine.dispose()


def _path(url: str) -> Path:
    return Path(str(make_url(url).database))


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as held, closing(sqlite3.connect(target)) as given:
        held.backup(given)
