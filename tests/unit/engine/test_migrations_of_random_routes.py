"""Whatever the route, a case carried to a release that means the same goes on as if nothing had happened."""

import re
from collections.abc import Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import engine
from app.engine import MigrationRefused
from tests.bpmn_builder import Block
from tests.random_routes import TREES, Stored, Tree, Writer, caller, choices, seen
from tests.unit.engine.test_moves_of_random_routes import assert_comes_to_its_end

STEPS = st.lists(st.integers(0, 999), min_size=0, max_size=8)
PLAYED = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def cosmetic(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same diagrams, every element with another name and an explanation."""
    pattern = re.compile(rb"<((?:user|service|call|sub|start|end|intermediate)\w*) id=\"(\w+)\"([^>]*?)(/?)>")
    return {name: pattern.sub(rb'<\1 id="\2" name="Autre \2"\3\4>', text) for name, text in files.items()}


def played(driver: Stored, writer: Writer, dice: list[int]) -> engine.Position:
    position = driver.start(writer.files, writer.data)
    for die in dice:
        possible = choices(position)
        if not possible:
            break
        kind, target = possible[die % len(possible)]
        position = driver.act(kind, target, die % 10)
    return position


def carried(driver: Stored, files: Mapping[str, bytes], plan: engine.Plan | None = None) -> engine.Migrated:
    old = engine.compile_fresh(driver.files, "avant")
    new = engine.compile_fresh(files, "après")
    return engine.migrate(old, new, driver.state, plan or engine.Plan(), caller())


def follow(driver: Stored, position: engine.Position, dice: list[int]) -> list[dict[str, object]]:
    trace: list[dict[str, object]] = []
    for die in dice:
        possible = choices(position)
        if not possible:
            break
        kind, target = possible[die % len(possible)]
        position = driver.act(kind, target, die % 10)
        trace.append(seen(position))
    return trace


@given(TREES, STEPS, STEPS)
@PLAYED
def test_the_same_release_or_one_that_looks_otherwise_changes_nothing(
    tree: Tree, dice: list[int], then: list[int]
) -> None:
    driver, writer = Stored(), Writer()
    writer.write(tree)
    position = played(driver, writer, dice)
    if position.finished:
        return
    same = carried(driver, driver.files)
    assert same.position.state == position.state
    assert same.unchanged
    assert not same.notes
    looks = carried(driver, cosmetic(driver.files))
    assert looks.unchanged
    assert {note.kind for note in looks.notes} <= {"renamed"}
    assert looks.position.state == position.state
    other = Stored()
    other.files, other.state = cosmetic(driver.files), looks.position.state
    assert follow(driver, position, then) == follow(other, looks.position, then)
    assert_comes_to_its_end(other, engine.read(engine.compile_fresh(other.files, "fin"), other.state))


class Wider(Writer):
    """Writes the step « insere » where a tree says so, and numbers the others as if it were not there."""

    def _extra(self, block: Block) -> None:
        block.user("insere", resultats="choix.v")


def grown(tree: Tree, place: int) -> tuple[Tree, int]:
    """Return the tree with a step after its leaf of that rank, and how many leaves are left to count."""
    parts: list[object] = [tree[0]]
    if not any(isinstance(part, tuple) for part in tree):
        return (("seq", tree, ("extra",)), place - 1) if place == 0 else (tree, place - 1)
    for part in tree[1:]:
        if isinstance(part, tuple):
            wider, place = grown(part, place)
            parts.append(wider)
        else:
            parts.append(part)
    return tuple(parts), place


@given(TREES, STEPS, st.integers(0, 6), STEPS)
@PLAYED
def test_a_step_inserted_anywhere_strands_nobody_and_is_met_by_whoever_stands_before_it(
    tree: Tree, dice: list[int], place: int, then: list[int]
) -> None:
    driver, writer, wider = Stored(), Writer(), Wider()
    writer.write(tree)
    wider.write(grown(tree, place)[0])
    position = played(driver, writer, dice)
    if position.finished or wider.files == writer.files:
        return
    known = {(task.id, task.element, task.due_at) for task in position.open_tasks}
    after = carried(driver, wider.files)
    assert known <= {(task.id, task.element, task.due_at) for task in after.position.open_tasks}
    told = {note.kind for note in after.notes if note.element == "insere"}
    assert told in ({"ahead"}, {"past"}, {"opens"}), after.notes
    driver.files, driver.state = wider.files, after.position.state
    trace = follow(driver, after.position, then)
    met = any("insere" in repr(seen_["open"]) for seen_ in trace)
    assert not (met and told == {"past"})
    assert_comes_to_its_end(driver, engine.read(engine.compile_fresh(driver.files, "fin"), driver.state))


@given(TREES, STEPS)
@PLAYED
def test_a_step_added_at_the_end_is_met_exactly_once(tree: Tree, dice: list[int]) -> None:
    driver, writer, wider = Stored(), Writer(), Wider()
    writer.write(tree)
    wider.write(("seq", tree, ("extra",)))
    position = played(driver, writer, dice)
    if position.finished:
        return
    after = carried(driver, wider.files)
    driver.files, driver.state, position = wider.files, after.position.state, after.position
    borders = {
        item.element
        for items in engine.compile_fresh(driver.files, "fin").described.values()
        for item in items
        if item.attached_to
    }
    met = 0
    for turn in range(150):
        if position.finished:
            break
        here = [("task", task.id) for task in position.open_tasks]
        here += [(wait.kind, wait.id) for wait in position.waits if wait.element not in borders]
        position = driver.act(*here[0], turn % 10)
        met += sum(step.element == "insere" for step in position.steps)
    assert position.finished
    behind = any(note.kind == "past" for note in after.notes)  # only a side branch was still open
    assert met == (0 if behind else 1)


@given(TREES, STEPS, STEPS)
@PLAYED
def test_steps_that_took_another_id_go_on_under_it_whatever_stands_and_waits(
    tree: Tree, dice: list[int], then: list[int]
) -> None:
    driver, writer = Stored(), Writer()
    writer.write(tree)
    position = played(driver, writer, dice)
    if position.finished:
        return
    old = engine.compile_fresh(driver.files, "avant")
    steps = [
        (process, item.element)
        for process, items in old.described.items()
        for item in items
        if item.kind == "userTask"
    ]
    mapping = {(process, step): ((process, f"r{step[1:]}"),) for process, step in steps}
    files = {name: re.sub(rb"\bu(\d+)\b", rb"r\1", text) for name, text in driver.files.items()}
    after = carried(driver, files, engine.Plan(mapping=mapping))
    ids = {(task.id, f"r{task.element[1:]}", task.due_at, task.scope) for task in position.open_tasks}
    assert {(task.id, task.element, task.due_at, task.scope) for task in after.position.open_tasks} == ids
    assert {wait.id for wait in after.position.waits} == {wait.id for wait in position.waits}
    other = Stored()
    other.files, other.state = files, after.position.state
    there = follow(other, after.position, then)
    here = follow(driver, position, then)
    assert [len(seen_["open"]) for seen_ in there] == [len(seen_["open"]) for seen_ in here]  # type: ignore[arg-type]
    assert [seen_["waits"] for seen_ in there] == [seen_["waits"] for seen_ in here]
    assert_comes_to_its_end(other, engine.read(engine.compile_fresh(files, "fin"), other.state))


@given(TREES, TREES, STEPS, st.integers(0, 999), st.booleans())
@PLAYED
def test_a_release_that_has_little_in_common_refuses_a_case_or_brings_it_to_its_end(
    tree: Tree, other: Tree, dice: list[int], die: int, mapped: bool
) -> None:
    driver, writer, stranger = Stored(), Writer(), Writer()
    writer.write(tree)
    stranger.write(other)
    writer.data |= {key: value for key, value in stranger.data.items() if key not in writer.data}
    position = played(driver, writer, dice)
    if position.finished:
        return
    state, new = driver.state, engine.compile_fresh(stranger.files, "après")
    steps = [
        (process, item.element)
        for process, items in new.described.items()
        for item in items
        if item.kind in ("userTask", "intermediateCatchEvent")
    ]
    stood = [(one.process, one.element) for one in (*position.open_tasks, *position.waits)]
    chosen = {place: (steps[(die + rank) % len(steps)],) for rank, place in enumerate(stood)} if steps else {}
    try:
        after = carried(driver, stranger.files, engine.Plan(mapping=chosen if mapped else {}))
    except MigrationRefused as refusal:
        assert refusal.obstacles
        assert driver.state == state
        return
    driver.files, driver.state = stranger.files, after.position.state
    read = engine.read(engine.compile_fresh(driver.files, "lu"), driver.state)
    assert (read.open_tasks, read.waits) == (after.position.open_tasks, after.position.waits)
    assert_comes_to_its_end(driver, read)
