"""Whatever the route, a move that is accepted leaves a process that still comes to its end."""

from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import engine
from app.engine import MoveRefused, NotReady
from app.engine.evaluation import Evaluator
from app.engine.markings import TooManyPositions, marking_of, reachable
from app.engine.state import restore
from tests.random_routes import TREES, Driver, Stored, Tree, Uninterrupted, Writer, caller, choices, seen

STEPS = st.lists(st.integers(0, 999), min_size=1, max_size=8)
PLAYED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _writer(tree: Tree) -> Writer:
    writer = Writer()
    writer.write(tree)
    return writer


def _programme(driver: Stored) -> engine.Programme:
    return engine.compile_fresh(driver.files, "hasard")


@given(TREES, STEPS)
@PLAYED
def test_every_position_that_a_process_reaches_is_one_its_diagram_can_reach(
    tree: Tree, dice: list[int]
) -> None:
    driver = Stored()
    writer = _writer(tree)
    position = driver.start(writer.files, writer.data)
    for die in dice:
        case = restore(_programme(driver), position.state, Evaluator(None))
        for workflow in case.workflows():
            if workflow.completed:
                continue
            try:
                known = reachable(workflow.spec)
            except TooManyPositions:  # such a process refuses every move
                continue
            assert marking_of(workflow) in known
        possible = choices(position)
        if not possible:
            return
        kind, target = possible[die % len(possible)]
        position = driver.act(kind, target, die % 10)


@given(TREES, STEPS, st.integers(0, 999), st.integers(0, 999))
@PLAYED
def test_an_accepted_move_leaves_a_process_that_comes_to_its_end(
    tree: Tree, dice: list[int], who: int, where: int
) -> None:
    driver = Stored()
    writer = _writer(tree)
    position = driver.start(writer.files, writer.data)
    for die in dice:
        possible = choices(position)
        if not possible:
            return
        kind, target = possible[die % len(possible)]
        position = driver.act(kind, target, die % 10)
    position = _moved(driver, position, who, where)
    assert_comes_to_its_end(driver, position)


@given(TREES, STEPS, st.integers(0, 999), st.integers(0, 999), STEPS)
@PLAYED
def test_a_moved_process_goes_on_alike_stored_at_every_step_or_never(
    tree: Tree, dice: list[int], who: int, where: int, then: list[int]
) -> None:
    driver = Stored()
    writer = _writer(tree)
    position = driver.start(writer.files, writer.data)
    for die in dice:
        possible = choices(position)
        if not possible:
            return
        kind, target = possible[die % len(possible)]
        position = driver.act(kind, target, die % 10)
    position = _moved(driver, position, who, where)
    kept = Uninterrupted()
    kept.case = restore(_programme(driver), position.state, Evaluator(caller()))
    assert _played(driver, position, then) == _played(kept, position, then)


def _played(driver: Driver, position: engine.Position, dice: list[int]) -> list[dict[str, object]]:
    trace = []
    for die in dice:
        possible = choices(position)
        if not possible:
            break
        kind, target = possible[die % len(possible)]
        position = driver.act(kind, target, die % 10)
        trace.append(seen(position))
    return trace


def _moved(driver: Stored, position: engine.Position, who: int, where: int) -> engine.Position:
    """Move one token if it can be; what may be done is what ``possible_targets`` says, nothing else."""
    programme, waiting = _programme(driver), choices(position)
    if not waiting:
        return position
    wanted: UUID = waiting[who % len(waiting)][1]
    try:
        targets = engine.possible_targets(programme, position.state, wanted)
    except (MoveRefused, NotReady):
        return position
    if not targets:
        return position
    target = targets[where % len(targets)]
    after = engine.move(programme, position.state, wanted, target.key, caller())
    again = engine.read(_programme(driver), after.state)
    assert (again.open_tasks, again.waits, again.state) == (after.open_tasks, after.waits, after.state)
    assert wanted not in {target for _, target in choices(after)}
    driver.state = after.state
    return after


def assert_comes_to_its_end(driver: Stored, position: engine.Position) -> None:
    """Do what stands first, events on a border last (they may come for ever), until nothing is left."""
    described = _programme(driver).described.values()
    borders = {item.element for items in described for item in items if item.attached_to}
    for turn in range(150):
        if position.finished:
            return
        here = [("task", task.id) for task in position.open_tasks]
        here += [(wait.kind, wait.id) for wait in position.waits if wait.element not in borders]
        assert here, f"a process that is not finished waits for something: {seen(position)}"
        kind, target = here[0]
        position = driver.act(kind, target, turn % 10)
    raise AssertionError(f"never ends: {seen(position)}")
