"""Every construct that SpiffWorkflow 3.2 gets wrong: it runs right when stored at each step, or is refused.

Dates are in ``test_lab_moments``, gateways that join in ``test_lab_joins``. Each run is saved after every
step and goes on with a programme compiled afresh, so that nothing may live in memory only.
"""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import zstandard

from app import engine
from app.engine import NotReady, ProgrammeFault, StateFault, StepFault
from app.engine.advance import MAX_STEPS
from app.engine.loops import MAX_INSTANCES
from tests.bpmn_builder import Block, loop, many, message, process, signal, sub, timer
from tests.engine_play import Caller, Run

PARIS = ZoneInfo("Europe/Paris")


def _refused(*blocks: Block) -> list[tuple[str | None, str]]:
    files = {f"{rank}.bpmn": block.xml() for rank, block in enumerate(blocks)}
    with pytest.raises(ProgrammeFault):
        engine.compile_fresh(files, "refus")
    return [(found.element, found.code) for found in engine.examine(files)]


def _at(year: int, month: int, day: int, hour: int) -> datetime:
    return datetime(year, month, day, hour, tzinfo=PARIS)


def test_an_event_sub_process_is_refused_whatever_starts_it() -> None:
    for event in (message("rupture"), timer('"P1D"'), signal("fin")):
        inner = f'<startEvent id="recue">{event}</startEvent><endEvent id="close"/>'
        route = process().put("subProcess", "rupture", inner, triggeredByEvent="true").user("agir").end()
        assert _refused(route) == [("rupture", "event-subprocess")]


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_sub_process_with_a_border_event_does_what_an_event_sub_process_cannot(interrupting: bool) -> None:
    route = process().sub(sub("suivre").user("agir").end("suivi")).user("conclure").end()
    route.boundary("rupture", "suivre", message("rupture"), interrupting=interrupting).user("traiter").end(
        "traite"
    )
    run = Run(route, fresh=True)
    run.catch("rupture")
    if interrupting:
        assert run.open == ["traiter"]
        assert run.waits == []
        return
    assert run.catch("rupture").open == ["agir", "traiter", "traiter"]  # each firing counts
    run.done("traiter").done("traiter").done("agir")
    assert run.waits == []  # nothing keeps the case open once the activity is done
    assert run.done("conclure").finished


def test_a_second_case_starts_as_the_first_did() -> None:
    route = process().user("agir").end().boundary("recu", "agir", message("m"), interrupting=False).end("vu")
    programme = engine.compile_fresh({"a.bpmn": route.xml()}, "deux")
    first = engine.start(programme, "essai", {}, Caller())
    engine.catch(programme, first.state, first.waits[0].id, {}, Caller())
    second = engine.start(programme, "essai", {}, Caller())
    assert [wait.element for wait in second.waits] == [wait.element for wait in first.waits] == ["recu"]


def test_two_timers_after_an_event_gateway_are_refused_and_one_keeps_its_own_date() -> None:
    def route(*delays: str) -> Block:
        block = process().event_gateway("attendre").catch("reponse", message("reponse")).end()
        for rank, delay in enumerate(delays):
            block.at("attendre").catch(f"delai{rank}", timer(f'"{delay}"')).end(f"fin{rank}")
        return block

    assert _refused(route("P1M", "P15D")) == [("attendre", "two-timers")]
    run = Run(route("P1M"), fresh=True)
    assert run.wait("delai0").due_at == _at(2026, 4, 16, 12)
    assert run.wake("delai0").finished


def _again(inner: str) -> Block:
    return (
        process()
        .user("appeler", inner, resultats="appel.issue")
        .user("juger", resultats="avis.suite")
        .xor("encore", default="fin")
        .when("avis.suite == 'encore'")
        .to("appeler")
        .at("encore")
        .end()
    )


@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("output", [None, ("bilans", "appel")])
def test_a_multi_instance_inside_a_loop_works_on_every_pass(
    sequential: bool, output: tuple[str, str] | None
) -> None:
    run = Run(
        _again(many("noms", "nom", sequential=sequential, output=output)),
        data={"noms": ["a", "b"]},
        fresh=True,
    )
    for turn in range(4):
        for name in ("a", "b"):
            run.done("appeler", name, issue=f"{name}{turn}")
        if output:
            assert run.variables("juger")["bilans"] == [{"issue": f"a{turn}"}, {"issue": f"b{turn}"}]
        run.done("juger", suite="encore" if turn < 3 else "fin")
    assert run.finished


def test_a_repeated_step_hears_its_turns_end_after_it_was_stored() -> None:
    run = Run(
        process().user("appeler", loop("appel.issue != 'joint'"), resultats="appel.issue").end(), fresh=True
    )
    run.done("appeler", issue="absent").done("appeler", issue="absent")
    assert run.done("appeler", issue="joint").finished
    both = Run(process().user("appeler", many("noms", "nom")).end(), data={"noms": ["a", "b"]}, fresh=True)
    assert both.done("appeler", "b").open == ["appeler:a"]
    assert both.done("appeler", "a").finished


@pytest.mark.parametrize("name", ["Start", "End", "Root"])
def test_ids_of_the_engines_own_are_refused(name: str) -> None:
    assert _refused(process().user(name).end()) == [(name, "reserved-id")]


