"""A real browser, and the real application to point it at."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import Browser, sync_playwright

if TYPE_CHECKING:
    from tests.databases import SqliteTemplate

CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; without it the test is skipped, unless RELAIS_REQUIRE_BROWSER=1."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("RELAIS_REQUIRE_BROWSER") == "1":
            pytest.fail("Chromium n'est pas installé")
        pytest.skip("Chromium n'est pas installé")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, env={**os.environ, "LANGUAGE": "fr"}
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures of the pages are kept."""
    chosen = os.environ.get("RELAIS_SCREENSHOTS")
    folder = Path(chosen) if chosen else tmp_path_factory.mktemp("captures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def sqlite_url(sqlite_template: "SqliteTemplate", tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a migrated, empty SQLite database for the tests of a module."""
    return sqlite_template.copy_to(tmp_path_factory.mktemp("navigateur"))
