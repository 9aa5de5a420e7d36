"""Fixtures of every test. One that asks for no database pays for none."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from tests.databases import PostgresServer, SqliteTemplate
    from tests.snapshots import Lives, Once
    from tests.terminal import Terminal

DATA_KEY = "clé-de-données-des-tests-assez-longue"


# A test starts many processes of Relais: each would compile every module again before it does anything.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


LONG = (
    "tests/services/test_guide_open_territory.py",
    "tests/browser/test_whole_route.py",
    "tests/browser/test_wrong_use.py",
    "tests/faults/",
    "tests/services/test_bench.py",
    "tests/services/test_jobs_carried.py",
    "tests/simulator/test_oracle.py",
    "tests/unit/engine/test_moves_of_random_routes.py",
    "tests/web/test_secrecy_matrix.py",
)
"""Where tests of more than ten seconds stand."""


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Draw as long as it takes: a machine at work is slow, and says nothing of what is drawn."""
    from hypothesis import HealthCheck, settings

    settings.register_profile("relais", suppress_health_check=[HealthCheck.too_slow], deadline=None)
    settings.load_profile("relais")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--both", action="store_true", help="each test on both databases")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the long ones, otherwise as drawn: nobody waits for one of them at the end."""
    from tests.sharing_out import shared_out

    if not config.getoption("both"):
        items[:], aside = shared_out(items)
        config.hook.pytest_deselected(items=aside)
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    """Look for garbage among what the tests make, not in the libraries: a tenth of the time went there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 50)


@pytest.fixture(scope="session", autouse=True)
def careful_hasher() -> "Iterator[PasswordHasher]":
    """Hash passwords quickly in the tests; gives the product's own hasher, slow on purpose."""
    from argon2 import PasswordHasher

    from app.services import accounts

    careful = accounts._HASHER
    accounts._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield careful
    accounts._HASHER = careful


@pytest.fixture(scope="session", autouse=True)
def compiled() -> Iterator[None]:
    """Compile statements, pages and addresses once a process."""
    from tests.compiled import compiled_once

    with compiled_once():
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> "SqliteTemplate":
    """The migrated SQLite file that tests copy."""
    from tests.databases import SqliteTemplate

    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_server() -> "Iterator[PostgresServer]":
    """The PostgreSQL server of this test process."""
    from tests.databases import PostgresServer

    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def terminal() -> "Iterator[Terminal]":
    """Where a test types commands of ``relais``, each a process of its own that does not load it anew."""
    from tests.terminal import Terminal

    ready = Terminal()
    yield ready
    ready.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """The database a test runs on: every test that uses it, or ``app``, runs on both."""
    return str(request.param)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated, empty database; on PostgreSQL, for a role that owns nothing."""
    from app.services import heartbeats

    heartbeats._said.clear()  # PostgreSQL's address is the same for each test: nobody has beaten there yet
    if backend == "sqlite":
        template: SqliteTemplate = request.getfixturevalue("sqlite_template")
        return template.copy_to(tmp_path)
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.fresh()


@pytest.fixture(scope="session")
def lives(tmp_path_factory: pytest.TempPathFactory) -> "Lives":
    """The lives that this test process has lived."""
    from tests.snapshots import Lives

    return Lives(tmp_path_factory.mktemp("vies"))


@pytest.fixture
def once(lives: "Lives", database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> "Once":
    """Give a life by its name: lived in this test's database, or put back into it."""
    on_server = database_url.startswith("postgresql")
    server = request.getfixturevalue("postgres_server") if on_server else None
    return lambda name, live: lives.once(name, live, database_url, tmp_path, server)


@pytest.fixture(scope="session")
def shared_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a territory in which two structures work, written once a process."""
    from tests import two_structures

    return two_structures.files(tmp_path_factory.mktemp("partagee"))


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    """A bare Flask application bound to the database, its context pushed."""
    from app.database import bind, db

    bare = Flask("tests", root_path=str(Path(__file__).parent))
    bind(bare, database_url, data_key=DATA_KEY)
    with bare.app_context():
        yield bare
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