def test_scripts_are_refused_wherever_the_engine_would_run_them() -> None:
    for tag in ("preScript", "postScript"):
        inner = f"<extensionElements><spiffworkflow:{tag}>x = 1</spiffworkflow:{tag}></extensionElements>"
        assert _refused(process().user("agir", inner).end()) == [("agir", "script")]
    assert _refused(process().node("scriptTask", "calculer", "<script>x = 1</script>").end()) == [
        ("calculer", "script")
    ]


def test_a_failing_verb_says_its_own_error_and_nothing_has_moved() -> None:
    def fail(_given: object) -> object:
        raise KeyError("téléphone")

    run = Run(
        process().user("agir").service("noter", "noter").end(),
        caller=Caller(verbs={"noter": fail}),
        fresh=True,
    )
    before = run.position.state
    with pytest.raises(StepFault) as caught:
        run.done("agir")
    assert caught.value.element == "noter"
    assert isinstance(caught.value.__cause__, KeyError)
    assert "script" not in caught.value.cause
    assert (run.position.state, run.open) == (before, ["agir"])


def test_a_finished_task_cannot_be_done_twice() -> None:
    run = Run(process().user("agir").user("suivre").end(), fresh=True)
    done = run.task("agir").id
    run.done("agir")
    with pytest.raises(NotReady):
        engine.complete(run.programme, run.position.state, done, {}, run.caller)


def test_a_change_of_kind_alone_is_kept() -> None:
    values: list[Any] = [1, True, 0, False, Decimal("1.0"), Decimal("1.00"), "1", 1]
    route = process().user("saisir", resultats="saisie.valeur").to("saisir")
    run = Run(route, fresh=True)
    for value in values:
        run.done("saisir", valeur=value)
        kept = run.variables("saisir")["saisie"]["valeur"]  # type: ignore[index]
        assert (type(kept), str(kept)) == (type(value), str(value))


def test_a_datum_named_typename_is_refused_where_it_is_written() -> None:
    for route in (
        process().user("ici", resultats="visite.typename").end(),
        process().service("ici", "noter", result="typename").end(),
        process().user("ici", many("noms", "typename")).end(),
        process().rule("ici", "typename").end(),
    ):
        assert _refused(route) == [("ici", "bad-name")]


def test_a_state_from_elsewhere_is_never_read() -> None:
    programme = engine.compile_fresh({"a.bpmn": process().user("agir").end().xml()}, "ailleurs")
    stock = {"serializer_version": "1.0", "wf_class": "BpmnWorkflow", "spec": {}, "tasks": {}}
    for content in (json.dumps(stock), json.dumps({**stock, "format": 99})):
        with pytest.raises(StateFault):
            engine.read(programme, zstandard.compress(content.encode()))


def test_no_number_of_turns_hides_a_task() -> None:
    route = (
        process()
        .user("agir", resultats="agir.note")
        .service("noter", "noter")
        .node("task", "dessin")
        .xor("encore", default="fin")
        .when("agir.note < 10000")
        .to("agir")
        .at("encore")
        .end()
    )
    run = Run(route)
    for turn in range(350):  # 1 400 engine tasks: beyond 1 000 the stock engine sees no more
        run.done("agir", note=turn)
        assert run.open == ["agir"]
    assert run.position.depth < 20


def test_a_process_that_calls_itself_directly_or_round_is_refused() -> None:
    assert _refused(process("a").call("encore", "a").end()) == [("encore", "recursive-call")]
    assert _refused(process("a").call("vers_b", "b").end(), process("b").call("vers_a", "a").end()) == [
        ("vers_a", "recursive-call")
    ]


def test_automatic_steps_are_counted_and_a_round_without_way_out_is_refused() -> None:
    assert _refused(process().service("tourner", "rien").to("tourner")) == [("tourner", "endless-loop")]
    route = process().service("tourner", "rien").xor("assez", default="tourner").when("reste == 0").end()
    with pytest.raises(StepFault, match=str(MAX_STEPS)):
        Run(route.at("assez").to("tourner"), data={"reste": 1}, fresh=True)


def test_a_multi_instance_is_within_measure_at_load_and_when_it_runs() -> None:
    too_many = str(MAX_INSTANCES + 1)
    assert _refused(process().user("a", many(cardinality=too_many)).end()) == [("a", "bad-multi-instance")]
    with pytest.raises(StepFault, match=str(MAX_INSTANCES)):
        Run(process().user("a", many("noms", "nom")).end(), data={"noms": list(range(MAX_INSTANCES + 1))})


SHARED: dict[str, Callable[[], Block]] = {
    "message": lambda: process().catch("attendre", message("m", variable="recu")).user("lire").end(),
    "signal": lambda: process().catch("attendre", signal("s")).user("lire").end(),
    "timer": lambda: process().catch("attendre", timer('"P10Y"')).user("lire").end(),
}


@pytest.mark.parametrize("kind", SHARED)
def test_what_is_waited_for_is_found_again_after_it_was_stored_and_happens_only_when_told(kind: str) -> None:
    run = Run(SHARED[kind](), fresh=True)
    run.caller.now = datetime(2050, 1, 1, tzinfo=PARIS)  # whatever the hour
    again = engine.read(run.programme, run.position.state)
    assert [wait.element for wait in again.waits] == ["attendre"]
    wait = run.wait("attendre")
    if kind == "timer":
        run.wake_id(wait.id)
    else:
        run.catch("attendre")
    assert run.open == ["lire"]
