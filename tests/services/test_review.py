"""The quarterly pôle: called by the calendar, every open situation once, one decision each (CAR-11)."""

from datetime import datetime

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read
from app.errors import Conflict, Forbidden, NotFound
from app.models import Event, EventReceipt, ProcessInstance, ReviewItem, Timer
from app.services import documents, events, journal, reviews, starting, supervision, task_view
from tests import build


def the_reviews():
    end_read()
    query = select(ProcessInstance).where(ProcessInstance.process == "revue").order_by(ProcessInstance.rank)
    return list(db.session.scalars(query))


def test_the_calendar_arms_the_next_quarter_counted_from_its_anchor(carene):
    starting.arm_all()
    starting.arm_all()
    assert [row.rank for row in the_reviews()] == [1]
    (timer,) = db.session.scalars(select(Timer))
    assert timer.due_at == datetime(2026, 4, 15, tzinfo=clock.PARIS)
    (row,) = reviews.processes(build.an_actor("coordinatrice_pole"))
    assert (row.status, row.due_at, row.task_id) == ("a_venir", timer.due_at, None)


def test_a_review_that_begins_arms_the_next_one(carene):
    build.an_alert()
    starting.arm_all()
    with build.later(days=45):
        build.pump()
        assert [row.rank for row in the_reviews()] == [1, 2]
        assert build.the_task("tenir_revue").lane == "pole"
    (timer,) = db.session.scalars(select(Timer).where(Timer.element == "trimestre_echu"))
    assert timer.due_at == datetime(2026, 7, 15, tzinfo=clock.PARIS)


def test_a_server_that_slept_a_year_holds_one_review_and_arms_the_coming_one(carene):
    build.an_alert()
    starting.arm_all()
    with build.later(days=365):
        build.pump()
        assert [row.rank for row in the_reviews()] == [1, 5]
        assert len([task for task in build.open_tasks() if task.element == "tenir_revue"]) == 1
        due = db.session.scalars(select(Timer.due_at).where(Timer.element == "trimestre_echu")).one()
        assert due == datetime(2027, 4, 15, tzinfo=clock.PARIS)


def test_a_review_without_any_open_situation_ends_by_itself(carene):
    starting.arm_all()
    with build.later(days=45):
        build.pump()
        assert [(row.rank, row.status) for row in the_reviews()] == [(1, "finished"), (2, "running")]
        assert build.open_tasks() == []


def test_every_open_situation_is_on_the_agenda_once_and_closed_ones_are_not(carene):
    standing = ["analyser_signalement", "visite", "orientation", "attendre_pole"]
    opened = [build.a_case(step) for step in standing]
    build.a_case("fin", answers={"analyser_signalement": {"dans_champ": False}})
    starting.arm_all()
    reviews.start_now(the_reviews()[0].id, by=build.an_actor("administration"))
    task = build.the_task("tenir_revue")
    rows = task_view.open_task(task.id, build.the_hand(task)).context["situations"]
    assert sorted(row["reference"] for row in rows) == sorted(case.reference for case in opened)
    items = db.session.scalars(select(ReviewItem)).all()
    assert sorted(item.case_id for item in items) == sorted(case.case_id for case in opened)
    agenda = next(row for row in build.the_documents("ordre_du_jour"))
    grid = agenda.context["revue"]["situations"]["_grille"]
    assert sorted(line[0].splitlines()[0] for line in grid[1:]) == sorted(case.reference for case in opened)
    assert "Moreau" not in str(agenda.context)
    assert "Croisic" not in str(agenda.context)


def test_each_decision_returns_to_its_case(carene):
    carried_on, sent_back, settled = (build.a_case("attendre_pole") for _ in range(3))
    build.a_user("travailleur_social", name="Camille")
    build.hold_review(**{sent_back.reference: "reorienter", settled.reference: "regle"})
    assert db.session.scalar(select(Event.status).distinct()) == "waiting"
    build.pump()
    assert build.open_tasks(carried_on.case_id) == []
    assert "attendre_pole" in {wait["element"] for wait in build.the_process(carried_on).waits}
    assert [task.element for task in build.open_tasks(sent_back.case_id)] == ["decider_orientations"]
    assert [task.element for task in build.open_tasks(settled.case_id)] == ["cloturer"]
    told = build.the_messages("decision_pole")
    assert {message.case_id for message in told} == {carried_on.case_id}
    assert len(db.session.scalars(select(EventReceipt)).all()) == 3
    decided = {item.case.reference: item.decision for item in db.session.scalars(select(ReviewItem))}
    assert decided[sent_back.reference] == "reorienter"
    minutes = build.the_documents("compte_rendu_revue")[0].context["revue"]["decisions"]["_grille"]
    assert len(minutes) == 4
    assert the_reviews()[0].status == "finished"


def test_a_settled_situation_is_closed_with_its_reason_and_the_alert_giver_is_told(carene):
    case = build.a_case("attendre_pole")
    build.hold_review("regle")
    build.pump()
    build.complete("cloturer", motif="amelioree")
    closed = build.the_case(case)
    assert (closed.status, closed.closure_reason) == ("closed", "amelioree")
    assert build.the_process(case).status == "finished"
    assert build.the_message("cloture_information").recipient == build.ALERT["donneur_courriel"]
    assert journal.verify() is None


def test_the_pole_may_settle_before_every_partner_has_answered(carene):
    case = build.a_case("orientation", answers={"decider_orientations": asking("adil", "caf")})
    build.hold_review("regle")
    build.pump()
    assert [task.element for task in build.open_tasks(case.case_id)] == ["cloturer"]
    assert {row.status for row in build.the_orientations(case).values()} == {"abandonnee"}
    assert all(row.link is None for row in build.the_orientations(case).values())


