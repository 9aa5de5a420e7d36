"""Which database a test of a page runs on, when it could run on either."""

import zlib
from collections.abc import Iterable

import pytest

SHARED_OUT = "tests/web/"
"""Pages stand above the services, whose tests run on both databases each time."""

ALWAYS_BOTH = (
    "tests/web/test_role_matrix.py",
    "tests/web/test_secrecy_matrix.py",
    "tests/web/test_two_structures_pages.py",
    "tests/web/test_two_territories_pages.py",
    "tests/web/test_attacks.py",
)
"""What the database itself helps to keep apart."""


def shared_out(items: Iterable[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the tests to run and those set aside; its name draws the one database of a page's test."""
    kept: list[pytest.Item] = []
    aside: list[pytest.Item] = []
    for item in items:
        (aside if _elsewhere(item) else kept).append(item)
    return kept, aside


def _elsewhere(item: pytest.Item) -> bool:
    if not item.nodeid.startswith(SHARED_OUT) or item.nodeid.startswith(ALWAYS_BOTH):
        return False
    if not isinstance(item, pytest.Function):
        return False
    own = any(
        "backend" in str(mark.args[0] if mark.args else "") for mark in item.iter_markers("parametrize")
    )
    given = getattr(item, "callspec", None)
    backend = None if given is None or own else given.params.get("backend")
    if backend not in ("sqlite", "postgresql"):
        return False
    drawn = ("sqlite", "postgresql")[zlib.crc32(item.nodeid.partition("[")[0].encode()) % 2]
    return bool(backend != drawn)
