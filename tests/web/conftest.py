"""The real application on each database, with people who can log in."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.config import ROOT
from app.database import db
from tests import build
from tests.web.server import PASSWORD, log_in, token_of, web_app

ROLES = {
    "ecorenove@carene.invalid": ("ecorenove",),
    "social@carene.invalid": ("travailleur_social",),
    "technicien@carene.invalid": ("technicien",),
    "admin@carene.invalid": ("administration",),
    "signaleur@carene.invalid": ("donneur_alerte",),
}


@dataclass(frozen=True)
class Site:
    """The server, and how people reach it."""

    app: Flask

    def visitor(self) -> FlaskClient:
        """Return a browser in which nobody is logged in."""
        return self.app.test_client()

    def as_(self, email: str) -> FlaskClient:
        """Return a browser in which this person has logged in."""
        client = self.app.test_client()
        log_in(client, email)
        return client


def post(client: FlaskClient, path: str, /, **form: str):
    """Send a form with the token of a page of the same session."""
    return client.post(path, data={"csrf_token": token_of(client.get("/connexion").text or ""), **form})


@pytest.fixture
def empty_site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """The server on a migrated database with nothing in it."""
    app = web_app(database_url, tmp_path, demo=True)
    yield Site(app)
    _close(app)


@pytest.fixture
def secure_site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A server of a public address, on https, that is no demonstration."""
    app = web_app(database_url, tmp_path, secure=True)
    yield Site(app)
    _close(app)


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def site(empty_site: Site) -> Site:
    """The server with CARENE and one person a role."""
    with empty_site.app.app_context():
        with build.serving("carene"):
            for email, roles in ROLES.items():
                build.a_user(
                    *roles, name=email.partition("@")[0].capitalize(), email=email, password=PASSWORD
                )
        db.session.remove()
    return empty_site


@pytest.fixture
def elsewhere(site: Site, tmp_path: Path) -> str:
    """The code of a second territory, with a person of its own (voisine@ailleurs.invalid)."""
    root = tmp_path / "programmes"
    for folder in ("bpmn/base", "forms/base", "bpmn/territories/carene", "forms/territories/carene"):
        shutil.copytree(ROOT / folder, root / folder)
    for folder in ("bpmn", "forms"):
        (root / folder / "territories/carene").rename(root / folder / "territories/ailleurs")
    toml = root / "bpmn/territories/ailleurs/territoire.toml"
    toml.write_text(toml.read_text().replace('code = "carene"', 'code = "ailleurs"'))
    with site.app.app_context():
        with build.serving("ailleurs", root=root):
            build.a_user(
                "travailleur_social", name="Voisine", email="voisine@ailleurs.invalid", password=PASSWORD
            )
        db.session.remove()
    return "ailleurs"
