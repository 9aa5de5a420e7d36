"""A case whose open branches pile up is watched, then stopped before the engine loses sight of them."""

import pytest

from app import engine
from app.engine import StepFault, advance
from tests.bpmn_builder import Block, process
from tests.engine_play import Run


def _leaves_a_step_open_each_turn() -> Block:
    return (
        process().user("agir").parallel("ensuite").user("suivre").end("suivi_fait").at("ensuite").to("agir")
    )


def _deepest(run: Run, most: int) -> int:
    """Turn until the case is refused or ``most`` turns are done; return the last depth reached."""
    for _ in range(most):
        run.done("agir")
    return run.position.depth


def test_each_branch_left_open_makes_the_case_deeper() -> None:
    run = Run(_leaves_a_step_open_each_turn())
    shallow = _deepest(run, 5)
    assert _deepest(run, 20) >= shallow + 20


def test_a_case_too_deep_stops_on_its_step_and_keeps_its_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advance, "MAX_DEPTH", 60)
    run = Run(_leaves_a_step_open_each_turn())
    with pytest.raises(StepFault, match="renouvelez le dossier") as refused:
        _deepest(run, 100)
    assert refused.value.element == "ensuite"
    assert run.position.depth <= 60
    assert "agir" in {task.element for task in run.position.open_tasks}


def test_steps_finished_on_the_way_make_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advance, "MAX_DEPTH", 60)
    run = Run(_leaves_a_step_open_each_turn())
    with pytest.raises(StepFault):
        _deepest(run, 100)
    open_now = [task.id for task in run.position.open_tasks if task.element == "suivre"]
    for task_id in open_now:
        run.position = engine.complete(run.programme, run.position.state, task_id, {}, run.caller)
    assert _deepest(run, 1) < 10


@pytest.mark.fault
def test_the_real_limit_stands_before_the_depth_where_the_engine_goes_blind() -> None:
    run = Run(_leaves_a_step_open_each_turn())
    with pytest.raises(StepFault, match="renouvelez"):
        _deepest(run, engine.MAX_DEPTH + 10)
    assert engine.DEEP < run.position.depth <= engine.MAX_DEPTH
    assert len(run.position.open_tasks) > engine.DEEP - 10
