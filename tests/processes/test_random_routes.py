"""Any small process, stored and restored after every step, does what it does in one go."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import engine
from app.engine import Position
from tests.random_routes import TREES, Stored, Tree, Uninterrupted, Writer, play, seen

ROOT = Path(__file__).parents[2]
DICE = st.lists(st.integers(min_value=0, max_value=999), min_size=4, max_size=25)


def _written(tree: Tree) -> Writer:
    writer = Writer()
    writer.write(tree)
    return writer


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=TREES, dice=DICE)
def test_storing_after_every_step_changes_nothing(tree: Tree, dice: list[int]) -> None:
    assert play(Stored(), _written(tree), dice) == play(Uninterrupted(), _written(tree), dice)


class _AnotherProcess(Stored):
    """Every action is done by an operating system process of its own."""

    def act(self, kind: str, target: UUID, value: int) -> Position:
        order = {
            "files": {name: content.decode() for name, content in self.files.items()},
            "state": base64.b64encode(self.state).decode(),
            "kind": kind,
            "target": str(target),
            "value": value,
        }
        script = (
            "import sys; from tests.random_routes import fresh_process_step as f; print(f(sys.stdin.read()))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
        )
        answer = json.loads(done.stdout)
        self.state = base64.b64decode(answer["state"])
        position = engine.read(self._programme(), self.state)
        self.told = answer["seen"]
        return position


def test_a_fresh_operating_system_process_goes_on_where_another_stopped() -> None:
    tree: Tree = (
        "seq",
        ("boundary", ("many", ("user",), False, True), ("service",), False, False),
        ("loop", ("parallel", ("call", ("user",)), ("timer",))),
    )
    dice = [3, 0, 2, 1, 0, 1]
    driver, reference = _AnotherProcess(), Uninterrupted()
    here, there = (item.start(_written(tree).files, _written(tree).data) for item in (driver, reference))
    for die in dice:
        assert [task.element for task in here.open_tasks] == [task.element for task in there.open_tasks]
        possible = [(w.kind, w.id) for w in here.waits] + [("task", t.id) for t in here.open_tasks]
        twin = [(w.kind, w.id) for w in there.waits] + [("task", t.id) for t in there.open_tasks]
        if not possible:
            break
        rank = die % len(possible)
        here = driver.act(possible[rank][0], possible[rank][1], die)
        there = reference.act(twin[rank][0], twin[rank][1], die)
        assert driver.told == repr(seen(there))
    assert here.finished == there.finished


def test_an_inclusive_join_waits_for_nobody_who_would_have_to_go_round_the_loop() -> None:
    tree = ("loop", ("parallel", ("user",), ("inclusive", ("user",), ("user",), ("user",))))
    for dice in ([0, 0, 0, 0], [0] * 12, [1] * 12, [2, 1, 0] * 5):
        assert play(Stored(), _written(tree), dice) == play(Uninterrupted(), _written(tree), dice)
