"""The real application for tests of pages, on a database of the test's own."""

from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from app.config import ROOT, Settings
from app.web import build
from tests.conftest import DATA_KEY

PASSWORD = "un mot de passe de test"


def web_app(database_url: str, folder: Path, *, demo: bool = False, secure: bool = False) -> Flask:
    """Return the web application, its files in ``folder``."""
    app = build(
        Settings(
            database_url=database_url,
            secret_key="clé-secrète-des-tests-assez-longue",
            data_key=DATA_KEY,
            base_url="https://relais.test" if secure else "http://127.0.0.1:8000",
            files_folder=folder / "files",
            programmes_root=ROOT,
            demo=demo,
            secure_cookies=secure,
        )
    )
    app.testing = True
    return app


def token_of(page: str) -> str:
    """Return the CSRF token that a page carries."""
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


def log_in(client: FlaskClient, email: str, password: str = PASSWORD) -> None:
    """Log in by the page, as a person does."""
    page = client.get("/connexion").text
    answer = client.post(
        "/connexion", data={"email": email, "password": password, "csrf_token": token_of(page)}
    )
    assert answer.status_code == 302, answer.text
