"""Joins that SpiffWorkflow gets wrong: a branch that never comes, tokens that come twice."""

import pytest

from app import engine
from app.engine import ProgrammeFault, StepFault
from tests.bpmn_builder import TERMINATE, Block, message, process
from tests.engine_play import Run


def _refused(*blocks: Block) -> list[tuple[str | None, str]]:
    files = {f"{rank}.bpmn": block.xml() for rank, block in enumerate(blocks)}
    with pytest.raises(ProgrammeFault):
        engine.compile_fresh(files, "refus")
    return [(found.element, found.code) for found in engine.examine(files)]


def _branches() -> Block:
    """Three branches; one may leave for good, so that the join never has its three tokens."""
    return (
        process()
        .parallel("ouvrir")
        .user("choisir", resultats="choix.part")
        .xor("part", default="reunir")
        .when("choix.part")
        .end("parti")
        .at("part")
        .parallel("reunir")
        .user("conclure")
        .end()
        .at("ouvrir")
        .user("agir")
        .to("reunir")
        .at("ouvrir")
        .user("veiller")
        .end("veille")
    )


def test_a_stranded_branch_is_told_at_the_step_that_strands_it() -> None:
    run = Run(_branches(), fresh=True).done("agir")
    assert run.open == ["choisir", "veiller"]
    with pytest.raises(StepFault, match="ne viendra plus") as caught:
        run.done("choisir", part=True)  # « veiller » is still open: the case as a whole is not blocked
    assert caught.value.element == "reunir"
    assert run.open == ["choisir", "veiller"]
    assert run.done("choisir", part=False).open == ["conclure", "veiller"]


def test_a_stranded_branch_is_told_also_when_it_arrives_last() -> None:
    run = Run(_branches(), fresh=True).done("choisir", part=True)
    with pytest.raises(StepFault, match="ne viendra plus") as caught:
        run.done("agir")
    assert caught.value.element == "reunir"


@pytest.mark.parametrize("rescue", ["terminate", "border"])
def test_a_stranded_branch_that_something_else_may_close_is_no_fault(rescue: str) -> None:
    inner = _branches() if rescue == "border" else _branches().at("veiller")
    if rescue == "terminate":
        inner.nodes = [node.replace('<endEvent id="veille"></endEvent>', "") for node in inner.nodes]
        inner.flows = [flow for flow in inner.flows if "veiller_vers_veille" not in flow]
        run = Run(inner.end("veille", TERMINATE), fresh=True).done("agir").done("choisir", part=True)
        assert run.open == ["veiller"]
        assert run.done("veiller").finished
        return
    inner.id = "dedans"
    route = (
        process().call("suivre", "dedans").end().boundary("arret", "suivre", message("arret")).end("arrete")
    )
    run = Run(route, inner, fresh=True).done("agir").done("choisir", part=True)
    assert run.open == ["veiller"]
    assert run.catch("arret").finished


def test_two_joins_that_wait_for_each_other_are_told() -> None:
    route = (
        process()
        .parallel("ouvrir")
        .parallel("un")
        .parallel("partage")
        .parallel("deux")
        .end()
        .at("ouvrir")
        .user("agir")
        .to("deux")
        .at("deux")
        .to("un")
    )
    route.flows = [flow for flow in route.flows if 'id="deux_vers_fin"' not in flow]
    with pytest.raises((StepFault, ProgrammeFault)) as caught:
        Run(route, fresh=True)
    assert caught.value.facts["element"] in {"un", "deux"}


def test_a_parallel_join_reached_twice_by_one_way_is_refused() -> None:
    route = (
        process()
        .parallel("ouvrir")
        .user("a")
        .xor("melange")
        .parallel("reunir")
        .end()
        .at("ouvrir")
        .user("b")
        .to("melange")
        .at("ouvrir")
        .user("c")
        .to("reunir")
    )
    assert _refused(route) == [("reunir", "join-reached-twice")]


def _calls_beside_a_visit() -> Block:
    return (
        process()
        .user("visiter")
        .inclusive("tous")
        .user("conclure")
        .end()
        .boundary("appel", "visiter", message("appel"), interrupting=False)
        .user("rappeler", resultats="rappel.note")
        .to("tous")
    )


def test_an_inclusive_join_takes_together_what_arrived_by_one_way_before_it_goes_on() -> None:
    run = Run(_calls_beside_a_visit(), fresh=True).catch("appel").catch("appel")
    assert run.open == ["rappeler", "rappeler", "visiter"]
    run.done("rappeler", note=1).done("rappeler", note=2)
    assert run.open == ["visiter"]
    assert run.done("visiter").open == ["conclure"]  # once, with what was written last
    assert run.variables("conclure")["rappel"] == {"note": 2}
    assert run.done("conclure").finished


def test_what_reaches_an_inclusive_join_after_it_went_on_goes_on_by_itself() -> None:
    run = Run(_calls_beside_a_visit(), fresh=True).catch("appel").catch("appel").done("visiter")
    assert run.done("rappeler", note=1).open == ["conclure", "rappeler"]
    assert run.done("conclure").open == ["rappeler"]
    assert run.done("rappeler", note=2).open == ["conclure"]
    assert run.done("conclure").finished
