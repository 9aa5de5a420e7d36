"""Compiling: what is refused and where, what is cached, what a diagram says in words."""

from collections.abc import Callable

import pytest

from app import engine
from app.engine import ProgrammeFault
from tests.bpmn_builder import BPMN, Block, many, message, process, sub, timer
from tests.engine_play import Caller


def _extension(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>"


REFUSED: dict[str, tuple[Callable[[], Block], str | None, str]] = {
    "script": (
        lambda: process().node("scriptTask", "calculer", "<script>x = 1</script>").end(),
        "calculer",
        "scripts",
    ),
    "pre-script": (
        lambda: (
            process()
            .user("lire", _extension("<spiffworkflow:preScript>x = 1</spiffworkflow:preScript>"))
            .end()
        ),
        "lire",
        "scripts",
    ),
    "post-script": (
        lambda: process().node(
            "callActivity",
            "aller",
            _extension("<spiffworkflow:postScript>x = 1</spiffworkflow:postScript>"),
            calledElement="essai",
        ),
        "aller",
        "scripts",
    ),
    "cycle": (lambda: process().catch("attendre", timer("R/P1M", "timeCycle")), "attendre", "cycles"),
    "event sub-process": (
        lambda: process().put("subProcess", "rupture", triggeredByEvent="true").user("a").end(),
        "rupture",
        "événementiels",
    ),
    "engine's own id": (lambda: process().user("Start").end(), "Start", "réservé"),
    "unknown called process": (lambda: process().call("aller", "nulle_part").end(), "aller", "nulle_part"),
    "verb without operation": (lambda: process().node("serviceTask", "agir").end(), "agir", "opération"),
    "rule without table": (lambda: process().node("businessRuleTask", "trier").end(), "trier", "table"),
    "bad condition": (
        lambda: process().xor("choix", default="fin").when("visite.issue ==").user("a").at("choix").end(),
        "choix_vers_a",
        "expression",
    ),
    "flow without condition": (
        lambda: process().xor("choix", default="fin").user("a").at("choix").end(),
        "choix_vers_a",
        "condition",
    ),
    "condition after a task": (
        lambda: process().user("a").when("1 == 1").end(),
        "a_vers_fin",
        "passerelle",
    ),
    "two ways out of a task": (lambda: process().user("a").end().at("a").end("autre"), "a", "passerelle"),
    "flow to nowhere": (lambda: process().user("a").to("absent"), "a_vers_absent", "flèche"),
    "boundary of nothing": (
        lambda: process().user("a").end().boundary("b", "absent", message("m")).end("f"),
        "b",
        "attaché",
    ),
    "unknown message": (
        lambda: process().catch("attendre", '<messageEventDefinition messageRef="absent"/>').end(),
        "attendre",
        "message",
    ),
    "two starts": (lambda: process().user("a").end().put("startEvent", "autre"), "essai", "début"),
    "timer without text": (
        lambda: process().catch("attendre", "<timerEventDefinition/>").end(),
        "attendre",
        "durée",
    ),
    "outcome that is no name": (
        lambda: process().user("a", resultats="visite..x").end(),
        "a",
        "nom de donnée",
    ),
    "deadline without quotes": (lambda: process().user("a", delai="P5D").end(), "a", "guillemets"),
    "reminder that is no duration": (lambda: process().user("a", rappel='"P1.5M"').end(), "a", "durée"),
    "data association": (
        lambda: process().user("a", "<dataInputAssociation/>").end(),
        "a",
        "resultats",
    ),
    "event gateway to a task": (
        lambda: process().event_gateway("g").user("a").end(),
        "g_vers_a",
        "événements",
    ),
    "too many elements": (
        lambda: _chain(501),
        None,
        "500",
    ),
}


def _chain(length: int) -> Block:
    block = process()
    for rank in range(length):
        block.node("task", f"t{rank}")
    return block.end()


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_run_is_refused_with_its_element(case: str) -> None:
    made, element, words = REFUSED[case]
    with pytest.raises(ProgrammeFault, match=words) as caught:
        engine.compile_fresh({"route.bpmn": made().xml()}, "refus")
    assert caught.value.file == "route.bpmn"
    assert caught.value.element == element


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<a/>",
        b"pas du xml",
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><d>&x;</d>',
        f'<definitions xmlns="{BPMN}"><process id="p" isExecutable="false"/></definitions>'.encode(),
    ],
)
def test_a_file_that_is_no_diagram_is_refused(content: bytes) -> None:
    with pytest.raises(ProgrammeFault) as caught:
        engine.compile_fresh({"route.bpmn": content}, "refus")
    assert caught.value.file == "route.bpmn"


