"""Gateways: one way, all ways, some ways, and the first event that comes."""

import pytest

from app.engine import StepFault
from app.engine.checks import flows
from tests.bpmn_builder import message, process, timer
from tests.engine_play import Caller, Run


@pytest.mark.parametrize(("issue", "expected"), [("absent", ["rappeler"]), ("faite", ["rediger"])])
def test_an_exclusive_gateway_follows_the_declared_outcome(issue: str, expected: list[str]) -> None:
    route = (
        process()
        .user("visiter", resultats="visite.issue")
        .xor("faite", default="rediger")
        .when("visite.issue == 'absent'")
        .user("rappeler")
        .end()
        .at("faite")
        .user("rediger")
        .to("fin")
    )
    assert Run(route).done("visiter", issue=issue).open == expected


def test_a_gateway_without_a_way_out_says_so_and_leaves_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "may_all_fail", lambda _texts: False)  # a release of before it was refused
    route = (
        process().user("visiter", resultats="visite.issue").xor("suite").when("visite.issue == 'faite'").end()
    )
    run = Run(route)
    before = run.position.state
    with pytest.raises(StepFault) as caught:
        run.done("visiter", issue="absent")
    assert caught.value.element == "suite"
    assert "aucune de ses conditions" in caught.value.cause
    assert run.position.state == before
    assert run.open == ["visiter"]
    assert run.done("visiter", issue="faite").finished


def test_parallel_branches_are_all_waited_for_and_each_keeps_what_it_wrote() -> None:
    route = (
        process()
        .user("preparer", resultats="visite.issue, avis.note")
        .parallel("ouvrir")
        .user("visiter", resultats="visite.issue")
        .parallel("reunir")
        .user("conclure")
        .end()
        .at("ouvrir")
        .user("chiffrer", resultats="cout.total")
        .to("reunir")
    )
    run = Run(route).done("preparer", visite={"issue": "absent"}, avis={"note": 3})
    assert run.open == ["chiffrer", "visiter"]
    run.done("visiter", issue="faite")
    assert run.open == ["chiffrer"]
    run.done("chiffrer", total=12)
    assert run.open == ["conclure"]
    assert run.variables("conclure") == {
        "visite": {"issue": "faite"},  # the branch that came last never touched it: the write wins
        "avis": {"note": 3},
        "cout": {"total": 12},
    }
    assert run.done("conclure").finished


def test_a_parallel_split_works_again_on_each_turn_of_a_loop() -> None:
    route = (
        process()
        .user("preparer")
        .parallel("ouvrir")
        .user("a")
        .parallel("reunir")
        .user("juger", resultats="avis.suite")
        .xor("encore", default="fin")
        .when("avis.suite == 'encore'")
        .to("preparer")
        .at("ouvrir")
        .user("b")
        .to("reunir")
        .at("encore")
        .end()
    )
    run = Run(route)
    for suite in ("encore", "encore", "stop"):
        run.done("preparer")
        assert run.open == ["a", "b"]
        run.done("b")
        assert run.open == ["a"]
        run.done("a").done("juger", suite=suite)
    assert run.finished


def test_an_inclusive_gateway_waits_for_the_branches_taken_and_no_other() -> None:
    route = (
        process()
        .user("choisir", resultats="choix.adil, choix.caf, choix.mar")
        .inclusive("vers", default="rien")
        .when("choix.adil")
        .user("adil")
        .inclusive("tous")
        .user("conclure", resultats="suite.encore")
        .xor("encore", default="fin")
        .when("suite.encore")
        .to("choisir")
        .at("vers")
        .when("choix.caf")
        .user("caf")
        .to("tous")
        .at("vers")
        .when("choix.mar")
        .user("mar")
        .to("tous")
        .at("vers")
        .user("rien")
        .to("tous")
        .at("encore")
        .end()
    )
    run = Run(route).done("choisir", adil=True, caf=True, mar=False)
    assert run.open == ["adil", "caf"]
    assert run.done("caf").open == ["adil"]
    assert run.done("adil").open == ["conclure"]
    assert run.done("conclure", encore=True).open == ["choisir"]
    assert run.done("choisir", adil=False, caf=False, mar=False).open == ["rien"]
    assert run.done("rien").open == ["conclure"]
    assert run.done("conclure", encore=False).finished