def asking(*kinds):
    return {"lignes": [{"genre": kind} for kind in kinds]}


def test_the_pole_may_say_to_carry_on_many_times(carene):
    case = build.a_case("attendre_pole")
    build.a_user("travailleur_social", name="Camille")
    for quarter in range(3):
        with build.later(days=91 * quarter):
            build.hold_review("poursuivre")
            build.pump()
    received = build.the_journal("evenement.recu")
    assert [line.case_id for line in received] == [case.case_id] * 3
    assert {row.status for row in db.session.scalars(select(Event))} == {"caught"}


def test_a_case_sent_back_asks_other_partners_and_comes_to_the_next_review(carene):
    case = build.a_case("attendre_pole")
    build.hold_review("reorienter")
    build.pump()
    build.complete("decider_orientations", lignes=[{"genre": "mar"}])
    assert build.the_orientations(case)["mar"].status == "transmise"
    build.drive(case, "attendre_pole")
    with build.later(days=91):
        build.hold_review("regle")
        build.pump()
    build.complete("cloturer")
    assert build.the_case(case).status == "closed"


def test_an_early_decision_waits_for_the_case_and_is_delivered_when_it_is_caught(carene):
    case = build.a_case("visite")
    boss = build.an_actor("administration")
    build.hold_review("regle")
    build.pump()
    assert [(row.name, row.status) for row in supervision.waiting_events(boss)] == [
        ("Décision de la revue : Situation réglée", "waiting")
    ]
    build.drive(case, "repondre_demande")
    build.pump()
    assert [task.element for task in build.open_tasks(case.case_id)] == ["cloturer"]
    assert supervision.waiting_events(boss) == []
    assert len(build.the_journal("evenement.recu")) == 1


def test_an_early_decision_is_out_of_date_once_the_next_review_has_decided_again(carene):
    case = build.a_case("visite")
    boss = build.an_actor("administration")
    build.hold_review("reorienter")
    build.pump()
    build.hold_review("regle")
    build.pump()
    assert [row.name for row in supervision.waiting_events(boss)] == [
        "Décision de la revue : Situation réglée"
    ]
    build.drive(case, "repondre_demande")
    build.pump()
    assert [task.element for task in build.open_tasks(case.case_id)] == ["cloturer"]


def test_a_decision_that_the_case_did_not_live_to_hear_is_lost_and_shown(carene):
    case = build.a_case("analyser_signalement")
    boss = build.an_actor("administration")
    build.hold_review("regle")
    build.pump()
    build.drive(case, "fin", answers={"analyser_signalement": {"dans_champ": False}})
    build.pump()
    assert [(row.case_reference, row.status) for row in supervision.waiting_events(boss)] == [
        (case.reference, "lost")
    ]


def test_a_decision_for_a_case_closed_meanwhile_is_lost_and_shown(carene):
    case = build.a_case("informer_cloture", answers={"analyser_signalement": {"dans_champ": False}})
    starting.arm_all()
    reviews.start_now(the_reviews()[0].id, by=build.an_actor("administration"))
    build.complete("informer_cloture")
    build.complete("tenir_revue")
    build.pump()
    boss = build.an_actor("administration")
    assert [(row.case_reference, row.status) for row in supervision.waiting_events(boss)] == [
        (case.reference, "lost")
    ]


def test_an_event_delivered_twice_is_received_once(carene):
    case = build.a_case("attendre_pole")
    build.hold_review("regle")
    event_id = db.session.scalars(select(Event.id)).one()
    for _ in range(3):
        events.deliver(str(event_id))
    assert [task.element for task in build.open_tasks(case.case_id)] == ["cloturer"]
    assert len(db.session.scalars(select(EventReceipt)).all()) == 1


def test_only_supervision_holds_a_review_early_and_once(carene):
    build.an_alert()
    starting.arm_all()
    waiting = the_reviews()[0].id
    with pytest.raises(Forbidden):
        reviews.start_now(waiting, by=build.an_actor("travailleur_social"))
    with pytest.raises(Forbidden):
        reviews.processes(build.an_actor("technicien"))
    reviews.start_now(waiting, by=build.an_actor("administration"))
    with pytest.raises(Conflict):
        reviews.start_now(waiting, by=build.an_actor("administration"))
    assert len(build.the_journal("revue.avancee")) == 1


def test_the_agenda_and_the_minutes_are_made_and_opened_by_those_who_may(carene):
    build.a_case("attendre_pole")
    build.hold_review("poursuivre")
    pole, hand = build.an_actor("coordinatrice_pole"), build.an_actor("technicien")
    (row,) = [item for item in reviews.processes(pole) if item.status == "finished"]
    assert [document.template for document in row.documents] == [
        "rapport_situations",
        "ordre_du_jour",
        "compte_rendu_revue",
    ]
    (minutes,) = build.the_documents("compte_rendu_revue")
    minutes_id, classes = minutes.id, minutes.classes
    with pytest.raises(NotFound):
        documents.open_document(minutes_id, pole)
    documents.render(str(minutes_id))
    documents.render(str(minutes_id))
    content, name, mime = documents.open_document(minutes_id, pole)
    assert (content[:5], mime) == (b"%PDF-", "application/pdf")
    assert "Revue du pôle" in name
    assert "social" in classes
    with pytest.raises(NotFound):
        documents.open_document(minutes_id, hand)
    assert [line.actor for line in build.the_journal("fichier.lu")] == ["coordinatrice_pole"]
