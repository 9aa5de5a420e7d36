"""A breach is enforced: it becomes a task that stays until it is answered, then verified (CAR-10, AST-10)."""

from datetime import date

import pytest
from sqlalchemy import select

from app import clock, scheduler
from app.database import db, end_read
from app.errors import Forbidden
from app.models import Job, ProcessInstance, Task
from app.services import (
    actors,
    breach_answers,
    breaches,
    duties,
    journal,
    mending,
    releases,
    task_view,
    views,
)
from tests import build, duty_house
from tests.bpmn_builder import process
from tests.duty_house import PROMISE, a_measure, answer, paris, the_breaches, visit


@pytest.fixture
def start(app, tmp_path):
    """Serve the small territory, with other files when asked."""
    build.a_server(app, tmp_path)
    opened = []

    def serve(**given):
        block = duty_house.serving(tmp_path / "root", **given)
        block.__enter__()
        opened.append(block)
        duty_house.the_referent(), build.an_actor("pole")

    yield serve
    for block in opened:
        block.__exit__(None, None, None)


def a_short_month():
    """A measure whose month of March has no visit, its breach found on 1 April."""
    with clock.at(paris(2026, 3, 1, 9)):
        case = a_measure()
    run(2026, 4, 1)
    return case


def run(*moment):
    """Do everything that is due at that moment."""
    with clock.at(paris(*moment)):
        scheduler.drain()


def answered(element, *moment, **answers):
    with clock.at(paris(*moment)):
        task = build.the_task(element)
        answer(element, task.process_id, **answers)


def cause(day):
    return {"cause": "absence", "explication": None, "mesure": "Remplacement trouvé.", "date_corrective": day}


def test_a_breach_becomes_a_task_of_the_supervisors_that_says_what_was_not_kept(start):
    start()
    case = a_short_month()
    task = build.the_task("traiter_manquement", case=case)
    assert task.lane == "pole"
    view = task_view.open_task(task.id, build.an_actor("pole"))
    words = "« accompagner » : 0 visite sur 2, du dimanche 1er mars 2026 au mardi 31 mars 2026"
    assert view.context["constat"]["mots"] == words
    (row,) = breaches.open_breaches(build.an_actor("pole"))
    assert (row.words, row.case_reference, row.task_id) == (words, case.reference, task.id)
    assert (row.expected, row.found, row.missed, row.kind) == (2, 0, 1, "frequence")
    assert journal.verify() is None


def test_it_waits_for_the_corrective_date_then_for_a_verification_that_may_ask_for_another(start):
    start()
    case = a_short_month()
    answered("traiter_manquement", 2026, 4, 3, 9, **cause(date(2026, 4, 10)))
    run(2026, 4, 9, 23)
    assert not [task for task in build.open_tasks(case.case_id) if task.element == "verifier_correction"]
    run(2026, 4, 10)
    again = {"issue": "nouvelle_date", "nouvelle_date": date(2026, 4, 20), "commentaire": None}
    answered("verifier_correction", 2026, 4, 10, 9, **again)
    assert the_breaches()[0].status == "open"
    run(2026, 4, 20)
    answered("verifier_correction", 2026, 4, 21, 9, issue="regle", nouvelle_date=None, commentaire=None)
    (breach,) = the_breaches()
    assert (breach.status, breach.settled_at) == ("settled", paris(2026, 4, 21, 9))
    assert [line.details["issue"] for line in build.the_journal("manquement.regle")] == ["regle"]
    assert not breaches.open_breaches(build.an_actor("pole"))
    assert journal.verify() is None


def test_the_task_stays_however_long_nobody_answers(start):
    start()
    a_short_month()
    run(2027, 3, 1)
    standing = [task for task in build.open_tasks() if task.element == "traiter_manquement"]
    assert len(standing) == len(the_breaches()) == 2  # March, then the eleven months of downtime
    assert [breach.missed for breach in the_breaches()] == [1, 11]
    assert all(breach.status == "open" for breach in the_breaches())