def test_an_inclusive_gateway_goes_on_when_a_branch_leaves_by_another_way() -> None:
    route = (
        process()
        .user("choisir")
        .inclusive("vers")
        .when("1 == 1")
        .user("adil")
        .inclusive("tous")
        .user("conclure")
        .end()
        .at("vers")
        .when("2 == 2")
        .user("caf", resultats="caf.suite")
        .xor("suite", default="tous")
        .when("caf.suite == 'abandon'")
        .end("abandonne")
        .at("suite")
        .to("tous")
    )
    run = Run(route).done("choisir").done("adil")
    assert run.open == ["caf"]
    assert run.done("caf", suite="abandon").open == ["conclure"]
    assert run.done("conclure").finished


def test_the_first_event_of_an_event_gateway_wins_and_it_waits_again_in_a_loop() -> None:
    route = (
        process()
        .event_gateway("attendre")
        .catch("poursuivre", message("pole_poursuivre", variable="decision"))
        .to("attendre")
        .at("attendre")
        .catch("regle", message("pole_regle"))
        .end()
        .at("attendre")
        .catch("trop_long", timer('"P6M"'))
        .end("sans_suite")
    )
    run = Run(route)
    for _ in range(4):
        assert run.waits == ["poursuivre", "regle", "trop_long"]
        assert len({wait.id for wait in run.position.waits}) == 3
        run.catch("poursuivre", motif="à suivre")
    run.wake("trop_long")
    assert run.finished
    assert run.trace[-2:] == ["trop_long", "sans_suite"]


def test_conditions_read_settings_but_not_answers() -> None:
    route = (
        process()
        .user("visiter")
        .xor("encore", default="fin")
        .when("reglages.maximum > 2")
        .user("rappeler")
        .at("encore")
        .end()
    )
    caller = Caller(answers={"reglages": {"maximum": 3}, "visite": {"secret": "oui"}})
    assert Run(route, caller=caller).done("visiter").open == ["rappeler"]
    hidden = process().user("visiter").xor("encore", default="fin").when("visite.secret == 'oui'").user("non")
    with pytest.raises(StepFault, match="visite"):
        Run(hidden.at("encore").end(), caller=caller).done("visiter")


def test_a_process_that_would_wait_for_ever_in_silence_is_a_fault() -> None:
    route = (
        process()
        .user("choisir", resultats="choix.deux")
        .parallel("ouvrir")
        .xor("deux", default="reunir")
        .when("not choix.deux")
        .end("parti")
        .at("ouvrir")
        .user("agir")
        .parallel("reunir")
        .end()
        .at("deux")
        .to("reunir")
    )
    assert Run(route).done("choisir", deux=True).done("agir").finished
    run = Run(route).done("choisir", deux=False)
    with pytest.raises(StepFault, match="bloqué") as caught:
        run.done("agir")
    assert caught.value.element == "reunir"


@pytest.mark.parametrize(("first", "second"), [(100, 400), (400, 100), ("haut", "NaN")])
def test_the_place_of_a_shape_never_decides_which_way_is_taken(first: object, second: object) -> None:
    route = process().xor("choix", default="z").when("true").user("a").end()
    route.at("choix").when("true").user("b").to("fin").at("choix").user("z").to("fin")
    shapes = "".join(
        f'<di:BPMNShape bpmnElement="{key}"><dc:Bounds x="10" y="{y}" width="9" height="9"/></di:BPMNShape>'
        for key, y in (("a", first), ("b", second))
    )
    drawing = (
        '<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
        f'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">{shapes}</di:BPMNDiagram></definitions>'
    )
    assert Run(route.xml().replace(b"</definitions>", drawing.encode())).open == ["a"]
