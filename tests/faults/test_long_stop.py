"""Nothing ran for a month: what is overdue goes oldest first, each once; nobody who saves is refused."""

import threading
from datetime import timedelta

from sqlalchemy import func, select

from app import scheduler, tenancy
from app.database import db, end_read, transaction
from app.ids import new_id
from app.models import Incident, ProcessInstance, Submission, Timer
from app.services import dead_letters, journal, tasks, timers
from tests import build, duty_house
from tests.faults.machines import (
    assert_each_once,
    assert_sound,
    at_both_scales,
    chance,
    fired,
    machine,
    wait_for_firings,
    waiting_cases,
)

OVERDUE, SAVES = 2000, 60
POISON, SOUND = 100, 900
DUTIES = 100


@at_both_scales
def test_after_a_month_without_a_pump_the_oldest_go_first(app, carene, tmp_path, scale):
    count = int(OVERDUE * scale)
    due = waiting_cases(count, first=timedelta(days=21), apart=timedelta(days=30) / count)
    with machine(app, tmp_path, ahead=timedelta(days=51)) as house:
        worker = house.worker()
        wait_for_firings(count, worker)
        assert worker.end() == 0
    assert fired() == due
    assert_each_once(due)


@at_both_scales
def test_people_save_while_the_backlog_fires_and_nothing_is_refused(app, carene, scale):
    """Two people answer their own cases while two pumps fire the backlog: no save is refused or lost."""
    saves = int(SAVES * scale)
    theirs = [build.a_case("analyser_signalement") for _ in range(2 * saves)]
    by = build.an_actor("ecorenove")
    given = []
    for case in theirs:
        task = build.the_task("analyser_signalement", case=case)
        given.append((task.id, build.answers_for(task.id, by)))
    count = int(OVERDUE * scale)
    due = waiting_cases(count, first=timedelta(days=21), apart=timedelta(seconds=1))
    ends = []

    def work(number):
        if number < 2:
            ends.append(("pump", _fire_all(count)))
            return
        for task_id, answers in given[number - 2 :: 2]:
            tasks.complete(task_id, answers, by=by)
            ends.append(("save", task_id))

    with build.later(days=22):
        told = build.together(app, 4, work)
    assert told == [None] * 4
    assert sum(fires for what, fires in ends if what == "pump") == count
    assert [what for what, _ in ends].count("save") == 2 * saves
    end_read()
    kept = select(func.count()).where(Submission.task_id.in_([task_id for task_id, _ in given]))
    assert db.session.scalar(kept) == 2 * saves
    assert sorted(fired()) == sorted(due)
    assert journal.verify() is None
    assert_sound()


def _fire_all(most):
    total, quiet = 0, 0
    with tenancy.unscoped("due_work"):
        while quiet < 3 and total < most:
            done = timers.wake_due(20)
            total += done
            quiet = 0 if done else quiet + 1
            if not done:
                threading.Event().wait(0.05)
    return total


@at_both_scales
def test_poison_timers_reach_the_dead_letters_and_hold_nobody_back(app, carene, scale):
    poison, sound = int(POISON * scale), int(SOUND * scale)
    due = waiting_cases(poison + sound, first=timedelta(days=21), apart=timedelta(seconds=1))
    bad = set(chance(6).sample(due, poison))
    _spoil(bad)
    with build.later(days=22):
        assert _fire_all(sound) == sound
        assert set(fired()) == set(due) - bad
        assert timers.wake_due() == 0
    for hours in range(1, timers.MAX_ATTEMPTS + 2):
        with build.later(days=22, hours=1.1 * hours):
            assert timers.wake_due(1000) == 0
    end_read()
    left = db.session.scalars(select(Timer).where(Timer.id.in_(bad))).all()
    assert {(row.status, row.attempts) for row in left} == {("dead", timers.MAX_ATTEMPTS)}
    assert db.session.scalar(select(func.count()).select_from(Incident)) == poison
    shown = dead_letters.stuck(build.an_actor("administration"))
    assert {letter.id for letter in shown} <= bad
    assert len(shown) == min(poison, len(shown))
    assert shown
    assert len(fired()) == sound
    assert journal.verify() is None


def _spoil(bad):
    """Make the stored states of these timers unreadable, as a bad disk would."""
    with transaction() as session:
        for process in session.scalars(
            select(ProcessInstance).where(
                ProcessInstance.id.in_(select(Timer.process_id).where(Timer.id.in_(bad)))
            )
        ):
            process.state = b"nothing that can be read"


def test_a_timer_that_the_engine_does_not_know_is_set_aside(app, carene):
    """A row without its waiting event (a hand in the database) is no endless work."""
    case = build.a_case("prendre_rendez_vous")
    own = build.the_timer("sans_rendez_vous")
    process_id, early = own.process_id, own.due_at - timedelta(days=11)
    with transaction() as session:
        session.add(Timer(id=new_id(), process_id=process_id, element="fantome", due_at=early))
    for hours in range(timers.MAX_ATTEMPTS + 1):
        with build.later(days=12, hours=1.1 * hours):
            assert timers.wake_due() == 0
            assert timers.wake_due() == 0  # it waits like any other that failed
    orphan = build.the_timer("fantome")
    assert (orphan.status, orphan.attempts) == ("dead", timers.MAX_ATTEMPTS)
    assert [task.element for task in build.open_tasks(case.case_id)] == ["prendre_rendez_vous"]
    with build.later(days=22):
        assert timers.wake_due() == 1  # the case's own timer fires; its step sweeps the orphan away
    end_read()
    assert db.session.scalar(select(func.count()).select_from(Timer)) == 0


@at_both_scales
def test_after_three_months_a_recurring_duty_makes_one_task_that_says_how_many_were_missed(
    app, tmp_path, scale
):
    """Two pumps wake up together on frequencies that nobody has watched for three months."""
    build.a_server(app, tmp_path)
    with duty_house.serving(tmp_path / "root"):
        duty_house.the_referent()
        build.an_actor("pole")
        with build.later(duty_house.paris(2026, 3, 1, 9)):
            cases = [duty_house.a_measure() for _ in range(int(DUTIES * scale))]
        with build.later(duty_house.paris(2026, 6, 2)):
            build.together(app, 2, lambda _: _pump_until_quiet())
            build.pump()
        breaches = duty_house.the_breaches()
        assert sorted(breach.case_id for breach in breaches) == sorted(case.case_id for case in cases)
        assert {breach.missed for breach in breaches} == {3}  # March, April and May
        answered = [task.process_id for task in build.open_tasks() if task.lane == "pole"]
        assert len(answered) == len(set(answered)) == len(cases)
        assert journal.verify() is None


def _pump_until_quiet():
    with tenancy.unscoped("due_work"):
        return scheduler.drain()
