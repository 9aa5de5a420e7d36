"""Which database a test runs on, when it could run on either: ``--both`` runs it on both."""

import zlib
from collections.abc import Iterable

import pytest

SHARED_OUT = (
    "tests/web/",  # pages stand above the services, whose tests run on both databases each time
    "tests/faults/",  # a tenth of what ``make faults`` does in full, on both
    "tests/processes/",
    "tests/services/test_appointments.py",
    "tests/services/test_demo.py",
    "tests/services/test_desk.py",
    "tests/services/test_handbook.py",
    "tests/services/test_kept_apart.py",
    "tests/services/test_meetings.py",
    "tests/services/test_migrating.py",
    "tests/services/test_notices_any_order.py",
    "tests/services/test_notices_channels.py",
    "tests/services/test_notices_digest.py",
    "tests/services/test_notices_secrecy.py",
    "tests/services/test_partners.py",
    "tests/services/test_proof.py",
    "tests/services/test_publications.py",
    "tests/services/test_pulls.py",
    "tests/services/test_retention.py",
    "tests/services/test_review.py",
    "tests/services/test_studio.py",
    "tests/services/test_studio_archives.py",
    "tests/services/test_supervision_list.py",
    "tests/services/test_territory_files.py",
    "tests/services/test_team_sharing.py",
    "tests/services/test_trials.py",
    "tests/services/test_walks.py",
)
"""What says little of a database that other tests do not say on both."""

ALWAYS_BOTH = (
    "tests/web/test_secrecy_matrix.py",
    "tests/web/test_two_structures_pages.py",
    "tests/web/test_two_territories_pages.py",
    "tests/faults/test_money_at_once.py",
    "tests/faults/test_publishing_at_once.py",
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
