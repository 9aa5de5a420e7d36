"""Examining diagrams: everything wrong is found in one pass, once, with its element, in words for people."""

from collections.abc import Callable

import pytest

from app import engine
from app.engine import Finding
from tests.bpmn_builder import BPMN, Block, condition, error, loop, many, message, process, signal, sub, timer

SPIFF = "spiffworkflow"


def _found(*blocks: Block | bytes) -> list[tuple[str | None, str]]:
    return [(found.element, found.code) for found in _examined(*blocks)]


def _examined(*blocks: Block | bytes) -> tuple[Finding, ...]:
    xmls = [block if isinstance(block, bytes) else block.xml() for block in blocks]
    return engine.examine({f"{rank}.bpmn": xml for rank, xml in enumerate(xmls)})


def _extended(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>"


def _operator(inner: str) -> str:
    return _extended(f'<{SPIFF}:serviceTaskOperator id="noter">{inner}</{SPIFF}:serviceTaskOperator>')


def _properties(inner: str) -> str:
    return _extended(f"<{SPIFF}:properties>{inner}</{SPIFF}:properties>")


def _choice(*conditions: str) -> Block:
    block = process().xor("choix")
    for rank, text in enumerate(conditions):
        block.at("choix").when(text).user(f"a{rank}").end(f"fin{rank}")
    return block


def _twin_arrows() -> Block:
    block = process().parallel("g").user("a").at("g").to("a").end()
    block.flows[1] = block.flows[1].replace('id="g_vers_a"', 'id="une"')
    return block


WRONG: dict[str, tuple[Callable[[], Block], str, str]] = {
    "a script": (lambda: process().node("scriptTask", "x").end(), "x", "script"),
    "a transaction": (lambda: process().node("transaction", "x").end(), "x", "forbidden-element"),
    "an ad hoc sub-process": (lambda: process().node("adHocSubProcess", "x").end(), "x", "forbidden-element"),
    "a complex gateway": (lambda: process().node("complexGateway", "x").end(), "x", "forbidden-element"),
    "a step of no known kind": (lambda: process().node("reserveTask", "x").end(), "x", "forbidden-element"),
    "a link": (
        lambda: process().throw("x", "<linkEventDefinition/>").end(),
        "x",
        "forbidden-element",
    ),
    "an end that sends a signal": (lambda: process().end("x", signal("s")), "x", "forbidden-element"),
    "an event with two definitions": (
        lambda: process().catch("x", message("m") + timer('"P1D"')).end(),
        "x",
        "forbidden-element",
    ),
    "an event sub-process": (
        lambda: (
            process()
            .put(
                "subProcess",
                "x",
                f'<startEvent id="y">{timer(chr(34) + "P1D" + chr(34))}</startEvent>',
                triggeredByEvent="true",
            )
            .end()
        ),
        "x",
        "event-subprocess",
    ),
    "a cycle": (lambda: process().catch("x", timer('"R/P1D"', "timeCycle")).end(), "x", "time-cycle"),
    "a timer without a moment": (
        lambda: process().catch("x", "<timerEventDefinition/>").end(),
        "x",
        "missing-time",
    ),
    "an empty timer": (lambda: process().catch("x", timer("")).end(), "x", "missing-time"),
    "a timer on nothing": (lambda: process().catch("x", timer("None")).end(), "x", "bad-duration"),
    "an empty duration": (lambda: process().catch("x", timer('""')).end(), "x", "bad-duration"),
    "a month and a half": (lambda: process().catch("x", timer('"P1.5M"')).end(), "x", "bad-duration"),
    "a duration without quotes": (lambda: process().catch("x", timer("P7D")).end(), "x", "unquoted-duration"),
    "a duration without quotes inside": (
        lambda: process().catch("x", timer("dans(P7D)")).end(),
        "x",
        "unquoted-duration",
    ),
    "a bad duration given to a function": (
        lambda: process().catch("x", timer('dans("7 jours") if a else b')).end(),
        "x",
        "bad-duration",
    ),
    "a bad duration in one of two cases": (
        lambda: process().user("x", delai='"P2D" if a.b else "2 jours"').end(),
        "x",
        "bad-duration",
    ),
    "a number of days": (lambda: process().user("x", rappel="5").end(), "x", "bad-duration"),
    "a condition that cannot be read": (
        lambda: process().catch("x", condition("a ==")).end(),
        "x",
        "bad-expression",
    ),
    "a condition of another vendor": (
        lambda: process().catch("x", condition("${a}")).end(),
        "x",
        "bad-expression",
    ),
    "a condition after a step": (
        lambda: process().user("a").when("b").end(),
        "a_vers_fin",
        "misplaced-condition",
    ),
    "conditions that may all fail": (
        lambda: _choice("a.b == 1", "a.b == 2"),
        "choix",
        "gateway-without-default",
    ),
    "a default that leaves from elsewhere": (
        lambda: process().xor("choix", default="ailleurs").when("a").user("b").end(),
        "choix",
        "gateway-without-default",
    ),
    "a flow to nowhere": (
        lambda: process().user("a").to("absent").at("a").end(),
        "a_vers_absent",
        "broken-flow",
    ),
    "a flow out of an end": (lambda: process().end("f").end("g"), "f_vers_g", "broken-flow"),
    "a flow into a start": (lambda: process().user("a").to("debut"), "a_vers_debut", "broken-flow"),
    "two ways out of a step": (
        lambda: process().user("x").end().at("x").end("g"),
        "x",
        "several-ways-out",
    ),
    "a step after an event gateway": (
        lambda: process().event_gateway("g").user("a").end(),
        "g_vers_a",
        "event-gateway-target",
    ),
    "a repeated wait after an event gateway": (
        lambda: (
            process().event_gateway("g").node("receiveTask", "a", loop("x"), messageRef="message_m").end()
        ),
        "g_vers_a",
        "event-gateway-target",
    ),
    "two timers after an event gateway": (
        lambda: (
            process()
            .event_gateway("x")
            .catch("a", timer('"P1D"'))
            .end()
            .at("x")
            .catch("b", timer('"P2D"'))
            .end("autre")
        ),
        "x",
        "two-timers",
    ),
    "a border event of no step": (
        lambda: process().xor("g").end().boundary("x", "g", message("m")).end("f"),
        "x",
        "loose-boundary",
    ),
    "an event that waits for nothing": (lambda: process().catch("x", "").end(), "x", "unnamed-event"),
    "a step that receives nothing": (lambda: process().node("receiveTask", "x").end(), "x", "unnamed-event"),
    "a message that is not declared": (
        lambda: process().catch("x", '<messageEventDefinition messageRef="y"/>').end(),
        "x",
        "unnamed-event",
    ),
    "no start": (lambda: Block("x").put("userTask", "a"), "x", "start-count"),
    "two starts": (lambda: process("x").end().put("startEvent", "b"), "x", "start-count"),
    "a sub-process without an end": (
        lambda: process().sub(Block("x").start("b").user("c")).end(),
        "x",
        "no-end",
    ),
    "no operation": (lambda: process().node("serviceTask", "x").end(), "x", "no-operation"),
    "no table": (lambda: process().node("businessRuleTask", "x").end(), "x", "no-decision"),
    "the engine's own id": (lambda: process().user("End").end(), "End", "reserved-id"),
    "an id like the engine's": (
        lambda: process().user("a.BoundaryEventSplit").end(),
        "a.BoundaryEventSplit",
        "reserved-id",
    ),
    "an id used twice": (lambda: process().user("x").put("userTask", "x").end(), "x", "duplicate-id"),
    "no id": (lambda: process("x").put("userTask", "").end(), "x", "missing-id"),
    "an unknown process": (lambda: process().call("x", "absent").end(), "x", "unknown-call"),
    "a call of nothing": (lambda: process().node("callActivity", "x").end(), "x", "unknown-call"),
    "a process that calls itself": (lambda: process("p").call("x", "p").end(), "x", "recursive-call"),
    "a property without a value": (
        lambda: process().user("x", _properties(f'<{SPIFF}:property name="delai"/>')).end(),
        "x",
        "bad-property",
    ),
    "a property given twice": (
        lambda: process().user("x", _properties(f'<{SPIFF}:property name="a" value="b"/>' * 2)).end(),
        "x",
        "bad-property",
    ),
    "a parameter without a value": (
        lambda: process().node("serviceTask", "x", _operator(f'<{SPIFF}:parameter id="a"/>')).end(),
        "x",
        "bad-property",
    ),
    "an outcome that is no name": (lambda: process().user("x", resultats="a b").end(), "x", "bad-name"),
    "a datum named typename": (lambda: process().user("x", resultats="typename").end(), "x", "bad-name"),
    "a table named typename": (lambda: process().rule("x", "typename").end(), "x", "bad-name"),
    "a result with a dot": (lambda: process().service("x", "noter", result="a.b").end(), "x", "bad-name"),
    "a repetition of neither": (lambda: process().user("x", many()).end(), "x", "bad-multi-instance"),
    "a repetition of both": (
        lambda: process().user("x", many("a", "b", cardinality="2")).end(),
        "x",
        "bad-multi-instance",
    ),
    "results without their list": (
        lambda: process().user("x", many("a").replace("</multi", '<outputDataItem id="r"/></multi')).end(),
        "x",
        "bad-multi-instance",
    ),
    "too many repetitions": (
        lambda: process().user("x", many(cardinality="501")).end(),
        "x",
        "bad-multi-instance",
    ),
    "a repetition on a text": (
        lambda: process().user("x", many("'abc'", "b")).end(),
        "x",
        "bad-multi-instance",
    ),
    "a loop that never ends": (lambda: process().user("x", loop()).end(), "x", "bad-multi-instance"),
    "a loop of no number": (
        lambda: (
            process()
            .user("x", loop().replace("Characteristics", 'Characteristics loopMaximum="dix"', 1))
            .end()
        ),
        "x",
        "bad-multi-instance",
    ),
    "a repeated gateway": (
        lambda: process().node("parallelGateway", "x", many("a", "b")).end(),
        "x",
        "bad-multi-instance",
    ),
    "data given and taken": (lambda: process().user("x", "<dataInputAssociation/>").end(), "x", "data-flow"),
    "a round of automatic steps": (
        lambda: process().user("a").service("x", "noter").node("task", "y").to("x"),
        "x",
        "endless-loop",
    ),
    "two arrows out of a parallel gateway to one step": (_twin_arrows, "g_vers_a", "broken-flow"),
}


@pytest.mark.parametrize("case", WRONG)
def test_one_fault_is_one_finding_on_its_element(case: str) -> None:
    made, element, code = WRONG[case]
    (found,) = _examined(made())
    assert (found.file, found.element, found.code, found.severity) == ("0.bpmn", element, code, "error")
    assert found.cause[0].isupper() or found.cause[0] == "«"
    assert found.cause.endswith((".", ")"))
    with pytest.raises(engine.ProgrammeFault) as caught:
        engine.compile_fresh({"0.bpmn": made().xml()}, "refus")
    assert (caught.value.element, caught.value.code) == (element, code)


def test_everything_wrong_is_found_in_one_pass_and_once() -> None:
    route = (
        process()
        .node("scriptTask", "calculer")
        .user("Start", delai="P5D")
        .catch("attendre", timer('"R/P1D"', "timeCycle"))
        .call("aller", "nulle_part")
        .user("finir", resultats="a b, c d")
        .end()
    )
    assert sorted(_found(route)) == [
        ("Start", "reserved-id"),
        ("Start", "unquoted-duration"),
        ("aller", "unknown-call"),
        ("attendre", "time-cycle"),
        ("calculer", "script"),
        ("finir", "bad-name"),
    ]


def test_a_broken_file_hides_nothing_of_the_others_and_no_call_is_blamed_on_it() -> None:
    found = engine.examine(
        {
            "a.bpmn": b"pas du xml",
            "b.bpmn": b"",
            "c.bpmn": b"<a/>",
            "d.bpmn": process("d").call("aller", "ailleurs").node("scriptTask", "x").end().xml(),
            "e.bpmn": process("d").end().xml(),
        }
    )
    assert [(item.file, item.element, item.code) for item in found] == [
        ("a.bpmn", None, "not-xml"),
        ("b.bpmn", None, "empty-file"),
        ("c.bpmn", None, "not-bpmn"),
        ("d.bpmn", "x", "script"),
        ("e.bpmn", "d", "duplicate-id"),
    ]


def test_a_file_alone_is_not_blamed_for_the_processes_it_calls() -> None:
    files = {"a.bpmn": process().call("aller", "ailleurs").end().xml()}
    assert engine.examine(files, whole=False) == ()
    assert [found.code for found in engine.examine(files)] == ["unknown-call"]


def test_a_round_of_calls_is_said_once_where_it_closes() -> None:
    first = process("z").call("vers_b", "b").end()
    second = process("b").call("vers_c", "c").end()
    third = process("c").call("retour", "b").end()
    (found,) = _examined(third, second, first)
    assert (found.element, found.code) == ("retour", "recursive-call")
    assert "« b » → « c » → « b »" in found.cause


def test_a_long_chain_of_calls_is_followed_without_trouble() -> None:
    processes = "".join(
        f'<process id="p{rank}" isExecutable="true"><startEvent id="s{rank}"/>'
        f'<callActivity id="c{rank}" calledElement="p{rank + 1}"/></process>'
        for rank in range(1200)
    )
    xml = f'<definitions xmlns="{BPMN}">{processes}</definitions>'.encode()
    assert [found.code for found in engine.examine({"a.bpmn": xml})] == ["too-many-steps", "unknown-call"]


def test_a_picture_of_what_others_do_is_left_in_peace_beside_a_process_that_runs() -> None:
    picture = (
        '<process id="autres" isExecutable="false"><scriptTask id="x"/><userTask id="y"/></process>'
        '<collaboration id="c"><participant id="p" processRef="autres"/></collaboration>'
    )
    assert _found(process().user("agir").end().xml(extra=picture)) == []
    alone = f'<definitions xmlns="{BPMN}">{picture}</definitions>'.encode()
    assert _found(alone) == [("x", "script"), ("autres", "not-executable"), ("autres", "start-count")]


def test_a_choreography_is_told_for_what_it_is() -> None:
    xml = f'<definitions xmlns="{BPMN}"><choreography id="danse"/></definitions>'.encode()
    assert _found(xml) == [("danse", "forbidden-element")]
    assert _found(f'<definitions xmlns="{BPMN}"/>'.encode()) == [(None, "not-executable")]


def test_data_stores_and_notes_are_pictures_and_do_no_harm() -> None:
    drawn = process().user("agir").put("dataStoreReference", "fichier", dataStoreRef="base")
    drawn.put("textAnnotation", "note", "<text>À relire</text>").put("dataObjectReference", "papier").at(
        "agir"
    )
    assert _found(drawn.end().xml(extra='<dataStore id="base"/>')) == []


def test_two_arrows_of_one_choice_to_one_step_are_a_warning_and_run() -> None:
    route = process().xor("choix", default="a").when("x == 1").user("a").at("choix").to("a").end()
    route.flows[1] = route.flows[1].replace('id="choix_vers_a"', 'id="une"')
    found = engine.examine({"a.bpmn": route.xml()})
    assert [(item.element, item.code, item.severity) for item in found] == [
        ("choix_vers_a", "broken-flow", "warning")
    ]
    engine.compile_fresh({"a.bpmn": route.xml()}, "jumelles")


@pytest.mark.parametrize(
    ("conditions", "may_fail"),
    [
        (("a", "not a"), False),
        (("a.b == 'x'", "a.b != 'x'"), False),
        (("a.b == 'x'", "a.b == 'y'"), True),
        (("a.b in ['x', 'y']", "a.b not in ['x', 'y']"), False),
        (("n < 3", "n >= 3"), False),
        (("n < 3", "n > 3"), True),
        (("n < 3", "n > 2"), False),
        (("n < 3", "3 <= n and n < 5", "n >= 5"), False),
        (("a < b", "a == b", "b < a"), False),
        (("a < b", "b < a"), True),
        (("a is None", "a is not None"), False),
        (("len(l) == 0", "len(l) > 0"), False),
        (("present(a)", "not present(a)"), False),
        (("present(a)", "not present(b)"), True),
        (("a and b", "not a", "not b"), False),
        (("true",), False),
        (("1 == 2",), True),
        (("a",), True),
        (("f(",), False),  # unreadable: said elsewhere
    ],
)
def test_conditions_that_may_all_fail_ask_for_a_default(conditions: tuple[str, ...], may_fail: bool) -> None:
    found = _found(_choice(*conditions))
    assert (("choix", "gateway-without-default") in found) is may_fail


REACHED_TWICE: dict[str, Block] = {
    "two branches that meet before the join": (
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
    ),
    "a border event beside its own step": (
        process()
        .parallel("ouvrir")
        .user("a")
        .xor("melange")
        .parallel("reunir")
        .end()
        .at("ouvrir")
        .user("b")
        .to("reunir")
        .boundary("retard", "a", timer('"P1D"'), interrupting=False)
        .to("melange")
    ),
    "a branch that goes round": (
        process()
        .parallel("ouvrir")
        .xor("reprise")
        .user("a")
        .inclusive("encore", default="reunir")
        .when("x")
        .to("reprise")
        .at("encore")
        .parallel("reunir")
        .end()
        .at("ouvrir")
        .user("b")
        .to("reunir")
    ),
}


@pytest.mark.parametrize("case", REACHED_TWICE)
def test_a_parallel_join_that_one_way_reaches_twice_is_refused(case: str) -> None:
    assert _found(REACHED_TWICE[case]) == [("reunir", "join-reached-twice")]


def test_joins_that_meet_each_branch_once_are_accepted() -> None:
    inner = (
        process()
        .parallel("ouvrir")
        .user("a")
        .xor("choix", default="d")
        .when("x")
        .user("c")
        .xor("melange")
        .parallel("reunir")
        .user("juger")
        .xor("encore", default="fin")
        .when("y")
        .to("ouvrir")
        .at("choix")
        .user("d")
        .to("melange")
        .at("ouvrir")
        .user("b")
        .to("reunir")
        .at("encore")
        .end()
    )
    inner.boundary("retard", "b", timer('"P1D"')).user("e").xor("repris").to("reunir")
    assert _found(inner) != [("reunir", "join-reached-twice")]
    sound = (
        process()
        .parallel("o")
        .sub(sub("s").user("u").end("sf"))
        .parallel("j")
        .end()
        .at("o")
        .user("v")
        .to("j")
    )
    sound.boundary("err", "s", error("e")).end("stop")
    assert _found(sound) == []
