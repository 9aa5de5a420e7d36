"""Meetings of other programmes in other words, put off, or without situations (ANG-1, AST-11)."""

import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read, transaction
from app.errors import Conflict, Forbidden, Invalid
from app.models import Case, Event, Meeting, Message, Notice, ProcessInstance, ReviewItem, Timer
from app.services import meeting_close, meeting_items, meeting_plan, meetings, reviews, starting, timers
from tests import build

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'targetNamespace="http://bpmn.io/schema/bpmn" id="d_{id}">'
    '<process id="{id}" name="{name}" isExecutable="true"><laneSet id="couloirs_{id}">'
    '<lane id="coordonnateur" name="Coordination">{refs}</lane></laneSet>'
    '<startEvent id="{id}_echu" name="À sa date"><timerEventDefinition>'
    "<timeDate>mois_apres(ancre, 3 * rang)</timeDate></timerEventDefinition></startEvent>"
)


def a_diagram(id_: str, name: str, *steps: tuple[str, str]) -> str:
    """Return a process whose steps follow one another; each is ``(id, xml)``."""
    order = [f"{id_}_echu", *(key for key, _ in steps), f"{id_}_tenu"]
    refs = "".join(f"<flowNodeRef>{key}</flowNodeRef>" for key in order)
    flows = "".join(
        f'<sequenceFlow id="vers_{after}" sourceRef="{before}" targetRef="{after}"/>'
        for before, after in pairwise(order)
    )
    body = "".join(xml for _, xml in steps)
    end = f'<endEvent id="{id_}_tenu" name="Tenu"/>'
    return HEAD.format(id=id_, name=name, refs=refs) + body + end + flows + "</process></definitions>"


def a_verb(id_: str, verb: str, result: str = "", **parameters: str) -> tuple[str, str]:
    given = "".join(
        f'<spiffworkflow:parameter id="{key}" type="any" value="{value}"/>'
        for key, value in parameters.items()
    )
    kept = f' resultVariable="{result}"' if result else ""
    return id_, (
        f'<serviceTask id="{id_}" name="{id_}"><extensionElements><spiffworkflow:serviceTaskOperator '
        f'id="{verb}"{kept}><spiffworkflow:parameters>{given}</spiffworkflow:parameters>'
        "</spiffworkflow:serviceTaskOperator></extensionElements></serviceTask>"
    )


def a_sitting(id_: str, form: str, rows: str) -> tuple[str, str]:
    return id_, (
        f'<userTask id="{id_}" name="Réunir"><extensionElements><spiffworkflow:properties>'
        f'<spiffworkflow:property name="formulaire" value="{form}"/>'
        f'<spiffworkflow:property name="seance" value="{rows}"/>'
        f'<spiffworkflow:property name="delai" value="&quot;P10D&quot;"/>'
        "</spiffworkflow:properties></extensionElements></userTask>"
    )


COMMISSION = a_diagram(
    "commission",
    "Commission de suivi",
    a_verb("recenser", "inscrire_revue", "mesures", priorites="[&quot;P1&quot;]"),
    a_sitting("reunir_commission", "avis", "lignes"),
    a_verb("rendre_avis", "transmettre_decisions", lignes="avis.lignes", prefixe="&quot;avis_&quot;"),
    a_verb("ecrire", "produire_document", modele="&quot;compte_rendu_revue&quot;"),
)
COMITE = a_diagram("comite", "Comité de pilotage", a_sitting("reunir_comite", "comite", "points"))
AVIS = {
    "id": "avis", "titre": "Avis de la commission", "champs": [
        {"cle": "lignes", "type": "tableau", "libelle": "Mesures", "lignes_de": "mesures", "colonnes": [
            {"cle": "reference", "libelle": "Mesure", "type": "calcul", "resultat": "texte",
             "calcul": "ligne.reference"},
            {"cle": "decision", "libelle": "Avis", "type": "choix", "obligatoire": True, "options": [
                {"valeur": "favorable", "libelle": "Favorable"},
                {"valeur": "ajourne", "libelle": "Ajourné"}]},
            {"cle": "reserve", "libelle": "Réserve", "type": "texte", "obligatoire": True,
             "si": "decision == \"ajourne\""}]}]}  # fmt: skip
COMITE_FORM = {
    "id": "comite", "titre": "Comité de pilotage", "champs": [
        {"cle": "date", "type": "date", "libelle": "Réuni le", "obligatoire": True},
        {"cle": "points", "type": "tableau", "libelle": "Points", "colonnes": [
            {"cle": "sujet", "type": "texte", "libelle": "Sujet", "obligatoire": True},
            {"cle": "suite", "type": "texte", "libelle": "Ce qui est décidé"}]}]}  # fmt: skip


