"""What may have been written on the ways that lead to each element, and what has surely been.

Data follow the tokens: a parallel branch does not see what its neighbour writes before they meet, and what an
interrupted sub-process wrote is lost. Answers are stored at once: every branch under way sees them. A process
called is read with what its callers may have written, all of them together.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from app.checker.diagrams.as_run import Node, Scope, State
from app.checker.flow.written import ANYTHING, NOTHING, UNKNOWN, Written, either, together
from app.engine.diagram import PEOPLE, local

DEEPEST: Final = 40
"""Processes inside processes that are followed: the engine itself stops at 20."""
_ACTIVITIES: Final = frozenset({"callActivity", "subProcess"})


@dataclass
class _Local:
    """One scope read as if it began with nothing."""

    arrival: dict[str, Written] = field(default_factory=dict)
    inside: dict[str, Written] = field(default_factory=dict)
    turn: dict[str, Written] = field(default_factory=dict)
    scope: Written = NOTHING
    end: Written = NOTHING


class Ways:
    """The ways through all processes of a bundle.

    ``roots`` gives, for each process that something starts, what is there when it begins. A step that names a
    form or a table that is not there may write anything: the name is at fault, not what reads it.
    """

    def __init__(
        self,
        scopes: Sequence[Scope],
        roots: Mapping[str, Written],
        *,
        forms: Container[str],
        tables: Container[str],
    ) -> None:
        self._forms, self._tables = forms, tables
        self._depth = 0
        self._scopes: dict[str, Scope] = {}
        for scope in scopes:
            self._scopes.setdefault(scope.id, scope)
        self._locals: dict[str, _Local | None] = {}
        self._outer: dict[str, Scope] = {}
        for scope in self._scopes.values():
            for node in scope.nodes.values():
                if node.kind == "subProcess":
                    self._outer.setdefault(node.id, scope)
        self._entries: dict[str, Written] = dict(roots)
        self._enter()

    def at(self, scope: Scope, node: str, state: State = "arrival") -> Written | None:
        """Return what is written at an element of a scope; None when nothing leads there."""
        entry = self._entry(scope)
        found = self._local(scope.id)
        if entry is None or found is None or node not in found.arrival:
            return None
        if state == "scope":  # it may see what any branch wrote, but is first read when it is reached
            return entry.then(replace(found.scope, sure=found.arrival[node].sure))
        return entry.then({"arrival": found.arrival, "inside": found.inside, "turn": found.turn}[state][node])

    def _entry(self, scope: Scope) -> Written | None:
        if scope.id == scope.process:
            return self._entries.get(scope.id)
        outer = self._outer.get(scope.id)
        return self.at(outer, scope.id, "inside") if outer is not None else None

    def _enter(self) -> None:
        """Carry what callers may have written into what they call, until nothing changes."""
        calls = [
            (scope, node) for scope in self._scopes.values() for node in scope.nodes.values() if node.called
        ]
        for _ in range(len(self._scopes) + 2):
            before = dict(self._entries)
            for scope, node in calls:
                state = self.at(scope, node.id, "inside")
                if state is not None:
                    known = self._entries.get(node.called or "")
                    self._entries[node.called or ""] = state if known is None else known.or_else(state)
            if self._entries == before:
                return

    def _local(self, scope_id: str) -> _Local | None:
        """Return one scope read by itself; None while it is being read (a process that calls itself)."""
        if scope_id not in self._locals:
            self._locals[scope_id] = None
            self._depth += 1
            self._locals[scope_id] = _Reader(self._scopes[scope_id], self._body).read()
            self._depth -= 1
        return self._locals[scope_id]

    def _body(self, node: Node) -> Written:
        """Return what one pass of an element writes."""
        if node.kind in _ACTIVITIES:
            inner = node.called if node.kind == "callActivity" else node.id
            if inner not in self._scopes or self._depth > DEEPEST:
                return UNKNOWN
            found = self._local(inner or "")
            return found.end if found is not None else NOTHING
        data = {name for name in (*node.outcomes, node.result, node.decision, node.caught) if name}
        sure = frozenset(name.partition(".")[0] for name in data)
        if node.kind == "businessRuleTask" and node.decision not in self._tables:
            data.add(ANYTHING)
        answers: set[str] = set()
        if node.kind in PEOPLE:
            answers = {node.form if node.form and node.form in self._forms else ANYTHING}
        return Written(frozenset(data), frozenset(answers), sure)


class _Reader:
    """Reads one scope forward until nothing changes."""

    def __init__(self, scope: Scope, body: Callable[[Node], Written]) -> None:
        self.nodes = scope.nodes
        self.bodies = {key: body(node) for key, node in scope.nodes.items()}
        self.next: dict[str, list[str]] = {key: [] for key in scope.nodes}
        self.before: dict[str, list[str]] = {key: [] for key in scope.nodes}
        for _, source, target, _ in scope.flows:
            self.next[source].append(target)
            self.before[target].append(source)
        self.events: dict[str, list[Node]] = {}
        for node in scope.nodes.values():
            if node.host in scope.nodes:
                self.events.setdefault(node.host or "", []).append(node)
        self.starts = [key for key, node in scope.nodes.items() if node.kind == "startEvent"]
        self.beside = {key: self._answers_beside(key) for key in scope.nodes}
        self.arrival: dict[str, Written] = {}

    def read(self) -> _Local:
        order = list(self._reached(self.starts, aside=True))
        for _ in range(len(order) + 2):
            before = dict(self.arrival)
            for key in order:
                state = self._arrival(key)
                if state is not None:
                    self.arrival[key] = state
            if self.arrival == before:
                break
        found = _Local(arrival=self.arrival)
        for key in self.arrival:
            found.inside[key] = self._inside(key)
            found.turn[key] = self._turn(key)
        found.scope = together([self._after(key) for key in self.arrival] or [NOTHING])
        found.end = self._end()
        return found

    def _arrival(self, key: str) -> Written | None:
        node = self.nodes[key]
        aside = Written(answers=self.beside[key])
        if node.host is not None:
            host = self.arrival.get(node.host)
            return None if host is None else self._interrupted(node, host).then(aside)
        if key in self.starts:
            return aside
        coming = [self._after(one) for one in self.before[key] if one in self.arrival]
        if not coming:
            return None
        if node.kind == "parallelGateway":
            return together(coming).then(aside)
        return either(coming).then(aside)

    def _interrupted(self, event: Node, host: Written) -> Written:
        """Return what is there when a boundary event fires: its activity's own data are lost.

        Instances of a loop that are done have given theirs back.
        """
        node, body = self.nodes[event.host or ""], self.bodies[event.host or ""]
        data: frozenset[str] = frozenset()
        answers: frozenset[str] = frozenset()
        if event.interrupting and node.repeat is not None:
            data = self._given_back(node)
        if node.repeat is not None or node.kind in _ACTIVITIES:
            answers = body.answers
        return Written(host.data | data, host.answers | answers, host.sure)

    def _inside(self, key: str) -> Written:
        node, body = self.nodes[key], self.bodies[key]
        state, repeat = self.arrival[key], self.nodes[key].repeat
        if repeat is None:
            return state
        item = frozenset({repeat.item} if repeat.item else ())
        data = self._given_back(node) if repeat.sequential else frozenset()
        return Written(state.data | item | data, state.answers | body.answers, state.sure | item)

    def _turn(self, key: str) -> Written:
        repeat, body = self.nodes[key].repeat, self.bodies[key]
        if repeat is not None and repeat.test_before:
            body = Written(body.data, body.answers)
        return self._inside(key).then(body)

    def _after(self, key: str) -> Written:
        node, body, state = self.nodes[key], self.bodies[key], self.arrival[key]
        repeat = node.repeat
        if repeat is None:
            return state.then(body)
        listed = frozenset({repeat.output_list} if repeat.output_list else ())
        back = self._given_back(node)
        sure = frozenset() if repeat.test_before else frozenset(name.partition(".")[0] for name in back)
        kept = body.sure & sure if ANYTHING not in body.sure else body.sure
        return state.then(Written(back | listed, body.answers, kept | listed))

    def _given_back(self, node: Node) -> frozenset[str]:
        """Return what the instances of a loop give back: all they write, or only what the list gathers."""
        repeat, data = node.repeat, self.bodies[node.id].data
        if repeat is None or not repeat.many:
            return data
        if repeat.output_item is not None:
            return frozenset()
        return frozenset(name for name in data if name.partition(".")[0] != repeat.item)

    def _end(self) -> Written:
        """Return what the scope has written when it ends.

        A branch beside the main way ends nothing by itself, unless it stops everything.
        """
        ends = [key for key in self.arrival if not self.next[key]]
        if not ends:
            return together([self._after(key) for key in self.arrival] or [NOTHING])
        main = set(self._reached(self.starts, aside=False))
        deciding = [key for key in ends if (key in main or self._stops_all(key)) and not self._raises(key)]
        forked = any(self._forks(key) for key in self.arrival)
        states = [self._after(key) for key in deciding] or [NOTHING]
        sure = (together(states) if forked else either(states)).sure
        every = together([self._after(key) for key in ends])
        return Written(every.data, every.answers, sure)

    def _stops_all(self, key: str) -> bool:
        return any(local(kid) == "terminateEventDefinition" for kid in self.nodes[key].xml)

    def _raises(self, key: str) -> bool:
        return any(local(kid) == "errorEventDefinition" for kid in self.nodes[key].xml)

    def _forks(self, key: str) -> bool:
        one_way = self.nodes[key].kind in {"exclusiveGateway", "eventBasedGateway"}
        return len(self.next[key]) > 1 and not one_way

    def _answers_beside(self, key: str) -> frozenset[str]:
        """Return the forms that branches beside may fill in at any time from this element on."""
        apart = [event for event in self.events.get(key, ()) if not event.interrupting]
        if not apart and not self._forks(key):
            return frozenset()
        reached = self._reached([key], aside=True)
        return frozenset[str]().union(*(self.bodies[one].answers for one in reached))

    def _reached(self, starts: Iterable[str], *, aside: bool) -> Iterator[str]:
        """Yield what can be reached; ``aside`` follows the events that leave their activity under way."""
        seen: dict[str, None] = {}
        queue = list(starts)
        while queue:
            key = queue.pop(0)
            if key in seen:
                continue
            seen[key] = None
            yield key
            queue += self.next[key]
            queue += [event.id for event in self.events.get(key, ()) if aside or event.interrupting]
