"""People's time: hours, holidays, absences, one thing at a time, the most urgent first, appointments kept."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app import clock
from app.catalog.simulation import Crew
from app.expressions.calendar import is_working_day
from app.services.actors import Actor
from app.simulator.house import Colleague
from app.simulator.staff import Desk, Person, Taken, Work

LANE = "technicien"
NO_HOLIDAY: Mapping[str, Any] = MappingProxyType({"weeks_off": 0, "absence": Decimal(0)})
MONDAY = date(2026, 3, 2)


def at(text: str) -> datetime:
    """A Paris instant of the week of 2 March 2026, in UTC."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=clock.PARIS).astimezone(UTC)


def somebody(number: int = 1, *, closed: frozenset[date] = frozenset(), **crew: Any) -> Person:
    """Somebody of the lane, free from the Monday on."""
    actor = Actor(kind="user", name=f"N° {number}", person=str(number), lanes=frozenset({LANE}))
    colleague = Colleague(number, actor, "technicien", Crew(**{**NO_HOLIDAY, **crew}))
    return Person(colleague, f"essai/{number}", closed, at("02T00:00"), at("02T00:00"))


def a_step(key: int = 1, ready: str = "02T00:00", **given_: Any) -> Work:
    """A step of an hour in the lane's pile."""
    return Work(key=key, ready=at(ready), **{"lane": LANE, "due": None, "minutes": 60.0, **given_})


def test_a_day_s_hours_are_a_fifth_of_the_week_s() -> None:
    assert somebody(hours_week=Decimal(35)).slot(MONDAY) == (at("02T09:00"), at("02T16:00"))
    assert somebody(hours_week=Decimal("2.5")).slot(MONDAY) == (at("02T09:00"), at("02T09:30"))


def test_nobody_works_on_weekends_public_holidays_and_closing_days() -> None:
    person = somebody(closed=frozenset({date(2026, 3, 4)}))
    worked = {day for day, _ in person.days(date(2026, 3, 1), date(2026, 6, 1))}
    assert date(2026, 3, 4) not in worked
    assert date(2026, 5, 1) not in worked
    assert all(is_working_day(day) for day in worked)
    assert len(worked) == 60 - 1  # working days of March to May 2026, less the closing day


def test_holidays_are_whole_weeks_and_absences_single_days() -> None:
    year = (date(2026, 1, 1), date(2027, 1, 1))
    all_year = {day for day, _ in somebody().days(*year)}
    rested = {day for day, _ in somebody(weeks_off=5).days(*year)}
    away = {day.isocalendar().week for day in all_year - rested}
    assert len(away) == 5
    assert not {day for day in rested if day.isocalendar().week in away}
    ill = {day for day, _ in somebody(absence=Decimal("0.2")).days(*year)}
    assert 0.1 < len(all_year - ill) / len(all_year) < 0.3


def test_a_long_step_goes_on_over_the_following_days() -> None:
    person = somebody(hours_week=Decimal(10))  # from nine to eleven
    assert person.after(at("02T10:00"), 90) == at("03T09:30")
    assert person.after(at("06T10:30"), 60) == at("09T09:30")  # over a weekend


def test_the_most_urgent_step_is_taken_first_by_whoever_worked_least() -> None:
    desk = Desk([somebody(1), somebody(2)])
    desk.add(a_step(1, due=at("20T00:00")))
    desk.add(a_step(2, due=at("10T00:00")))
    desk.add(a_step(3))
    taken = list(desk.assign(at("02T09:00")))
    assert [(one.person.colleague.number, one.work.key) for one in taken] == [(1, 2), (2, 1)]
    assert {one.until for one in taken} == {at("02T10:00")}
    assert list(desk.assign(at("02T09:30"))) == []  # both are busy
    desk.people[1].drop(at("02T09:40"))
    assert [one.work.key for one in desk.assign(at("02T09:40"))] == [3]


