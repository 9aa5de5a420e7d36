"""A running case carried to another release: what stays, what is asked, what is refused, and why."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import pytest

from app import engine
from app.engine import MigrationRefused, Plan
from tests.bpmn_builder import Block, many, message, process, sub, timer
from tests.engine_play import NOON, Caller, Run


class Carried:
    """A run taken to other diagrams, and on from there."""

    def __init__(self, run: Run, *blocks: Block, now: timedelta = timedelta(), **plan: object) -> None:
        self.run = run
        new = {f"{rank}.bpmn": block.xml() for rank, block in enumerate(blocks)}
        programme = engine.compile_fresh(new, "après")
        run.caller.now = NOON + now
        self.caller = run.caller
        self.migrated = engine.migrate(
            run.programme,
            programme,
            run.position.state,
            Plan(**plan),
            run.caller,  # type: ignore[arg-type]
        )
        run.files, run.fresh = new, True
        run.position = self.migrated.position

    def notes(self, *kinds: str) -> list[tuple[str, str]]:
        return [(note.kind, note.name) for note in self.migrated.notes if not kinds or note.kind in kinds]


def refused(run: Run, *blocks: Block, **plan: object) -> list[tuple[str, str]]:
    with pytest.raises(MigrationRefused) as refusal:
        Carried(run, *blocks, **plan)  # type: ignore[arg-type]
    return [(found.code, found.element) for found in refusal.value.obstacles]


def mapped(**wanted: str | tuple[str, ...]) -> Mapping[tuple[str, str], tuple[tuple[str, str], ...]]:
    return {
        ("essai", old): tuple(("essai", one) for one in ((new,) if isinstance(new, str) else new))
        for old, new in wanted.items()
    }


def line(*steps: str, **properties: str) -> Block:
    block = process()
    for step in steps:
        block.user(step, **properties)
    return block.end()


# Steps


def test_a_step_keeps_its_id_its_entry_and_its_deadline_whatever_its_form_lane_and_delay_become() -> None:
    run = Run(process().user("a", lane="un", formulaire="f1", delai='"P2D"').end())
    before = run.task("a")
    carried = Carried(
        run, process().user("a", lane="deux", formulaire="f2", delai='"P9D"').end(), now=timedelta(days=1)
    )
    after = run.task("a")
    assert (after.id, after.entered_at, after.due_at) == (before.id, before.entered_at, before.due_at)
    assert (after.lane, after.form) == ("deux", "f2")
    assert [kind for kind, _ in carried.notes()] == ["lane", "form", "due_kept"]
    assert run.done("a").finished


def test_a_deadline_is_counted_anew_from_the_entry_when_the_migration_says_so() -> None:
    run = Run(process().user("a", delai='"P2D"', rappel='"P1D"').end())
    before = run.task("a")
    carried = Carried(run, process().user("a", delai='"P9D"').end(), now=timedelta(days=1), recompute=True)
    after = run.task("a")
    assert before.due_at is not None
    assert after.due_at == before.due_at + timedelta(days=7)
    assert after.remind_at is None
    assert [kind for kind, _ in carried.notes()] == ["due"]


def test_a_finished_step_that_was_renamed_or_removed_never_blocks() -> None:
    run = Run(line("a", "b", "c")).done("a")
    Carried(run, line("autre", "b", "c"))
    assert run.open == ["b"]
    assert run.done("b").open == ["c"]


def test_a_step_inserted_ahead_is_met_and_one_inserted_behind_is_told() -> None:
    run = Run(line("a", "b", "c")).done("a")
    carried = Carried(run, line("a", "derriere", "b", "devant", "c"))
    assert carried.notes() == [("past", "derriere"), ("ahead", "devant")]
    assert run.done("b").open == ["devant"]
    assert run.done("devant").done("c").finished


def test_an_open_step_that_is_gone_asks_where_it_goes_on_and_keeps_its_id_there() -> None:
    run = Run(line("a", "b", "c")).done("a")
    assert refused(run, line("a", "nouveau", "c")) == [("gone", "b")]
    before = run.task("b")
    carried = Carried(run, line("a", "nouveau", "c"), mapping=mapped(b="nouveau"))
    assert run.task("nouveau").id == before.id
    assert carried.migrated.renamed[("essai", "b")] == ("essai", "nouveau")
    assert carried.notes("goes_on") == [("goes_on", "nouveau")]
    assert run.done("nouveau").done("c").finished


def test_an_open_step_may_be_split_between_two_branches() -> None:
    run = Run(line("a", "b"))
    new = process().parallel("ouvre").user("x").parallel("ferme").at("ouvre").user("y").to("ferme")
    new.user("b").end()
    assert refused(run, new, mapping=mapped(a="x")) == [("unsound", "a")]
    before = run.task("a")
    Carried(run, new, mapping=mapped(a=("x", "y")))
    assert run.open == ["x", "y"]
    assert run.task("x").id == before.id
    assert run.done("y").done("x").done("b").finished


def test_a_place_that_cannot_be_reached_is_refused() -> None:
    run = Run(line("a", "b"))
    assert refused(run, line("x", "b"), mapping=mapped(a="nulle_part")) == [("target", "a")]
    assert refused(run, line("x", "b"), mapping={("essai", "a"): (("autre", "x"),)}) == [("target", "a")]


def test_a_process_that_is_gone_is_refused() -> None:
    assert refused(Run(line("a")), process("ailleurs").user("a").end()) == [("process", "essai")]


def test_a_step_that_became_something_else_is_refused_or_goes_on_where_it_is_said() -> None:
    new = process().catch("a", timer('"P1D"')).user("b").end()
    assert refused(Run(line("a", "b")), new) == [("kind", "a")]
    run = Run(line("a", "b"))
    Carried(run, new, mapping=mapped(a="b"))
    assert run.open == ["b"]


# Gateways


def fork(first: list[str], second: list[str], end: str = "fin", join: str = "j") -> Block:
    block = process().parallel("o")
    for step in first:
        block.user(step)
    block.parallel(join).at("o")
    for step in second:
        block.user(step)
    return block.to(join).user("apres").end(end)


def test_a_branch_that_waits_at_a_gateway_waits_on_whatever_became_of_its_steps() -> None:
    for new in (fork(["autre"], ["b"]), fork(["a"], ["b", "encore"])):
        run = Run(fork(["a"], ["b"])).done("a")
        Carried(run, new)
        assert run.open == ["b"]
        run.done("b")
        if run.open == ["encore"]:
            run.done("encore")
        assert run.open == ["apres"]
        assert run.done("apres").finished


def test_a_step_inserted_before_a_gateway_is_met_by_the_branch_that_waits_there() -> None:
    run = Run(fork(["a"], ["b"])).done("a")
    carried = Carried(run, fork(["a", "insere"], ["b"]))
    assert carried.notes() == [("opens", "insere")]
    assert run.open == ["b", "insere"]
    assert run.done("b").open == ["insere"]
    assert run.done("insere").done("apres").finished


def test_a_branch_that_waits_at_a_gateway_that_is_gone_goes_on_where_it_is_said() -> None:
    run = Run(fork(["a"], ["b"])).done("a")
    assert refused(run, line("a", "b", "apres")) == [("join", "j")]
    assert refused(run, line("a", "b", "apres"), mapping=mapped(j="apres")) == [
        ("unsound", "b"), ("unsound", "j"),
    ]  # fmt: skip
    Carried(run, line("a", "b", "apres"), mapping={("essai", "j"): ()})
    assert run.open == ["b"]
    assert run.done("b").done("apres").finished


def test_a_gateway_that_waits_for_one_branch_less_opens_at_once() -> None:
    old = process().parallel("o").user("a").parallel("j").at("o").user("b").to("j").at("o").user("c").to("j")
    old.user("apres").end()
    run = Run(old).done("a").done("b")
    assert refused(run, fork(["a"], ["b"])) == [("gone", "c")]
    assert refused(Run(line("a", "b")), line("x", "b"), mapping={("essai", "a"): ()}) == [("unsound", "a")]
    carried = Carried(run, fork(["a"], ["b"]), mapping={("essai", "c"): ()})
    assert carried.notes() == [("opens", "apres"), ("ends", "c")]
    assert run.done("apres").finished


def test_a_second_branch_drawn_around_an_open_step_is_refused_until_both_places_are_said() -> None:
    run = Run(line("a", "apres"))
    new = fork(["a"], ["b"])
    assert refused(run, new) == [("unsound", "a")]
    Carried(run, new, mapping=mapped(a=("a", "b")))
    assert run.open == ["a", "b"]


# Dates and messages


def test_a_drawn_date_keeps_its_instant_unless_it_is_to_be_counted_anew() -> None:
    def drawn(delay: str) -> Block:
        return process().catch("t", timer(f'"{delay}"')).user("a").end()

    run = Run(drawn("P10D"))
    due = run.wait("t").due_at
    assert Carried(run, drawn("P20D"), now=timedelta(days=3)).notes() == [("date_kept", "t")]
    assert run.wait("t").due_at == due
    run = Run(drawn("P10D"))
    wait: UUID = run.wait("t").id
    Carried(run, drawn("P20D"), now=timedelta(days=3), recompute=True, entered={wait: NOON})
    assert run.wait("t").due_at == (NOON + timedelta(days=20)).replace(hour=10)  # summer time
    assert run.wait("t").id == wait
    run = Run(drawn("P10D"))
    assert Carried(run, drawn("P20D"), recompute=True).notes() == [("entry_unknown", "t")]
    assert run.wait("t").due_at == due


def test_dates_beside_a_step_stay_end_or_begin_with_the_release() -> None:
    def drawn(*events: str) -> Block:
        block = process().user("a").end()
        for event in events:
            block.boundary(event, "a", timer('"P5D"')).user(f"apres_{event}").end(f"fin_{event}")
        return block

    run = Run(drawn("v"))
    kept = run.wait("v")
    carried = Carried(run, drawn("v", "w"), now=timedelta(days=2))
    assert ("border_new", "w") in carried.notes()
    assert run.wait("v") == kept
    assert run.wait("w").due_at == NOON + timedelta(days=7)
    carried = Carried(run, drawn("w"), now=timedelta(days=2))
    assert ("border_gone", "v") in carried.notes()
    assert run.waits == ["w"]
    Carried(run, drawn(), now=timedelta(days=2))
    assert run.waits == []
    Carried(run, drawn("v"), now=timedelta(days=3))
    assert run.wake("v").open == ["apres_v"]
    assert run.done("apres_v").finished


def test_a_reminder_that_has_come_is_not_armed_again() -> None:
    block = process().user("a").end()
    block.boundary("v", "a", timer('"P5D"'), interrupting=False).user("rappel").end("fin_v")
    other = process().user("a").end()
    other.boundary("v", "a", timer('"P5D"'), interrupting=False).user("rappel").end("fin_v")
    other.boundary("w", "a", message("stop")).user("arret").end("fin_w")
    run = Run(block).wake("v")
    Carried(run, other)
    assert (run.open, run.waits) == (["a", "rappel"], ["w"])
    run.catch("w")
    assert run.open == ["arret", "rappel"]
    assert run.done("arret").done("rappel").finished


def test_a_message_waited_for_may_change_its_name_but_not_its_kind() -> None:
    run = Run(process().catch("m", message("ancien")).end())
    wait = run.wait("m")
    assert Carried(run, process().catch("m", message("nouveau")).end()).notes() == [("event", "m")]
    assert (run.wait("m").id, run.wait("m").name) == (wait.id, "nouveau")
    assert refused(run, process().catch("m", timer('"P1D"')).end()) == [("kind", "m")]
    assert run.catch("m").finished


def race(timer_id: str, delay: str = "P5D") -> Block:
    block = process().event_gateway("g").catch("m", message("oui")).user("a").end()
    return block.at("g").catch(timer_id, timer(f'"{delay}"')).user("b").end("fin_b")


def test_a_race_keeps_its_date_and_asks_for_the_event_that_is_gone() -> None:
    run = Run(race("t"))
    due = run.wait("t").due_at
    Carried(run, race("t", "P30D"))
    assert run.wait("t").due_at == due
    assert refused(run, race("autre")) == [("gone", "t")]
    Carried(run, race("autre"), mapping=mapped(t="autre"))
    assert run.wait("autre").due_at == due
    assert run.wake("autre").open == ["b"]


# Sub-processes, calls, repeated steps


def held(*steps: str, inner: str = "d") -> Block:
    block = sub(inner)
    for step in steps:
        block.user(step)
    return block.end(f"{inner}_fin")


def test_a_sub_process_goes_on_with_what_is_added_to_it() -> None:
    run = Run(process().sub(held("a", "b")).end())
    Carried(run, process().sub(held("a", "x", "b")).user("c").end())
    assert run.done("a").open == ["x"]
    assert run.done("x").done("b").open == ["c"]


def test_what_is_open_in_a_sub_process_goes_on_outside_of_it_and_back_inside() -> None:
    run = Run(process().sub(held("a", "b")).end()).done("a")
    before = run.task("b")
    assert refused(run, line("a", "b", "c")) == [("gone", "b")]
    Carried(run, line("a", "b", "c"), mapping=mapped(b="b"))
    assert (run.open, run.task("b").id) == (["b"], before.id)
    Carried(run, process().sub(held("a", "b")).user("c").end(), mapping=mapped(b="b"))
    assert (run.open, run.task("b").id) == (["b"], before.id)
    assert run.task("b").entered_at == before.entered_at
    assert run.done("b").done("c").finished


def test_a_call_of_another_process_asks_where_what_is_open_goes_on() -> None:
    old, first = process().call("appel", "un").end(), process("un").user("x").end()
    new, second = process().call("appel", "deux").end(), process("deux").user("y").end()
    run = Run(old, first)
    assert refused(run, new, second) == [("called", "x")]
    before = run.task("x")
    Carried(run, new, second, mapping={("un", "x"): (("deux", "y"),)})
    assert run.task("y").id == before.id
    assert run.done("y").finished


def repeated(step: str = "a", item: str = "chose") -> Block:
    return process().user(step, many("liste", item)).user("apres").end()


def test_a_repeated_step_goes_on_turn_by_turn_or_is_refused() -> None:
    run = Run(repeated(), data={"liste": ["x", "y", "z"]}).done("a", "x")
    Carried(run, process().user("a", many("liste", "chose"), formulaire="f").user("autre").end())
    assert run.open == ["a:y", "a:z"]
    assert refused(run, line("a", "autre")) == [("loop", "a")]
    assert refused(run, repeated("b")) == [("loop", "a")]
    assert refused(run, repeated("b"), mapping=mapped(a="b")) == [("loop", "a")]
    assert run.done("a", "y").done("a", "z").open == ["autre"]


def turns(*given: str, **more: object) -> Block:
    return process().user("a", many(*given, **more)).user("apres").end()  # type: ignore[arg-type]


@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_repeated_step_whose_list_changes_keeps_the_repetitions_it_began(one_by_one: bool) -> None:
    data = {"liste": ["x", "y", "z"], "autres": ["k"]}
    run = Run(turns("liste", "chose", sequential=one_by_one), data=data).done("a", "x")
    before = {task.scope: task.id for task in run.position.open_tasks}
    carried = Carried(run, turns("autres", "chose", sequential=one_by_one))
    assert carried.notes() == [("list_kept", "a")]
    assert not carried.migrated.unchanged
    assert {task.scope: task.id for task in run.position.open_tasks} == before
    assert run.done("a", "y").done("a", "z").open == ["apres"]
    again = Run(turns("autres", "chose"), data=data)
    assert again.open == ["a:k"]  # who comes later follows the new list


def test_a_number_that_becomes_a_list_keeps_what_is_open_when_no_item_is_named() -> None:
    run = Run(process().user("a", many(cardinality="2")).user("apres").end(), data={"liste": ["x"]})
    carried = Carried(run, process().user("a", many("liste")).user("apres").end())
    assert carried.notes() == [("list_kept", "a")]
    assert run.done("a", "0").done("a", "1").open == ["apres"]
    run = Run(process().user("a", many(cardinality="2")).user("apres").end(), data={"liste": ["x"]})
    assert refused(run, turns("liste", "chose")) == [("loop_item", "a")]


@pytest.mark.parametrize("one_by_one", [False, True])
def test_an_item_under_another_name_is_known_by_it_in_each_open_repetition(one_by_one: bool) -> None:
    def drawn(item: str) -> Block:
        results = ("resultats", item)  # what each repetition gives back is what it was given
        block = process().user("a", many("liste", item, output=results, sequential=one_by_one))
        return block.service("s", "noter", result="r", de="resultats").user("apres").end()

    told: list[object] = []
    caller = Caller(verbs={"noter": lambda given: told.append(given["de"]) or {"de": 1}})
    run = Run(drawn("chose"), data={"liste": ["x", "y", "z"]}, caller=caller).done("a", "x")
    Carried(run, drawn("objet"))
    assert run.done("a", "y").done("a", "z").open == ["apres"]
    assert told == [["x", "y", "z"]]


def test_a_repetition_that_cannot_go_on_as_it_was_says_exactly_why() -> None:
    begun = Run(turns("liste", "chose"), data={"liste": ["x", "y"]})
    assert refused(begun, turns("liste", "chose", sequential=True)) == [("loop_order", "a")]
    assert refused(begun, turns("liste")) == [("loop_item", "a")]
    Carried(begun, turns("liste", "chose", output=("resultats", "note")))  # none is done: nothing is lost
    partly = Run(turns("liste", "chose"), data={"liste": ["x", "y"]}).done("a", "x")
    assert refused(partly, turns("liste", "chose", output=("resultats", "note"))) == [("loop_results", "a")]
    kept = Run(turns("liste", "chose", output=("resultats", "note")), data={"liste": ["x", "y"]}).done(
        "a", "x"
    )
    assert refused(kept, turns("liste", "chose")) == [("loop_results", "a")]
    Carried(kept, turns("liste", "chose", output=("bilan", "note")))
    assert kept.done("a", "y").open == ["apres"]


def test_a_step_after_a_repeated_one_is_a_step_like_any_other() -> None:
    run = Run(repeated(), data={"liste": ["x"]}).done("a", "x")
    assert run.open == ["apres"]
    Carried(run, process().user("a", many("liste", "chose")).user("fin_de_tour").end(),
            mapping=mapped(apres="fin_de_tour"))  # fmt: skip
    assert run.open == ["fin_de_tour"]
    assert run.done("fin_de_tour").finished


# What a step needs


def test_a_step_that_cannot_run_refuses_the_case_and_changes_nothing() -> None:
    run = Run(line("a", "b"))
    state = run.position.state
    new = process().user("x").xor("choix", default="b").when("inconnu.valeur > 2").user("c").end("f2")
    new.at("choix").user("b").end()
    broken = process().node("task", "avant").xor("choix", default="b").when("inconnu.valeur > 2").user("c")
    broken.end("f2").at("choix").user("b").end()
    with pytest.raises(MigrationRefused) as refusal:
        Carried(run, broken, mapping=mapped(a="avant"))
    assert [found.code for found in refusal.value.obstacles] == ["fault"]
    assert "inconnu" in refusal.value.obstacles[0].detail
    assert run.position.state == state


def test_verbs_met_on_the_way_run_once_with_the_callers_hooks() -> None:
    caller = Caller(verbs={"noter": lambda given: {"de": given["de"]}})
    run = Run(fork(["a"], ["b"]), caller=caller).done("a")
    new = process().parallel("o").user("a").service("s", "noter", result="r", de="1").parallel("j").at("o")
    new.user("b").to("j").user("apres").end()
    Carried(run, new)
    assert [name for name, _, _ in caller.calls] == ["noter"]
    assert run.done("b").open == ["apres"]


def test_a_promise_made_on_entry_stays_and_a_new_one_begins_with_the_release() -> None:
    def kept(**rule: str) -> Block:
        return process().user("a", **rule).end()

    run = Run(kept(frequence="2", frequence_fenetre="mois", frequence_compte="f"))
    before = run.position.duties[0]
    Carried(run, kept(frequence="5", frequence_fenetre="mois", frequence_compte="f"), now=timedelta(days=3))
    after = run.position.duties[0]
    assert (after.id, after.minimum, after.entered_at) == (before.id, 2, before.entered_at)
    run = Run(kept())
    carried = Carried(
        run, kept(frequence="3", frequence_fenetre="mois", frequence_compte="f"), now=timedelta(days=3)
    )
    assert carried.notes() == [("promised", "a")]
    (duty,) = run.position.duties
    assert (duty.minimum, duty.entered_at) == (3, NOON + timedelta(days=3))
    Carried(run, kept(), now=timedelta(days=4))
    assert run.position.duties == ()


def test_what_is_open_in_each_turn_of_a_repeated_call_goes_on_in_its_turn() -> None:
    def drawn(step: str, *more: str) -> tuple[Block, Block]:
        called = process("demande").user(step)
        for other in more:
            called.user(other)
        return process().call("appel", "demande", many("liste", "chose")).user("apres").end(), called.end()

    run = Run(*drawn("a"), data={"liste": ["x", "y"]})
    before = {task.scope: task.id for task in run.position.open_tasks}
    assert refused(run, *drawn("b")) == [("gone", "a")]
    Carried(run, *drawn("b", "c"), mapping={("demande", "a"): (("demande", "b"),)})
    assert {task.scope: task.id for task in run.position.open_tasks} == before
    assert run.done("b", "x").open == ["b:y", "c:x"]
    assert run.done("b", "y").done("c", "x").done("c", "y").done("apres").finished
