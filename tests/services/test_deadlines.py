"""Timers of the diagrams and reminders of tasks: each once, in due order, nobody held back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read, transaction
from app.errors import Conflict
from app.models import ProcessInstance, Timer
from app.services import claims, dead_letters, inbox, reminders, supervision, timers
from tests import build

PARIS = clock.PARIS


def paris(*moment):
    return datetime(*moment, tzinfo=PARIS)


def the_timers():
    end_read()
    return list(db.session.scalars(select(Timer).order_by(Timer.due_at)))


def test_answering_one_branch_never_fires_another_branchs_overdue_timer(carene):
    case = build.a_case("orientation", answers=asking("adil", "caf", "mar"))
    rows = build.the_orientations(case)
    adil, caf, mar = (str(rows[kind].id) for kind in ("adil", "caf", "mar"))
    assert len(the_timers()) == 3
    with build.later(days=31):
        build.complete("repondre_demande", scope=adil, acceptee=True)
        open_now = {(task.element, task.scope) for task in build.open_tasks(case.case_id)}
        assert open_now == {("donner_resultat", adil), ("repondre_demande", caf), ("repondre_demande", mar)}
        assert len(the_timers()) == 2
        build.complete("donner_resultat", scope=adil)
        assert not build.the_journal("echeance.declenchee")
        assert timers.wake_due() == 2
        late = {(task.element, task.scope) for task in build.open_tasks(case.case_id)}
        assert late == {
            (element, scope)
            for scope in (caf, mar)
            for element in ("repondre_demande", "relancer_partenaire")
        }


def asking(*kinds):
    return {"decider_orientations": {"lignes": [{"genre": kind} for kind in kinds]}}


def test_timers_fire_in_due_order_whatever_the_order_of_their_cases(carene):
    cases = []
    for hours in (30, 10, 20):
        with build.later(hours=hours):
            cases.append(build.a_case("prendre_rendez_vous"))
    with build.later(days=25):
        assert timers.wake_due() == 3
        assert timers.wake_due() == 0
    fired = [line.case_id for line in build.the_journal("echeance.declenchee")]
    assert fired == [cases[1].case_id, cases[2].case_id, cases[0].case_id]


def test_a_timer_does_not_fire_before_its_instant_nor_after_its_task_is_done(carene):
    done, waiting = build.a_case("prendre_rendez_vous"), build.a_case("prendre_rendez_vous")
    build.complete("prendre_rendez_vous", case=done)
    due = build.the_timer("sans_rendez_vous").due_at
    with build.later(due, minutes=-1):
        assert timers.wake_due() == 0
    with build.later(due):
        assert timers.wake_due() == 1
        assert build.the_task("debloquer_rendez_vous").case_id == waiting.case_id


def test_a_poison_timer_is_pushed_back_and_holds_nobody_back(carene):
    poison, healthy = build.a_case("prendre_rendez_vous"), build.a_case("prendre_rendez_vous")
    kept = build.the_process(poison).state
    damage(poison, b"not a state")
    with build.later(days=22):
        assert timers.wake_due() == 1
        assert build.the_task("debloquer_rendez_vous").case_id == healthy.case_id
        assert timers.wake_due() == 0
        (left,) = the_timers()
        assert (left.attempts, left.status) == (1, "waiting")
    for hours in range(2, 6):
        with build.later(days=22, hours=hours * 2):
            timers.wake_due()
    assert [(row.attempts, row.status) for row in the_timers()] == [(5, "dead")]
    found = dead_letters.stuck(build.an_actor("administration"))
    assert [item.case_reference for item in found] == [poison.reference]
    damage(poison, kept)


def damage(case, state):
    with transaction():
        build.the_process_row(case).state = state


def test_a_suspended_case_is_not_woken(carene):
    case = build.a_case("prendre_rendez_vous")
    with transaction():
        build.the_process_row(case).status = "suspended"
    with build.later(days=30):
        assert timers.wake_due() == 0
        with pytest.raises(Conflict):
            timers.fire(build.the_timer("sans_rendez_vous").id, case.process_id)
        with transaction():
            build.the_process_row(case).status = "running"
        assert timers.wake_due() == 1


def test_a_worker_that_lost_its_lease_does_not_fire_again(carene):
    case = build.a_case("prendre_rendez_vous")
    with build.later(days=22):
        leased = timers.lease_due(10)
        assert timers.lease_due(10) == []
        with build.later(minutes=3):
            assert timers.wake_due() == 1
        with pytest.raises(Conflict):
            timers.fire(leased[0].id, leased[0].process_id)
    assert len(build.the_journal("echeance.declenchee")) == 1
    assert len(build.open_tasks(case.case_id)) == 2


def test_deadlines_count_working_days_and_skip_holidays(carene):
    with build.later(paris(2026, 4, 30, 15)):  # a Thursday; 1 and 8 May are holidays
        build.an_alert()
    task = build.the_task("analyser_signalement")
    assert task.remind_at == paris(2026, 5, 7).astimezone(UTC)  # Monday, Tuesday, Wednesday over
    assert task.due_at == paris(2026, 5, 12).astimezone(UTC)  # Thursday, then Monday 11 over


def test_one_reminder_leaves_at_its_hour_to_everyone_of_the_lane(carene):
    build.an_alert()
    for name in ("Anne", "Boris"):
        build.a_user("ecorenove", name=name)
    build.a_user("technicien")
    task = build.the_task("analyser_signalement")
    assert task.remind_at is not None
    with build.later(task.remind_at, seconds=-30):
        assert reminders.remind_due() == 0
    with build.later(task.remind_at):
        assert reminders.remind_due() == 1
        assert reminders.remind_due() == 0
    with build.later(days=20):
        assert reminders.remind_due() == 0
    sent = build.the_messages("rappel_tache")
    assert [message.recipient_name for message in sent] == ["Anne", "Boris"]
    assert "Analyser le signalement" in sent[0].subject
    assert len(build.the_journal("tache.rappelee")) == 1


def test_only_whoever_claimed_the_task_is_reminded(carene):
    build.an_alert()
    anne, boris = (build.an_actor("ecorenove", name=name) for name in ("Anne", "Boris"))
    task_id = build.the_task("analyser_signalement").id
    claims.claim(task_id, boris)
    with pytest.raises(Conflict):
        claims.claim(task_id, anne)
    with build.later(days=8):
        reminders.remind_due()
    assert build.the_message("rappel_tache").recipient_name == "Boris"


def test_a_task_done_in_time_is_never_reminded(carene):
    case = build.a_case("analyser_signalement")
    build.a_user("ecorenove")
    build.complete("analyser_signalement", case=case)
    with build.later(days=6):
        reminders.remind_due()
    assert build.the_messages("rappel_tache") == []


def test_a_partner_that_keeps_silent_is_reminded_with_the_coordinator(carene):
    build.a_case("orientation")
    build.a_user("travailleur_social", name="Camille")
    task = build.the_task("repondre_demande")
    assert task.remind_at is not None
    assert task.remind_at.astimezone(PARIS).date() == (clock.today() + timedelta(days=16))
    with build.later(task.remind_at):
        assert reminders.remind_due() == 1
    to = {message.recipient for message in build.the_messages("rappel_tache")}
    assert "adil@partenaires.invalid" in to
    assert len(to) == len(build.the_messages("rappel_tache")) >= 2


def test_a_late_task_is_marked_in_the_inbox_and_in_supervision(carene):
    build.an_alert()
    hand, boss = build.an_actor("ecorenove"), build.an_actor("administration")
    due = build.the_task("analyser_signalement").due_at
    assert {which: inbox.counts(hand)[which] for which in ("miennes", "equipe", "retard", "semaine")} == {
        "miennes": 0, "equipe": 1, "retard": 0, "semaine": 0,
    }  # fmt: skip
    with build.later(due, minutes=-1):
        (row,) = inbox.inbox(hand, which="equipe").rows
        assert (row.late, row.soon) == (False, True)
    with build.later(due):
        (row,) = inbox.inbox(hand, which="retard").rows
        assert (row.late, row.soon) == (True, False)
        assert [item.id for item in supervision.late(boss)] == [row.id]


def test_every_timer_row_is_a_wait_of_the_engine(carene):
    case = build.a_case("prendre_rendez_vous")
    process = db.session.scalars(select(ProcessInstance).where(ProcessInstance.id == case.process_id)).one()
    assert {str(row.id) for row in the_timers()} == {
        wait["id"] for wait in process.waits if wait["kind"] == "timer"
    }


def test_a_reminder_that_cannot_be_written_holds_no_other_back(app, carene, tmp_path):
    build.an_alert()
    build.a_user("ecorenove")
    root = build.a_variant(tmp_path / "files", "muet")
    (root / "bpmn" / "base" / "messages" / "rappel_tache.txt").unlink()
    settings = root / "bpmn" / "territories" / "muet" / "territoire.toml"
    settings.write_text(settings.read_text().replace('  "messages/rappel_tache",\n', ""))
    with build.serving("muet", root=root):
        build.an_alert()
        build.a_user("ecorenove")
    with build.later(days=8):
        reminders.remind_due()
        assert reminders.remind_due() == 0
        assert build.the_message("rappel_tache").recipient_name == "ecorenove"
        with build.serving("muet", root=root):
            assert len(build.the_journal("rappel.impossible")) == 1
