"""Steps of people, verbs and decisions: what enters process data, what they are told, what they raise."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from app import engine
from app.engine import NotReady, ProgrammeFault, StepFault
from app.errors import Conflict, Invalid, NotFound
from tests.bpmn_builder import TERMINATE, condition, message, process, signal, sub
from tests.engine_play import NOON, Caller, Run

PARIS = ZoneInfo("Europe/Paris")


def test_only_declared_outcomes_enter_process_data() -> None:
    route = process().user("visiter", resultats="visite.issue, visite.date, accord").user("lire").end()
    run = Run(route).done("visiter", issue="faite", secret="non", accord=True)
    assert run.variables("lire") == {"visite": {"issue": "faite", "date": None}, "accord": True}


def test_a_new_answer_replaces_the_whole_outcome() -> None:
    route = process().user("visiter", resultats="visite.liste").to("visiter")
    run = Run(route).done("visiter", liste=[1, 1, 2]).done("visiter", liste=[2])
    assert run.variables("visiter") == {"visite": {"liste": [2]}}


def test_an_open_task_tells_all_an_inbox_needs() -> None:
    route = process("visite").user(
        "visiter",
        lane="technicien",
        name="Réaliser la visite",
        formulaire="visite",
        bouton="Envoyer",
        delai='"P21D"',
        rappel='"P15D"',
        escalade='"P3D"',
    )
    route.end()
    task = Run(route).task("visiter")
    assert (task.process, task.name, task.lane, task.form) == (
        "visite",
        "Réaliser la visite",
        "technicien",
        "visite",
    )
    assert task.entered_at == NOON
    assert task.due_at == datetime(2026, 4, 7, tzinfo=PARIS)  # 6 April included
    assert task.remind_at == datetime(2026, 4, 1, tzinfo=PARIS)
    assert task.escalate_at == datetime(2026, 4, 10, tzinfo=PARIS)  # three days after the 6th
    assert task.properties["bouton"] == "Envoyer"


def test_an_escalation_in_working_days_counts_from_the_due_date() -> None:
    route = process().user("visiter", delai='"P4D"', escalade="jours_ouvres(1)").end()
    task = Run(route).task("visiter")  # Monday 16 March; due at the end of Friday 20
    assert task.due_at == datetime(2026, 3, 21, tzinfo=PARIS)
    assert task.escalate_at == datetime(2026, 3, 24, tzinfo=PARIS)  # Monday 23 is the working day after


def test_deadlines_are_computed_once_and_survive_storage() -> None:
    run = Run(process().user("visiter", delai='"PT48H"').user("autre").end())
    run.caller.now += timedelta(days=10)
    assert engine.read(run.programme, run.position.state).open_tasks[0].due_at == NOON + timedelta(hours=48)


def test_deadlines_read_answers_and_settings() -> None:
    caller = Caller(answers={"reglages": {"delai": "P2D"}, "visite": {"date": date(2026, 5, 4)}})
    run = Run(process().user("visiter", delai="reglages.delai", rappel="visite.date").end(), caller=caller)
    assert run.task("visiter").due_at == datetime(2026, 3, 19, tzinfo=PARIS)
    assert run.task("visiter").remind_at == datetime(2026, 5, 5, tzinfo=PARIS)


def test_a_verb_gets_its_parameters_and_the_view_with_process_data_on_top() -> None:
    caller = Caller(
        answers={"visite": {"issue": "vieille", "notes": "secret"}, "menage": {"nom": "Le Goff"}},
        verbs={"calculer": lambda given: {"gain": given["a"]}},
    )
    route = (
        process()
        .user("visiter", resultats="visite.issue")
        .service("calculer", "calculer", result="bilan", a="nombre(1) + 2", b="visite.notes")
        .user("lire")
        .end()
    )
    run = Run(route, caller=caller).done("visiter", issue="faite")
    assert caller.calls == [("calculer", None, {"a": 3, "b": "secret"})]
    assert caller.seen[-1]["visite"] == {"issue": "faite", "notes": "secret"}
    assert caller.seen[-1]["menage"] == {"nom": "Le Goff"}
    assert run.variables("lire") == {"visite": {"issue": "faite"}, "bilan": {"gain": 3}}


def test_a_decision_is_kept_under_its_id() -> None:
    caller = Caller(tables={"triage": {"priorite": 2}, "pistes": [{"piste": "adil"}, {"piste": "caf"}]})
    route = process().rule("trier", "triage").rule("relever", "pistes").xor("urgent", default="fin")
    route.when("triage.priorite <= 2 and len(pistes) == 2").user("rappeler").at("urgent").end()
    assert Run(route, caller=caller).open == ["rappeler"]


class _Broken(Exception):
    pass


@pytest.mark.parametrize(
    ("raised", "cause"),
    [
        (NotFound(), "Cette page n'existe pas"),
        (Invalid({"a": ["non"]}), "à corriger"),
        (_Broken("détail"), "erreur imprévue"),
        (KeyError("x"), "erreur imprévue"),
    ],
)
def test_what_a_verb_raises_becomes_the_fault_of_its_element(raised: Exception, cause: str) -> None:
    def fail(_given: object) -> object:
        raise raised

    route = process().user("lire").node("task", "dessin").service("casser", "casser").end()
    run = Run(route, caller=Caller(verbs={"casser": fail}))
    before = run.position.state
    with pytest.raises(StepFault, match=cause) as caught:
        run.done("lire")
    assert caught.value.element == "casser"
    assert caught.value.__cause__ is raised
    assert run.position.state == before
    run.caller.verbs.clear()
    assert run.done("lire").finished  # and retry works


def test_a_conflict_passes_unchanged() -> None:
    def fail(_given: object) -> object:
        raise Conflict

    with pytest.raises(Conflict) as caught:
        Run(process().service("casser", "casser").end(), caller=Caller(verbs={"casser": fail}))
    assert type(caught.value) is Conflict


@pytest.mark.parametrize("result", [object(), {"typename": 1}, {1: 2}, float("nan"), datetime(2026, 1, 1)])  # noqa: DTZ001
def test_a_result_that_cannot_be_kept_is_a_fault(result: object) -> None:
    caller = Caller(verbs={"rendre": lambda _: result})
    with pytest.raises(StepFault) as caught:
        Run(process().service("rendre", "rendre", result="r").end(), caller=caller)
    assert caught.value.element == "rendre"


def test_a_key_named_typename_is_refused_wherever_data_enter() -> None:
    route = process().user("visiter", resultats="visite.issue").end()
    with pytest.raises(StepFault, match="typename"):
        Run(route, data={"typename": 1})
    with pytest.raises(StepFault, match="typename"):
        Run(route).done("visiter", issue={"typename": "x"})
    with pytest.raises(ProgrammeFault, match="typename"):
        Run(process().user("visiter", resultats="visite.typename").end())


def test_an_unknown_or_finished_task_is_not_ready() -> None:
    run = Run(process().user("visiter").user("lire").end())
    done = run.task("visiter").id
    run.done("visiter")
    for task_id in (done, uuid4()):
        with pytest.raises(NotReady):
            engine.complete(run.programme, run.position.state, task_id, {}, run.caller)


def test_thrown_messages_and_signals_are_handed_out_with_their_payload() -> None:
    route = (
        process()
        .user("decider", resultats="decision.suite")
        .throw("prevenir", message("pole_regle", payload="decision"))
        .throw("diffuser", signal("fin_de_campagne"))
        .end()
    )
    run = Run(route).done("decider", suite="regle")
    assert [(event.kind, event.name, event.payload) for event in run.position.sent] == [
        ("message", "pole_regle", {"suite": "regle"}),
        ("signal", "fin_de_campagne", {}),
    ]
    assert run.finished


def test_a_receive_task_and_a_signal_wait_to_be_told() -> None:
    route = process()
    route.node("receiveTask", "recevoir", messageRef="message_avis").catch("signal", signal("top")).end()
    run = Run(route.xml(extra='<message id="message_avis" name="avis"/>'))
    assert (run.wait("recevoir").kind, run.wait("recevoir").name) == ("message", "avis")
    run.catch("recevoir")
    assert (run.wait("signal").kind, run.wait("signal").name) == ("signal", "top")
    assert run.catch("signal").finished


def test_a_conditional_event_fires_as_soon_as_the_process_data_allow() -> None:
    route = (
        process()
        .parallel("ouvrir")
        .user("compter", resultats="compte.total")
        .user("compter_encore", resultats="compte.total")
        .parallel("reunir")
        .end()
        .at("ouvrir")
        .catch("assez", condition("compte.total >= 3"))
        .user("agir")
        .to("reunir")
    )
    run = Run(route, data={"compte": {"total": 0}})
    assert run.open == ["compter"]
    assert run.done("compter", total=2).open == ["compter_encore"]
    assert run.done("compter_encore", total=3).open == ["agir"]
    assert run.done("agir").finished


def test_values_survive_state_exactly() -> None:
    summer = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=1)
    values = {
        "decimal": Decimal("1.00"),
        "autre": Decimal("1.0"),
        "un": 1,
        "vrai": True,
        "jour": date(2026, 1, 31),
        "instant": NOON,
        "paris": summer,
        "cle": {"$d": "x", "liste": [1, True, None, Decimal("0.10"), 1.5]},
        "identifiant": uuid4(),
    }
    run = Run(process().user("lire").user("relire").end(), data=values).done("lire")
    kept = run.variables("relire")
    assert kept == values
    assert repr(kept) == repr(values)
    assert kept["paris"].fold == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(("old", "new"), [(1, True), (Decimal("1.0"), Decimal("1.00")), (0, False), (1, 1.0)])
def test_a_change_of_type_or_precision_is_a_change(old: object, new: object) -> None:
    run = Run(process().user("dire", resultats="x.v").to("dire")).done("dire", v=old).done("dire", v=new)
    kept = run.variables("dire")["x"]["v"]  # type: ignore[index]
    assert repr(kept) == repr(new)


def test_lanes_and_process_of_a_step_inside_a_sub_process() -> None:
    route = process("visite").sub(sub("dedans").user("agir").end("dedans_fin")).end()
    route.lanes["technicien"] = ("Technicien", ["dedans"])
    task = Run(route).task("agir")
    assert (task.lane, task.process) == ("technicien", "visite")


def test_the_steps_of_an_advance_name_the_flows_taken() -> None:
    route = process("p").user("a", resultats="a.x").xor("g", default="fin").when("a.x == 1").user("b")
    route.at("g").end()
    run = Run(route).done("a", x=1)
    assert [(step.element, step.flows) for step in run.position.steps] == [
        ("a", ("a_vers_g",)),
        ("g", ("g_vers_b",)),
    ]
    assert {step.at for step in run.position.steps} == {NOON}


def test_instructions_and_the_name_of_a_faulty_step_are_told() -> None:
    told = (
        "<extensionElements><spiffworkflow:instructionsForEndUser>Sonnez deux fois."
        "</spiffworkflow:instructionsForEndUser></extensionElements>"
    )
    route = (
        process()
        .user("visiter", told)
        .node("callActivity", "suite", name="Ouvrir la suite", calledElement="autre")
    )
    route.end()
    inner = process("autre").xor("choix", default="fin").when("absent.issue == 1").user("jamais")
    inner.at("choix").end()
    run = Run(route, inner)
    assert run.task("visiter").instructions == "Sonnez deux fois."
    with pytest.raises(StepFault) as caught:
        run.done("visiter")
    assert (caught.value.element, caught.value.element_name) == ("choix", "choix")
    assert caught.value.sentence.startswith("L'étape « choix » ne peut pas s'exécuter : ")
    assert caught.value.cause.endswith(".")


def test_a_terminate_end_closes_everything_that_is_open() -> None:
    inner = process("autre").user("attendre_longtemps").end()
    route = (
        process()
        .parallel("ouvrir")
        .user("cloturer")
        .end("clos", TERMINATE)
        .at("ouvrir")
        .call("aller", "autre")
        .end("fini")
        .at("ouvrir")
        .catch("message", message("m"))
        .end("recu")
    )
    run = Run(route, inner).done("cloturer")
    assert run.finished
    assert run.open == []
    assert run.waits == []
    assert len(run.position.state) < 200