def test_nothing_is_begun_before_its_time_or_outside_hours() -> None:
    desk = Desk([somebody()])
    desk.add(a_step(1, "03T10:00"))
    assert list(desk.assign(at("02T09:00"))) == []
    assert desk.people[0].called_at == at("03T10:00")
    assert list(desk.assign(at("03T08:00"))) == []
    assert [one.until for one in desk.assign(at("03T10:00"))] == [at("03T11:00")]


def test_another_lane_s_step_is_left_alone() -> None:
    desk = Desk([somebody()])
    desk.add(a_step(lane="pole"))
    assert list(desk.assign(at("02T09:00"))) == []
    assert desk.people[0].called_at is None


def test_an_appointment_goes_first_and_its_time_is_given_back() -> None:
    person = somebody(hours_week=Decimal(10))  # from nine to eleven
    desk = Desk([person])
    desk.add(a_step(1, due=at("02T12:00"), minutes=30))
    desk.add(a_step(2, "03T09:00", day=date(2026, 3, 3), minutes=180))
    assert [one.work.key for one in desk.assign(at("02T09:00"))] == [1]
    person.drop(at("02T09:30"))
    desk.add(a_step(3, due=at("03T12:00")))
    (visit,) = desk.assign(at("03T09:00"))
    assert (visit.work.key, visit.until) == (2, at("03T12:00"))  # past eleven: it is an appointment
    person.drop(visit.until)
    assert list(desk.assign(visit.until)) == []
    assert person.called_at == at("04T10:00")  # an hour was owed
    assert [one.work.key for one in desk.assign(at("04T10:00"))] == [3]


def test_a_step_that_is_taken_back_frees_whoever_had_begun_it() -> None:
    desk = Desk([somebody()])
    desk.add(a_step(1, minutes=120))
    assert len(list(desk.assign(at("02T09:00")))) == 1
    desk.add(a_step(2))
    desk.remove(1, LANE, at("02T09:30"))
    assert [one.work.key for one in desk.assign(at("02T09:30"))] == [2]


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(5, 400), st.booleans(), st.integers(0, 30)), max_size=25
    ),
    st.integers(1, 4),
    st.integers(2, 40),
)
def test_whatever_comes_one_person_does_one_thing_at_a_time(
    wanted: list[tuple[int, int, bool, int]], people: int, hours: int
) -> None:
    desk = Desk([somebody(number, hours_week=Decimal(hours)) for number in range(1, people + 1)])
    for key, (days, minutes, fixed, due) in enumerate(wanted):
        ready = at("02T09:00") + timedelta(days=days)
        day = ready.astimezone(clock.PARIS).date() if fixed else None
        desk.add(Work(key, LANE, ready, at("02T00:00") + timedelta(days=due), float(minutes), day))
    done = _live(desk)
    assert sorted(one.work.key for one in done) == list(range(len(wanted)))
    for person in desk.people:
        mine = sorted((one for one in done if one.person is person), key=lambda one: one.until)
        begun = [moment for one, moment in done.items() if one.person is person]
        assert all(moment >= one.work.ready for one, moment in done.items())
        assert sorted(begun) == begun
        for earlier, later in pairwise(mine):
            assert done[later] >= earlier.until


def _live(desk: Desk) -> dict[Taken, datetime]:
    """Let time run until nothing is left; return each step taken with the moment of its beginning."""
    now, done, running = at("02T00:00"), {}, []
    for _ in range(10_000):
        for person, until in [pair for pair in running if pair[1] <= now]:
            person.drop(now)
            running.remove((person, until))
        for taken in list(desk.assign(now)):
            done[_Key(taken)] = now
            running.append((taken.person, taken.until))
        nexts = [until for _, until in running]
        idle = [person for person in desk.people if person.doing is None]
        nexts += [person.called_at for person in idle if person.called_at is not None]
        if not nexts:
            break
        now = max(min(nexts), now)
    return done


class _Key(Taken):
    """A ``Taken`` that may be a key: each is its own."""

    def __init__(self, taken: Taken) -> None:
        super().__init__(taken.person, taken.work, taken.until)

    __hash__ = object.__hash__
    __eq__ = object.__eq__
