"""Every test of a use case may ask for a territory: CARENE's, on its shipped files, being served."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from app import clock
from app.models import Territory
from tests import build, two_structures
from tests.two_structures import Side

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=clock.PARIS)
"""When the tests of the use cases begin, unless they say otherwise."""


@pytest.fixture
def monday() -> Iterator[datetime]:
    """A clock that runs from a Monday morning of March, in every thread."""
    clock.shift(MONDAY - datetime.now(UTC))
    yield MONDAY
    clock.shift(timedelta())


@pytest.fixture
def carene(app: Flask, tmp_path: Path, monday: datetime) -> Iterator[Territory]:
    """The territory of CARENE being served, on a Monday morning of March."""
    build.a_server(app, tmp_path)
    with build.serving("carene") as territory:
        yield territory


@pytest.fixture
def shared(app: Flask, tmp_path: Path, shared_root: Path) -> Iterator[Territory]:
    """The territory in which two structures work, being served."""
    build.a_server(app, tmp_path)
    with build.serving(two_structures.CODE, root=shared_root) as territory:
        yield territory


@pytest.fixture
def sides(shared: Territory) -> tuple[Side, Side]:
    """The two structures, each with its person and its case."""
    del shared
    return two_structures.a_side("Alpha"), two_structures.a_side("Bêta")
