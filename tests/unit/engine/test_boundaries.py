"""Boundary events: what they interrupt, what they leave alone, and how often they come."""

import pytest

from app import engine
from app.engine import NotReady, StepFault
from tests.bpmn_builder import Block, error, many, message, process, sub, timer
from tests.engine_play import Caller, Run


def test_an_interrupting_message_closes_the_step_and_its_task_can_no_more_be_answered() -> None:
    route = (
        process()
        .user("visiter")
        .end()
        .boundary("rupture", "visiter", message("rupture", variable="motif"))
        .user("cloturer")
        .end("rompu")
    )
    run = Run(route)
    stale = run.task("visiter")
    run.catch("rupture", texte="départ")
    assert run.open == ["cloturer"]
    assert run.waits == []
    assert run.variables("cloturer")["motif"] == {"texte": "départ"}
    with pytest.raises(NotReady):
        engine.complete(run.programme, run.position.state, stale.id, {}, run.caller)
    assert run.done("cloturer").finished


def test_finishing_the_step_stops_its_boundary_events() -> None:
    route = (
        process()
        .user("visiter")
        .user("rediger")
        .end()
        .boundary("retard", "visiter", timer('"P21D"'), interrupting=False)
        .user("relancer")
        .end("relance")
        .boundary("rupture", "visiter", message("rupture"))
        .end("rompu")
    )
    run = Run(route)
    assert run.waits == ["retard", "rupture"]
    assert run.done("visiter").waits == []
    assert run.done("rediger").finished


def test_a_non_interrupting_message_comes_many_times_while_its_call_is_open() -> None:
    inner = process("mobilisation").user("repondre").end()
    route = (
        process("suivi")
        .call("mobiliser", "mobilisation")
        .end()
        .boundary("poursuivre", "mobiliser", message("pole_poursuivre", variable="pole"), interrupting=False)
        .service("prevenir", "notifier", rang="pole.rang")
        .end("poursuivi")
    )
    run = Run(route, inner)
    sizes = []
    for rank in range(12):
        assert run.waits == ["poursuivre"]
        assert run.open == ["repondre"]
        run.catch("poursuivre", rang=rank)
        sizes.append(len(run.position.state))
    assert [parameters["rang"] for _, _, parameters in run.caller.calls] == list(range(12))
    assert sizes[-1] < sizes[2] + 60  # it does not grow with what came before
    assert run.done("repondre").finished


def test_a_non_interrupting_timer_fires_once() -> None:
    route = (
        process()
        .user("prendre_rendez_vous")
        .end()
        .boundary("retard", "prendre_rendez_vous", timer('"P21D"'), interrupting=False)
        .user("relancer")
        .end("relance")
    )
    run = Run(route).wake("retard")
    assert run.open == ["prendre_rendez_vous", "relancer"]
    assert run.waits == []
    assert run.done("prendre_rendez_vous").open == ["relancer"]
    assert run.done("relancer").finished


def test_what_a_non_interrupting_path_opened_lives_on_when_its_step_is_done() -> None:
    route = (
        process()
        .user("visiter")
        .end()
        .boundary("appel", "visiter", message("appel"), interrupting=False)
        .user("rappeler")
        .end("rappele")
    )
    run = Run(route).catch("appel").catch("appel")
    assert run.open == ["rappeler", "rappeler", "visiter"]
    assert run.done("visiter").open == ["rappeler", "rappeler"]
    run.done("rappeler")
    assert not run.finished
    assert run.done("rappeler").finished


