"""What gives up is seen and can be started again; a case that grows too long says so first."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import jobs
from app.database import db, end_read, transaction
from app.errors import DesignFault, Forbidden, NotFound
from app.models import Incident, Job, Message, ProcessInstance, Timer
from app.services import dead_letters, positions, reminders, supervision, tasks, timers
from tests import build


@pytest.fixture
def boss():
    return build.an_actor("administration")


def the_open_incidents():
    end_read()
    return list(db.session.scalars(select(Incident).where(Incident.status == "open")))


def spoil(process_id):
    """Make a stored state unreadable, as a bad disk would."""
    with transaction() as session:
        row = session.get_one(ProcessInstance, process_id)
        row.state, kept = b"nothing that can be read", row.state
    return kept


def mend(process_id, state):
    with transaction() as session:
        session.get_one(ProcessInstance, process_id).state = state


def test_an_unreadable_state_is_an_incident_and_the_answers_wait(carene):
    case = build.a_case("analyser_signalement")
    task = build.the_task("analyser_signalement")
    by = build.the_hand(task)
    answers = build.answers_for(task.id, by)
    kept = spoil(case.process_id)
    with pytest.raises(DesignFault, match="ne correspond pas à sa version"):
        tasks.complete(task.id, answers, by=by)
    (incident,) = the_open_incidents()
    assert incident.command["kind"] == "complete"
    mend(case.process_id, kept)
    supervision.retry(incident.id, build.an_actor("administration"))
    assert the_open_incidents() == []
    assert [task.element for task in build.open_tasks(case.case_id)] == ["prendre_rendez_vous"]


def test_a_poison_timer_dies_is_shown_and_lives_again_when_asked(carene, boss):
    case = build.a_case("prendre_rendez_vous")
    kept = spoil(case.process_id)
    for hours in range(1, timers.MAX_ATTEMPTS + 1):
        with build.later(days=22, hours=2 * hours):
            assert timers.wake_due() == 0
    (dead,) = dead_letters.stuck(boss)
    assert (dead.kind, dead.case_reference) == ("echeance", case.reference)
    mend(case.process_id, kept)
    dead_letters.replay(dead.kind, dead.id, boss)
    assert dead_letters.stuck(boss) == []
    with build.later(days=24):
        assert timers.wake_due() == 1
    assert build.the_task("debloquer_rendez_vous") is not None


def test_a_poison_timer_holds_no_other_back(carene, boss):
    poison, sound = build.a_case("prendre_rendez_vous"), build.a_case("prendre_rendez_vous")
    spoil(poison.process_id)
    with build.later(days=22):
        assert timers.wake_due() == 1
    assert build.the_task("debloquer_rendez_vous", case=sound) is not None


def test_a_dead_job_is_shown_without_its_error_and_runs_when_asked(carene, boss):
    build.a_case("analyser_signalement")
    with transaction():
        jobs.enqueue("send_notice", kind="rappel", task_id="aucune étape")
    for turn in range(jobs.MAX_ATTEMPTS):
        with build.later(days=turn + 1):
            assert jobs.run_due(only=frozenset({"send_notice"})) == 0
    (dead,) = dead_letters.stuck(boss)
    assert dead.what == "Rappel ou retard à signaler"
    assert "ValueError" not in dead.cause
    dead_letters.replay(dead.kind, dead.id, boss)
    row = db.session.scalars(select(Job).where(Job.id == dead.id)).one()
    assert (row.status, row.attempts) == ("waiting", 0)


def test_a_reminder_that_cannot_be_written_becomes_a_job_that_is_tried_again(carene, tmp_path):
    root = build.a_variant(tmp_path / "files", "muet")
    (root / "bpmn" / "base" / "messages" / "rappel_tache.txt").unlink()
    settings = root / "bpmn" / "territories" / "muet" / "territoire.toml"
    settings.write_text(settings.read_text().replace('  "messages/rappel_tache",\n', ""))
    with build.serving("muet", root=root):
        build.an_alert()
        build.a_user("ecorenove")
        with build.later(days=8):
            assert reminders.remind_due() == 0
            assert len(build.the_journal("rappel.impossible")) == 1
            (job,) = db.session.scalars(select(Job).where(Job.name == "send_notice"))
            assert job.status == "waiting"
            assert jobs.run_due(only=frozenset({"send_notice"})) == 0
            assert job.attempts == 1


def test_a_refused_message_is_shown_and_leaves_again_when_asked(carene, boss):
    build.an_alert(donneur_courriel="quelqu.un@exemple.invalid")
    with transaction() as session:
        row = session.scalars(select(Message)).first()
        row.status, row.error = "dead", "550 quelqu.un@exemple.invalid unknown"
        message_id = row.id
    (dead,) = dead_letters.stuck(boss)
    assert (dead.kind, dead.id) == ("message", message_id)
    assert "quelqu" not in dead.cause + dead.what
    dead_letters.replay("message", message_id, boss)
    end_read()
    assert db.session.get_one(Message, message_id).status == "queued"


def test_only_who_may_act_starts_work_again_and_only_what_gave_up(carene, boss):
    case = build.a_case("prendre_rendez_vous")
    timer = db.session.scalars(select(Timer).where(Timer.process_id == case.process_id)).first()
    with pytest.raises(NotFound):
        dead_letters.replay("echeance", timer.id, boss)
    with pytest.raises(NotFound):
        dead_letters.replay("inconnu", timer.id, boss)
    with pytest.raises(Forbidden):
        dead_letters.replay("echeance", timer.id, build.an_actor("technicien"))


def test_an_escalation_leaves_once_at_its_hour_to_who_may_act(carene):
    build.a_case("prendre_rendez_vous")
    build.a_user("administration", name="Nadia")
    build.a_user("travailleur_social", name="Camille")
    task = build.the_task("prendre_rendez_vous")
    assert task.escalate_at > task.due_at
    with build.later(task.escalate_at, seconds=-1):
        assert reminders.escalate_due() == 0
    with build.later(task.escalate_at):
        assert reminders.escalate_due() == 1
        assert reminders.escalate_due() == 0
    with build.later(task.escalate_at, days=30):
        assert reminders.escalate_due() == 0
    assert [message.recipient_name for message in build.the_messages("escalade_tache")] == ["Nadia"]
    assert len(build.the_journal("tache.escaladee")) == 1


def test_a_task_done_in_time_is_never_escalated(carene):
    case = build.a_case("prendre_rendez_vous")
    build.a_user("administration")
    at = build.the_task("prendre_rendez_vous").escalate_at
    build.complete("prendre_rendez_vous", case=case)
    with build.later(at + timedelta(days=1)):
        assert reminders.escalate_due() == 0
    assert build.the_messages("escalade_tache") == []


def test_a_case_that_grows_long_warns_once_and_goes_on(carene, boss, monkeypatch):
    monkeypatch.setattr(positions, "DEEP", 1)
    case = build.a_case("prendre_rendez_vous")
    (incident,) = the_open_incidents()
    assert "renouvelez le dossier" in incident.cause
    supervision.retry(incident.id, boss)
    build.complete("prendre_rendez_vous", case=case)
    assert the_open_incidents() == []
    assert len(build.the_journal("processus.profond")) == 1
