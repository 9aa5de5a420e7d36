"""Names that some way leaves unwritten: a doubt where reading them would stop a step, and only there."""

import pytest

from tests.bpmn_builder import (
    TERMINATE,
    Block,
    error,
    loop,
    process,
    timer,
)
from tests.checker.flow_bundles import (
    branching,
    judge,
    visited,
)

ROUTE = "bpmn/essai.bpmn"
EARLY = "read-before-written"
DOUBT = "may-be-unwritten"


def doubtful(read: Block) -> Block:
    """A verb on one way only, then both ways meet in ``rencontre``, where ``read`` goes on."""
    read.xor("choix", default="sans").when('signalement.statut == "po"')
    read.service("classer", "op", result="anah").node("task", "rencontre")
    return read.at("choix").node("task", "sans").to("rencontre")


@pytest.mark.parametrize(
    ("expression", "doubt"),
    [
        ('anah.categorie == "TM"', True),
        ('present(anah.categorie) and anah.categorie == "TM"', False),
        ('anah is not None and anah.categorie == "TM"', False),
        ('anah is None or anah.categorie == "TM"', False),
        ('visite.issue == "faite" and anah.categorie == "TM"', False),
        ('(anah.categorie if present(anah) else "") == "TM"', False),
    ],
)
def test_a_condition_on_what_one_way_leaves_unwritten(expression: str, *, doubt: bool):
    block = visited(process().user("dire", formulaire="signalement", resultats="signalement.statut"))
    block = branching(doubtful(block), expression, "tri").end()
    found = judge(block)
    assert found.found == ({(DOUBT, ROUTE, "tri_vers_tri_oui")} if doubt else set())
    assert {problem.severity for problem in found} <= {"warning"}


def test_an_answer_that_may_be_missing_is_only_empty_in_the_passing_view():
    block = process().user("dire", formulaire="signalement", resultats="signalement.statut")
    block.xor("choix", default="sans").when('signalement.statut == "po"')
    visited(block).node("task", "rencontre").at("choix").node("task", "sans").to("rencontre")
    assert judge(block.service("noter", "op", v="visite.issue").end()).codes == set()


def test_a_loop_that_tests_first_may_have_no_turn():
    for before, where in ((True, {(DOUBT, "appeler"), (DOUBT, "tri_vers_tri_oui")}), (False, set())):
        repeated = loop("appel.numero < 3", before=before)
        block = process().user("appeler", repeated, formulaire="appel", resultats="appel.numero")
        block = branching(block, "appel.numero == 2", "tri").end()
        assert {(item.code, item.element) for item in judge(block)} == where


def test_callers_that_did_not_all_write_leave_a_doubt():
    def route(*, first: bool) -> Block:
        block = process().user("dire", formulaire="signalement", resultats="signalement.statut")
        block.xor("choix", default="b").when('signalement.statut == "po"')
        block.node("task", "a")
        if first:
            block.service("classer", "op", result="anah")
        block.call("appel_a", "suite").end("fin_a").at("choix").node("task", "b")
        if not first:
            block.service("classer", "op", result="anah")
        return block.call("appel_b", "suite").end("fin_b")

    called = process("suite").service("lire", "op", v="anah.x").end()
    for first in (True, False):
        assert judge(route(first=first), called).found == {(DOUBT, "bpmn/suite.bpmn", "lire")}


def test_an_end_that_raises_an_error_is_no_way_on():
    called = process("suite").user("dire", formulaire="signalement", resultats="signalement.statut")
    called.xor("choix", default="b").when('signalement.statut == "po"').end("rate", error("panne"))
    called.at("choix").node("task", "b").service("classer", "op", result="anah").end()
    block = branching(process().call("appeler", "suite"), 'anah.x == "a"', "tri").end()
    assert judge(block, called).codes == set()


def test_branches_that_end_apart_have_all_ended():
    called = process("suite").parallel("fourche").service("classer", "op", result="anah").end("fin_a")
    called.at("fourche").node("task", "autre").end("fin_b")
    block = branching(process().call("appeler", "suite"), 'anah.x == "a"', "tri").end()
    assert judge(block, called).codes == set()


def test_every_way_that_writes_leaves_no_doubt():
    block = process().parallel("fourche").service("classer", "op", result="anah").parallel("jonction")
    branching(block, 'anah.x == "a"', "tri").end().at("fourche").node("task", "autre").to("jonction")
    assert judge(block).codes == set()


def test_an_end_that_stops_everything_may_come_before_what_was_to_be_written():
    called = (
        process("suite")
        .user("dire", formulaire="signalement")
        .boundary("tard", "dire", timer('"P3D"'), interrupting=False)
    )
    called.end("assez", TERMINATE).at("dire").service("classer", "op", result="anah").end()
    block = branching(process().call("appeler", "suite"), 'anah.x == "a"', "tri").end()
    assert judge(block, called).found == {(DOUBT, ROUTE, "tri_vers_tri_oui")}
    called = (
        process("suite")
        .user("dire", formulaire="signalement")
        .boundary("tard", "dire", timer('"P3D"'), interrupting=False)
    )
    called.end("noter").at("dire").service("classer", "op", result="anah").end()
    assert judge(block, called).codes == set()
