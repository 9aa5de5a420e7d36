"""Examining diagrams: everything wrong is found in one pass, once, with its element, in words for people."""

import pytest

from app import engine
from app.engine import Finding
from tests.bpmn_builder import BPMN, Block, error, process, sub, timer

SPIFF = "spiffworkflow"


def _found(*blocks: Block | bytes) -> list[tuple[str | None, str]]:
    return [(found.element, found.code) for found in _examined(*blocks)]


def _examined(*blocks: Block | bytes) -> tuple[Finding, ...]:
    xmls = [block if isinstance(block, bytes) else block.xml() for block in blocks]
    return engine.examine({f"{rank}.bpmn": xml for rank, xml in enumerate(xmls)})


def _choice(*conditions: str) -> Block:
    block = process().xor("choix")
    for rank, text in enumerate(conditions):
        block.at("choix").when(text).user(f"a{rank}").end(f"fin{rank}")
    return block


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
