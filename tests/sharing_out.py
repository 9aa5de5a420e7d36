"""Which database a test runs on, when it could run on either: ``--both`` runs it on both."""

import zlib
from collections.abc import Iterable

import pytest

SHARED_OUT = ("tests/faults/", "tests/processes/", "tests/services/", "tests/web/")
"""Where a run tries each test on one of the two databases; ``make faults`` tries all on both."""

ALWAYS_BOTH = (
    "tests/faults/test_money_at_once.py",
    "tests/faults/test_publishing_at_once.py",
    "tests/services/test_backup.py",
    "tests/services/test_claims.py",
    "tests/services/test_database.py",
    "tests/services/test_deadlines.py",
    "tests/services/test_doctor.py",
    "tests/services/test_erased_money.py",
    "tests/services/test_filters.py",
    "tests/services/test_heart.py",
    "tests/services/test_indicators.py",
    "tests/services/test_jobs.py",
    "tests/services/test_meters.py",
    "tests/services/test_money_verbs.py",
    "tests/services/test_perimeter.py",
    "tests/services/test_perimeter_plans.py",
    "tests/services/test_plans.py",
    "tests/services/test_search.py",
    "tests/services/test_secrecy.py",
    "tests/services/test_secrecy_everywhere.py",
    "tests/services/test_stock.py",
    "tests/services/test_storage.py",
    "tests/services/test_tasks.py",
    "tests/services/test_two_territories.py",
    "tests/web/test_secrecy_matrix.py",
    "tests/web/test_two_structures_pages.py",
    "tests/web/test_two_territories_pages.py",
)
"""What the database itself counts, orders, locks or keeps apart: tried on both in every run."""


def shared_out(items: Iterable[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the tests to run and those set aside; its name draws the one database of a test."""
    kept: list[pytest.Item] = []
    aside: list[pytest.Item] = []
    for item in items:
        (aside if _elsewhere(item) else kept).append(item)
    return kept, aside


def _elsewhere(item: pytest.Item) -> bool:
    if not item.nodeid.startswith(SHARED_OUT) or item.nodeid.startswith(ALWAYS_BOTH):
        return False
    if not isinstance(item, pytest.Function) or item.get_closest_marker("fault") is not None:
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
