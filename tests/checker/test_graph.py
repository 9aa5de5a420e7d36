"""Where a case can go: what no way reaches, where it stops, what waits for ever, what is hard to read."""

import json
import re
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from app.catalog.compiler import compile_form
from app.checker.diagrams.as_drawn import rounds
from app.checker.model import Model
from app.checker.problem import Problem
from app.checker.routes.graph import problems
from app.engine import StepFault, examine
from tests.architecture.shipped import TERRITORIES, bundle, diagrams
from tests.bpmn_builder import TERMINATE, Block, message, process, sub, timer
from tests.engine_play import Run

NAMES = {"unlabelled"}


def judged(*blocks: Block, forms: tuple[dict[str, object], ...] = ()) -> list[Problem]:
    roots = {f"bpmn/{block.id}.bpmn": etree.fromstring(block.xml()) for block in blocks}
    compiled = {
        str(form["id"]): (
            f"forms/{form['id']}.json",
            compile_form(json.dumps(form).encode(), settings=CARENE),
        )
        for form in forms
    }
    return list(problems(Model(files={}, whole=True, roots=roots, forms=compiled)))


def found(*blocks: Block, forms: tuple[dict[str, object], ...] = ()) -> list[tuple[str, str, str]]:
    """What is told, missing names aside: code, element, severity."""
    told = judged(*blocks, forms=forms)
    return [(item.code, item.element, item.severity) for item in told if item.code not in NAMES]


CARENE = bundle("carene").settings


@pytest.mark.parametrize("code", TERRITORIES)
def test_the_shipped_diagrams_have_nothing_wrong(code: str) -> None:
    roots = {f"bpmn/{diagram.name}.bpmn": diagram.root for diagram in diagrams(code)}
    forms = {key: (f"forms/{key}.json", form) for key, form in bundle(code).forms.items()}
    assert list(problems(Model(files={}, whole=True, roots=roots, forms=forms))) == []


def test_an_element_without_a_flow_to_it_is_never_reached() -> None:
    block = process("p").user("a").end().put("userTask", "perdue")
    block.at("perdue").to("fin")
    (problem,) = [item for item in judged(block) if item.code == "unreachable"]
    assert (problem.path, problem.element, problem.severity) == ("bpmn/p.bpmn", "perdue", "error")
    assert problem.message.startswith("Aucune flèche ne mène à « perdue » depuis le début")


def test_only_the_head_of_a_lost_part_is_told() -> None:
    block = process("p").user("a").end().put("userTask", "perdue").at("perdue").user("suite").end("fin_2")
    assert found(block) == [("unreachable", "perdue", "error")]


def test_a_lost_round_is_told_once() -> None:
    block = process("p").user("a").end().put("userTask", "perdue").at("perdue").user("suite").to("perdue")
    assert found(block) == [("unreachable", "perdue", "error")]


def test_a_way_that_stops_before_an_end_is_a_dead_end() -> None:
    assert found(process("p").user("a")) == [("dead-end", "a", "error")]
    assert found(process("p").user("a").boundary("tard", "a", timer('"P3D"')).at("a").end()) == [
        ("dead-end", "tard", "error")
    ]
    assert found(process("p").user("a").end()) == []


def test_a_dead_end_inside_a_sub_process() -> None:
    inner = sub("bloc").xor("choix", default="bloc_fin").end("bloc_fin")
    inner.at("choix").when("visite.issue == 1").user("oubli")
    assert found(process("p").sub(inner).end()) == [("dead-end", "oubli", "error")]


def test_a_loop_that_nothing_leaves_has_no_end() -> None:
    block = process("p").user("a").user("b").to("a")
    (problem,) = [item for item in judged(block) if item.code not in NAMES]
    assert (problem.code, problem.element, problem.severity) == ("no-end", "a", "error")
    assert "n'atteint plus aucune fin" in problem.message


