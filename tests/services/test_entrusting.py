"""Cases are entrusted to structures by the diagrams, by whoever alerts, by hand (AST-3, AST-6)."""

import json
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from app import clock
from app.catalog.compiler import compile_form
from app.catalog.settings import parse_settings
from app.checker.names import in_templates
from app.checker.names.catalogue import Catalogue
from app.database import db, end_read, transaction
from app.errors import BundleFault, DesignFault, Forbidden, Invalid, NotFound
from app.handlers import Context, dispatch
from app.handlers.effects import Entrust, TakeBack
from app.handlers.registry import HandlerFault
from app.models import Partner, Task
from app.services import (
    accounts,
    actors,
    case_view,
    cases,
    claims,
    document_facts,
    inbox,
    message_facts,
    releases,
    structures,
    task_view,
    views,
)
from app.services import perimeter as sight
from tests import build, two_structures


@pytest.fixture
def operator(shared):
    build.a_directory()
    return build.a_partner("amelioration_habitat", name="Opérateur Alpha", email="alpha@ope.invalid").id


def held(case):
    end_read()
    return {one.relation: one.name for one in structures.of_case(case.case_id) if one.until is None}


def test_the_structure_chosen_in_a_form_receives_the_case_at_the_step_that_says_so(operator):
    case = build.a_case("prendre_rendez_vous", answers={"analyser_signalement": {"structure": str(operator)}})
    assert held(case) == {}
    case = build.drive(case, "orientation")
    assert held(case) == {"operateur": "Opérateur Alpha"}
    (line,) = build.the_journal("dossier.confie")
    assert (line.case_id, line.subject, line.details) == (
        case.case_id,
        str(operator),
        {"relation": "operateur"},
    )


def test_an_expression_reads_to_whom_a_case_is_entrusted_and_none_in_another_relation(operator):
    case = build.a_case()
    two_structures.entrust(case.case_id, operator)
    facts = views.case_facts(case.case_id)["confie"]
    assert facts.get("operateur") == str(operator)
    assert facts.get("mar") is None


def test_what_the_step_under_way_has_entrusted_or_taken_back_counts_already(operator):
    case = build.a_case()
    two_structures.entrust(case.case_id, operator, "slisl")
    asked = (Entrust("operateur", operator), TakeBack("slisl"))
    assert dict(views.case_facts(case.case_id, asked)["confie"]) == {"operateur": str(operator)}


def test_another_structure_in_the_same_relation_takes_the_place_of_the_first(operator):
    case = build.a_case("prendre_rendez_vous")
    second = build.a_partner("amelioration_habitat", name="Opérateur Bêta", email="beta@ope.invalid").id
    for partner in (operator, second, second):
        with transaction():
            structures.entrust(case.case_id, partner, "operateur")
    ended = [one for one in structures.of_case(case.case_id) if one.until is not None]
    assert held(case) == {"operateur": "Opérateur Bêta"}
    assert [one.name for one in ended] == ["Opérateur Alpha"]
    assert len(build.the_journal("dossier.confie")) == 2
    assert len(build.the_journal("dossier.retire")) == 1


def test_a_step_held_by_somebody_who_no_longer_sees_the_case_goes_back_to_the_team(shared):
    alpha = two_structures.a_side("Alpha")
    task = build.the_task("prendre_rendez_vous", case=alpha.case).id
    with sight.serving(alpha.actor):
        claims.claim(task, alpha.actor)
    with transaction():
        structures.take_back(alpha.case.case_id, "operateur")
    assert db.session.get(Task, task).claimed_by is None
    with sight.serving(alpha.actor):
        assert inbox.inbox(alpha.actor).total == 0


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("inactive", "n'est plus active"),
        ("unknown", "pas dans l'annuaire"),
        ("other kind", "pas dans l'annuaire"),
    ],
)
def test_a_structure_that_cannot_receive_the_case_stops_the_step_with_a_sentence(operator, state, said):
    case = build.a_case("realiser_visite", answers={"analyser_signalement": {"structure": str(operator)}})
    with transaction() as session:
        row = session.get_one(Partner, operator)
        if state == "inactive":
            row.active = False
        elif state == "other kind":
            row.kind = "adil"
        else:
            row.id = uuid4()
    with pytest.raises(DesignFault, match=said):
        build.drive(case, "orientation")
    assert held(case) == {}


