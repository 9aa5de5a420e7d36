"""Whatever people answer and whenever, a case goes on, and what is stored tells where it stands."""

import random
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import clock, engine
from app.database import db, end_read
from app.models import Incident, Job, Partner, ProcessInstance, Task, Timer
from app.services import actors, cases, journal, releases, task_view, tasks
from tests import build

MOST_STEPS = 13
HOURS = (1, 30, 24 * 9, 24 * 33)
"""How long people take: the same day, the next, after a reminder, after every deadline."""


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**16), decision=st.sampled_from(["poursuivre", "reorienter", "regle"]))
def test_any_plausible_answers_carry_a_case_without_incident(carene, seed, decision):
    if db.session.scalar(select(Partner.id).limit(1)) is None:
        build.a_directory()
    rng = random.Random(seed)  # noqa: S311  # plausible answers, no secret
    case = any_alert(rng)
    with build.later():
        for _ in range(MOST_STEPS):
            clock.shift(clock._offset[0] + timedelta(hours=rng.choice(HOURS)))
            build.pump()
            if build.the_process(case).status == "finished":
                break
            if waiting := build.open_tasks(case.case_id):
                answer_anything(rng.choice(waiting), rng)
            else:
                build.hold_review(decision)
                decision = "regle"
            everything_agrees(case)
        build.pump()
    assert db.session.scalars(select(Incident)).all() == []
    assert [job.last_error for job in db.session.scalars(select(Job)) if job.last_error] == []
    assert journal.verify() is None


def any_alert(rng):
    """An alert as anybody may fill it in."""
    release = releases.current()
    sender = actors.public(release.settings)
    answers = release.forms["signalement"].sample(rng, {}, classes=sender.rights.collect)
    return cases.open_alert(answers, by=sender)


def answer_anything(task, rng):
    """Answer a step with whatever its form accepts."""
    by = build.the_hand(task)
    view = task_view.open_task(task.id, by)
    tasks.complete(task.id, view.form.sample(rng, view.context, classes=view.classes), by=by)


def everything_agrees(case):
    """Open tasks and timers are those of the engine, no more, no less, with the same deadlines."""
    end_read()
    living = (ProcessInstance.id == case.process_id) | ProcessInstance.case_id.is_(None)
    for process in db.session.scalars(select(ProcessInstance).where(living)).all():
        position = engine.read(releases.of(process.release_id).programme, process.state)
        rows = db.session.scalars(select(Task).where(Task.process_id == process.id, Task.status == "open"))
        assert {(row.id, row.element, row.lane, row.scope, row.due_at, row.remind_at) for row in rows} == {
            (task.id, task.element, task.lane, task.scope, task.due_at, task.remind_at)
            for task in position.open_tasks
        }
        armed = db.session.scalars(select(Timer).where(Timer.process_id == process.id))
        assert {(row.id, row.element, row.due_at) for row in armed} == {
            (wait.id, wait.element, wait.due_at) for wait in position.waits if wait.kind == "timer"
        }
        assert {wait["id"] for wait in process.waits} == {str(wait.id) for wait in position.waits}
        assert (process.status == "finished") == position.finished
