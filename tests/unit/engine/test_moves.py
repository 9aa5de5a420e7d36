"""A step moved, repeated, passed or corrected by hand: what is sound is done, what is not is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from app import clock, engine
from app.engine import MoveRefused, NotReady, StepFault
from app.engine.moments import later_by
from tests.bpmn_builder import Block, many, message, process, sub, timer
from tests.engine_play import NOON, Caller, Run


def _move(run: Run, element: str, target: str, scope: str | None = None) -> Run:
    task = run.task(element, scope)
    run.position = engine.move(run.programme, run.position.state, task.id, target, run.caller)
    return run


def _targets(run: Run, element: str, scope: str | None = None) -> list[str]:
    found = engine.possible_targets(run.programme, run.position.state, run.task(element, scope).id)
    return [item.element for item in found]


def _line() -> Block:
    return process().user("a").user("b", resultats="b.v").user("c").end("fin")


def _parallel() -> Block:
    block = process().user("avant").node("parallelGateway", "ouvre")
    block.user("g1").user("g2").node("parallelGateway", "ferme").user("apres").end("fin")
    return block.at("ouvre").user("d1").to("ferme")


def test_alone_a_step_goes_anywhere_along_its_line() -> None:
    run = Run(_line()).done("a")
    assert _targets(run, "b") == ["a", "c"]
    _move(run, "b", "c")
    assert (run.open, run.finished) == (["c"], False)
    assert run.done("c").finished


def test_a_branch_moves_within_itself_and_never_past_its_join() -> None:
    run = Run(_parallel()).done("avant")
    assert _targets(run, "g1") == ["g2"]
    with pytest.raises(MoveRefused) as refused:
        _move(run, "g1", "apres")
    assert "g2" in refused.value.sentence
    with pytest.raises(MoveRefused):
        _move(run, "g1", "avant")
    _move(run, "g1", "g2").done("g2").done("d1")
    assert run.open == ["apres"]


def test_a_branch_whose_sister_waits_at_the_join_still_has_to_join_it() -> None:
    run = Run(_parallel()).done("avant").done("d1")
    assert _targets(run, "g1") == ["g2"]
    _move(run, "g1", "g2").done("g2")
    assert run.open == ["apres"]


def test_alone_a_step_does_not_enter_one_branch_of_several() -> None:
    run = Run(_parallel())
    assert _targets(run, "avant") == ["apres"]
    assert _targets(run.done("avant").done("d1").done("g1").done("g2"), "apres") == ["avant"]


def test_what_a_step_leaves_loses_its_border_and_what_the_border_began_goes_on() -> None:
    block = process().user("a").user("b").user("c").end("fin")
    block.boundary("tard", "b", timer('"P3D"'), interrupting=False).user("relance").end("vu")
    run = Run(block).done("a").wake("tard")
    assert run.open == ["b", "relance"]
    assert _targets(run, "relance") == []
    with pytest.raises(MoveRefused):
        _move(run, "relance", "c")
    _move(run, "b", "c")
    assert (run.open, run.waits) == (["c", "relance"], [])
    _move(run, "c", "b")
    assert run.waits == ["tard"]  # armed anew, from now


def test_a_step_leaves_its_sub_process_and_enters_the_midst_of_another() -> None:
    first = sub("premier").user("p1").user("p2").end("p_fin")
    second = sub("second").user("s1", resultats="s1.v").user("s2").end("s_fin")
    run = Run(process().sub(first).sub(second).user("apres").end("fin"))
    run.done("p1")
    assert {"p1", "premier", "second", "s1", "s2", "apres"} <= set(_targets(run, "p2"))
    _move(run, "p2", "s2")
    assert run.open == ["s2"]
    _move(run, "s2", "premier")
    assert run.open == ["p1"]
    run.done("p1").done("p2").done("s1").done("s2").done("apres")
    assert run.finished


def test_what_was_said_inside_is_kept_when_a_step_leaves_its_sub_process() -> None:
    inner = sub("dedans").user("dire", resultats="dire.mot").user("relire").end("d_fin")
    run = Run(process().sub(inner).user("apres").end("fin")).done("dire", mot="bonjour")
    _move(run, "relire", "apres")
    assert run.variables("apres")["dire"] == {"mot": "bonjour"}


def test_an_item_of_a_list_stays_in_its_list() -> None:
    inner = sub("chacun").user("dire").user("redire").end("d_fin")
    run = Run(process().sub(inner, many("liste", "un")).user("apres").end("fin"), data={"liste": ["x", "y"]})
    assert _targets(run, "dire", "x") == ["redire"]
    _move(run, "dire", "redire", "x")
    assert run.open == ["dire:y", "redire:x"]
    run.done("redire", "x").done("dire", "y").done("redire", "y")
    assert run.open == ["apres"]


def test_a_step_that_is_itself_repeated_is_not_moved_and_the_sentence_says_why() -> None:
    block = process().user("dire", many("liste", "un")).user("apres").end("fin")
    run = Run(block, data={"liste": ["x", "y"]})
    with pytest.raises(MoveRefused) as refused:
        _move(run, "dire", "apres", "x")
    assert "une par élément d'une liste" in refused.value.sentence


def test_a_border_is_not_moved_without_its_step() -> None:
    block = process().user("a").user("b").end("fin")
    block.boundary("tard", "a", timer('"P3D"')).user("relance").end("vu")
    run = Run(block)
    with pytest.raises(MoveRefused):
        engine.move(run.programme, run.position.state, run.wait("tard").id, "b", run.caller)


def test_a_wait_is_moved_and_skipped_as_a_step_is() -> None:
    run = Run(process().catch("attendre", message("nouvelle")).catch("delai", timer('"P1M"')).user("a").end())
    state, wait = run.position.state, run.wait("attendre")
    assert [item.element for item in engine.possible_targets(run.programme, state, wait.id)] == ["delai", "a"]
    run.position = engine.skip(run.programme, state, wait.id, {}, run.caller)
    assert run.waits == ["delai"]
    run.position = engine.skip(run.programme, run.position.state, run.wait("delai").id, {}, run.caller)
    assert run.open == ["a"]


def test_a_return_goes_back_only_and_finds_its_step_by_itself() -> None:
    run = Run(_line()).done("a").done("b", v=1)
    run.position = engine.repeat(run.programme, run.position.state, "a", run.caller)
    assert run.open == ["a"]
    with pytest.raises(MoveRefused):
        engine.repeat(run.programme, run.position.state, "c", run.caller)


def test_a_step_is_passed_with_outcomes_and_refused_when_a_gateway_cannot_do_without() -> None:
    block = process().user("dire", resultats="dire.v").xor("choix", default="non").when("dire.v > 3")
    block.user("oui").end("fin_oui").at("choix").user("non").end("fin_non")
    run = Run(block)
    with pytest.raises(StepFault) as fault:
        engine.skip(run.programme, run.position.state, run.task("dire").id, {}, run.caller)
    assert fault.value.element == "choix"
    run.position = engine.skip(
        run.programme, run.position.state, run.task("dire").id, {"dire.v": 5}, run.caller
    )
    assert run.open == ["oui"]


def test_a_correction_is_read_by_what_comes_and_in_every_branch_that_inherited_it() -> None:
    inner = sub("chacun").user("dire").end("d_fin")
    block = process().user("dire_nombre", resultats="dire_nombre.v")
    block.sub(inner, many("liste", "un")).user("apres").end("fin")
    run = Run(block, data={"liste": ["x", "y"]}).done("dire_nombre", v=1)
    run.position = engine.correct(run.programme, run.position.state, {"dire_nombre.v": 7, "inconnu.v": 1})
    assert {task.variables["dire_nombre"]["v"] for task in run.position.open_tasks} == {7}  # type: ignore[index]
    assert all("inconnu" not in task.variables for task in run.position.open_tasks)
    run.done("dire", "x").done("dire", "y")
    assert run.variables("apres")["dire_nombre"] == {"v": 7}


def test_nothing_that_is_gone_can_be_moved() -> None:
    run = Run(_line())
    gone = run.task("a").id
    run.done("a")
    for attempt in (
        lambda: engine.move(run.programme, run.position.state, gone, "c", run.caller),
        lambda: engine.skip(run.programme, run.position.state, gone, {}, run.caller),
        lambda: engine.set_due(run.programme, run.position.state, gone, NOON),
    ):
        with pytest.raises(NotReady):
            attempt()


def test_every_instant_moves_by_elapsed_time_those_of_an_event_gateway_too() -> None:
    block = process().node("parallelGateway", "ouvre").user("a", delai='"P2D"', rappel='"P1D"').end("fin")
    block.at("ouvre").event_gateway("g").catch("m", message("nouvelle")).end("fm")
    block.at("g").catch("t", timer('"P1M"')).end("ft")
    run = Run(block, caller=Caller(now=datetime(2026, 3, 20, 11, tzinfo=UTC)))
    before = run.position
    after = engine.shift(run.programme, before.state, timedelta(days=40))
    for was, now in zip(before.open_tasks, after.open_tasks, strict=True):
        for name in ("due_at", "remind_at"):
            assert _utc(getattr(now, name)) - _utc(getattr(was, name)) == timedelta(days=40)
        assert now.entered_at == was.entered_at
    (was_due,) = [wait.due_at for wait in before.waits if wait.due_at]
    (due,) = [wait.due_at for wait in after.waits if wait.due_at]
    assert _utc(due) - _utc(was_due) == timedelta(days=40)
    moved = engine.set_due(run.programme, after.state, run.wait("t").id, NOON)
    assert [wait.due_at for wait in moved.waits if wait.due_at] == [NOON]


def _utc(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment.astimezone(UTC)


def test_an_hour_of_pause_is_an_hour_over_both_clock_changes() -> None:
    for day in (
        datetime(2026, 3, 28, 12, tzinfo=clock.PARIS),
        datetime(2026, 10, 24, 12, tzinfo=clock.PARIS),
    ):
        after = later_by(day, timedelta(days=1))
        assert after.astimezone(UTC) - day.astimezone(UTC) == timedelta(days=1)
        assert after.hour in {11, 13}


def test_a_step_that_comes_after_a_repeated_one_may_be_moved_like_any_other() -> None:
    block = process().user("a", many("liste", "chose")).user("b").user("c").end()
    run = Run(block, data={"liste": ["x"]}).done("a", "x")
    found = engine.possible_targets(run.programme, run.position.state, run.task("b").id)
    assert "c" in {target.element for target in found}
    moved = engine.move(run.programme, run.position.state, run.task("b").id, "c", run.caller)
    assert [task.element for task in moved.open_tasks] == ["c"]
