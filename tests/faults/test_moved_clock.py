"""The machine's clock is put forward and back, and the nights when it changes: never early, never twice."""

import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read, transaction
from app.models import JournalLine, Timer
from app.services import timers
from tests import build
from tests.faults.machines import (
    FIRED,
    assert_each_once,
    at_both_scales,
    fired,
    how_many_fired,
    machine,
    wait_for_firings,
    waiting_cases,
)

HOUR = timedelta(hours=1)


def dues():
    end_read()
    return {row.id: row.due_at for row in db.session.scalars(select(Timer))}


def none_was_early(due_at):
    """Each firing stands in the journal at an hour that is not before its timer's."""
    end_read()
    lines = db.session.scalars(select(JournalLine).where(JournalLine.action == FIRED)).all()
    early = [line for line in lines if line.at < due_at[type(next(iter(due_at)))(line.details["minuteur"])]]
    assert early == []


def settled():
    """Return how many timers have fired, once two looks of the worker have fired no other."""
    before = -1
    while (count := how_many_fired()) != before:
        before = count
        time.sleep(2.5)
    return count


@at_both_scales
def test_a_clock_moved_by_an_hour_while_pumping(app, carene, tmp_path, scale):
    count = int(600 * scale)
    start = timedelta(days=22)
    # A third of the timers is due at the start, a third within the hour, a third after it.
    due = waiting_cases(count, first=start - HOUR, apart=3 * HOUR / count)
    due_at = dues()
    third, moved = count // 3, tmp_path / "moved"
    moved.write_text("0")
    program = (sys.executable, "-m", "tests.faults.hostclock", str(moved), "worker")
    with machine(app, tmp_path, ahead=start) as house:
        worker = house.worker(program=program)
        wait_for_firings(third, worker)
        moved.write_text(str(HOUR.total_seconds()))
        due_by_now = sum(at <= clock.now() + start + HOUR for at in due_at.values())
        wait_for_firings(max(2 * third, due_by_now), worker)  # a slow machine is waited for, not guessed
        so_far = settled()
        assert so_far < count
        moved.write_text("0")
        assert settled() == so_far  # an hour earlier, nothing more is due
        with transaction() as session:
            urgent = session.get_one(Timer, due[-1])
            urgent.due_at = clock.now() + start
        due_at[due[-1]] = clock.now() + start - timedelta(seconds=1)
        wait_for_firings(so_far + 1, worker)  # the pump has not gone to sleep for an hour
        moved.write_text(str(-HOUR.total_seconds()))
        settled()
        moved.write_text(str(3 * HOUR.total_seconds()))
        wait_for_firings(count, worker)
        assert worker.end() == 0
    none_was_early(due_at)
    assert_each_once(due)


NIGHTS = {
    "back": datetime(2026, 10, 24, 22, tzinfo=UTC),
    "forward": datetime(2027, 3, 27, 22, tzinfo=UTC),
}


@pytest.mark.parametrize("night", sorted(NIGHTS))
def test_the_nights_when_the_clock_changes(app, carene, night):
    """Timers every ten minutes, from midnight to six in Paris, pumped every five minutes of real time."""
    first = NIGHTS[night]
    due = waiting_cases(36, first=first - clock.now(), apart=timedelta(minutes=10))
    due_at, seen = dues(), 0
    with build.later(first - timedelta(minutes=5)):
        moment = first - timedelta(minutes=5)
        while moment <= first + timedelta(hours=6):
            with clock.at(moment):
                timers.wake_due(1000)
            expected = [timer for timer in due if due_at[timer] <= moment]
            assert fired() == expected
            seen = max(seen, len(expected))
            moment += timedelta(minutes=5)
    assert seen == 36
    none_was_early(due_at)
    assert_each_once(due)


@pytest.mark.parametrize(
    ("begun", "due"),
    [
        (datetime(2026, 10, 4, 2, 30, tzinfo=clock.PARIS), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2027, 3, 7, 2, 30, tzinfo=clock.PARIS), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
    ],
    ids=["an-hour-that-comes-twice", "an-hour-that-does-not-exist"],
)
def test_a_drawn_delay_that_ends_in_the_changing_hour_fires_once(app, carene, begun, due):
    with build.later(begun):
        build.a_case("prendre_rendez_vous")
        exact = build.the_timer("sans_rendez_vous").due_at
    assert timedelta() <= exact - due < timedelta(minutes=1)  # the case took a moment to be carried there
    for minutes in range(-180, 181, 15):
        with clock.at(exact + timedelta(minutes=minutes)):
            assert timers.wake_due() == int(minutes == 0)
    assert how_many_fired() == 1