def test_a_loop_left_by_an_interrupting_event_has_an_end() -> None:
    block = process("p").user("a").user("b").to("a").boundary("arret", "b", message("stop")).end()
    assert found(block) == []
    aside = process("p").user("a").user("b").to("a")
    aside.boundary("note", "b", message("stop"), interrupting=False).end()
    assert ("no-end", "a", "error") in found(aside)


def test_a_loop_ended_by_a_branch_beside_it_has_an_end() -> None:
    block = process("p").parallel("ensemble").user("veille").to("veille")
    block.at("ensemble").user("mesure").end("fini", TERMINATE)
    assert found(block) == []


def test_a_loop_without_end_may_be_stopped_by_the_process_that_calls_it() -> None:
    inner = process("veille").user("a").to("a")
    caller = process("p").call("surveiller", "veille").end()
    assert found(caller, inner) == [("no-end", "a", "error")]
    stopped = process("p").call("surveiller", "veille").end()
    stopped.boundary("arret", "surveiller", message("stop")).end("fin_2")
    assert found(stopped, inner) == []
    nested = process("p").sub(sub("bloc").user("a").to("a").put("endEvent", "fin_bloc")).end()
    nested.boundary("arret", "bloc", message("stop")).end("fin_2")
    assert ("no-end", "a", "error") not in found(nested)


def test_a_round_that_people_never_enter_is_left_to_the_engine() -> None:
    assert found(process("p").service("a", "notifier").service("b", "notifier").to("a")) == []


def test_a_flow_that_leads_nowhere_is_not_told_twice() -> None:
    block = process("p").user("a").end()
    block.at("a").put("userTask", "b").at("b").to("disparu")
    assert found(block) == []


def test_a_parallel_join_fed_by_one_way_of_a_choice_waits_for_ever() -> None:
    block = process("p").xor("choix", default="b").when("n.x == 1").user("a").parallel("reunir").end()
    block.at("choix").user("b").to("reunir")
    (problem,) = [item for item in judged(block) if item.code not in NAMES]
    assert (problem.code, problem.element, problem.severity) == ("join-waits-for-one-way", "reunir", "error")
    assert "attend toutes ses flèches" in problem.message


def test_the_engine_indeed_waits_for_ever_at_such_a_join() -> None:
    block = process("p").xor("choix", default="b").when("1 > 2").user("a").parallel("reunir").end()
    block.at("choix").user("b").to("reunir")
    with pytest.raises(StepFault, match="reunir"):
        Run(block).done("b")


def test_a_parallel_split_met_again_by_a_parallel_join_is_right() -> None:
    block = process("p").parallel("partir").user("a").parallel("reunir").end()
    block.at("partir").user("b").to("reunir")
    assert found(block) == []


def test_an_event_that_need_not_happen_cannot_feed_a_parallel_join() -> None:
    block = process("p").user("a").parallel("reunir").end()
    block.boundary("tard", "a", timer('"P3D"'), interrupting=False).user("relancer").to("reunir")
    assert found(block) == [("join-waits-for-one-way", "reunir", "error")]


def test_an_inclusive_split_and_join_wait_for_the_ways_taken_only() -> None:
    block = (
        process("p").inclusive("choisir", default="c").when("n.x == 1").user("a").inclusive("reunir").end()
    )
    block.at("choisir").when("n.x > 0").user("b").to("reunir")
    block.at("choisir").user("c").to("reunir")
    assert found(block) == []
    wrong = process("p").inclusive("choisir", default="b").when("n.x == 1").user("a").parallel("reunir").end()
    wrong.at("choisir").user("b").to("reunir")
    assert found(wrong) == [("join-waits-for-one-way", "reunir", "error")]


def test_a_parallel_split_merged_by_a_choice_runs_what_follows_twice() -> None:
    block = process("p").parallel("partir").user("a").xor("reunir").user("c").end()
    block.at("partir").user("b").to("reunir")
    assert found(block) == [("runs-twice", "reunir", "warning")]
    at_the_end = process("p").parallel("partir").user("a").xor("reunir").end()
    at_the_end.at("partir").user("b").to("reunir")
    assert found(at_the_end) == []