def test_a_relation_that_the_territory_does_not_name_is_refused(operator):
    case = build.a_case()
    with pytest.raises(HandlerFault, match=r"n'est pas dans \[relations\]"):
        dispatch("confier_dossier", {"relation": "ami", "partenaire": str(operator)}, context_of(case))
    with pytest.raises(HandlerFault, match="en minuscules"):
        dispatch("retirer_dossier", {"relation": "Mon ami"}, context_of(case))
    with pytest.raises(HandlerFault, match="à qui confier"):
        dispatch("confier_dossier", {"relation": "operateur"}, context_of(case))


def test_without_a_choice_the_structure_of_that_kind_for_the_commune_is_found(operator):
    case = build.a_case()
    result = dispatch("confier_dossier", {"relation": "slisl", "genre": "ccas"}, context_of(case))
    assert db.session.get(Partner, UUID(result.output)).name == "CCAS de Saint-Nazaire"


def test_the_alert_of_somebody_who_works_for_a_structure_is_entrusted_to_it(operator):
    partner = db.session.get(Partner, operator)
    actor = actors.actor_for(two_structures.a_referent(partner, "Référente Alpha"))
    with sight.serving(actor):
        opened = build.an_alert(by=actor)
        assert [row.reference for row in cases.listing(actor).rows] == [opened.reference]
    assert held(opened) == {"demandeur": "Opérateur Alpha"}


def test_the_alert_of_the_public_and_of_somebody_without_a_structure_is_entrusted_to_nobody(shared):
    build.a_directory()
    assert held(build.an_alert()) == {}
    assert held(build.an_alert(by=build.an_actor("travailleur_social"))) == {}


def test_a_supervisor_who_sees_every_case_entrusts_one_by_hand(operator):
    case, boss = build.a_case(), build.an_actor("coordinatrice_pole")
    structures.entrust_by_hand(case.reference, "slisl", operator, by=boss)
    assert held(case) == {"slisl": "Opérateur Alpha"}
    assert build.the_journal("dossier.confie")[0].user_id == boss.user_id
    structures.entrust_by_hand(case.reference, "slisl", None, by=boss)
    structures.entrust_by_hand(case.reference, "slisl", None, by=boss)
    assert held(case) == {}
    lines = case_view.file_view(case.reference, boss).timeline
    assert "Dossier confié : Opérateur Alpha (slisl)" in {line.text for line in lines}


def test_entrusting_by_hand_is_refused_to_the_wrong_people_and_for_the_wrong_words(operator):
    case, boss = build.a_case(), build.an_actor("coordinatrice_pole")
    partner = db.session.get(Partner, operator)
    limited = actors.actor_for(two_structures.a_referent(partner, "Référente Alpha"))
    for somebody in (limited, build.an_actor("technicien")):
        with pytest.raises(Forbidden):
            structures.entrust_by_hand(case.reference, "slisl", operator, by=somebody)
    with pytest.raises(Invalid):
        structures.entrust_by_hand(case.reference, "ami", operator, by=boss)
    with pytest.raises(Invalid):
        structures.entrust_by_hand(case.reference, "slisl", uuid4(), by=boss)
    with pytest.raises(NotFound):
        structures.entrust_by_hand("DOS-1999-0001", "slisl", operator, by=boss)


def test_a_field_of_the_type_partenaire_offers_the_active_structures_of_its_kind(operator):
    build.a_partner("amelioration_habitat", name="Opérateur endormi", email="dort@ope.invalid")
    with transaction() as session:
        session.execute(update(Partner).where(Partner.name == "Opérateur endormi").values(active=False))
    build.a_case("analyser_signalement")
    task = build.the_task("analyser_signalement")
    view = task_view.open_task(task.id, build.the_hand(task))
    offered = view.context["structures"]["amelioration_habitat"]
    assert {"valeur": str(operator), "libelle": "Opérateur Alpha"} in offered
    assert "Opérateur endormi" not in {one["libelle"] for one in offered}
    with pytest.raises(Invalid):
        view.form.parse(
            {
                "priorite": "P2",
                "doublon": "non",
                "dans_champ": "oui",
                "prestation": "visite",
                "structure": "x",
            },
            {},
            classes=view.classes,
            context=view.context,
        )


def test_an_answer_that_chose_a_structure_reads_as_its_name(operator):
    case = build.a_case("prendre_rendez_vous", answers={"analyser_signalement": {"structure": str(operator)}})
    shown = case_view.file_view(case.reference, build.an_actor("coordinatrice_pole"))
    rows = {row.key: row.text for form in shown.forms for row in form.rows}
    assert rows["structure"] == "Opérateur Alpha"


