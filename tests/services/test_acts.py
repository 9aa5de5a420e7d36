"""Acts done by hand: nothing before the form is sent, once, in their place; they count for the duties."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app import clock, tenancy
from app.database import db, end_read, transaction
from app.errors import Conflict, DesignFault, Forbidden, NotFound
from app.models import Case, Draft, Incident, ProcessInstance, Submission, Task
from app.services import act_drafts, act_view, acts, duties, erasing, journal, releases, views
from app.services.acts import ActClosed
from tests import build
from tests.bpmn_builder import process
from tests.duty_house import (
    a_measure,
    answer,
    paris,
    serving,
    the_breaches,
    visit,
)

SETTINGS = """
[gestes.visite]
libelle = "Noter une visite"
processus = "visite_a_part"
roles = ["referent"]
pendant = "mesure"
aide = "Une visite faite hors des étapes prévues."

[gestes.rupture]
libelle = "Déclarer une rupture"
processus = "rupture"
roles = ["referent", "pole"]

[gestes.reunion]
libelle = "Préparer une réunion"
processus = "reunion"
roles = ["pole"]
pour = "territoire"

[gestes.affiche]
libelle = "Lancer la communication"
processus = "affichage"
roles = ["pole"]
pour = "territoire"
ouvert_si = "territoire.termines.reunion >= 1"
sinon = "La communication attend qu'une réunion soit close."
"""
VISIT = {"date": date(2026, 3, 12), "lieu": "domicile", "issue": "realisee", "encore": True, "note": "Vue."}


def diagrams():
    """A visit that somebody of the pole then reads; a rupture that stumbles on its second step; a meeting."""
    return {
        "visite_a_part.bpmn": process("visite_a_part", name="Visite à part")
        .user("noter_a_part", lane="referent", formulaire="visite", resultats="visite.issue")
        .user("relire", lane="pole", formulaire="bilan")
        .end()
        .xml(),
        "rupture.bpmn": process("rupture", name="Rupture")
        .user("dire_rupture", lane="referent", formulaire="bilan", resultats="bilan.avis")
        .xor("assez", default="fin_rupture")
        .when("nombre(bilan.avis) > 1")
        .end("fin_haute")
        .at("assez")
        .end("fin_rupture")
        .xml(),
        "reunion.bpmn": process("reunion", name="Réunion")
        .user("preparer", lane="pole", formulaire="seance")
        .end()
        .xml(),
        "affichage.bpmn": process("affichage", name="Communication")
        .user("afficher", lane="pole", formulaire="seance")
        .end()
        .xml(),
    }


@pytest.fixture
def house(app, tmp_path):
    build.a_server(app, tmp_path)
    with serving(tmp_path / "programme", extra=diagrams(), settings=SETTINGS) as territory:
        yield territory


def the_processes(name):
    end_read()
    return list(db.session.scalars(select(ProcessInstance).where(ProcessInstance.process == name)))


def test_an_act_is_offered_to_its_roles_while_its_process_is_under_way(house):
    with clock.at(paris(2026, 3, 1, 9)):
        case = a_measure()
        referent, pole = build.an_actor("referent"), build.an_actor("pole")
        assert [item.id for item in acts.offered(referent, case.case_id)] == ["visite", "rupture"]
        assert acts.offered(pole, case.case_id) == []  # the first step of « rupture » is not the pole's
        assert [(item.id, item.reason) for item in acts.offered(pole, None)] == [
            ("reunion", None),
            ("affiche", "La communication attend qu'une réunion soit close."),
        ]
        assert acts.offered(referent, None) == []
        visit(case, more=False)
        answer("evaluer", case.process_id, avis="Bien.")
        assert [item.id for item in acts.offered(referent, case.case_id)] == ["rupture"]


def test_nothing_is_created_before_the_form_is_sent_and_then_everything_at_once(house):
    with clock.at(paris(2026, 3, 12, 9)):
        case, referent = a_measure(), build.an_actor("referent")
        visit(case)
        begun, view = act_view.opened("visite", case.case_id, referent)
        assert begun.reason is None
        assert view.form.id == "visite"
        assert view.initial == view.form.initial(view.context, classes=view.classes)
        assert the_processes("visite_a_part") == []
        given = acts.start("visite", case.case_id, VISIT, by=referent)
        (row,) = the_processes("visite_a_part")
        assert (row.id, row.act, row.case_id, row.status) == (given, "visite", case.case_id, "running")
        done, waiting = db.session.scalars(
            select(Task).where(Task.process_id == given).order_by(Task.status)
        ).all()
        assert (done.element, done.status, done.completed_by) == ("noter_a_part", "done", referent.user_id)
        assert (waiting.element, waiting.status) == ("relire", "open")
        answered = db.session.scalars(select(Submission).where(Submission.process_id == given)).one()
        assert (answered.task_id, answered.answers["lieu"]) == (done.id, "domicile")
        (line,) = build.the_journal("geste.fait")
        assert line.details == {"geste": "visite", "etape": "noter_a_part"}
        assert journal.verify() is None
        assert acts.next_task(given, referent) is None
        assert acts.next_task(given, build.an_actor("pole")) == waiting.id


def test_sent_twice_even_at_once_an_act_is_done_once(house, app):
    with clock.at(paris(2026, 3, 12, 9)):
        case, referent = a_measure(), build.an_actor("referent")
        drawn = uuid4()
    with build.later(paris(2026, 3, 12, 10)):
        case_id = case.case_id
        told = build.together(
            app, 3, lambda _: acts.start("visite", case_id, VISIT, by=referent, process_id=drawn)
        )
    assert set(told) == {drawn}
    assert len(the_processes("visite_a_part")) == 1
    with pytest.raises(Conflict):
        acts.start("rupture", case_id, {"avis": "non"}, by=referent, process_id=drawn)


def test_a_page_left_open_while_the_measure_ended_says_so_and_stores_nothing(house):
    with clock.at(paris(2026, 3, 12, 9)):
        case, referent = a_measure(), build.an_actor("referent")
        visit(case, more=False)
        answer("evaluer", case.process_id, avis="Bien.")
        with pytest.raises(ActClosed) as refused:
            acts.start("visite", case.case_id, VISIT, by=referent)
        assert "« Mesure » n'est plus en cours dans ce dossier" in refused.value.sentence
        assert the_processes("visite_a_part") == []


def test_what_is_another_role_s_or_of_the_other_kind_or_unknown_is_refused(house):
    with clock.at(paris(2026, 3, 12, 9)):
        case, referent, pole = a_measure(), build.an_actor("referent"), build.an_actor("pole")
        with pytest.raises(Forbidden):
            acts.start("visite", case.case_id, VISIT, by=pole)
        with pytest.raises(Forbidden):
            acts.start("reunion", None, {"tenue_le": date(2026, 3, 1)}, by=referent)
        for act, where in (("visite", None), ("reunion", case.case_id), ("rien", None), ("visite", uuid4())):
            with pytest.raises(NotFound):
                acts.start(act, where, {}, by=referent)
        assert db.session.scalar(select(func.count()).select_from(ProcessInstance)) == 1


def test_a_visit_noted_by_an_act_counts_for_the_running_measure_and_mends_what_was_missed(house):
    with clock.at(paris(2026, 3, 1, 8)):
        case, referent = a_measure(), build.an_actor("referent")
        other = a_measure()
    with clock.at(paris(2026, 3, 3, 9)):
        visit(case)
    with clock.at(paris(2026, 3, 12, 9)):
        acts.start("visite", case.case_id, VISIT, by=referent)
    with clock.at(paris(2026, 4, 1)):
        assert duties.watch_due() >= 1
    (breach,) = the_breaches()  # of the other measure, which nobody visited
    assert (breach.case_id, breach.found, breach.status) == (other.case_id, 0, "open")
    with clock.at(paris(2026, 4, 2, 9)):
        acts.start("visite", other.case_id, {**VISIT, "date": date(2026, 3, 28)}, by=referent)
    (breach,) = the_breaches()
    assert (breach.found, breach.found_within, breach.status) == (1, 1, "open")


def test_an_act_whose_next_step_cannot_run_keeps_the_answers_and_opens_an_incident(house):
    with clock.at(paris(2026, 3, 12, 9)):
        case, referent = a_measure(), build.an_actor("referent")
        drawn = uuid4()
        with pytest.raises(DesignFault):
            acts.start("rupture", case.case_id, {"avis": "pas un nombre"}, by=referent, process_id=drawn)
        end_read()
        incident = db.session.scalars(select(Incident)).one()
        assert (incident.process_id, incident.command["kind"]) == (drawn, "complete")
        task = db.session.scalars(select(Task).where(Task.process_id == drawn)).one()
        kept = db.session.scalars(select(Draft).where(Draft.task_id == task.id)).one()
        assert task.status == "open"
        assert kept.raw["answers"] == {"avis": "pas un nombre"}


def test_a_draft_waits_for_its_writer_and_goes_when_the_act_is_done(house):
    with clock.at(paris(2026, 3, 12, 9)):
        case, referent = a_measure(), build.an_actor("referent")
        act_drafts.save("visite", case.case_id, {"lieu": ["bureau"]}, referent)
        _, view = act_view.opened("visite", case.case_id, referent)
        assert view.draft_typed == {"lieu": ["bureau"]}
        other = build.an_actor("referent", name="Autre")
        assert act_view.opened("visite", case.case_id, other)[1].draft_typed is None
        acts.start("visite", case.case_id, VISIT, by=referent)
        assert act_view.opened("visite", case.case_id, referent)[1].draft_typed is None


def test_a_draft_of_an_act_goes_with_the_household_that_is_erased(house):
    with clock.at(paris(2026, 3, 12, 9)):
        case, referent = a_measure(), build.an_actor("referent")
        act_drafts.save("visite", case.case_id, {"note": ["Vu chez lui."]}, referent)
        assert set(act_drafts.keys(case.case_id)) >= {act_drafts.key("visite", case.case_id)}
        with transaction() as session:
            erasing.forget(session.get_one(Case, case.case_id))
        assert db.session.scalars(select(Draft)).all() == []


def test_an_act_opens_once_what_it_waits_for_has_ended(house):
    with clock.at(paris(2026, 3, 12, 9)):
        pole = build.an_actor("pole")
        with pytest.raises(ActClosed) as refused:
            acts.start("affiche", None, {"tenue_le": date(2026, 3, 1)}, by=pole)
        assert "La communication attend qu'une réunion soit close." in refused.value.sentence
        acts.start("reunion", None, {"tenue_le": date(2026, 3, 1)}, by=pole)
        assert views.territory_counts(releases.current())["termines"]["reunion"] == 1
        acts.start("affiche", None, {"tenue_le": date(2026, 3, 1)}, by=pole)
        assert [row.status for row in the_processes("affichage")] == ["finished"]


def test_the_case_of_another_territory_does_not_exist(house, tmp_path):
    with clock.at(paris(2026, 3, 12, 9)):
        case = a_measure()
        with build.serving("carene"):
            by = build.an_actor("travailleur_social")
            assert tenancy.current_id() != house.id
            for call in (
                lambda: acts.offered(by, case.case_id),
                lambda: acts.start("visite", case.case_id, VISIT, by=by),
                lambda: acts.case_of(case.reference + "x"),
            ):
                with pytest.raises(NotFound):
                    call()
