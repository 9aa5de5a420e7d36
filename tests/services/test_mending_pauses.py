"""A process put in suspense waits whole, and its deadlines wait with it; a deadline can be moved (AST-5)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import clock, engine
from app.database import db, end_read
from app.errors import Conflict, Forbidden, Invalid, NotFound, ProcessSuspended
from app.models import Event, Mend, ProcessInstance, Task, Timer
from app.services import events, journal, mending, releases, reminders, starting, tasks, timers
from tests import build
from tests.places import serving

WHY = "Le ménage est hospitalisé."
ASKING = {"decider_orientations": {"lignes": [{"genre": kind} for kind in ("adil", "caf", "ccas")]}}


def _pole():
    return build.an_actor("coordinatrice_pole")


def _instants(process_id):
    """Every instant of a process, as its rows and its engine say them."""
    end_read()
    process = db.session.get_one(ProcessInstance, process_id)
    position = engine.read(releases.of(process.release_id).programme, process.state)
    rows = db.session.scalars(select(Task).where(Task.process_id == process_id, Task.status == "open")).all()
    kept = db.session.scalars(select(Timer).where(Timer.process_id == process_id)).all()
    said = {
        (str(row.id), name): getattr(row, name)
        for row in rows
        for name in ("due_at", "remind_at", "escalate_at")
        if getattr(row, name)
    } | {(str(row.id), "timer"): row.due_at for row in kept}
    held = {
        (str(task.id), name): getattr(task, name).astimezone(UTC)
        for task in position.open_tasks
        for name in ("due_at", "remind_at", "escalate_at")
        if getattr(task, name)
    } | {(str(wait.id), "timer"): wait.due_at.astimezone(UTC) for wait in position.waits if wait.due_at}
    return said, held


def test_forty_days_of_suspense_move_every_deadline_of_the_partners_by_forty_days(carene):
    case = build.a_case("orientation", answers=ASKING)
    build.complete("repondre_demande", scope=str(build.the_orientations(case)["caf"].id), acceptee=True)
    before, engine_before = _instants(case.process_id)
    assert before == engine_before
    assert len({name for _, name in before}) == 3  # dues, reminders and timers of several branches
    mending.suspend(case.process_id, reason=WHY, by=_pole())
    with build.later(days=40):  # over the change to summer time of 29 March
        mending.resume(case.process_id, reason="Retour à domicile.", by=_pole())
        after, engine_after = _instants(case.process_id)
    pause = timedelta(days=40)
    assert after == engine_after
    assert after.keys() == before.keys()
    moved = {key: after[key] - before[key] for key in before}
    assert all(abs(gap - pause) < timedelta(seconds=20) for gap in moved.values())
    assert len(set(moved.values())) == 1
    assert journal.verify() is None


def test_nothing_fires_or_leaves_while_a_process_is_suspended(carene):
    case = build.a_case("prendre_rendez_vous")
    mending.suspend(case.process_id, reason=WHY, by=_pole())
    with build.later(days=60):
        assert timers.wake_due() == 0
        assert reminders.remind_due() == 0
        assert reminders.escalate_due() == 0
        mending.resume(case.process_id, reason=WHY, by=_pole())
        assert timers.wake_due() == 0
    with build.later(days=60 + 22):
        assert timers.wake_due() == 1
        assert reminders.remind_due() >= 1


def test_a_reminder_already_sent_is_not_sent_again_after_the_pause(carene):
    case = build.a_case("prendre_rendez_vous")
    build.a_user("travailleur_social")
    with build.later(days=16):
        assert reminders.remind_due() == 1
        mending.suspend(case.process_id, reason=WHY, by=_pole())
    with build.later(days=46):
        mending.resume(case.process_id, reason=WHY, by=_pole())
    with build.later(days=46 + 16):
        assert reminders.remind_due() == 0


def test_an_answer_to_a_suspended_process_is_refused_in_words_and_its_draft_stays(carene):
    case = build.a_case("prendre_rendez_vous")
    task = build.the_task("prendre_rendez_vous")
    task_id, by = task.id, build.the_hand(task)
    answers = build.answers_for(task_id, by)
    tasks.save_draft(task_id, {"note": ["à rappeler"]}, by)
    mending.suspend(case.process_id, reason=WHY, by=_pole())
    with pytest.raises(ProcessSuspended) as refusal:
        tasks.complete(task_id, answers, by=by)
    assert "suspendu" in refusal.value.sentence
    tasks.save_draft(task_id, {"note": ["à rappeler demain"]}, by)
    mending.resume(case.process_id, reason=WHY, by=_pole())
    tasks.complete(task_id, answers, by=by)


def test_what_arrives_early_for_a_suspended_process_waits_for_its_resumption(carene):
    case = _waiting_case()
    mending.suspend(case.process_id, reason=WHY, by=_pole())
    build.hold_review("regle")
    build.pump()
    event = db.session.scalars(select(Event).where(Event.case_id == case.case_id)).one()
    assert event.status == "waiting"
    events.deliver(str(event.id))
    end_read()
    assert db.session.get_one(Event, event.id).status == "waiting"
    mending.resume(case.process_id, reason=WHY, by=_pole())
    build.pump()
    end_read()
    assert db.session.get_one(Event, event.id).status == "caught"
    assert [task.element for task in build.open_tasks(case.case_id)] == ["cloturer"]


def _waiting_case():
    case = build.a_case("orientation", answers={"decider_orientations": {"lignes": [{"genre": "adil"}]}})
    build.complete("repondre_demande", case=case, acceptee=False)
    return case


def test_a_step_moved_takes_its_reminder_and_escalation_along(carene):
    build.a_case("prendre_rendez_vous")
    task = build.the_task("prendre_rendez_vous")
    task_id, due, remind, escalate = task.id, task.due_at, task.remind_at, task.escalate_at
    mending.change_due(task_id, due + timedelta(days=10), reason="Le ménage est en congé.", by=_pole())
    moved = build.the_task("prendre_rendez_vous")
    assert (moved.due_at, moved.remind_at, moved.escalate_at) == tuple(
        at + timedelta(days=10) for at in (due, remind, escalate)
    )
    said, held = _instants(moved.process_id)
    assert said == held
    assert build.the_journal("parcours.echeance")[-1].details["tache"] == str(task_id)


def test_a_timer_moved_fires_at_its_new_hour_only(carene):
    build.a_case("prendre_rendez_vous")
    timer = build.the_timer("sans_rendez_vous")
    due = timer.due_at + timedelta(days=15)
    mending.change_due(timer.id, due, reason=WHY, by=_pole())
    with build.later(due, minutes=-1):
        assert timers.wake_due() == 0
    with build.later(due):
        assert timers.wake_due() == 1


def test_an_armed_review_is_re_dated_through_its_timer(carene):
    starting.arm_all()
    timer = build.the_timer("trimestre_echu")
    earlier = clock.now() + timedelta(days=3)
    mending.change_due(timer.id, earlier, reason="La salle est prise.", by=_pole())
    with build.later(earlier):
        assert timers.wake_due() == 1


@pytest.mark.parametrize("moment", [timedelta(days=-1), timedelta(), timedelta(days=9000)])
def test_a_deadline_moves_neither_to_the_past_nor_out_of_sight(carene, moment):
    build.a_case("prendre_rendez_vous")
    task = build.the_task("prendre_rendez_vous")
    due = task.due_at
    with pytest.raises(Invalid):
        mending.change_due(task.id, clock.now() + moment, reason=WHY, by=_pole())
    assert build.the_task("prendre_rendez_vous").due_at == due


def test_who_may_not_and_who_says_no_reason_are_refused(carene):
    case = build.a_case("prendre_rendez_vous")
    with pytest.raises(Forbidden):
        mending.suspend(case.process_id, reason=WHY, by=build.an_actor("ecorenove"))
    with pytest.raises(Invalid):
        mending.suspend(case.process_id, reason="  ", by=_pole())
    with pytest.raises(NotFound):
        mending.change_due(case.process_id, clock.now() + timedelta(days=1), reason=WHY, by=_pole())
    with pytest.raises(Conflict):
        mending.resume(case.process_id, reason=WHY, by=_pole())
    assert db.session.scalars(select(Mend)).all() == []


def test_a_second_click_and_a_stale_page_change_nothing(carene):
    case = build.a_case("prendre_rendez_vous")
    seen = build.the_process(case).version
    mending.suspend(case.process_id, reason=WHY, by=_pole(), expected=seen)
    with pytest.raises(Conflict):
        mending.suspend(case.process_id, reason=WHY, by=_pole(), expected=seen)
    assert [row.kind for row in db.session.scalars(select(Mend))] == ["suspend"]


def test_a_process_of_another_territory_does_not_exist(carene, tmp_path):
    case = build.a_case("prendre_rendez_vous")
    root = build.a_variant(tmp_path / "autre", "autre")
    with serving("autre", root=root), pytest.raises(NotFound):
        mending.suspend(case.process_id, reason=WHY, by=_pole())


def test_instants_are_moved_by_elapsed_time_over_a_clock_change():
    before = datetime(2026, 3, 28, 12, 0, tzinfo=clock.PARIS)
    after = engine.moments.later_by(before, timedelta(days=1))
    assert after.astimezone(UTC) - before.astimezone(UTC) == timedelta(days=1)
    assert after.hour == 13
