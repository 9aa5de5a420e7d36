"""How a step is reached: what stands on the shortest way from the start of a process to it.

Read from the drawing alone, called processes and sub-processes included; nothing runs. A step counts 1, a
date that must come as much, a message that must be sent much more: a way that people walk is preferred.
"""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from math import inf
from typing import Final, Literal

from app.engine.position import Described
from app.engine.programme import Programme

Node = tuple[str, str]
"""``(process, element)``."""

_STEP, _DATE, _MESSAGE, _PASSED = 1.0, 1.0, 6.0, 0.001
_TASKS: Final = frozenset({"userTask", "manualTask"})
_CATCHES: Final = frozenset({"intermediateCatchEvent", "receiveTask"})


@dataclass(frozen=True)
class Stop:
    """Where a case can stand: a step somebody does, or something that is waited for."""

    process: str
    element: str
    name: str
    kind: Literal["step", "wait"]
    form: str | None

    @property
    def node(self) -> Node:
        """Where it is drawn."""
        return self.process, self.element


class Graph:
    """The elements that a process can come to, with what one leads to."""

    def __init__(self, programme: Programme, entry: str) -> None:
        self._programme = programme
        self.entry = entry
        self.nodes: dict[Node, Described] = {}
        self.edges: dict[Node, list[Node]] = {}
        self._lay_out()

    @cached_property
    def start(self) -> Node:
        """Where the process begins."""
        return next(iter(self._starts(self.entry, None)))

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """Every place where a case can stand, in the order in which they are reached."""
        far = self._distances()
        found = [self._stop(node) for node in self.nodes if node in far]
        return tuple(sorted((stop for stop in found if stop), key=lambda stop: far[stop.node]))

    def begins(self, node: Node) -> Iterator[Node]:
        """Yield where a called process or a sub-process begins."""
        one = self.nodes[node]
        yield from self._starts(*((one.called, None) if one.called else node))

    def borders(self, node: Node) -> Iterator[Node]:
        """Yield the dates and messages that may come while an activity lasts."""
        for key, one in self.nodes.items():
            if key[0] == node[0] and one.attached_to == node[1] and one.event in {"timer", "message"}:
                yield key

    def comes_from(self, node: Node) -> int:
        """Return how many elements lead to one."""
        return sum(targets.count(node) for targets in self.edges.values())

    def without(self, blocked: Node) -> frozenset[Node]:
        """Return what can be reached without passing an element: the rest comes after it."""
        seen, waiting = {self.start}, [self.start]
        while waiting:
            for one in self.edges.get(waiting.pop(), ()):
                if one not in seen and one != blocked:
                    seen.add(one)
                    waiting.append(one)
        return frozenset(seen)

    def cost(self, node: Node) -> float:
        """Return what passing an element costs."""
        one = self.nodes[node]
        if one.kind in _TASKS:
            return _STEP
        if one.kind in _CATCHES or one.kind == "boundaryEvent":
            return _DATE if one.event == "timer" else _MESSAGE
        return _PASSED

    def _stop(self, node: Node) -> Stop | None:
        one = self.nodes[node]
        if one.kind in _TASKS:
            return Stop(*node, one.name, "step", one.form)
        if one.kind in _CATCHES:
            return Stop(*node, one.name, "wait", None)
        return None

    def _distances(self) -> Mapping[Node, float]:
        """Return how far each element is from the start; those that are never reached are absent."""
        far: dict[Node, float] = {self.start: 0.0}
        order = count()
        waiting = [(0.0, next(order), self.start)]
        while waiting:
            so_far, _, here = heapq.heappop(waiting)
            for one in self.edges.get(here, ()):
                total = so_far + self.cost(here)
                if total < far.get(one, inf):
                    far[one] = total
                    heapq.heappush(waiting, (total, next(order), one))
        return far

    def _lay_out(self) -> None:
        waiting, known = [self.entry], {self.entry}
        while waiting:
            process = waiting.pop()
            for one in self._programme.described.get(process, ()):
                self.nodes[process, one.element] = one
                if one.called and one.called not in known:
                    known.add(one.called)
                    waiting.append(one.called)
        for node, one in self.nodes.items():
            for source, target in self._led(node, one):
                if target in self.nodes:
                    self.edges.setdefault(source, []).append(target)

    def _led(self, node: Node, one: Described) -> Iterator[tuple[Node, Node]]:
        process = node[0]
        after = [(process, flow.target) for flow in one.outgoing]
        inner = (one.called, None) if one.called else (process, one.element)
        if one.called or one.kind == "subProcess":
            yield from ((node, start) for start in self._starts(*inner))
            yield from ((end, target) for end in self._ends(*inner) for target in after)
        else:
            yield from ((node, target) for target in after)
        yield from ((node, border) for border in self.borders(node))

    def _starts(self, process: str | None, within: str | None) -> Iterator[Node]:
        return self._of_kind("startEvent", process, within)

    def _ends(self, process: str | None, within: str | None) -> Iterator[Node]:
        return self._of_kind("endEvent", process, within)

    def _of_kind(self, kind: str, process: str | None, within: str | None) -> Iterator[Node]:
        for one in self._programme.described.get(process or "", ()):
            if one.kind == kind and one.within == within:
                yield process or "", one.element
