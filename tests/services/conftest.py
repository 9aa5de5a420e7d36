"""Every test of a use case may ask for a territory: CARENE's, on its shipped files, being served."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import clock
from app.models import Territory
from tests import build

MONDAY = "2026-03-02T09:00:00+01:00"
"""When the tests of the use cases take place, unless they say otherwise."""


@pytest.fixture
def carene(app: Flask, tmp_path: Path) -> Iterator[Territory]:
    """The territory of CARENE being served, on a Monday morning of March."""
    build.a_server(app, tmp_path)
    with clock.at(MONDAY), build.serving("carene") as territory:
        yield territory
