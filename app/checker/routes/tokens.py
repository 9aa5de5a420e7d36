"""Plays the ways through a scope, every choice open, to find joins that wait for ever and doubled ways.

A token stands on a flow. An exclusive choice takes any of its ways, a parallel split takes all, an event
on a border may fire once. Elements with one way in are moved on first: that loses no waiting join and no
meeting of two tokens at a merge, and keeps the number of situations small.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from app.checker.diagrams.as_drawn import Flow, Node, Scope, reached, reversed_ways

MAX_TOKENS = 200_000  # looked at in one scope, all situations together: a second or two at worst
_MOST_INCLUSIVE = 5  # ways out of an inclusive gateway tried in every combination

Marking = frozenset[str]
_Situation = tuple[Marking, Marking]
"""The flows that hold a token, and the border events that have fired."""


@dataclass
class Play:
    """What was found: joins in wait for ever, with the flows they wait for; merges that run twice.

    ``complete`` is false when there were too many situations to see them all: what was found still holds.
    """

    stuck: dict[str, frozenset[str]] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    complete: bool = True


def play(scope: Scope) -> Play:
    """Return what goes wrong in a scope all of whose elements can be reached and lead to an end."""
    return _Player(scope).run()


class _Player:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.found = Play()
        self.targets = {flow.id: flow.target for flow in scope.flows}
        self.left = MAX_TOKENS

    def run(self) -> Play:
        start: _Situation = (
            frozenset(flow.id for key in self.scope.starts for flow in self.scope.outgoing[key]),
            frozenset(),
        )
        seen, waiting = {start}, [start]
        while waiting and self.left > 0:
            situation = waiting.pop()
            self._look(situation[0])
            for after in self._after(situation):
                if after is not None and after not in seen:
                    seen.add(after)
                    waiting.append(after)
        self.found.complete = self.left > 0
        return self.found

    def _look(self, marking: Marking) -> None:
        """Note the merges that two tokens have reached by different ways."""
        self.left -= 1 + len(marking)
        waiting: dict[str, int] = {}
        for flow in marking:
            waiting[self.targets[flow]] = waiting.get(self.targets[flow], 0) + 1
        for key, tokens in waiting.items():
            if tokens > 1 and not self._joins(self.scope.nodes[key]) and key in self._before_work:
                self.found.doubled.add(key)

    @cached_property
    def _before_work(self) -> frozenset[str]:
        """The activities, and the elements from which one is reached."""
        work = [node.id for node in self.scope.nodes.values() if node.is_activity]
        return frozenset(reached(work, reversed_ways(self.scope.next)))

    def _joins(self, node: Node) -> bool:
        return node.kind in {"parallelGateway", "inclusiveGateway"} and len(self.scope.incoming[node.id]) > 1

    def _after(self, situation: _Situation) -> list[_Situation | None]:
        """The situations that may come next (None: one not followed); a marked scope without any is stuck."""
        marking, fired = situation
        reaching = sorted({self.targets[flow] for flow in marking})
        for key in reaching:
            if self._is_private(key):
                return list(self._fire(key, marking, fired))
        found: list[_Situation | None] = []
        for key in reaching:
            for after in self._fire(key, marking, fired):
                found.append(after)
                self.left -= 1 + len(marking)
                if self.left < 0:
                    return found
        if marking and not found:
            for key in reaching:
                waited = {flow.id for flow in self.scope.incoming[key]} - marking
                self.found.stuck.setdefault(key, frozenset(waited))
        return found

    def _is_private(self, key: str) -> bool:
        """Whether firing an element can neither disturb another token nor hide a meeting."""
        node = self.scope.nodes[key]
        return len(self.scope.incoming[key]) == 1 and not (node.is_end and node.has_event("terminate"))

    def _fire(self, key: str, marking: Marking, fired: Marking) -> Iterator[_Situation | None]:
        node, ways = self.scope.nodes[key], self.scope.incoming[key]
        here = _ids(ways) & marking
        if node.kind == "parallelGateway":
            if len(here) == len(ways):
                yield _put(marking - here, self.scope.outgoing[key], fired)
        elif self._joins(node):
            if not self._may_come(key, marking - here, _ids(ways) - here, here):
                yield from self._leave(node, marking - here, fired)
        else:
            for flow in here:
                yield from self._pass(node, marking, flow, fired)

    def _pass(self, node: Node, marking: Marking, flow: str, fired: Marking) -> Iterator[_Situation | None]:
        """The token on ``flow`` goes through an element, or an event on its border happens first."""
        rest = marking - {flow}
        if node.is_end:
            yield (frozenset() if node.has_event("terminate") else rest), fired
            return
        yield from self._leave(node, rest, fired)
        for event in self.scope.borders.get(node.id, ()):
            if event.interrupts:
                yield _put(rest, self.scope.outgoing[event.id], fired)
            elif event.id not in fired:
                yield _put(marking, self.scope.outgoing[event.id], fired | {event.id})

    def _leave(self, node: Node, rest: Marking, fired: Marking) -> Iterator[_Situation | None]:
        """The ways out of an element: one of them, some of them, or all."""
        ways = self.scope.outgoing[node.id]
        if node.kind in {"exclusiveGateway", "eventBasedGateway", "complexGateway"}:
            yield from (_put(rest, [flow], fired) for flow in ways)
        elif node.kind == "inclusiveGateway" and len(ways) <= _MOST_INCLUSIVE:
            for number in range(1, len(ways) + 1):
                yield from (_put(rest, chosen, fired) for chosen in combinations(ways, number))
        else:
            yield _put(rest, ways, fired)

    def _may_come(self, join: str, marking: Marking, waited: frozenset[str], here: Marking) -> bool:
        """Whether a token elsewhere can still reach a flow an inclusive join waits for, and none it has."""
        without = {
            key: tuple(other for other in others if other != join) if key != join else ()
            for key, others in self.scope.next.items()
        }
        empty = {flow.source for flow in self.scope.flows if flow.id in waited}
        filled = {flow.source for flow in self.scope.flows if flow.id in here}
        for flow in marking:
            if self.targets[flow] != join:
                met = reached([self.targets[flow]], without).keys()
                if empty & met and not filled & met:
                    return True
        return False


def _ids(flows: Iterable[Flow]) -> frozenset[str]:
    return frozenset(flow.id for flow in flows)


def _put(rest: Marking, flows: Iterable[Flow], fired: Marking) -> _Situation | None:
    """The situation once a token stands on each flow; None when one is there already."""
    added = _ids(flows)
    return None if added & rest else (rest | added, fired)