def test_a_choice_inside_each_branch_is_no_trouble_for_the_join() -> None:
    block = process("p").parallel("partir").xor("q1", default="b1").when("n.x == 1").user("a1")
    block.xor("fin_q1").parallel("reunir").end()
    block.at("q1").user("b1").to("fin_q1")
    block.at("partir").xor("q2", default="b2").when("n.y == 1").user("a2").xor("fin_q2").to("reunir")
    block.at("q2").user("b2").to("fin_q2")
    assert found(block) == []


def test_a_loop_back_before_a_parallel_split_is_no_trouble() -> None:
    block = process("p").xor("encore").parallel("partir").user("a").parallel("reunir")
    block.xor("fini", default="encore").when("n.x == 1").end()
    block.at("partir").user("b").to("reunir").at("fini").to("encore")
    assert found(block) == []


def test_many_branches_are_played_within_bounds() -> None:
    block = process("p").parallel("partir").parallel("reunir").end()
    for number in range(60):
        block.at("partir").xor(f"q{number}", default=f"b{number}").when("n.x == 1").user(f"a{number}")
        block.to("reunir").at(f"q{number}").user(f"b{number}").to("reunir")
    assert ("too-many-elements-to-read", "p", "warning") in found(block)


def a_choice(first: str, second: str) -> Block:
    block = process("p").user("a").xor("choix").when(first).end("oui")
    block.at("choix").when(second).end("non")
    return block


def test_a_yes_or_no_that_may_stay_unanswered_needs_a_default() -> None:
    block = a_choice("visite.faite == true", "visite.faite == false")
    field = {"cle": "faite", "type": "oui_non", "libelle": "Faite ?"}
    form: dict[str, object] = {"id": "visite", "titre": "Visite", "champs": [field]}
    (problem,) = [item for item in judged(block, forms=(form,)) if item.code not in NAMES]
    assert (problem.code, problem.element) == ("gateway-without-default", "choix")
    assert "quand « visite.faite » reste sans réponse" in problem.message
    asked: dict[str, object] = form | {"champs": [field | {"obligatoire": True}]}
    assert found(block, forms=(asked,)) == []
    assert found(a_choice("visite.faite", "not visite.faite"), forms=(form,)) == []
    assert found(block) == []


def test_a_duration_waited_for_in_a_loop_is_warned_of() -> None:
    block = process("p").catch("un_mois", timer('"P1M"')).user("relever").xor("encore", default="un_mois")
    block.when("n.x == 1").end().at("encore").to("un_mois")
    assert found(block) == [("duration-in-loop", "un_mois", "warning")]
    anchored = process("p").catch("un_mois", timer("mois_apres(n.debut, n.rang)", "timeDate")).user("relever")
    anchored.xor("encore", default="un_mois").when("n.x == 1").end().at("encore").to("un_mois")
    assert found(anchored) == []


def test_an_event_on_a_border_that_comes_back_to_its_step_counts_anew() -> None:
    block = process("p").user("a").end().boundary("tard", "a", timer('"P3D"')).user("relancer").to("a")
    assert found(block) == [("duration-in-loop", "tard", "warning")]
    aside = process("p").user("a").xor("encore", default="a").when("n.x == 1").end().at("encore").to("a")
    aside.boundary("tard", "a", timer('"P3D"'), interrupting=False).user("relancer").end("relance")
    assert found(aside) == []


def test_a_duration_in_a_sub_process_passed_again_and_again_is_warned_of() -> None:
    inner = sub("bloc").catch("attendre", timer("jours_ouvres(5)", "timeDate")).end("bloc_fin")
    block = (
        process("p").sub(inner).xor("encore", default="bloc").when("n.x == 1").end().at("encore").to("bloc")
    )
    assert found(block) == [("duration-in-loop", "attendre", "warning")]