def test_a_kind_that_the_territory_does_not_know_is_refused_in_a_form(shared_root):
    settings = parse_settings(
        (shared_root / "bpmn/territories" / two_structures.CODE / "territoire.toml").read_text()
    )
    form = {
        "id": "essai", "titre": "Essai",
        "champs": [{"cle": "qui", "type": "partenaire", "genre": "operatuer", "libelle": "Qui"}],
    }  # fmt: skip
    with pytest.raises(BundleFault, match="operatuer"):
        compile_form(json.dumps(form), settings=settings)


def context_of(case):
    end_read()
    process = build.the_process(case)
    release = releases.of(process.release_id)
    return Context(
        territory_id=process.territory_id, territory_name="", live={}, bundle=release.bundle,
        process_id=process.id, case_id=case.case_id, element="", scope=None, now=clock.now(), names={},
    )  # fmt: skip


def test_an_account_is_made_for_a_structure_named_as_the_directory_names_it(operator, shared):
    found = structures.named(shared.id, " Opérateur Alpha ")
    assert found == operator
    user = accounts.create_user(
        "ref@ope.invalid", name="Référente", password="une phrase assez longue", territory_id=shared.id,
        roles=["referent"], partner_id=found,
    )  # fmt: skip
    assert actors.actor_for(user).within == operator
    accounts.grant(user.id, territory_id=shared.id, roles=["technicien"])
    end_read()
    again = actors.actor_for(db.session.get(type(user), user.id))
    assert (again.partner_id, again.within) == (operator, None)
    build.a_partner("adil", name="Opérateur Alpha", email="autre@ope.invalid")
    for name, said in (("Personne", "n'est pas dans l'annuaire"), ("Opérateur Alpha", "2 fois")):
        with pytest.raises(Invalid) as refused:
            structures.named(shared.id, name)
        assert said in str(refused.value.problems)


def test_a_structure_of_another_territory_is_nobodys_here(operator, shared):
    with build.serving("carene") as elsewhere, pytest.raises(Invalid):
        accounts.create_user(
            "x@ope.invalid", name="X", password="une phrase assez longue", territory_id=elsewhere.id,
            roles=["technicien"], partner_id=operator,
        )  # fmt: skip


def test_documents_and_messages_say_which_structure_holds_the_case(operator):
    case = build.a_case()
    two_structures.entrust(case.case_id, operator)
    said = structures.facts_of(case.case_id)
    assert said["operateur"]["nom"] == "Opérateur Alpha"
    assert said["slisl"] == dict.fromkeys(("nom", "adresse", "telephone", "courriel"), "")
    process = build.the_process(case)
    release = releases.of(process.release_id)
    frozen = document_facts.freeze(process, release, frozenset({"technique"}), None)
    assert frozen["structures"]["operateur"]["courriel"] == "alpha@ope.invalid"
    told = message_facts.common(build.the_case(case), None, release)
    assert told["structures"]["operateur"]["nom"] == "Opérateur Alpha"


@pytest.mark.parametrize(
    ("name", "known"),
    [("structures.operateur.nom", True), ("structures.ami.nom", False), ("dossier.confie", False)],
)
def test_the_check_knows_the_structures_that_a_template_may_name(shared_root, name, known):
    folder = shared_root / "bpmn" / "territories" / two_structures.CODE
    settings = parse_settings((folder / "territoire.toml").read_text())
    model = SimpleNamespace(settings=settings, whole=False, forms={}, roots={})
    assert (name in in_templates._document(model, name)) is known


@pytest.mark.parametrize(("relation", "known"), [("operateur", True), ("operatuer", False)])
def test_the_check_knows_the_relations_that_an_expression_may_read(shared_root, relation, known):
    folder = shared_root / "bpmn" / "territories" / two_structures.CODE
    settings = parse_settings((folder / "territoire.toml").read_text())
    catalogue = Catalogue(
        SimpleNamespace(settings=settings), (), {}, frozenset(), {}, {}, frozenset(), complete=True
    )
    fault = catalogue.unknown(f"dossier.confie.{relation}")
    assert (fault is None) is known
    assert fault is None or "Opérateur" in fault[1] or "operateur" in fault[1]


def test_two_supervisors_at_once_entrust_one_after_the_other(app, operator):
    case, boss = build.a_case(), build.an_actor("coordinatrice_pole")
    reference = case.reference
    given = build.together(
        app, 3, lambda _: structures.entrust_by_hand(reference, "slisl", operator, by=boss)
    )
    assert given == [None, None, None]
    assert held(case) == {"slisl": "Opérateur Alpha"}
    assert len(build.the_journal("dossier.confie")) == 1