def test_a_breach_starts_its_process_once_however_often_the_job_runs(start):
    start()
    a_short_month()
    (breach,) = the_breaches()
    for _ in range(3):
        breach_answers.start(str(breach.id))
    end_read()
    found = db.session.scalars(
        select(ProcessInstance.id).where(ProcessInstance.process == "manquement")
    ).all()
    assert found == [breach.answer_process_id]


def test_two_workers_that_answer_the_same_breach_start_one_process(start, app):
    start()
    with clock.at(paris(2026, 3, 1, 9)):
        a_measure()
    with build.later(paris(2026, 4, 1)):
        duties.watch_due()
        breach_id = str(the_breaches()[0].id)
        build.together(app, 4, lambda _: breach_answers.start(breach_id))
    end_read()
    assert len(db.session.scalars(select(Task).where(Task.element == "traiter_manquement")).all()) == 1


def test_a_territory_that_names_no_process_keeps_the_row_alone(start):
    start(answered=False)
    a_short_month()
    assert [breach.answer_process_id for breach in the_breaches()] == [None]
    assert {task.element for task in build.open_tasks()} == {"noter_visite"}
    assert not db.session.scalars(select(Job).where(Job.name == "answer_breach")).all()


def test_a_promise_breaks_after_its_due_date_once_and_only_while_it_stands(start):
    start(duty={})
    with clock.at(paris(2026, 3, 2, 9)):
        kept, broken = a_measure(), a_measure()
        for case in (kept, broken):
            visit(case, more=False)
    with clock.at(paris(2026, 3, 6, 9)):
        answer("evaluer", kept.process_id, avis="bien")
    assert PROMISE == {"delai": '"P5D"', "manquement": '"P2D"'}
    run(2026, 3, 9, 23, 59)  # due on the 7th, two days more: until the midnight that ends the 9th
    assert not the_breaches()
    run(2026, 3, 10)
    run(2026, 3, 11)
    (breach,) = the_breaches()
    assert (breach.kind, breach.element, breach.case_id) == ("echeance", "evaluer", broken.case_id)
    assert breach.window_to == paris(2026, 3, 8)
    (row,) = breaches.open_breaches(build.an_actor("pole"), case_id=broken.case_id)
    assert row.words == "« evaluer » devait être fait pour le samedi 7 mars 2026"
    with clock.at(paris(2026, 3, 12)):
        answer("evaluer", broken.process_id, avis="tard")
    assert the_breaches()[0].status == "open"  # somebody still says why


def test_a_promise_of_a_suspended_process_does_not_break(start):
    start(duty={})
    with clock.at(paris(2026, 3, 2, 9)):
        case = a_measure()
        visit(case, more=False)
        mending.suspend(case.process_id, reason="Hospitalisation.", by=build.an_actor("pole"))
    run(2026, 4, 2)
    assert not the_breaches()
    with clock.at(paris(2026, 4, 2, 9)):
        mending.resume(case.process_id, reason="Retour.", by=build.an_actor("pole"))
    run(2026, 4, 9, 12)
    assert not the_breaches()
    run(2026, 4, 11)
    assert len(the_breaches()) == 1


def test_two_watchers_at_once_record_a_broken_promise_once(start, app):
    start(duty={})
    with clock.at(paris(2026, 3, 2, 9)):
        visit(a_measure(), more=False)
    with build.later(paris(2026, 3, 12)):
        done = build.together(app, 4, lambda _: duties.watch_due())
    assert sorted(done) == [0, 0, 0, 1]
    assert len(the_breaches()) == 1


def the_balance():
    """A balance paid only when nothing is left unanswered: it looks again each week (AST-10)."""
    return (
        process("mesure", name="Mesure")
        .user("bilan", lane="referent", formulaire="bilan", delai='"P5D"', manquement='"P0D"')
        .service("compter", "compter_manquements", "manquements_vus")
        .xor("solde_possible", default="verser_solde")
        .when("manquements_vus.ouverts > 0")
        .catch("attendre", '<timerEventDefinition><timeDuration>"P7D"</timeDuration></timerEventDefinition>')
        .to("compter")
        .at("solde_possible")
        .user("verser_solde", lane="pole", formulaire="bilan")
        .end()
    )