def test_steps_choices_and_answers_without_words_are_warned_of() -> None:
    block = process("p").user("a").xor("choix", default="fin").end()
    block.at("choix").when("n.x == 1", "oui").end("fin_2")
    told = [(item.code, item.element, item.severity) for item in judged(block)]
    assert told == [
        ("unlabelled", "a", "warning"),
        ("unlabelled", "choix", "warning"),
        ("unlabelled", "choix_vers_fin", "warning"),
    ]
    named = process("p").user("a", name="Visiter").end()
    assert judged(named) == []


def test_a_diagram_of_more_than_25_elements_is_warned_of() -> None:
    block = process("p")
    for number in range(23):
        block.user(f"etape_{number}")
    block.end()
    assert found(block) == []
    block = process("p")
    for number in range(24):
        block.user(f"etape_{number}")
    assert found(block.end()) == [("too-many-elements-to-read", "p", "warning")]


def test_a_process_that_does_not_run_is_not_judged() -> None:
    block = Block("p", executable=False).user("a")
    assert judged(block) == []


def test_rounds_are_the_elements_that_lead_to_each_other() -> None:
    following = {"a": "b", "b": "cd", "c": "a", "d": "e", "e": "", "f": "f", "g": "h", "h": "g"}
    expected = {frozenset("abc"), frozenset("f"), frozenset("gh")}
    assert set(rounds({key: tuple(others) for key, others in following.items()})) == expected


# Random blocks whose split and join are drawn apart: what the checker says must be what the engine does.


@st.composite
def random_blocks(draw: st.DrawFn) -> Block:
    """A route of nested blocks: each splits and joins by a parallel or an exclusive gateway."""
    count = iter(range(1, 100))

    def part(block: Block, depth: int) -> None:
        if depth == 2 or not draw(st.booleans()):
            block.user(f"etape_{next(count)}")
            return
        number = next(count)
        opening, closing = f"partir_{number}", f"reunir_{number}"
        split, join = (draw(st.sampled_from(["parallelGateway", "exclusiveGateway"])) for _ in range(2))
        choice = split == "exclusiveGateway"
        block.node(split, opening)
        for branch in range(2):
            block.at(opening)
            if choice:
                block.when(f"choix.q{number} == {branch}")
            part(block, depth + 1)
            if branch:
                block.to(closing)
            else:
                block.node(join, closing)
        block.at(closing)

    whole = process("p")
    for _ in range(draw(st.integers(1, 2))):
        part(whole, 0)
    return whole.end()


def runs(block: Block) -> Iterator[tuple[list[str], bool]]:
    """Every run of a route: the steps taken, and whether the engine found it stuck."""
    questions = sorted(set(re.findall(r"choix\.(q\d+)", block.xml().decode())))
    for drawn in product((0, 1), repeat=len(questions)):
        play = Run(block, data={"choix": dict(zip(questions, drawn, strict=True))})
        stuck = False
        while play.open and not stuck:
            try:
                play.done(play.open[0])
            except StepFault as fault:
                assert "bloqué" in str(fault)
                stuck = True
        yield [element for element in play.trace if element.startswith("etape")], stuck


@settings(max_examples=8, deadline=None)
@given(random_blocks())
def test_the_engine_does_what_the_checker_says_of_any_join(block: Block) -> None:
    told = {problem.code for problem in judged(block)} & {"join-waits-for-one-way", "runs-twice"}
    assume(not any(item.severity == "error" for item in examine({"p.bpmn": block.xml()})))
    played = list(runs(block))
    if "runs-twice" not in told:
        assert ("join-waits-for-one-way" in told) == any(stuck for _, stuck in played)
    if not any(stuck for _, stuck in played):
        twice = any(len(trace) > len(set(trace)) for trace, _ in played)
        assert ("runs-twice" in told) == twice