@pytest.fixture
def elsewhere(app, tmp_path):
    """A territory with a commission on its urgent cases and a steering meeting typed by hand."""
    build.a_server(app, tmp_path)
    root = build.a_variant(tmp_path / "programme", "ailleurs")
    settings = root / "bpmn" / "territories" / "ailleurs" / "territoire.toml"
    more = "".join(
        f'\n[[calendrier]]\nprocessus = "{process}"\nancre = 2026-01-15\n'
        for process in ("commission", "comite")
    )
    text = settings.read_text()
    settings.write_text(text.replace("# Le monde du simulateur", f"{more}\n# Le monde du simulateur", 1))
    for name, xml in (("commission", COMMISSION), ("comite", COMITE)):
        (settings.parent / f"{name}.bpmn").write_text(xml)
    forms = root / "forms" / "territories" / "ailleurs"
    forms.mkdir(parents=True, exist_ok=True)
    for name, form in (("avis", AVIS), ("comite", COMITE_FORM)):
        (forms / f"{name}.json").write_text(json.dumps(form))
    with clock.at("2026-03-02T09:00:00+01:00"), build.serving("ailleurs", root=root) as territory:
        yield territory


def begin(process):
    """Begin the coming meeting of that process now; return its id."""
    starting.arm_all()
    end_read()
    waiting = db.session.scalars(select(ProcessInstance.id).where(ProcessInstance.process == process)).one()
    reviews.start_now(waiting, by=build.an_actor("administration"))
    return waiting


def social(name="Claire Martin"):
    return build.an_actor("travailleur_social", name=name)


def test_a_commission_of_other_words_is_held_on_the_cases_it_chose(elsewhere):
    urgent, calm = (
        build.a_case("visite", answers={"analyser_signalement": {"priorite": "P1"}}),
        build.an_alert(),
    )
    with transaction() as session:
        for row in session.scalars(select(Case)):
            row.priority = "P1" if row.reference == urgent.reference else "P4"
    process_id = begin("commission")
    view = meetings.look(process_id, social())
    assert [item.case.reference for item in meeting_items.items(view)] == [urgent.reference]
    assert view.newcomers == []
    assert meeting_items.decision_column(view).label == "Avis"
    meeting_items.save(process_id, 1, {"decision": "ajourne"}, version=0, by=social())
    end_read()
    assert [item.state for item in meeting_items.items(meetings.look(process_id, social()))] == ["commencee"]
    meeting_items.save(process_id, 1, {"decision": "favorable"}, version=1, by=social())
    meeting_items.add(process_id, [calm.reference], by=social())
    end_read()
    meeting_items.save(process_id, 2, {"decision": "ajourne", "reserve": "Devis"}, version=0, by=social())
    meeting_close.close(process_id, {}, by=social())
    assert sorted(event.name for event in db.session.scalars(select(Event))) == [
        "avis_ajourne",
        "avis_favorable",
    ]
    decided = {row.case_id: row.decision for row in db.session.scalars(select(ReviewItem))}
    assert decided == {urgent.case_id: "favorable", calm.case_id: "ajourne"}
    grid = build.the_documents("compte_rendu_revue")[0].context["revue"]["decisions"]["_grille"]
    assert [line[2] for line in grid[1:]] == ["Favorable", "Ajourné"]


def test_a_meeting_whose_criteria_nothing_fits_is_empty_and_can_be_closed(elsewhere):
    build.an_alert()
    process_id = begin("commission")
    view = meetings.look(process_id, social())
    assert list(view.items) == []
    assert view.by_case
    meeting_close.close(process_id, {}, by=social())
    assert db.session.scalars(select(Event)).all() == []
    assert meetings.look(process_id, social()).state == "tenue"


def test_a_steering_meeting_has_its_date_its_people_and_points_typed_by_hand(elsewhere):
    process_id = begin("comite")
    view = meetings.look(process_id, social())
    assert not view.by_case
    assert [field.key for field in meeting_close.rest(view).fields] == ["date", "points"]
    meeting_plan.plan(
        process_id, datetime(2026, 3, 9, 14, tzinfo=clock.PARIS), "Hôtel de ville", version=0, by=social()
    )
    people = [{"nom": "Anne Bel", "structure": "CCAS", "present": True}, {"nom": " ", "structure": ""}]
    meeting_plan.attend(process_id, people, version=1, by=social())
    points = [{"sujet": "Charte", "suite": "À signer"}]
    meeting_close.close(process_id, {"date": clock.today(), "points": points}, by=social())
    row = db.session.scalars(select(Meeting)).one()
    assert (row.status, row.place, len(row.attendance)) == ("held", "Hôtel de ville", 1)
    with pytest.raises(Conflict):
        meeting_plan.attend(process_id, people, version=2, by=social())


def pole(name="Hélène Riou"):
    return build.an_actor("coordinatrice_pole", name=name)


def coming():
    starting.arm_all()
    end_read()
    return db.session.scalars(select(ProcessInstance).where(ProcessInstance.process == "revue")).one().id