def test_a_long_diagram_compiles_and_runs() -> None:
    programme = engine.compile_fresh({"a.bpmn": _chain(150).xml()}, "long")
    assert engine.start(programme, "essai", {}, Caller()).finished


def test_the_same_id_in_two_files_is_refused() -> None:
    with pytest.raises(ProgrammeFault, match="déjà pris"):
        engine.compile_fresh({"a.bpmn": process().end().xml(), "b.bpmn": process().end().xml()}, "deux")


def test_one_fingerprint_is_compiled_once() -> None:
    files = {"a.bpmn": process().user("a").end().xml()}
    once = engine.compile_programme(files, "empreinte-1")
    assert engine.compile_programme(files, "empreinte-1") is once
    assert engine.compile_programme(files, "empreinte-2") is not once


def test_an_operator_may_bear_the_id_of_its_task() -> None:
    route = process().service("noter", "noter", orientation="1").call("orientation", "appele").end()
    programme = engine.compile_fresh(
        {"a.bpmn": route.xml(), "b.bpmn": process("appele").user("agir").end().xml()}, "meme"
    )
    assert [task.element for task in engine.start(programme, "essai", {}, Caller()).open_tasks] == ["agir"]


def test_a_diagram_told_in_words() -> None:
    inner = sub("dedans").user("agir", name="Agir sur place").end("dedans_fin")
    route = (
        Block("visite", name="Visite à domicile")
        .start("demandee")
        .user(
            "visiter",
            "<documentation>Pourquoi (CAR-7).</documentation>",
            lane="technicien",
            name="Réaliser la visite",
            formulaire="visite",
            delai='"P21D"',
            resultats="visite.issue",
        )
        .xor("faite", default="dedans")
        .when("visite.issue == 'absent'", "non")
        .call("rappeler", "rappel", many("noms", "nom"))
        .to("visiter")
        .at("faite")
        .sub(inner)
        .end()
        .boundary("retard", "visiter", timer('"P21D"'), interrupting=False)
        .end("signale")
    )
    files = {"a.bpmn": route.xml(), "b.bpmn": process("rappel").end().xml()}
    programme = engine.compile_fresh(files, "mots")
    assert engine.process_ids(programme) == {"visite": "Visite à domicile", "rappel": "rappel"}
    told = {item.element: item for item in engine.describe(programme, "visite")}
    assert list(told)[:4] == ["demandee", "visiter", "retard", "faite"]
    visit = told["visiter"]
    assert (visit.kind, visit.name, visit.lane, visit.lane_name) == (
        "userTask",
        "Réaliser la visite",
        "technicien",
        "Technicien",
    )
    assert (visit.form, visit.delays, visit.documentation) == (
        "visite",
        {"delai": '"P21D"'},
        "Pourquoi (CAR-7).",
    )
    late = told["retard"]
    assert (late.attached_to, late.interrupting, late.event, late.delays) == (
        "visiter",
        False,
        "timer",
        {"timer": '"P21D"'},
    )
    ways = {flow.target: flow for flow in told["faite"].outgoing}
    assert (ways["rappeler"].label, ways["rappeler"].condition) == ("non", "visite.issue == 'absent'")
    assert ways["dedans"].default
    assert told["rappeler"].called == "rappel"
    assert told["rappeler"].multiple
    assert told["agir"].within == "dedans"
