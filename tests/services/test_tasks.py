"""A human step: opened, drafted, claimed, answered once; nothing leaves before its commit."""

from collections import Counter
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app import engine
from app.database import Base, db, end_read
from app.errors import Conflict, Forbidden, NotFound, TaskAlreadyDone
from app.models import Document, Job, JournalLine, Message, Orientation, Share, Submission
from app.services import case_view, cases, claims, inbox, outcomes, steps, task_view, tasks, timers
from tests import build


def counted():
    """How many rows each table holds."""
    end_read()
    return {
        mapper.class_.__name__: db.session.scalar(select(func.count()).select_from(mapper.class_))
        for mapper in Base.registry.mappers
    }


def test_an_answer_moves_the_case_on_and_is_kept(carene):
    case = build.a_case("prendre_rendez_vous")
    by = build.an_actor("travailleur_social")
    task = build.the_task("prendre_rendez_vous")
    task_id = task.id
    done = tasks.complete(task_id, build.answers_for(task_id, by), by=by)
    assert done.case_reference == case.reference
    assert (list(done.next_tasks), done.finished) == ([], False)
    (kept,) = db.session.scalars(select(Submission).where(Submission.task_id == task_id))
    assert (kept.author, kept.user_id, kept.answers["issue"]) == (by.name, by.user_id, "fixe")
    (line,) = [line for line in build.the_journal("tache.faite") if line.subject == str(task_id)]
    assert (line.actor, line.details) == (by.name, {"etape": "prendre_rendez_vous"})
    assert build.the_task("realiser_visite").lane == "technicien"


def test_the_next_step_of_the_same_hand_is_proposed(carene):
    build.a_case("valider_diagnostic")
    done = build.complete("valider_diagnostic")
    assert list(done.next_tasks) == [build.the_task("decider_orientations").id]


def test_a_step_is_answered_once_and_tells_who_came_second(carene):
    build.a_case("analyser_signalement")
    first, second = (build.an_actor("ecorenove", name=name) for name in ("Anne", "Boris"))
    task_id = build.the_task("analyser_signalement").id
    answers = build.answers_for(task_id, first)
    tasks.complete(task_id, answers, by=first)
    before = counted()
    for late in (first, second):
        with pytest.raises(TaskAlreadyDone):
            tasks.complete(task_id, answers, by=late)
        with pytest.raises(TaskAlreadyDone):
            task_view.open_task(task_id, late)
    assert counted() == before
    told = outcomes.of(task_id, second)
    assert (told.status, told.author, told.mine) == ("done", "Anne", False)


def test_another_lane_cannot_open_draft_claim_or_answer(carene):
    build.a_case("analyser_signalement")
    task_id, other = build.the_task("analyser_signalement").id, build.an_actor("technicien")
    for act in (
        lambda: task_view.open_task(task_id, other),
        lambda: tasks.save_draft(task_id, {}, other),
        lambda: claims.claim(task_id, other),
        lambda: tasks.complete(task_id, {}, by=other),
    ):
        with pytest.raises(Forbidden):
            act()
    assert inbox.inbox(other, which="equipe").total == 0


def test_an_unknown_step_is_not_found(carene):
    case = build.an_alert()
    with pytest.raises(NotFound):
        tasks.complete(case.case_id, {}, by=build.an_actor("ecorenove"))
    with pytest.raises(NotFound):
        case_view.file_view("DOS-1999-0001", build.an_actor("ecorenove"))


def test_a_draft_is_kept_for_each_person_and_goes_with_the_answer(carene):
    build.a_case("prendre_rendez_vous")
    mine, other = (build.an_actor("travailleur_social", name=name) for name in ("Camille", "Dominique"))
    task_id = build.the_task("prendre_rendez_vous").id
    kept_at = tasks.save_draft(task_id, {"motif": ["pas encore"], "issue": ["refus"]}, mine)
    tasks.save_draft(task_id, {"motif": ["autre"]}, other)
    view = task_view.open_task(task_id, mine)
    assert (view.draft_typed, view.draft_at) == ({"motif": ["pas encore"], "issue": ["refus"]}, kept_at)
    tasks.drop_draft(task_id, other)
    assert task_view.open_task(task_id, other).draft_typed is None
    tasks.complete(task_id, build.answers_for(task_id, mine), by=mine)
    assert counted()["Draft"] == 0


def test_a_claimed_step_is_given_back_or_kept(carene):
    build.an_alert()
    anne, boris = (build.an_actor("ecorenove", name=name) for name in ("Anne", "Boris"))
    task_id = build.the_task("analyser_signalement").id
    claims.claim(task_id, anne)
    claims.claim(task_id, anne)
    assert inbox.counts(anne)["miennes"] == 1
    assert (inbox.counts(boris)["miennes"], inbox.counts(boris)["equipe"]) == (0, 1)
    (row,) = inbox.inbox(boris, which="equipe").rows
    assert (row.claimed_by_name, row.mine) == ("Anne", False)
    with pytest.raises(Conflict):
        claims.release(task_id, boris)
    claims.release(task_id, anne)
    claims.claim(task_id, boris)
    assert inbox.counts(boris)["miennes"] == 1