def test_a_coming_meeting_put_off_keeps_its_lead_and_the_next_its_date(carene):
    build.an_alert()
    process_id = coming()
    fixed = datetime(2026, 4, 22, 14, tzinfo=clock.PARIS)
    meeting_plan.plan(process_id, fixed, "Salle A", version=0, by=pole())
    later = datetime(2026, 5, 6, 9, tzinfo=clock.PARIS)
    meeting_plan.move(process_id, later, "Grève des transports", by=pole())
    (timer,) = db.session.scalars(select(Timer))
    assert timer.due_at == datetime(2026, 4, 29, tzinfo=clock.PARIS)
    with build.later(days=57):  # 28 April
        assert timers.wake_due() == 0
    with build.later(days=58):
        build.pump()
        assert build.the_task("tenir_revue").element == "tenir_revue"
        view = meetings.look(process_id, pole())
        assert view.planned == later
    nexts = db.session.scalars(select(Timer).where(Timer.element == "trimestre_echu")).one()
    assert nexts.due_at == datetime(2026, 7, 15, tzinfo=clock.PARIS)
    (move,) = db.session.scalars(select(Meeting)).one().moves
    assert (move["motif"], move["par"]) == ("Grève des transports", "Hélène Riou")


def test_those_who_are_expected_are_told_once_of_the_new_date(carene):
    build.an_alert()
    claire, helene = (
        build.a_user("travailleur_social", name="Claire Martin"),
        build.a_user("coordinatrice_pole", name="Hélène Riou"),
    )
    build.a_user("technicien", name="Samir Haddad")
    process_id = coming()
    meeting_plan.move(process_id, datetime(2026, 5, 6, 9, tzinfo=clock.PARIS), "Grève", by=pole())
    told = db.session.scalars(select(Notice).where(Notice.kind == "seance_reportee")).all()
    assert {notice.user_id for notice in told} == {claire.id, helene.id}
    assert {notice.path for notice in told} == {f"revues/{process_id}"} or all(
        str(process_id) in notice.path for notice in told
    )
    mails = db.session.scalars(select(Message).where(Message.body.contains("mercredi 6 mai 2026"))).all()
    assert all("Grève" in mail.body for mail in mails)
    meeting_plan.move(process_id, datetime(2026, 5, 7, 9, tzinfo=clock.PARIS), "Salle prise", by=pole())
    told = db.session.scalars(select(Notice).where(Notice.kind == "seance_reportee")).all()
    assert len(told) == 4


def test_an_open_meeting_put_off_moves_its_step_and_its_reminder(carene):
    build.an_alert()
    process_id = coming()
    reviews.start_now(process_id, by=build.an_actor("administration"))
    before = build.the_task("tenir_revue")
    due, remind = before.due_at, before.remind_at
    meeting_plan.move(process_id, datetime(2026, 4, 1, 10, tzinfo=clock.PARIS), "Quorum", by=pole())
    after = build.the_task("tenir_revue")
    assert after.due_at == datetime(2026, 4, 2, tzinfo=clock.PARIS)
    assert after.remind_at - remind == after.due_at - due


@pytest.mark.parametrize(
    ("days", "reason", "refused"),
    [(-1, "Grève", Invalid), (10, " ", Invalid), (366 * 21, "Grève", Invalid)],
)
def test_a_date_or_a_reason_that_cannot_be_is_refused_and_nothing_moves(carene, days, reason, refused):
    build.an_alert()
    process_id = coming()
    with pytest.raises(refused):
        meeting_plan.move(process_id, clock.now() + timedelta(days=days), reason, by=pole())
    assert db.session.scalars(select(Timer)).one().due_at == datetime(2026, 4, 15, tzinfo=clock.PARIS)
    assert db.session.scalars(select(Notice)).all() == []


def test_only_those_who_prepare_it_prepare_it(carene):
    process_id = coming()
    with pytest.raises(Forbidden):
        meeting_plan.plan(process_id, clock.now() + timedelta(days=60), "Ici", version=0, by=social())
    with pytest.raises(Forbidden):
        meeting_plan.move(process_id, clock.now() + timedelta(days=60), "Non", by=social())
    with pytest.raises(Invalid):
        meeting_plan.plan(process_id, clock.now() + timedelta(days=10), "Trop tôt", version=0, by=pole())
    with pytest.raises(Conflict):
        meeting_plan.plan(process_id, clock.now() + timedelta(days=60), "Ici", version=7, by=pole())
    with pytest.raises(Conflict):
        meeting_plan.print_again(process_id, by=pole())


def test_the_agenda_is_made_again_with_what_was_added(carene):
    build.an_alert()
    process_id = coming()
    reviews.start_now(process_id, by=build.an_actor("administration"))
    newcomer = build.an_alert()
    meeting_items.add(process_id, [newcomer.reference], by=pole())
    meeting_plan.print_again(process_id, by=pole())
    first, again = build.the_documents("ordre_du_jour")
    assert len(first.context["revue"]["situations"]["_grille"]) == 2
    lines = [line[0] for line in again.context["revue"]["situations"]["_grille"]]
    assert any(newcomer.reference in line and "ajoutée en séance" in line for line in lines)
