"""One fault in a diagram is one finding: its code, its element, a sentence for people."""

from collections.abc import Callable

import pytest

from app import engine
from app.engine import Finding
from tests.bpmn_builder import Block, condition, loop, many, message, process, signal, timer

SPIFF = "spiffworkflow"


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
