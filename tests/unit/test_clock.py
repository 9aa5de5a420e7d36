"""One clock, that tests can move."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from app import clock


def test_now_is_aware_and_in_utc():
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_clock_travels_for_the_time_of_a_block():
    with clock.at("2026-03-16T23:00:00+02:00"):
        assert clock.now() == datetime(2026, 3, 16, 21, 0, tzinfo=UTC)
        with clock.at("2027-01-01T00:00:00+00:00"):
            assert clock.now().year == 2027
        assert clock.now().year == 2026
    assert clock.now() - datetime.now(UTC) < timedelta(seconds=5)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"), clock.at("2026-03-16T23:00:00"):
        pass


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-03-16T22:59:59+00:00", date(2026, 3, 16)),
        ("2026-03-16T23:00:00+00:00", date(2026, 3, 17)),
        ("2026-07-14T21:59:59+00:00", date(2026, 7, 14)),
        ("2026-07-14T22:00:00+00:00", date(2026, 7, 15)),
    ],
)
def test_today_changes_at_midnight_in_paris(instant, day):
    with clock.at(instant):
        assert clock.today() == day


def test_a_travelled_clock_stays_in_its_own_thread():
    seen = []
    with clock.at("2030-01-01T00:00:00+00:00"):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
    assert seen[0].year != 2030


def test_the_whole_process_can_be_shifted_for_a_browser():
    clock.shift(timedelta(days=30))
    try:
        assert abs(clock.now() - datetime.now(UTC) - timedelta(days=30)) < timedelta(seconds=5)
    finally:
        clock.shift(timedelta())