def test_the_inbox_finds_by_name_commune_reference_and_step(carene):
    build.an_alert(nom="Évain", prenom="Soizic")
    wanted = build.an_alert(nom="Le Bihan", adresse={"voie": "1 rue A", "cp": "44160", "insee": build.BESNE})
    hand = build.an_actor("ecorenove")
    for search in ("bihan", "BESN", wanted.reference, "le  bihan"):
        found = inbox.inbox(hand, which="equipe", search=search).rows
        assert [row.case_reference for row in found] == [wanted.reference], search
    assert inbox.inbox(hand, which="equipe", search="evain").total == 1
    assert inbox.inbox(hand, which="equipe", search="analyser").total == 2
    assert inbox.inbox(hand, which="equipe", search="%").total == 0
    (listed,) = cases.listing(hand, search="soizic").rows
    assert listed.household.endswith("Soizic Évain")


def test_a_case_of_the_same_address_is_told_to_whoever_analyses(carene):
    first = build.an_alert(nom="Moreau")
    second = build.an_alert(nom="Autre")
    task = build.the_task("analyser_signalement", case=second)
    view = task_view.open_task(task.id, build.an_actor("ecorenove"))
    assert list(view.header.duplicates) == [first.reference]


def test_decisions_are_kept_with_their_rule_and_version(carene):
    build.a_case("analyser_signalement", alert={"indices": ["coupure"]})
    view = task_view.open_task(build.the_task("analyser_signalement").id, build.an_actor("ecorenove"))
    triage = next(item for item in view.decisions if "priorite" in item.outputs)
    assert (triage.outputs["priorite"], list(triage.rules), triage.release_number) == ("P0", [1], 1)
    assert view.task.priority == "P0"


class PowerCut(BaseException):
    """The machine stops as a transaction is about to commit."""


@contextmanager
def power_cut():
    """Every commit of the block fails at its last moment."""

    def stop(_session):
        raise PowerCut

    event.listen(Session, "before_commit", stop)
    try:
        yield
    finally:
        event.remove(Session, "before_commit", stop)


def test_nothing_of_a_step_that_rolls_back_is_left_behind(carene):
    build.a_case("decider_orientations")
    by = build.an_actor("travailleur_social")
    task_id = build.the_task("decider_orientations").id
    answers = build.answers_for(task_id, by)
    build.pump()
    before = counted()
    with power_cut(), pytest.raises(PowerCut):
        tasks.complete(task_id, answers, by=by)
    assert counted() == before
    assert build.pump() == 0
    tasks.complete(task_id, answers, by=by)
    grown = Counter(counted())
    grown.subtract(before)
    for entity in (Message, Share, Orientation, Document, Job, JournalLine, Submission):
        assert grown[entity.__name__] > 0, entity


def test_messages_and_documents_leave_only_when_the_pump_runs(carene):
    build.an_alert()
    (message,) = build.the_messages("signalement_recu")
    assert (message.status, message.sent_at) == ("queued", None)
    assert [document.status for document in build.the_documents()] == ["pending"]
    build.pump()
    assert build.the_message("signalement_recu").status == "sent"


def test_an_alert_that_fails_at_its_commit_leaves_no_case_and_no_number(carene):
    before = counted()
    with power_cut(), pytest.raises(PowerCut):
        build.an_alert()
    assert counted() == before
    assert build.an_alert().reference == "DOS-2026-0001"


def test_an_alert_tells_its_giver_what_becomes_of_it_and_no_more(carene):
    opened = build.an_alert()
    assert cases.follow_up(f" {opened.follow_up_code.lower()} ").stage == "recu"
    build.complete("analyser_signalement", dans_champ=False)
    assert cases.follow_up(opened.follow_up_code).stage == "en_cours"
    build.complete("informer_cloture")
    followed = cases.follow_up(opened.follow_up_code)
    assert followed.stage == "clos"
    assert set(vars(followed)) == {"reference", "opened_at", "closed_at", "stage"}
    with pytest.raises(NotFound):
        cases.follow_up("AAAA-BBBB-CCCC")


def test_a_case_page_shows_where_the_case_stands(carene):
    case = build.a_case("attendre_pole")
    view = case_view.file_view(case.reference, build.an_actor("travailleur_social"))
    standing = {diagram.process: diagram for diagram in view.diagrams}
    assert list(standing)[:3] == ["accompagnement", "tri", "visite"]
    assert "attendre_pole" in standing["mobilisation"].active
    assert "realiser_visite" in standing["visite"].done
    assert [partner.status_label for partner in view.partners] == ["réalisée"]
    assert [document.template for document in view.documents][:1] == ["fiche_reperage"]
    assert "Signalement reçu, dossier ouvert" in {line.text for line in view.timeline}
    assert view.running
    assert view.open_tasks == []


def test_an_answer_overtaken_by_a_timer_is_given_again_to_the_new_state(carene):
    case = build.a_case("prendre_rendez_vous")
    by = build.an_actor("travailleur_social")
    task_id, timer_id = build.the_task("prendre_rendez_vous").id, build.the_timer("sans_rendez_vous").id
    answers = build.answers_for(task_id, by)
    with build.later(days=22):
        overtaken = []

        def overtaking(programme, state, hooks):
            if not overtaken:
                overtaken.append(True)
                end_read()
                timers.fire(timer_id, case.process_id)
            return engine.complete(programme, state, task_id, answers, hooks)

        steps.advance(
            case.process_id,
            overtaking,
            command=steps.Command("complete", {"task_id": str(task_id), "person": by.person}),
            store=lambda *_: None,
        )
    end_read()
    open_now = [task.element for task in build.open_tasks(case.case_id)]
    assert sorted(open_now) == ["debloquer_rendez_vous", "realiser_visite"]
