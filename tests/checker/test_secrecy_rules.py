"""What conditions may read of the answers, and what steps may keep of them (LAW-1)."""

import pytest

from app.checker.files.reading import read
from tests.bpmn_builder import Block, condition, loop, many, process
from tests.checker.flow_bundles import a_field, a_form, a_table, files_of, judge, judge_model

CHOICE = "bpmn/essai.bpmn"


def a_choice(expression: str, resultats: str = "visite.issue") -> Block:
    """People visit; then the way on depends on an expression."""
    block = process().user("visiter", formulaire="visite", resultats=resultats)
    block.xor("choix", default="non").when(expression).node("task", "oui").end("fin_oui")
    return block.at("choix").node("task", "non").end("fin_non")


def test_a_condition_reads_what_a_step_declares():
    assert judge(a_choice('visite.issue == "faite"')).codes == set()


@pytest.mark.parametrize("name", ["visite.budget", "signalement.revenus", "signalement.sante"])
def test_a_condition_never_reads_a_protected_answer(name: str):
    found = judge(a_choice(f"{name} is not None"))
    assert found.found == {("protected-condition", CHOICE, "choix_vers_oui")}
    (problem,) = found
    assert name in problem.message
    assert problem.severity == "error"


def test_a_guard_does_not_make_a_protected_answer_readable():
    assert judge(a_choice("present(visite.budget)")).codes == {"protected-condition"}


def test_a_step_never_keeps_a_protected_answer():
    found = judge(a_choice('visite.issue == "faite"', "visite.issue, visite.budget"))
    assert found.found == {("protected-condition", CHOICE, "visiter")}


def test_a_table_with_a_protected_column_is_protected():
    found = judge(a_choice('visite.issue == "faite"', "visite.issue, visite.pieces"))
    assert found.found == {("protected-condition", CHOICE, "visiter")}


def test_a_protected_answer_kept_and_tested_is_told_once_where_it_is_tested():
    found = judge(a_choice("visite.budget > 3", "visite.budget"))
    assert found.found == {("protected-condition", CHOICE, "choix_vers_oui")}
    (problem,) = found
    assert "resultats" in problem.message


def test_a_protected_answer_kept_under_another_name_is_still_protected():
    assert judge(a_choice("choix.budget > 3", "choix.budget")).found == {
        ("protected-condition", CHOICE, "visiter")
    }


def test_a_decision_or_a_verb_between_makes_it_readable():
    table = a_table("aisance", ["signalement.revenus"], [(["> 1000"], '"oui"'), (["-"], '"non"')])
    block = process().rule("juger", "aisance").service("classer", "calculer", result="anah")
    block.xor("choix", default="b").when('aisance.avis == "oui" and anah.categorie == "TM"')
    block.node("task", "a").end("fin_a").at("choix").node("task", "b").end("fin_b")
    assert judge(block, others=[table]).codes == set()


def test_a_parameter_may_read_a_protected_answer():
    block = process().service("classer", "calculer", result="anah", revenus="signalement.revenus").end()
    assert judge(block).codes == set()


@pytest.mark.parametrize(
    "expression", ["visite.date is not None", "present(visite.date)", 'signalement.statut == "po"']
)
def test_a_condition_on_an_answer_that_no_step_keeps(expression: str):
    found = judge(a_choice(expression))
    assert found.found == {("condition-reads-answer", CHOICE, "choix_vers_oui")}
    (problem,) = found
    assert "resultats" in problem.message


def test_the_facts_of_the_case_are_read_through_a_table():
    found = judge(a_choice('dossier.priorite == "P0"'))
    assert found.found == {("condition-reads-answer", CHOICE, "choix_vers_oui")}
    table = a_table("urgence", ["dossier.priorite"], [(['"P0"'], '"oui"')], default='"non"')
    block = process().rule("juger", "urgence").xor("choix", default="b").when('urgence.avis == "oui"')
    block.node("task", "a").end("fin_a").at("choix").node("task", "b").end("fin_b")
    assert judge(block, others=[table]).codes == set()


def test_all_that_reads_process_data_alone_is_judged_as_a_condition():
    block = process()
    block.user("chaque", many("visite.pieces", "piece"), formulaire="appel")
    block.user("encore", loop("visite.date is None", 3), formulaire="appel")
    block.user("assez", many("visite.liste", "x", until="visite.budget > 3"), formulaire="appel")
    block.catch("attendre", condition("signalement.statut is not None")).end()
    assert {item for item in judge(block).found if item[0] != "unknown-field"} == {
        ("condition-reads-answer", CHOICE, "chaque"),
        ("condition-reads-answer", CHOICE, "encore"),
        ("protected-condition", CHOICE, "assez"),
        ("condition-reads-answer", CHOICE, "attendre"),
    }


def test_a_variable_that_hides_a_form_may_be_read():
    block = process().service("lister", "donner", result="visite")
    block.xor("choix", default="b").when("len(visite) > 0").node("task", "a").end("fin_a")
    assert judge(block.at("choix").node("task", "b").end("fin_b")).codes == set()


def test_an_answer_of_an_unreadable_form_is_left_to_the_form():
    block = a_choice('releve.index == "x"')
    broken = [("forms/releve.json", b"{")]
    model, problems, _ = read(files_of(block, others=broken), whole=True)
    assert [problem.code for problem in problems] == ["not-json"]
    assert judge_model(model).codes == set()


def test_a_file_judged_alone_is_not_asked_what_the_others_hold():
    assert judge(a_choice("visite.budget > 3"), whole=False).codes == set()


def test_the_form_of_a_field_with_protected_columns_may_be_named_in_a_parameter():
    form = a_form("liste", a_field("lignes", "tableau", colonnes=[a_field("motif", classe="social")]))
    block = process().user("lister", formulaire="liste").service("s", "op", lignes="liste.lignes").end()
    assert judge(block, others=[form]).codes == set()
