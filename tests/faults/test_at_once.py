"""Many hands at once: one wins, the others are told, nothing is done twice, on both databases."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import clock, tenancy
from app.database import db
from app.errors import TaskAlreadyDone
from app.models import Message, ProcessInstance, Submission, Timer
from app.services import journal, reminders, starting, tasks, timers
from tests import build

pytestmark = pytest.mark.fault


def test_fifty_hands_complete_one_task_and_one_succeeds(app, carene):
    case = build.a_case("prendre_rendez_vous")
    task = build.the_task("prendre_rendez_vous")
    task_id, by = task.id, build.an_actor("travailleur_social")
    answers = build.answers_for(task_id, by)
    ended = build.together(app, 50, lambda _: tasks.complete(task_id, answers, by=by))
    assert Counter(type(end) for end in ended) == {tasks.Completed: 1, TaskAlreadyDone: 49}
    written = [line for line in build.the_journal("tache.faite") if line.subject == str(task_id)]
    assert len(written) == 1
    assert db.session.scalar(select(func.count()).where(Submission.task_id == task_id)) == 1
    assert [waiting.element for waiting in build.open_tasks(case.case_id)] == ["realiser_visite"]
    assert journal.verify() is None


def test_two_partners_answer_their_branches_at_once_and_both_are_kept(app, carene):
    case = build.a_case("orientation", answers=_asking("adil", "caf"))
    by = build.an_actor("travailleur_social")
    ids = [task.id for task in build.open_tasks(case.case_id)]
    given = {task_id: build.answers_for(task_id, by, acceptee=True) for task_id in ids}
    ended = build.together(app, 2, lambda number: tasks.complete(ids[number], given[ids[number]], by=by))
    assert [type(end) for end in ended] == [tasks.Completed, tasks.Completed]
    assert {row.status for row in build.the_orientations(case).values()} == {"acceptee"}
    assert journal.verify() is None


def _asking(*kinds):
    return {"decider_orientations": {"lignes": [{"genre": kind} for kind in kinds]}}


def test_two_pumps_fire_each_due_timer_once(app, carene):
    waiting = [build.a_case("prendre_rendez_vous") for _ in range(6)]
    clock.shift(clock.now() - _wall() + timedelta(days=22))
    fired = build.together(app, 2, lambda _: _pump_until_quiet())
    assert sum(fired) == 6
    for case in waiting:
        open_now = sorted(task.element for task in build.open_tasks(case.case_id))
        assert open_now == ["debloquer_rendez_vous", "prendre_rendez_vous"]
    assert len(build.the_journal("echeance.declenchee")) == 6
    assert db.session.scalar(select(func.count()).select_from(Timer)) == 0


def test_two_pumps_send_each_reminder_once(app, carene):
    for _ in range(5):
        build.a_case("prendre_rendez_vous")
    build.a_user("travailleur_social")
    clock.shift(clock.now() - _wall() + timedelta(days=16))
    sent = build.together(app, 2, lambda _: reminders.remind_due())
    assert sum(sent) == 5
    query = select(func.count()).select_from(Message).where(Message.kind == "rappel_tache")
    assert db.session.scalar(query) == 5


def test_two_servers_that_start_together_arm_one_review(app, carene):
    build.together(app, 4, lambda _: starting.arm_all())
    rows = db.session.scalars(select(ProcessInstance).where(ProcessInstance.process == "revue")).all()
    assert [row.rank for row in rows] == [1]


def _pump_until_quiet():
    """Pump as a server does: outside every territory, until twice in a row nothing is due."""
    total, quiet = 0, 0
    while quiet < 2:
        with tenancy.unscoped("due_work"):
            fired = timers.wake_due(limit=2)
        total += fired
        quiet = 0 if fired else quiet + 1
    return total


def _wall():
    offset = clock._offset[0]
    return clock.now() - offset


def test_alerts_sent_at_once_take_numbers_that_follow(app, carene):
    opened = build.together(app, 8, lambda number: build.an_alert(nom=f"Foyer{number}"))
    references = sorted(alert.reference for alert in opened)
    assert references == [f"DOS-2026-{number:04d}" for number in range(1, 9)]
    assert journal.verify() is None
