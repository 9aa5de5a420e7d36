"""What the CARENE asks and no other test holds: alert-givers, tenure, kit, roles, words (CAR, LAW)."""

import pytest
from lxml import etree
from marshmallow import ValidationError
from sqlalchemy import select

from app import engine
from app.database import db
from app.models import Submission
from app.services import cases, releases
from app.services.actors import public
from tests import build

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DIAGNOSIS = "ZQDIAGNOSTICQZ"
"""A word of the diagnosis, searched for in all that its alert-giver is given."""

STOPS = (
    "analyser_signalement", "prendre_rendez_vous", "realiser_visite", "etablir_diagnostic",
    "valider_diagnostic", "decider_orientations", "repondre_demande", "donner_resultat", "attendre_pole",
)  # fmt: skip


def field(form: str, key: str):
    return next(item for item in releases.current().forms[form].fields if item.key == key)


def values(form: str, key: str) -> list[str]:
    return [option.value for option in field(form, key).options]


def described(process: str) -> dict[str, engine.Described]:
    return {step.element: step for step in engine.describe(releases.current().programme, process)}


# CAR-2, CAR-3, CAR-4


def test_a_household_of_any_tenure_and_income_reaches_a_person(carene):
    for tenure in values("signalement", "statut"):
        for income in values("signalement", "tranche_revenus"):
            alert = build.an_alert(statut=tenure, tranche_revenus=income)
            assert [task.element for task in build.open_tasks(alert.case_id)] == ["analyser_signalement"]


def test_every_alert_giver_of_the_programme_can_say_who_they_are(carene):
    labels = {option.label for option in field("signalement", "origine").options}
    assert labels >= {
        "Le ménage lui-même", "CCAS d'une commune", "Service communal d'hygiène et de santé",
        "Agence régionale de santé (ARS)", "Diagnostiqueur thermique", "Ergothérapeute", "SOLIHA", "ADIL",
        "DDTM", "CLIC", "CAF", "Département (centre médico-social)",
    }  # fmt: skip
    for origin in values("signalement", "origine"):
        assert build.an_alert(origine=origin).follow_up_code


def test_a_household_alerts_for_itself_without_naming_a_structure(carene):
    form = releases.current().forms["signalement"]
    classes = public(releases.current().settings).rights.collect
    own = build.sample(form, {}, classes=classes, **{**build.ALERT, "origine": "menage"})
    assert "donneur_structure" not in own
    assert "donneur_nom" not in own
    assert cases.open_alert(own, by=public(releases.current().settings)).reference


def test_every_service_that_can_be_requested_leads_to_the_offer_of_a_visit(carene):
    for service in releases.current().settings.services:
        wanted = {"analyser_signalement": {"prestation": service}}
        case = build.a_case("prendre_rendez_vous", answers=wanted)
        assert [task.element for task in build.open_tasks(case.case_id)] == ["prendre_rendez_vous"]


# CAR-7


def test_the_visit_keeps_what_was_handed_over_and_installed_and_leaves_the_guide(carene):
    kit = [
        {"article": "mousseur", "quantite": 2, "pose": True},
        {"article": "sablier", "quantite": 1, "pose": False},
    ]
    visit = {"kit": kit, "gestes": ["aerer"]}
    build.a_case("etablir_diagnostic", answers={"realiser_visite": visit})
    (report,) = build.the_documents("compte_rendu_visite")
    (guide,) = build.the_documents("guide_menage")
    told = str(report.context["reponses"]["visite"])
    assert "Mousseur" in told
    assert "Sablier de douche" in told
    assert "Posé pendant la visite" in told
    assert "Aérer 10 minutes par jour" in str(guide.context["reponses"]["visite"])


def test_the_diagnosis_separates_quick_leads_from_long_term_ones(carene):
    for form in ("visite", "diagnostic"):
        assert field(form, "pistes_rapides").required
        assert field(form, "pistes_durables").type == "texte_long"
    assert field("analyse", "besoins").label == "Besoins particuliers pour la visite"


# CAR-1, CAR-9, CAR-10


def test_the_one_who_validates_coordinates_and_the_pole_s_coordinator_is_somebody_else(carene):
    lanes = releases.current().settings.lanes
    held = {
        described(process)[element].lane
        for process, element in [
            ("validation", "valider_diagnostic"),
            ("suivi", "decider_orientations"),
            ("orientation", "relancer_partenaire"),
            ("accompagnement", "cloturer"),
        ]
    }
    assert held == {"coordonnateur"}
    assert not set(lanes["coordonnateur"].roles) & set(lanes["pole"].roles)
    assert described("revue")["tenir_revue"].lane == "pole"


def test_the_agglomeration_analyses_and_each_commune_has_its_own_ccas(carene):
    build.a_directory()
    assert described("tri")["analyser_signalement"].lane == "ecorenove"
    case = build.a_case("repondre_demande", answers={"decider_orientations": {"lignes": [{"genre": "ccas"}]}})
    asked = build.the_orientations(case)["ccas"].partner
    assert asked.communes == [build.SAINT_NAZAIRE]


