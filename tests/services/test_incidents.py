"""A step that cannot run: nothing moves, the answers wait, an incident says why and replays it."""

import pytest
from sqlalchemy import inspect, select

from app import tenancy
from app.database import db, end_read, transaction
from app.errors import Conflict, DesignFault, Forbidden, NotFound, TaskAlreadyDone
from app.models import Draft, Incident, ProcessInstance, Submission, Task, Territory, Timer
from app.services import cases, links, starting, supervision, task_view, tasks, timers
from tests import build

CCAS_OF_BESNE = {"lignes": [{"genre": "ccas"}]}
BESNE = {"voie": "3 rue du Marais", "cp": "44160", "insee": build.BESNE}
UNKNOWN_YEAR = 1999
BAREME = ("calculer_categorie_anah", {"personnes": "2", "avis": "[18000]"})


@pytest.fixture(scope="session")
def fragile_root(tmp_path_factory):
    """A programme some of whose steps need the Anah ceilings of the year."""
    verbs = {"noter_acceptation": BAREME, "annoncer_revue": BAREME, "transmettre_consigne": BAREME}
    return build.a_variant(tmp_path_factory.mktemp("fragile"), "fragile", verbs)


@pytest.fixture
def fragile(app, tmp_path, monday, fragile_root):
    build.a_server(app, tmp_path)
    with build.serving("fragile", root=fragile_root) as territory:
        yield territory


@pytest.fixture
def supervisor():
    return lambda: build.an_actor("administration")


def set_year(year):
    """Say which Anah year the territory lives in: without ceilings of that year a step cannot run."""
    with transaction() as session:
        row = session.get_one(Territory, tenancy.current_id())
        row.live = {**row.live, "annee_anah": year}


def stands():
    """Everything the engine and its projections hold, byte for byte."""
    end_read()
    return {
        (type(row).__name__, row.id): {
            column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs
        }
        for entity in (ProcessInstance, Task, Submission)
        for row in db.session.scalars(select(entity))
    }


def the_incident():
    end_read()
    return db.session.scalars(select(Incident).where(Incident.status == "open")).one()


def test_a_missing_partner_stops_the_step_and_nothing_else(carene):
    case = at_the_orientations_without_ccas()
    before, by = stands(), build.an_actor("travailleur_social")
    task = build.the_task("decider_orientations")
    answers = build.answers_for(task.id, by, **CCAS_OF_BESNE)
    with pytest.raises(DesignFault, match=r"CCAS de la commune.*Besné") as told:
        tasks.complete(task.id, answers, by=by)
    assert "Préparer" in told.value.sentence
    assert stands() == before
    incident = the_incident()
    assert (incident.element, incident.case_id) == ("preparer_orientations", case.case_id)
    assert incident.element_name
    assert "Ajoutez-le à l'annuaire" in incident.cause
    assert build.the_orientations(case) == {}


def test_answers_of_a_failed_step_come_back_typed_in_the_form(carene):
    at_the_orientations_without_ccas()
    by = build.an_actor("travailleur_social")
    task_id = build.the_task("decider_orientations").id
    answers = build.answers_for(task_id, by, **CCAS_OF_BESNE)
    with pytest.raises(DesignFault):
        tasks.complete(task_id, answers, by=by)
    assert task_view.open_task(task_id, by).initial["lignes"] == answers["lignes"]
    other = build.an_actor("travailleur_social", name="Une collègue")
    assert not task_view.open_task(task_id, other).initial.get("lignes")


def test_retry_after_the_directory_is_mended_carries_the_answers_on(carene, supervisor):
    case = at_the_orientations_without_ccas()
    by = build.an_actor("travailleur_social")
    with pytest.raises(DesignFault):
        build.complete("decider_orientations", by=by, **CCAS_OF_BESNE)
    incident_id = the_incident().id
    with pytest.raises(DesignFault):
        supervision.retry(incident_id, supervisor())
    assert the_incident().times == 2
    build.a_partner("ccas", build.BESNE)
    supervision.retry(incident_id, supervisor())
    assert build.the_orientations(case)["ccas"].status == "transmise"
    assert not supervision.open_incidents(supervisor())
    given = db.session.scalars(select(Submission).where(Submission.element == "decider_orientations")).one()
    assert given.author == by.name
    assert db.session.scalar(select(Draft)) is None
    with pytest.raises(NotFound):
        supervision.retry(incident_id, supervisor())


def test_whoever_answers_the_step_in_the_end_settles_its_incident(carene, supervisor):
    at_the_orientations_without_ccas()
    with pytest.raises(DesignFault):
        build.complete("decider_orientations", **CCAS_OF_BESNE)
    build.complete(
        "decider_orientations",
        by=build.an_actor("travailleur_social", name="Une collègue"),
        lignes=[{"genre": "adil"}],
    )
    assert not supervision.open_incidents(supervisor())


