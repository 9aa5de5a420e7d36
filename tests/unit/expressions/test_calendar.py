import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.expressions import (
    ExpressionError,
    add_months,
    after,
    counted_from,
    deadline,
    designer_functions,
    escalation,
    evaluate,
    parse_duration,
    timer_instant,
    working_day_after,
)
from app.expressions.calendar import PARIS, is_working_day, midnight

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "calendar.json").read_text(encoding="utf-8"))

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
instants = st.datetimes(datetime(2020, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
durations = st.builds(
    "P{}Y{}M{}DT{}H".format, st.integers(0, 3), st.integers(0, 30), st.integers(0, 60), st.integers(0, 50)
)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(("start", "duration", "due"), VECTORS["durations"])
def test_a_duration_is_counted_as_people_in_france_count(start: str, duration: str, due: str) -> None:
    result = after(paris(start), duration)
    assert result.strftime("%Y-%m-%dT%H:%M") == due.removesuffix(" first")
    assert result.fold == 0
    assert result.utcoffset() is not None


@pytest.mark.parametrize(("anchor", "duration", "dues"), VECTORS["anchored"])
def test_a_recurring_duty_is_counted_from_its_anchor(anchor: str, duration: str, dues: list[str]) -> None:
    months = parse_duration(duration).months
    functions = designer_functions(paris("2026-01-01T09:00"))
    for rank, due in enumerate(dues, 1):
        result = evaluate(
            "mois_apres(debut, pas * rang)",
            {"debut": date.fromisoformat(anchor), "pas": months, "rang": rank},
            functions,
        )
        assert result == date.fromisoformat(due)


@pytest.mark.parametrize(("start", "count", "due", "why"), VECTORS["working_days"])
def test_working_days_skip_holidays_and_week_ends(start: str, count: str, due: str, why: str) -> None:
    n = int(count.split(maxsplit=1)[0])
    assert working_day_after(date.fromisoformat(start), n) == date.fromisoformat(due), why
    functions = designer_functions(paris(f"{start}T17:00"))
    assert evaluate(f"jours_ouvres({n})", {}, functions) == date.fromisoformat(due)


NAMED_REFUSALS = {
    "P7D without quotes": "P7D",
    "P1.5M": '"P1.5M"',
    "P": '"P"',
    "": '""',
    "R/P1M (write a loop or an anchored rule)": '"R/P1M"',
    "two durations": '"P1D P2D"',
    "a date without zone in an expression typed as text 32/13/2026": '"32/13/2026"',
}


@pytest.mark.parametrize("case", VECTORS["refused"])
def test_what_the_vectors_refuse_never_becomes_an_instant(case: str) -> None:
    now = paris("2026-01-01T09:00")
    with pytest.raises(ExpressionError):
        timer_instant(evaluate(NAMED_REFUSALS[case], {}, designer_functions(now)), now)
    with pytest.raises(ExpressionError):
        deadline(evaluate(NAMED_REFUSALS[case], {}, designer_functions(now)), now)


@pytest.mark.parametrize(
    "text",
    [
        "P1DP2D",
        "PT",
        "P1DT",
        "-P1D",
        "P-1D",
        "p1d",
        "P1D ",
        "P٣D",
        "P99999Y",
        "P1D/P2D",
        "PT1.5H",
        "2026-01-31",
    ],
)
def test_what_is_not_one_whole_duration_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="n'est pas une durée"):
        parse_duration(text)


def test_an_unquoted_duration_is_refused_with_the_quotes_to_write() -> None:
    with pytest.raises(ExpressionError, match='"P7D"'):
        evaluate("P7D", {}, designer_functions(paris("2026-01-01T09:00")))


def test_all_that_the_vectors_refuse_is_refused_here() -> None:
    assert len(VECTORS["refused"]) == 7  # unquoted, fraction, P, empty, repetition, two, a bad date


@given(instants, durations, durations)
def test_a_later_start_or_a_longer_duration_is_never_due_earlier(
    start: datetime, duration: str, other: str
) -> None:
    assert after(start, duration) >= start.astimezone(PARIS)
    later = start + timedelta(hours=3)
    # Over the repeated hour of October a wall clock goes back by one hour, and only then. A month too short
    # for the day ends on its last one: the eve in the evening and that day at midnight then fall together.
    first, second = after(start, duration), after(later, duration)
    assert second >= first + timedelta(hours=1) or second.date() == first.date()
    first, second = deadline(other, start), deadline(other, later)
    assert second >= first or second.date() == first.date()


@given(days, st.integers(1, 60), st.frozensets(days, max_size=5))
def test_a_working_day_is_never_a_holiday_and_each_counts_once(
    start: date, n: int, closed: frozenset[date]
) -> None:
    due = working_day_after(start, n, closed)
    between = [start + timedelta(days=i) for i in range(1, (due - start).days + 1)]
    assert is_working_day(due, closed)
    assert sum(is_working_day(day, closed) for day in between) == n
    assert working_day_after(start, n + 1, closed) > due


@given(days, st.integers(0, 400))
def test_months_are_counted_date_to_date(start: date, n: int) -> None:
    due = add_months(start, n)
    assert (due.year * 12 + due.month) - (start.year * 12 + start.month) == n
    assert due.day == start.day or (due.day < start.day and (due + timedelta(days=1)).day == 1)


@given(instants, st.integers(0, 400))
def test_a_moved_moment_keeps_its_hour_unless_that_hour_does_not_exist(start: datetime, n: int) -> None:
    moved = add_months(start, n)
    wall = start.astimezone(PARIS)
    assert moved.date() == add_months(wall.date(), n)
    shift = moved.replace(tzinfo=None) - datetime.combine(moved.date(), wall.time())
    assert shift in (timedelta(0), timedelta(hours=1))


def test_a_delay_in_days_lasts_until_midnight_in_paris() -> None:
    entered = paris("2026-03-02T15:30")
    assert deadline("P15D", entered) == paris("2026-03-18T00:00")
    assert deadline(date(2026, 3, 17), entered) == paris("2026-03-18T00:00")
    assert deadline("P1M", paris("2026-01-31T09:00")) == paris("2026-03-01T00:00")
    over_the_clock_change = deadline("P1D", paris("2026-03-28T09:00"))
    assert over_the_clock_change.astimezone(UTC) == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_a_delay_in_hours_is_exact() -> None:
    entered = paris("2026-03-02T15:30")
    assert deadline("PT4H", entered) == paris("2026-03-02T19:30")
    assert deadline("P1DT2H", entered) == paris("2026-03-03T17:30")
    assert deadline(paris("2026-03-05T10:00"), entered) == paris("2026-03-05T10:00")


def test_a_delay_counts_the_day_in_paris_not_in_utc() -> None:
    late_evening_utc = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)  # 0:30 on the 3rd in Paris
    assert deadline("P1D", late_evening_utc) == paris("2026-03-05T00:00")