def test_the_agenda_of_the_pole_says_whether_each_partner_really_took_charge(carene):
    rows = [{"genre": "adil"}, {"genre": "caf"}]
    case = build.a_case("repondre_demande", answers={"decider_orientations": {"lignes": rows}})
    build.complete("repondre_demande", case=case, scope=str(build.the_orientations(case)["caf"].id))
    build.hold_review("poursuivre")
    (agenda,) = build.the_documents("ordre_du_jour")
    told = str(agenda.context["revue"]["situations"]["_grille"])
    partners = build.the_orientations(case)
    assert f"{partners['adil'].partner.name} : transmise" in told
    assert f"{partners['caf'].partner.name} : acceptée" in told


# LAW-4, LAW-7, LAW-10, LAW-11, LAW-12


def test_a_case_is_closed_on_what_became_of_the_kit_and_of_the_gestures_since_the_visit(carene):
    for key in ("materiel", "gestes"):
        assert field("cloture", key).required
    case = build.a_case("attendre_pole")
    build.hold_review("regle")
    build.pump()
    with pytest.raises(ValidationError) as refused:
        build.complete("cloturer", case=case, motif="reglee", gestes="")
    assert set(refused.value.messages_dict) == {"gestes"}
    build.complete("cloturer", case=case, motif="reglee", materiel="en_partie", gestes="gardes")
    last = db.session.scalars(select(Submission).where(Submission.form == "cloture")).one()
    assert (last.answers["materiel"], last.answers["gestes"]) == ("en_partie", "gardes")


def test_what_follows_is_decided_by_two_the_technician_and_the_social_worker(carene):
    case = build.a_case("valider_diagnostic")
    with pytest.raises(ValidationError, match="se décide à deux"):
        build.complete("valider_diagnostic", case=case, complet=True, echange_technicien=False)
    build.complete("valider_diagnostic", case=case, complet=True, echange_technicien=True)
    assert [task.element for task in build.open_tasks(case.case_id)] == ["decider_orientations"]


def test_questions_on_health_are_optional_and_kept_apart(carene):
    for key in ("handicap", "sante_fragile"):
        question = field("signalement", key)
        assert (question.classe, question.required) == ("secret", False)


def test_the_alert_giver_never_sees_the_diagnosis(carene):
    marked = {
        "realiser_visite": {"pistes_rapides": DIAGNOSIS},
        "etablir_diagnostic": {"synthese": DIAGNOSIS, "pistes_rapides": DIAGNOSIS},
        "valider_diagnostic": {"avis_social": DIAGNOSIS},
    }
    case = build.a_case(STOPS[0])
    for stop in STOPS:
        build.drive(case, stop, answers=marked)
        followed = cases.follow_up(case.follow_up_code)
        assert followed.reference == case.reference
        assert DIAGNOSIS not in repr(followed)
    build.hold_review("regle")
    build.pump()
    build.drive(case, "fin")
    sent = [
        message for message in build.the_messages() if message.recipient == build.ALERT["donneur_courriel"]
    ]
    assert {message.kind for message in sent} == {
        "signalement_recu",
        "suite_tri",
        "suite_visite",
        "suite_orientation",
        "cloture_information",
    }
    assert DIAGNOSIS not in str([(message.subject, message.body) for message in sent])


def test_every_diagram_is_told_in_full_by_its_list_of_steps(carene):
    release = releases.current()
    for name, drawing in release.bundle.folder("bpmn").items():
        for process in etree.fromstring(drawing).iter(f"{BPMN}process"):
            told = described(process.get("id"))
            drawn = {node.text.strip() for node in process.iter(f"{BPMN}flowNodeRef")}
            assert drawn <= set(told), name
            for step in told.values():
                assert step.name or "Gateway" in step.kind, (name, step.element)
                assert step.lane, (name, step.element)


def test_a_question_is_not_asked_again_without_its_first_answer(carene):
    asked: dict[str, str] = {}
    again = []
    for form_id in ("signalement", "analyse", "rendez_vous", "visite", "diagnostic", "validation"):
        for question in releases.current().forms[form_id].fields:
            if question.label in asked and question.computed is None:
                again.append((form_id, question.key, question.taken_from))
            asked.setdefault(question.label, form_id)
    assert again
    # What a household says when it refuses is asked at each occasion, and is another answer each time.
    assert [row for row in again if not row[2] and row[1] != "refus_motif"] == []


def test_the_need_of_an_interpreter_is_asked_and_printed_on_the_paper_form(carene):
    assert field("signalement", "interprete").label == "Faut-il un interprète ?"
    build.a_case("prendre_rendez_vous", alert={"interprete": True, "langue": "arabe"})
    (paper,) = build.the_documents("fiche_reperage")
    assert "arabe" in str(paper.context)