def test_a_partners_answer_that_fails_is_kept_and_replayed(fragile, supervisor):
    case = build.a_case("orientation")
    token = build.the_link("adil@partenaires.invalid")
    set_year(UNKNOWN_YEAR)
    before = stands()
    with links.holding(token) as view:
        answers = build.answers_for(view.task_id, view.actor)
        with pytest.raises(DesignFault, match="plafonds Anah de 1999"):
            tasks.complete(view.task_id, answers, by=view.actor)
    assert stands() == before
    with links.holding(token) as view:
        assert task_view.open_task(view.task_id, view.actor).initial["acceptee"] is True
    set_year(2026)
    supervision.retry(the_incident().id, supervisor())
    assert [task.element for task in build.open_tasks(case.case_id)] == ["donner_resultat"]
    assert (
        db.session.scalars(select(Submission).where(Submission.form == "reponse_partenaire")).one().author
        == "ADIL"
    )


def test_a_start_that_fails_keeps_the_alert_and_starts_again(carene, supervisor):
    set_year(UNKNOWN_YEAR)
    opened = build.an_alert(avis_imposition=[{"rfr": "14 200"}])
    assert build.open_tasks(opened.case_id) == []
    assert (the_incident().element, the_incident().command["kind"]) == ("calculer_categorie_anah", "start")
    assert cases.follow_up(opened.follow_up_code).reference == opened.reference
    with pytest.raises(DesignFault, match="1999"):
        supervision.retry(the_incident().id, supervisor())
    assert the_incident().times == 2
    set_year(2026)
    supervision.retry(the_incident().id, supervisor())
    assert build.the_task("analyser_signalement", case=opened).lane == "ecorenove"
    assert not supervision.open_incidents(supervisor())


def test_a_timer_that_fails_waits_an_hour_and_fires_when_mended(fragile, supervisor):
    build.a_case("prendre_rendez_vous")
    starting.arm_all()
    set_year(UNKNOWN_YEAR)
    due = db.session.scalars(select(Timer.due_at).where(Timer.element == "trimestre_echu")).one()
    with build.later(due):
        before = stands()
        assert timers.wake_due() == 1  # the booking that took too long; the review fails
        assert {key: facts for key, facts in stands().items() if facts.get("process") == "revue"} == {
            key: facts for key, facts in before.items() if facts.get("process") == "revue"
        }
        incident = the_incident()
        assert (incident.element, incident.command["kind"]) == ("annoncer_revue", "wake")
        assert timers.wake_due() == 0
    with build.later(due, minutes=61):
        timers.wake_due()
        assert the_incident().times == 2
        set_year(2026)
        supervision.retry(incident.id, supervisor())
        assert build.the_task("tenir_revue").lane == "pole"
        assert not supervision.open_incidents(supervisor())
        assert timers.wake_due() == 0


def test_an_event_that_fails_is_kept_for_the_case_and_replayed(fragile, supervisor):
    case = build.a_case("attendre_pole")
    build.hold_review("poursuivre")
    set_year(UNKNOWN_YEAR)
    before = build.the_process(case).state
    build.pump()
    assert (the_incident().element, the_incident().command["kind"]) == ("transmettre_consigne", "catch")
    assert build.the_process(case).state == before
    assert [event.name for event in supervision.waiting_events(supervisor())] == [
        "Décision de la revue : Poursuivre"
    ]
    set_year(2026)
    supervision.retry(the_incident().id, supervisor())
    assert not supervision.waiting_events(supervisor())
    assert len(build.the_journal("evenement.recu")) == 1
    with build.later(days=1):
        build.pump()
    assert len(build.the_journal("evenement.recu")) == 1


def test_only_supervision_replays_and_a_step_done_meanwhile_is_a_conflict(carene, supervisor):
    at_the_orientations_without_ccas()
    by = build.an_actor("travailleur_social")
    with pytest.raises(DesignFault):
        build.complete("decider_orientations", by=by, **CCAS_OF_BESNE)
    incident_id = the_incident().id
    with pytest.raises(Forbidden):
        supervision.retry(incident_id, by)
    tasks.drop_draft(build.the_task("decider_orientations").id, by)
    with pytest.raises(Conflict):
        supervision.retry(incident_id, supervisor())


def test_a_finished_or_suspended_process_takes_no_answer(carene):
    case = build.a_case("prendre_rendez_vous")
    task_id, by = build.the_task("prendre_rendez_vous").id, build.an_actor("travailleur_social")
    answers = build.answers_for(task_id, by)
    before = build.the_process(case).state
    for status in ("suspended", "finished", "cancelled"):
        with transaction():
            build.the_process_row(case).status = status
        with pytest.raises(Conflict):
            tasks.complete(task_id, answers, by=by)
    assert build.the_process(case).state == before
    with transaction():
        build.the_process_row(case).status = "running"
    tasks.complete(task_id, answers, by=by)
    with pytest.raises(TaskAlreadyDone):
        tasks.complete(task_id, answers, by=by)


def at_the_orientations_without_ccas():
    """A household of Besné at its orientations; the directory holds no CCAS for it."""
    for kind in ("adil", "caf"):
        build.a_partner(kind)
    build.a_partner("ccas", build.SAINT_NAZAIRE)
    return build.a_case("decider_orientations", alert={"adresse": BESNE})