def test_a_balance_waits_for_the_reports_that_were_not_given(start):
    start(duty={}, extra={"mesure.bpmn": the_balance().xml()})
    with clock.at(paris(2026, 3, 2, 9)):
        on_time, late = a_measure(), a_measure()
        answer("bilan", on_time.process_id, avis="à temps")
    assert build.the_task("verser_solde").case_id == on_time.case_id
    run(2026, 3, 10)
    with clock.at(paris(2026, 3, 11, 9)):
        answer("bilan", late.process_id, avis="en retard")
    run(2026, 3, 25)  # it has looked twice again
    assert [task.case_id for task in build.open_tasks() if task.element == "verser_solde"] == [
        on_time.case_id
    ]
    answered("traiter_manquement", 2026, 3, 25, 9, **cause(date(2026, 3, 26)))
    run(2026, 3, 26)
    answered("verifier_correction", 2026, 3, 26, 9, issue="regle", nouvelle_date=None, commentaire=None)
    run(2026, 4, 2)
    waiting = [task.case_id for task in build.open_tasks() if task.element == "verser_solde"]
    assert sorted(waiting, key=str) == sorted([on_time.case_id, late.case_id], key=str)


def test_decisions_and_delays_read_how_many_breaches_a_case_has(start):
    delay = '"P1D" if manquements.ouverts > 0 else "P30D"'
    block = (
        process("mesure", name="Mesure")
        .user("bilan", lane="referent", formulaire="bilan", delai='"P5D"', manquement='"P0D"')
        .user("evaluer", lane="referent", formulaire="bilan", delai=delay)
        .end()
    )
    start(duty={}, extra={"mesure.bpmn": block.xml()})
    with clock.at(paris(2026, 3, 2, 9)):
        on_time, late = a_measure(), a_measure()
        answer("bilan", on_time.process_id, avis="à temps")
    run(2026, 3, 10)
    with clock.at(paris(2026, 3, 11, 9)):
        answer("bilan", late.process_id, avis="en retard")
    due = {task.case_id: task.due_at for task in build.open_tasks() if task.element == "evaluer"}
    assert due == {on_time.case_id: paris(2026, 4, 2), late.case_id: paris(2026, 3, 13)}
    assert views.breaches_of(build.the_process(late)) == {"ouverts": 1, "total": 1}
    assert views.breaches_of(build.the_process(on_time)) == {"ouverts": 0, "total": 0}


def test_a_late_step_is_told_to_the_lane_that_the_diagram_names(start):
    block = (
        process("mesure", name="Mesure")
        .user(
            "bilan", lane="pole", formulaire="bilan", delai='"P5D"', escalade='"P2D"', escalade_a="referent"
        )
        .end()
    )
    start(duty={}, extra={"mesure.bpmn": block.xml()})
    with clock.at(paris(2026, 3, 2, 9)):
        case = a_measure()
    assert build.the_task("bilan").escalate_to == "referent"
    run(2026, 3, 10)
    told = [message.recipient for message in build.the_messages("escalade_tache")]
    assert told == [build.a_user("referent").email]
    (line,) = build.the_journal("tache.escaladee")
    assert line.details["a"] == "referent"
    assert line.case_id == case.case_id


def test_only_those_who_see_supervision_read_the_open_breaches(start):
    start()
    a_short_month()
    assert breaches.open_breaches(build.an_actor("pole"))
    with pytest.raises(Forbidden):
        breaches.open_breaches(actors.public(releases.current().settings))


def test_a_breach_holds_no_answer_and_no_name(start):
    """LAW-1."""
    start()
    case = a_short_month()
    with clock.at(paris(2026, 4, 2)):
        visit(case, on=date(2026, 3, 30))
    (breach,) = the_breaches()
    lines = [line for line in build.the_journal() if line.action.startswith(("manquement", "frequence"))]
    kept = str([breach.rule, breach.name, [(line.subject, line.details) for line in lines]])
    assert "Moreau" not in kept
    assert "realisee" not in str([line.details for line in lines])
