"""Loops and multi-instances, alone, nested, repeated, stored in between."""

import pytest

from app.engine import StepFault
from tests.bpmn_builder import TERMINATE, loop, many, process, sub
from tests.engine_play import Caller, Run


def test_one_task_opens_for_each_item_and_their_results_come_back_in_order() -> None:
    route = (
        process()
        .user(
            "repondre",
            many("orientations", "orientation", output=("reponses", "reponse")),
            resultats="reponse.accord",
        )
        .user("conclure")
        .end()
    )
    items = [{"id": "adil", "nom": "ADIL"}, {"id": "caf", "nom": "CAF"}, {"id": "mar", "nom": "MAR"}]
    run = Run(route, data={"orientations": items})
    assert run.open == ["repondre:adil", "repondre:caf", "repondre:mar"]
    assert run.task("repondre", "caf").variables["orientation"] == {"id": "caf", "nom": "CAF"}
    run.done("repondre", "mar", accord=True).done("repondre", "adil", accord=False)
    run.done("repondre", "caf", accord=None)
    assert run.variables("conclure")["reponses"] == [{"accord": False}, {"accord": None}, {"accord": True}]
    assert "orientation" not in run.variables("conclure")
    assert run.done("conclure").finished


def test_instances_one_after_the_other() -> None:
    route = process().user("appeler", many("noms", "nom", sequential=True)).end()
    run = Run(route, data={"noms": ["a", "b", "c"]})
    for name in ("a", "b", "c"):
        assert run.open == [f"appeler:{name}"]
        run.done("appeler")
    assert run.finished


def test_an_empty_list_is_passed_through() -> None:
    run = Run(
        process().user("appeler", many("noms", "nom", output=("bilans", "bilan"))).user("conclure").end(),
        data={"noms": []},
    )
    assert run.open == ["conclure"]
    assert run.variables("conclure")["bilans"] == []


def test_the_completion_condition_stops_the_other_instances() -> None:
    route = (
        process()
        .user(
            "voter",
            many(cardinality="5", until="termines >= 3 or voix.avis == 'veto'"),
            resultats="voix.avis",
        )
        .user("conclure")
        .end()
    )
    run = Run(route).done("voter", "4", avis="oui").done("voter", "2", avis="non")
    assert len(run.open) == 3
    assert run.done("voter", "0", avis="veto").open == ["conclure"]


def test_a_multi_instance_works_again_on_every_pass_of_a_loop() -> None:
    route = (
        process()
        .user("choisir", resultats="choix.noms")
        .user("appeler", many("choix.noms", "nom"), resultats="appel.issue")
        .user("juger", resultats="avis.suite")
        .xor("encore", default="fin")
        .when("avis.suite == 'encore'")
        .to("choisir")
        .at("encore")
        .end()
    )
    run = Run(route)
    for names in (["a", "b"], ["b"], ["c", "a", "d"]):
        run.done("choisir", noms=names)
        assert run.open == sorted(f"appeler:{name}" for name in names)
        for name in names:
            run.done("appeler", name, issue=name)
        run.done("juger", suite="encore")
    assert run.open == ["choisir"]
    assert run.variables("choisir")["appel"] == {"issue": "d"}


def test_call_activities_inside_sub_processes_inside_instances() -> None:
    leaf = process("feuille").user("agir", resultats="acte.fait").end()
    inner = (
        sub("branche").call("appeler", "feuille", many("gestes", "geste")).user("verifier").end("branche_fin")
    )
    route = process().sub(inner, many("logements", "logement")).end()
    run = Run(route, leaf, data={"logements": ["l1", "l2"], "gestes": ["g1", "g2"]})
    assert run.open == ["agir:g1", "agir:g1", "agir:g2", "agir:g2"]
    for _ in range(4):
        run.done("agir", fait=True)
    assert run.open == ["verifier:l1", "verifier:l2"]
    assert run.done("verifier").done("verifier").finished


def test_a_standard_loop_repeats_while_its_condition_holds() -> None:
    route = (
        process()
        .user("appeler", loop("appel.issue == 'absent'", 5), resultats="appel.issue")
        .user("conclure")
        .end()
    )
    run = Run(route)
    for _ in range(2):
        assert run.done("appeler", issue="absent").open == ["appeler"]
    assert run.done("appeler", issue="joint").open == ["conclure"]
    stubborn = Run(route)
    for _ in range(5):
        stubborn.done("appeler", issue="absent")
    assert stubborn.open == ["conclure"]


def test_a_loop_tested_before_may_not_run_at_all() -> None:
    route = process().user("appeler", loop("reste > 0", before=True)).user("conclure").end()
    assert Run(route, data={"reste": 0}).open == ["conclure"]
    assert Run(route, data={"reste": 1}).open == ["appeler"]


def test_terminating_inside_an_instance_ends_that_instance_only() -> None:
    inner = (
        process("orientation")
        .parallel("ouvrir")
        .user("repondre", resultats="reponse.accord")
        .service("noter", "noter", result="bilan", accord="reponse.accord")
        .end("repondu", TERMINATE)
        .at("ouvrir")
        .user("relancer")
        .end("relance")
    )
    route = process().call("orienter", "orientation", many("qui", "nom", output=("bilans", "bilan")))
    route = route.user("conclure").end()
    caller = Caller(verbs={"noter": lambda given: given["accord"]})
    run = Run(route, inner, data={"qui": ["a", "b"]}, caller=caller)
    assert run.open == ["relancer:a", "relancer:b", "repondre:a", "repondre:b"]
    assert run.done("repondre", "a", accord=True).open == ["relancer:b", "repondre:b"]
    assert run.done("relancer", "b").open == ["repondre:b"]
    run.done("repondre", "b", accord=False)
    assert run.variables("conclure")["bilans"] == [True, False]


def test_what_a_called_process_declares_comes_back_to_the_caller() -> None:
    inner = process("visite").user("visiter", resultats="visite.issue, visite.note").end()
    route = process().call("aller", "visite").xor("faite", default="fin")
    route = route.when("visite.issue == 'absent'").user("rappeler").at("faite").end()
    run = Run(route, inner, data={"cle": 1}).done("visiter", issue="absent", note=2, autre="caché")
    assert run.variables("rappeler") == {"cle": 1, "visite": {"issue": "absent", "note": 2}}


@pytest.mark.parametrize(
    ("inner", "cause"),
    [
        (many(cardinality="combien"), "500 au plus"),
        (many("trop", "un"), "500 au plus"),
        (many("nom", "un"), "n'est pas une liste"),
        (many(cardinality="nom"), "nombre entier"),
    ],
)
def test_a_multi_instance_out_of_measure_is_a_fault(inner: str, cause: str) -> None:
    data = {"combien": 501, "trop": list(range(501)), "nom": "texte"}
    with pytest.raises(StepFault, match=cause) as caught:
        Run(process().user("appeler", inner).end(), data=data)
    assert caught.value.element == "appeler"


def test_a_loop_without_end_is_stopped_by_the_step_budget() -> None:
    route = process().service("tourner", "rien").xor("assez", default="tourner").when("reste == 0").end()
    with pytest.raises(StepFault, match="2000 étapes") as caught:
        Run(route.at("assez").to("tourner"), data={"reste": 1})
    assert caught.value.element in {"tourner", "assez"}


def test_processes_nested_too_deeply_are_stopped() -> None:
    chain = [process(f"p{rank}").call("encore", f"p{rank + 1}").end() for rank in range(25)]
    with pytest.raises(StepFault, match="s'appellent"):
        Run(*chain, process("p25").end())
