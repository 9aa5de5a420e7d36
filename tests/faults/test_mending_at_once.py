"""A mend and an answer at the same moment: one wins, the other is told and loses nothing."""

import pytest
from sqlalchemy import select

from app.database import db, end_read
from app.errors import Conflict
from app.models import Draft, Mend, Submission, Task
from app.services import journal, mending, tasks, timers
from tests import build

pytestmark = pytest.mark.fault

WHY = "Le rendez-vous est à reprendre."


def test_an_answer_and_a_move_at_once_leave_one_of_them_whole(app, carene):
    seen = {"answer": 0, "move": 0}
    for _ in range(6):
        case = build.a_case("valider_diagnostic")
        task = build.the_task("valider_diagnostic", case=case)
        task_id, hand, pole = task.id, build.the_hand(task), build.an_actor("coordinatrice_pole")
        answers = build.answers_for(task_id, hand)
        tasks.save_draft(task_id, {"note": ["à garder"]}, hand)
        acts = (
            lambda task_id=task_id, answers=answers, hand=hand: tasks.complete(task_id, answers, by=hand),
            lambda task_id=task_id, case=case, pole=pole: mending.repeat(
                case.process_id, "realiser_visite", reason=WHY, by=pole, wanted=task_id
            ),
        )
        ended = build.together(app, 2, lambda number, acts=acts: acts[number]())
        lost = [end for end in ended if isinstance(end, Conflict)]
        assert len(lost) == 1, ended
        answered = not isinstance(ended[0], Conflict)
        seen["answer" if answered else "move"] += 1
        end_read()
        assert db.session.get_one(Task, task_id).status == ("done" if answered else "cancelled")
        kept = db.session.scalars(select(Submission).where(Submission.task_id == task_id)).all()
        assert len(kept) == answered
        drafts = db.session.scalars(select(Draft).where(Draft.task_id == task_id)).all()
        assert len(drafts) == (not answered)  # what was typed is never lost
        mends = db.session.scalars(select(Mend).where(Mend.process_id == case.process_id)).all()
        assert len(mends) == (not answered)
    assert sum(seen.values()) == 6
    assert journal.verify() is None


def test_eight_hands_suspend_one_process_and_one_does(app, carene):
    case = build.a_case("prendre_rendez_vous")
    pole = build.an_actor("coordinatrice_pole")
    ended = build.together(app, 8, lambda _: mending.suspend(case.process_id, reason=WHY, by=pole))
    assert sum(isinstance(end, Conflict) for end in ended) == 7
    end_read()
    assert [row.kind for row in db.session.scalars(select(Mend))] == ["suspend"]


def test_a_timer_and_a_suspension_at_once_never_fire_in_the_pause(app, carene):
    case = build.a_case("prendre_rendez_vous")
    pole = build.an_actor("coordinatrice_pole")
    with build.later(days=22):
        acts = (
            timers.wake_due,
            lambda: mending.suspend(case.process_id, reason=WHY, by=pole),
        )
        fired, held = build.together(app, 2, lambda number: acts[number]())
        open_now = sorted(task.element for task in build.open_tasks(case.case_id))
        if isinstance(held, Conflict):
            mending.suspend(case.process_id, reason=WHY, by=pole)
        assert open_now == (
            ["debloquer_rendez_vous", "prendre_rendez_vous"] if fired else ["prendre_rendez_vous"]
        )
        assert timers.wake_due() == 0
    with build.later(days=60):
        assert timers.wake_due() == 0
    assert journal.verify() is None
