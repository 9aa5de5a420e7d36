"""Windows of a frequency: against a naive count of days, over dates nobody chose (AST-6)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import PARIS
from app.expressions import ExpressionError
from app.expressions.windows import Window, days_covered, length_of, owed, warning_instant, window_at

INSTANTS = st.integers(0, 8 * 365 * 24).map(
    lambda hours: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
)
LENGTHS = st.sampled_from(
    ["semaine", "mois", "trimestre", "annee", "P1D", "P10D", "P2W", "P1M", "P3M", "P1Y", "P1M15D"]
)
DAY = timedelta(days=1)


def naive(word: str, day: date) -> tuple[int, ...]:
    """What all days of one calendar window have in common, and no other day has."""
    return {
        "semaine": day.isocalendar()[:2],
        "mois": (day.year, day.month),
        "trimestre": (day.year, (day.month + 2) // 3),
        "annee": (day.year,),
    }[word]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["semaine", "mois", "trimestre", "annee"]), INSTANTS, INSTANTS)
def test_a_calendar_window_holds_exactly_the_days_of_its_kind(
    word: str, since: datetime, moment: datetime
) -> None:
    window = window_at(word, since, moment)
    kind = naive(word, moment.astimezone(PARIS).date())
    assert window.start <= moment < window.end
    assert all(naive(word, window.first + n * DAY) == kind for n in range(window.days))
    assert naive(word, window.first - DAY) != kind
    assert naive(word, window.after) != kind


@settings(max_examples=300, deadline=None)
@given(LENGTHS, INSTANTS, st.integers(0, 900))
def test_windows_follow_each_other_without_a_gap_or_an_overlap(
    length: str, since: datetime, days: int
) -> None:
    moment = since + days * DAY
    window = window_at(length, since, moment)
    following = window_at(length, since, window.end)
    assert window.start <= moment < window.end
    assert following.start == window.end
    assert window_at(length, since, window.end - timedelta(microseconds=1)) == window


@settings(max_examples=200, deadline=None)
@given(INSTANTS, st.integers(0, 60))
def test_the_nth_window_of_a_duration_is_counted_from_the_anchor(since: datetime, turn: int) -> None:
    anchor = since.astimezone(PARIS).date()
    window = window_at("P1M", since, Window(anchor + relativedelta(months=turn), anchor).start)
    assert window == Window(anchor + relativedelta(months=turn), anchor + relativedelta(months=turn + 1))


@settings(max_examples=300, deadline=None)
@given(
    INSTANTS,
    st.integers(0, 40 * 24),
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 300)), max_size=3),
)
def test_days_covered_are_those_a_person_would_tick_on_a_calendar(
    since: datetime, hours: int, breaks: list[tuple[int, int]]
) -> None:
    window, until = window_at("mois", since, since), since + timedelta(hours=hours)
    pauses = [(since + timedelta(hours=a), since + timedelta(hours=a + b)) for a, b in breaks]
    ticked = 0
    for number in range(window.days):
        day = Window(window.first + number * DAY, window.first + (number + 1) * DAY)
        stood = day.start < until and since < day.end and since < until
        slept = any(begun <= day.start and day.end <= ended for begun, ended in pauses)
        ticked += stood and not slept
    assert days_covered(window, since, until, pauses) == ticked


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 50), st.integers(0, 366), st.integers(1, 366))
def test_a_part_never_owes_more_than_its_share(minimum: int, days: int, whole: int) -> None:
    days = min(days, whole)
    found = owed(minimum, days, whole)
    assert found * whole <= minimum * days < (found + 1) * whole
    assert owed(minimum, whole, whole) == minimum


@pytest.mark.parametrize("text", ["", "quinzaine", "P1M", '"PT12H"', '"P0D"', "mois + 1", '"mois"', "2"])
def test_a_period_that_cannot_be_read_says_what_to_write(text: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        length_of(text)
    assert "Écrivez" in str(refusal.value)


def test_a_duration_that_leads_beyond_the_calendar_is_refused_in_a_sentence() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ExpressionError):
        window_at("P9999Y", since, since)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("P1D", "2026-03-28T00:00+01:00"),
        ("PT24H", "2026-03-28T00:00+01:00"),
        ("PT1H", "2026-03-28T23:00+01:00"),
    ],
)
def test_a_warning_counts_back_from_the_end_on_the_clock_of_paris(text: str, hour: str) -> None:
    window = Window(date(2026, 3, 1), date(2026, 3, 29))
    assert warning_instant(text, window) == datetime.fromisoformat(hour)


def test_a_warning_before_the_clock_change_keeps_midnight() -> None:
    window = Window(date(2026, 3, 1), date(2026, 4, 1))
    assert warning_instant("P10D", window) == datetime(2026, 3, 22, tzinfo=PARIS)
    assert warning_instant(date(2026, 3, 20), window) == datetime(2026, 3, 20, tzinfo=PARIS)
