"""Quiet hours are what a Paris clock shows, over both nights when it changes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import PARIS
from app.models import NoticeSettings
from app.notifications.quiet import SMS_QUIET, after_quiet, on_the_clock, quiet_hours

NIGHT = (20 * 60, 8 * 60)
START = datetime(2026, 1, 1, tzinfo=UTC)


def paris(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=PARIS, fold=fold)


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        (paris(2026, 3, 2, 12, 0), paris(2026, 3, 2, 12, 0)),
        (paris(2026, 3, 2, 20, 0), paris(2026, 3, 3, 8, 0)),
        (paris(2026, 3, 2, 19, 59, 59), paris(2026, 3, 2, 19, 59, 59)),
        (paris(2026, 3, 3, 7, 59, 59), paris(2026, 3, 3, 8, 0)),
        (paris(2026, 3, 3, 8, 0), paris(2026, 3, 3, 8, 0)),
        (paris(2026, 3, 28, 23, 0), paris(2026, 3, 29, 8, 0)),  # the clock goes forward
        (paris(2026, 10, 24, 23, 0), paris(2026, 10, 25, 8, 0)),  # the clock goes back
    ],
)
def test_a_message_of_the_night_leaves_in_the_morning(at, leaves):
    assert after_quiet(at, NIGHT) == leaves


def test_hours_of_the_middle_of_the_day_end_the_same_day():
    assert after_quiet(paris(2026, 3, 2, 12, 30), (12 * 60, 14 * 60)) == paris(2026, 3, 2, 14, 0)


def test_an_end_that_the_clock_jumps_over_is_an_hour_later():
    ended = after_quiet(paris(2026, 3, 29, 1, 0), (0, 150))
    assert ended.astimezone(PARIS).strftime("%H:%M") == "03:30"


def test_an_end_that_comes_twice_is_the_one_still_to_come():
    first = after_quiet(paris(2026, 10, 25, 1, 0), (0, 150))
    assert first == paris(2026, 10, 25, 2, 30, fold=0).astimezone(UTC)
    again = after_quiet(paris(2026, 10, 25, 2, 10, fold=1), (0, 150))
    assert again == paris(2026, 10, 25, 2, 30, fold=1).astimezone(UTC)


def test_nothing_waits_without_hours_or_with_empty_ones():
    at = paris(2026, 3, 2, 3, 0)
    assert after_quiet(at, None) == at
    assert after_quiet(at, (60, 60)) == at


@given(
    st.integers(0, 700 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes)),
    st.integers(0, 1439),
    st.integers(0, 1439),
)
def test_whatever_the_hours_a_message_leaves_within_a_day_and_outside_them(at, begin, end):
    leaves = after_quiet(at, (begin, end))
    assert at <= leaves <= at + timedelta(hours=26)
    assert after_quiet(leaves, (begin, end)) == leaves


@given(st.dates(date(2026, 1, 1), date(2028, 1, 1)), st.integers(0, 1439))
def test_an_hour_of_the_clock_is_one_instant_of_that_day(day, minute):
    assert on_the_clock(day, minute).astimezone(PARIS).date() == day


def test_sms_are_quiet_at_night_unless_one_chose_other_hours():
    chosen = NoticeSettings(quiet_from=60, quiet_to=120, digest_at=480)
    silent = NoticeSettings(quiet_from=None, quiet_to=None, digest_at=480)
    assert quiet_hours("courriel", None) is None
    assert quiet_hours("sms", None) == quiet_hours("sms", silent) == SMS_QUIET
    assert quiet_hours("sms", chosen) == quiet_hours("courriel", chosen) == (60, 120)