def _reorientation() -> tuple[Block, Block]:
    inner = (
        process("orientation")
        .user("repondre_demande", resultats="reponse.accord", delai='"P30D"')
        .user("donner_resultat", resultats="resultat.statut")
        .service("suivre", "suivre_orientation", result="bilan", statut="resultat.statut")
        .end()
        .boundary("sans_reponse", "repondre_demande", timer('"P30D"'), interrupting=False)
        .user("relancer")
        .end("relance")
    )
    route = (
        process("suivi")
        .user("decider_orientations")
        .service("preparer", "preparer_orientations", result="orientations")
        .call("orienter", "orientation", many("orientations", "orientation", output=("bilans", "bilan")))
        .user("cloturer")
        .end()
        .boundary("reorienter", "orienter", message("pole_reorienter"))
        .to("decider_orientations")
    )
    return route, inner


def test_the_pole_reorients_as_often_as_it_likes_and_each_time_new_branches_open() -> None:
    rounds = iter([["adil", "caf"], ["caf"], ["mar", "ccas", "adil"], ["mar"]])
    caller = Caller(
        verbs={
            "preparer_orientations": lambda _: next(rounds),
            "suivre_orientation": lambda given: given["statut"],
        }
    )
    run = Run(*_reorientation(), caller=caller)
    for expected in (["adil", "caf"], ["caf"], ["adil", "ccas", "mar"]):
        run.done("decider_orientations")
        assert run.open == [f"repondre_demande:{name}" for name in expected]
        run.done("repondre_demande", expected[0], accord=True)
        run.wake("sans_reponse", expected[-1]) if len(expected) > 1 else None
        assert run.waits.count("reorienter") == 1
        run.catch("reorienter")
        assert run.open == ["decider_orientations"]
        assert run.waits == []
    run.done("decider_orientations").done("repondre_demande", "mar", accord=True)
    run.done("donner_resultat", "mar", statut="fait")
    assert run.variables("cloturer")["bilans"] == ["fait"]
    assert run.done("cloturer").finished


def test_an_interruption_cancels_sub_processes_inside_sub_processes() -> None:
    deep = process("profond").user("tout_au_fond").end()
    middle = process("milieu").call("descendre", "profond", many(cardinality="3")).end()
    inner = sub("dedans").call("aller", "milieu").end("dedans_fin")
    route = (
        process()
        .sub(inner)
        .end()
        .boundary("rupture", "dedans", message("rupture"))
        .user("cloturer")
        .end("rompu")
    )
    run = Run(route, middle, deep)
    assert run.open == [f"tout_au_fond:{rank}" for rank in range(3)]
    run.catch("rupture")
    assert run.open == ["cloturer"]
    assert run.done("cloturer").finished


def test_an_error_inside_leaves_by_the_boundary_of_its_own_activity() -> None:
    inner = (
        process("visite")
        .user("visiter", resultats="visite.issue")
        .xor("possible", default="fin")
        .when("visite.issue == 'danger'")
        .end("danger", error("danger"))
        .at("possible")
        .end()
    )
    route = (
        process()
        .parallel("ouvrir")
        .call("premiere", "visite")
        .xor("premiere_faite")
        .parallel("reunir")
        .user("conclure")
        .end()
        .at("ouvrir")
        .call("seconde", "visite")
        .xor("seconde_faite")
        .to("reunir")
        .boundary("danger_premiere", "premiere", error("danger"))
        .user("alerter_premiere")
        .to("premiere_faite")
        .boundary("danger_seconde", "seconde", error("danger"))
        .user("alerter_seconde")
        .to("seconde_faite")
    )
    run = Run(route, inner)
    second = run.position.open_tasks[1]
    run._moved(engine.complete(run.programme, run.position.state, second.id, {"issue": "danger"}, run.caller))
    assert run.open == ["alerter_seconde", "visiter"]
    run.done("alerter_seconde")
    assert run.open == ["visiter"]
    assert run.done("visiter", issue="faite").open == ["conclure"]


def test_an_error_that_nobody_handles_is_a_fault() -> None:
    inner = process("visite").user("visiter").end("danger", error("danger"))
    run = Run(process().call("premiere", "visite").end(), inner)
    with pytest.raises(StepFault, match="danger") as caught:
        run.done("visiter")
    assert caught.value.element == "danger"