def test_an_escalation_counts_from_the_day_that_was_due() -> None:
    due = deadline(date(2026, 3, 10), paris("2026-03-02T15:30"))
    assert escalation("P3D", due) == paris("2026-03-14T00:00")
    assert escalation("PT4H", due) == paris("2026-03-11T04:00")
    assert escalation("P3D", paris("2026-03-10T09:00")) == paris("2026-03-14T00:00")
    friday = deadline(date(2026, 3, 13), due)
    functions = designer_functions(counted_from(friday))
    assert escalation(evaluate("jours_ouvres(1)", {}, functions), friday) == paris("2026-03-17T00:00")


def test_a_timer_takes_an_instant_a_date_or_a_quoted_duration() -> None:
    now = paris("2026-03-02T15:30")
    assert timer_instant(datetime(2026, 3, 5, 9, tzinfo=UTC), now) == paris("2026-03-05T10:00")
    assert timer_instant(date(2026, 3, 5), now) == paris("2026-03-05T00:00")
    assert timer_instant("P15D", now) == paris("2026-03-17T15:30")
    for wrong in (None, 3, True, ["P1D"], datetime(2026, 3, 5)):  # noqa: DTZ001 - the case tested
        with pytest.raises(ExpressionError):
            timer_instant(wrong, now)
        with pytest.raises(ExpressionError):
            deadline(wrong, now)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('dans("P15D")', paris("2026-03-17T15:30")),
        ("aujourdhui()", date(2026, 3, 2)),
        ("maintenant()", paris("2026-03-02T15:30")),
        ("jours_ouvres(5)", date(2026, 3, 10)),
        ('jours_ouvres(1, date("2026-12-24"))', date(2026, 12, 28)),
        ('fin_de_mois(date("2028-02-10"))', date(2028, 2, 29)),
        ('annee(date("2028-02-10"))', 2028),
        ("annee(null)", None),
        ("fin_de_mois(maintenant())", date(2026, 3, 31)),
        ('mois_apres(date("2026-01-31"), 1)', date(2026, 2, 28)),
        ('jours_apres(date("2026-01-31"), 14)', date(2026, 2, 14)),
        ('jours_entre(aujourdhui(), date("2026-03-16"))', 14),
        ('jours_entre(date("2026-03-16"), maintenant())', -14),
        ("jours_entre(aujourdhui(), null) is None", True),
    ],
)
def test_the_designers_functions_of_time(text: str, expected: object) -> None:
    functions = designer_functions(
        datetime(2026, 3, 2, 14, 30, tzinfo=UTC), closed=frozenset({date(2026, 3, 4)})
    )
    assert evaluate(text, {}, functions) == expected


@pytest.mark.parametrize(
    "text",
    [
        "jours_ouvres(0)",
        "jours_ouvres(-1)",
        "jours_ouvres(99999999)",
        "jours_ouvres(true)",
        'jours_ouvres("5")',
        "mois_apres(aujourdhui(), 99999999)",
        "mois_apres(3, 3)",
        'mois_apres(aujourdhui(), "3")',
        'dans("P9999Y9999M")',
        "dans(3)",
        "jours_apres(aujourdhui(), 99999999)",
        "jours_entre(3, 4)",
        "fin_de_mois(null)",
        'mois_apres(date("9999-12-31"), 1)',
        'jours_ouvres(1, date("9999-12-31"))',
    ],
)
def test_an_impossible_reckoning_is_a_sentence(text: str) -> None:
    with pytest.raises(ExpressionError) as fault:
        evaluate(text, {}, designer_functions(paris("2026-03-02T15:30")))
    assert str(fault.value).endswith((".", ")."))


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ExpressionError, match="fuseau"):
        after(datetime(2026, 3, 2, 9), "P1D")  # noqa: DTZ001 - the case tested


def test_midnight_is_the_first_instant_of_the_day() -> None:
    assert midnight(date(2026, 3, 29)).astimezone(UTC) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert midnight(date(2026, 10, 26)).astimezone(UTC) == datetime(2026, 10, 25, 23, tzinfo=UTC)
