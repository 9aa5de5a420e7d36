"""Random small processes and a player that makes the same choices however the engine is driven."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from hypothesis import strategies as st

from app import engine
from app.engine import Position, advance
from app.engine.case import Case
from app.engine.data import write
from app.engine.evaluation import Evaluator
from app.engine.projection import open_tasks, waits
from tests.bpmn_builder import Block, many, message, process, sub, timer
from tests.engine_play import Caller

Tree = tuple[Any, ...]

LEAVES = st.sampled_from([("user",), ("user",), ("service",), ("timer",), ("message",), ("throw",)])


def _composites(children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.tuples(st.just("seq"), children, children),
        st.tuples(st.just("parallel"), children, children),
        st.tuples(st.just("exclusive"), children, children),
        st.tuples(st.just("inclusive"), children, children, children),
        st.tuples(st.just("many"), children, st.booleans(), st.booleans()),
        st.tuples(st.just("sub"), children),
        st.tuples(st.just("call"), children),
        st.tuples(st.just("loop"), children),
        st.tuples(st.just("boundary"), children, children, st.booleans(), st.booleans()),
        st.tuples(st.just("race"), children, children),
    )


TREES: st.SearchStrategy[Tree] = st.recursive(LEAVES, _composites, max_leaves=7)


@dataclass
class Writer:
    """Writes a tree of constructs as BPMN files."""

    files: dict[str, bytes] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=lambda: {"choix": {"v": 0}, "liste": ["a", "b", "c"]})
    count: int = 0

    def write(self, tree: Tree) -> None:
        block = process("hasard")
        self._emit(block, tree)
        block.end()
        self.files["hasard.bpmn"] = block.xml()

    def _name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def _emit(self, block: Block, tree: Tree) -> None:
        getattr(self, f"_{tree[0]}")(block, *tree[1:])

    def _user(self, block: Block) -> None:
        name = self._name("u")
        block.user(name, resultats=f"choix.v, {name}.v", delai='"P2D"')

    def _service(self, block: Block) -> None:
        name = self._name("s")
        block.service(name, "noter", result=f"r{name}", de="choix.v")

    def _timer(self, block: Block) -> None:
        block.catch(self._name("t"), timer('"P1M"'))

    def _message(self, block: Block) -> None:
        block.catch(self._name("m"), message("nouvelle", variable="nouvelle"))

    def _throw(self, block: Block) -> None:
        block.throw(self._name("l"), message("lance", payload="choix"))

    def _seq(self, block: Block, first: Tree, second: Tree) -> None:
        self._emit(block, first)
        self._emit(block, second)

    def _branches(self, block: Block, tag: str, branches: list[tuple[str | None, Tree]]) -> None:
        opened, closed = self._name("o"), self._name("f")
        block.node(tag, opened)
        default = None
        for rank, (condition, tree) in enumerate(branches):
            block.at(opened)
            mark = self._name("p")
            if condition is not None:
                block.when(condition)
            elif tag != "parallelGateway":
                default = f"{opened}_vers_{mark}"
            block.node("task", mark)
            self._emit(block, tree)
            if rank == 0:
                block.node(tag, closed)
            else:
                block.to(closed)
        if default is not None:
            block.nodes = [
                node.replace(f'id="{opened}"', f'id="{opened}" default="{default}"') for node in block.nodes
            ]
        block.at(closed)

    def _parallel(self, block: Block, *trees: Tree) -> None:
        self._branches(block, "parallelGateway", [(None, tree) for tree in trees])

    def _exclusive(self, block: Block, first: Tree, second: Tree) -> None:
        self._branches(block, "exclusiveGateway", [("choix.v > 4", first), (None, second)])

    def _inclusive(self, block: Block, first: Tree, second: Tree, third: Tree) -> None:
        conditions = [("choix.v > 2", first), ("choix.v > 5", second), (None, third)]
        self._branches(block, "inclusiveGateway", conditions)

    def _inner(self, tree: Tree) -> Block:
        inner = sub(self._name("d"))
        self._emit(inner, tree)
        return inner.end(f"{inner.id}_fin")

    def _sub(self, block: Block, tree: Tree) -> None:
        block.sub(self._inner(tree))

    def _many(self, block: Block, tree: Tree, sequential: bool, gather: bool) -> None:
        name = self._name("e")
        output = (f"x{name}", "choix") if gather else None
        block.sub(self._inner(tree), many("liste", name, sequential=sequential, output=output))

    def _call(self, block: Block, tree: Tree) -> None:
        called = process(self._name("q"))
        self._emit(called, tree)
        self.files[f"{called.id}.bpmn"] = called.end().xml()
        block.call(self._name("a"), called.id)

    def _loop(self, block: Block, tree: Tree) -> None:
        entry, counter, again, way_out = (self._name(prefix) for prefix in ("b", "c", "x", "z"))
        self.data[counter] = 0
        block.node("task", entry)
        self._emit(block, tree)
        block.service(f"n{counter}", "compter", result=counter, de=counter).xor(again, default=way_out)
        block.when(f"{counter} < 2").to(entry).at(again).node("task", way_out)

    def _boundary(self, block: Block, inside: Tree, beside: Tree, interrupting: bool, timed: bool) -> None:
        inner = self._inner(inside)
        event, after = self._name("v"), self._name("w")
        block.sub(inner).node("task", after)
        kind = timer('"P3D"') if timed else message("urgence", variable="urgence")
        block.boundary(event, inner.id, kind, interrupting=interrupting)
        self._emit(block, beside)
        if interrupting:
            block.to(after)
        else:
            block.end(self._name("y"))
        block.at(after)

    def _race(self, block: Block, first: Tree, second: Tree) -> None:
        gateway, closed = self._name("g"), self._name("k")
        block.event_gateway(gateway).catch(self._name("m"), message("nouvelle", variable="nouvelle"))
        self._emit(block, first)
        block.node("task", closed).at(gateway).catch(self._name("t"), timer('"P2M"'))
        self._emit(block, second)
        block.to(closed)


def caller() -> Caller:
    return Caller(
        verbs={
            "noter": lambda given: {"de": given["de"]},
            "compter": lambda given: given["de"] + 1,  # type: ignore[operator]
        }
    )


class Driver(Protocol):
    """A way to drive the engine: stored at every step, or never."""

    def start(self, files: Mapping[str, bytes], data: Mapping[str, object]) -> Position: ...
    def act(self, kind: str, target: UUID, value: int) -> Position: ...


class Stored:
    """Saved and restored at every step, each time with a programme compiled afresh."""

    def __init__(self) -> None:
        self.state = b""

    def _programme(self) -> engine.Programme:
        return engine.compile_fresh(self.files, "hasard")

    def start(self, files: Mapping[str, bytes], data: Mapping[str, object]) -> Position:
        self.files = files
        position = engine.start(self._programme(), "hasard", data, caller())
        self.state = position.state
        return position

    def act(self, kind: str, target: UUID, value: int) -> Position:
        if kind == "task":
            answers = {"v": value}
            position = engine.complete(self._programme(), self.state, target, answers, caller())
        elif kind == "timer":
            position = engine.wake(self._programme(), self.state, target, caller())
        else:
            position = engine.catch(self._programme(), self.state, target, {"v": value}, caller())
        self.state = position.state
        again = engine.read(self._programme(), self.state)
        assert (again.open_tasks, again.waits, again.state) == (
            position.open_tasks,
            position.waits,
            position.state,
        )
        return position


class Uninterrupted:
    """One workflow kept in memory from start to end: never saved, never pruned."""

    def start(self, files: Mapping[str, bytes], data: Mapping[str, object]) -> Position:
        programme = engine.compile_fresh(files, "hasard")
        self.case = Case(programme.specs["hasard"], programme, Evaluator(caller()))
        moved = advance.Advance(self.case)
        for name, value in data.items():
            write(self.case.task_tree, name, value)
        return self._run(moved)

    def act(self, kind: str, target: UUID, value: int) -> Position:
        moved = advance.Advance(self.case)
        self.case.sent.clear()
        if kind == "task":
            advance.answer(moved, target, {"v": value})
        else:
            payload = None if kind == "timer" else {"v": value}
            advance.deliver(moved, target, (kind,), payload)
        return self._run(moved)

    def _run(self, moved: advance.Advance) -> Position:
        moved.run()
        return Position(
            state=b"",
            open_tasks=open_tasks(self.case),
            waits=waits(self.case),
            sent=tuple(self.case.sent),
            steps=tuple(moved.steps),
            finished=self.case.completed,
            depth=0,
        )


def choices(position: Position) -> list[tuple[str, UUID]]:
    """What can be done at a position, in an order that does not depend on ids."""
    return [
        *(("task", task.id) for task in position.open_tasks),
        *((wait.kind, wait.id) for wait in position.waits),
    ]


def seen(position: Position) -> dict[str, Any]:
    """A position without its ids and its state."""
    return {
        "steps": [(step.element, step.process, step.scope, step.flows) for step in position.steps],
        "open": [
            (task.element, task.process, task.scope, task.due_at, dict(task.variables))
            for task in position.open_tasks
        ],
        "waits": [(wait.element, wait.scope, wait.kind, wait.due_at) for wait in position.waits],
        "sent": [(event.name, event.payload) for event in position.sent],
        "finished": position.finished,
    }


def play(driver: Driver, writer: Writer, dice: list[int]) -> list[dict[str, Any]]:
    """Play a process with these dice and return what was seen after each action."""
    position = driver.start(writer.files, writer.data)
    trace = [seen(position)]
    for die in dice:
        possible = choices(position)
        if not possible:
            break
        kind, target = possible[die % len(possible)]
        position = driver.act(kind, target, die % 10)
        trace.append(seen(position))
    return trace


def fresh_process_step(given: str) -> str:
    """Do one action on a stored state: the body of a process of its own. JSON in, JSON out."""
    order = json.loads(given)
    driver = Stored()
    driver.files = {name: text.encode() for name, text in order["files"].items()}
    driver.state = base64.b64decode(order["state"])
    position = driver.act(order["kind"], UUID(order["target"]), order["value"])
    return json.dumps({"state": base64.b64encode(position.state).decode(), "seen": repr(seen(position))})
