"""Notices that fail, and steps that end, at the same moment: each is sent once, none stops the others."""

import pytest
from sqlalchemy import select

from app import jobs
from app.database import db, end_read, transaction
from app.ids import new_id
from app.models import Job, Message, Task
from app.services import dead_letters, reminders
from tests import build

pytestmark = pytest.mark.fault


def waiting():
    end_read()
    return list(db.session.scalars(select(Job).where(Job.name == "send_notice")))


@pytest.mark.parametrize("kind", ["rappel", "escalade"])
def test_a_notice_that_fails_in_two_pumps_is_put_off_once(app, carene, kind):
    build.a_case("analyser_signalement")
    task_id = build.the_task("analyser_signalement").id
    build.together(app, 4, lambda _: reminders._put_off(task_id, kind))
    assert len(waiting()) == 1
    lines = [line for line in build.the_journal(f"{kind}.impossible") if line.subject == str(task_id)]
    assert len(lines) == 1


@pytest.mark.parametrize("kind", ["rappel", "escalade"])
def test_a_notice_of_a_step_that_is_done_or_gone_meanwhile_is_dropped(app, carene, kind):
    build.a_case("analyser_signalement")
    task_id = build.the_task("analyser_signalement").id
    with transaction() as session:
        session.get_one(Task, task_id).status = "done"
    reminders._put_off(task_id, kind)
    reminders._put_off(new_id(), kind)
    assert waiting() == []


def test_a_notice_of_an_erased_step_is_no_dead_work(app, carene):
    with transaction():
        jobs.enqueue("send_notice", kind="rappel", task_id=new_id())
    assert jobs.run_due(only=frozenset({"send_notice"})) == 1
    assert dead_letters.stuck(build.an_actor("administration")) == []


def test_dead_work_started_again_by_four_hands_at_once_is_started_once(app, carene):
    build.a_case("analyser_signalement")
    with transaction() as session:
        row = session.scalars(select(Message)).first()
        row.status, row.error = "dead", "550 unknown"
        message_id = row.id
        before = {job.id for job in session.scalars(select(Job).where(Job.name == "deliver_message"))}
    boss = build.an_actor("administration")
    ended = build.together(app, 4, lambda _: dead_letters.replay("message", message_id, boss))
    assert sorted(type(end).__name__ for end in ended) == ["NoneType", "NotFound", "NotFound", "NotFound"]
    end_read()
    after = {job.id for job in db.session.scalars(select(Job).where(Job.name == "deliver_message"))}
    assert len(after - before) == 1
    assert len(build.the_journal("travail.relance")) == 1
