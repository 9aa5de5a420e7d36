"""The way to a step: which steps stand on it, and which answers it takes at each choice.

Found on the drawing with the conditions really evaluated: a field of a form counts as answered once its step
is passed, and the first of its possible values that opens a way is kept. What an expression reads beside the
forms (a verb's result, a date) is not known here: such a way is held to be open.
"""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count, product
from typing import Any, Final

from app import clock
from app.catalog.fields import Field
from app.engine.ways import Graph, Node, Stop
from app.expressions import ExpressionError, check, designer_functions, evaluate
from app.services.releases import LoadedRelease

Chosen = frozenset[tuple[str, Any]]
"""``{("visite.issue", "realisee"), …}``."""
_MOST: Final = 20_000
_MANY_VALUES: Final = 300
_UNKNOWN: Final = object()


@dataclass(frozen=True)
class Way:
    """The steps and waits to pass before a step, in order, and the answers that open each choice."""

    stop: Stop
    passed: tuple[Node, ...]
    answers: Mapping[str, Any]
    forms: frozenset[str]


def graph_of(release: LoadedRelease) -> Graph:
    """Return what a case of this release can come to.

    Raises:
        NotFound: the programme of this territory has no household.
    """
    return _graph(release.fingerprint, release.entry.process, _Held(release))


class _Held:
    """Carries a release past a cache that only looks at its fingerprint."""

    def __init__(self, release: LoadedRelease) -> None:
        self.release = release

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=32)
def _graph(fingerprint: str, entry: str, held: _Held) -> Graph:
    del fingerprint
    return Graph(held.release.programme, entry)


def way_to(release: LoadedRelease, stop: Stop) -> Way | None:
    """Return the way from an alert to a step, None when no answer leads there."""
    return _way(release.fingerprint, release.entry.process, stop, _Held(release))


@lru_cache(maxsize=512)
def _way(fingerprint: str, entry: str, stop: Stop, held: _Held) -> Way | None:
    graph = _graph(fingerprint, entry, held)
    search = _Search(graph, held.release)
    first = _State(graph.start, (), frozenset({held.release.entry.form}), frozenset())
    found = search.find(first, stop.node)
    if found is None:
        return None
    found = search.with_branches(found)
    passed = tuple(node for node in found.passed if graph.cost(node) >= 1)
    return Way(stop, passed, dict(found.chosen), found.answered)


@dataclass(frozen=True)
class _State:
    node: Node
    stack: tuple[Node, ...]
    answered: frozenset[str]
    chosen: Chosen
    passed: tuple[Node, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        return self.node, self.stack, self.answered, self.chosen


class _Search:
    """The cheapest way first, each choice opened by answers where it can be."""

    def __init__(self, graph: Graph, release: LoadedRelease) -> None:
        self._graph = graph
        self._release = release
        self._functions = designer_functions(clock.now())

    def with_branches(self, found: _State) -> _State:
        """Add what the other branches of a separation ask for, when the way passes where they join."""
        passed = list(found.passed)
        for place, node in enumerate(found.passed):
            gateway = self._graph.nodes[node]
            joins = [one for one in found.passed[place + 1 :] if self._joins(one) and one[0] == node[0]]
            if gateway.kind != "parallelGateway" or len(gateway.outgoing) < 2 or not joins:
                continue
            for flow in gateway.outgoing:
                if (node[0], flow.target) in found.passed:
                    continue
                branch = _State((node[0], flow.target), (), found.answered, found.chosen)
                beside = self.find(branch, joins[0])
                if beside is not None:
                    passed += [one for one in beside.passed if one not in passed]
                    found = replace(found, chosen=beside.chosen, answered=beside.answered)
        return replace(found, passed=tuple(passed))

    def _joins(self, node: Node) -> bool:
        return self._graph.nodes[node].kind == "parallelGateway" and self._graph.comes_from(node) > 1

    def find(self, first: _State, target: Node) -> _State | None:
        """Return the cheapest way that leads to ``target``, None when there is none."""
        order = count()
        waiting = [(0.0, next(order), first)]
        seen: set[tuple[object, ...]] = set()
        while waiting and len(seen) < _MOST:
            cost, _, state = heapq.heappop(waiting)
            if state.node == target:
                return state
            if state.key in seen:
                continue
            seen.add(state.key)
            for following, more in self._next(state):
                heapq.heappush(waiting, (cost + more, next(order), following))
        return None

    def _next(self, state: _State) -> Iterator[tuple[_State, float]]:
        node = state.node
        one, cost = self._graph.nodes[node], self._graph.cost(node)
        passed = (*state.passed, node)
        for border in self._graph.borders(node):
            # What goes on beside the activity ends by itself: its end does not lead out of the process.
            stack = state.stack if self._graph.nodes[border].interrupting else ()
            yield _State(border, stack, state.answered, state.chosen, state.passed), 0.0
        if one.called or one.kind == "subProcess":
            for start in self._graph.begins(node):
                yield _State(start, (*state.stack, node), state.answered, state.chosen, passed), cost
            return
        if one.kind == "endEvent":
            yield from self._left(state, cost)
            return
        if one.kind in {"exclusiveGateway", "inclusiveGateway"}:
            yield from self._chosen(state, passed, cost)
            return
        answered, chosen = state.answered, state.chosen
        if one.form:
            answered = answered | {one.form}
            chosen = frozenset(pair for pair in chosen if not pair[0].startswith(f"{one.form}."))
        for flow in one.outgoing:
            yield _State((node[0], flow.target), state.stack, answered, chosen, passed), cost

    def _left(self, state: _State, cost: float) -> Iterator[tuple[_State, float]]:
        """Come out of a called process, or of a sub-process."""
        if not state.stack:
            return
        *before, caller = state.stack
        for flow in self._graph.nodes[caller].outgoing:
            target = (caller[0], flow.target)
            yield _State(target, tuple(before), state.answered, state.chosen, state.passed), cost

    def _chosen(self, state: _State, passed: tuple[Node, ...], cost: float) -> Iterator[tuple[_State, float]]:
        ways = self._graph.nodes[state.node].outgoing
        for flow in ways:
            wanted = [] if flow.default or not flow.condition else [flow.condition]
            against = [
                other.condition for other in ways if other is not flow and other.condition and not wanted
            ]
            chosen = self._opened(state, wanted, against)
            if chosen is not None:
                target = (state.node[0], flow.target)
                yield _State(target, state.stack, state.answered, chosen, passed), cost

    def _opened(self, state: _State, wanted: list[str], against: list[str]) -> Chosen | None:
        """Return the answers under which a way is taken: those known, and as few more as it takes."""
        names = sorted({name for text in (*wanted, *against) for name in check(text)})
        known = dict(state.chosen)
        free = [
            (name, self._values(field))
            for name in names
            if name not in known and (field := self._field(name, state.answered)) is not None
        ]
        total = 1
        for _, values in free:
            total *= len(values)
        if total > _MANY_VALUES:
            free = []
        for tried in product(*(values for _, values in free)):
            given = {name: value for (name, _), value in zip(free, tried, strict=True) if value is not None}
            answers = {**known, **given}
            held = all(self._holds(text, answers) is not False for text in wanted)
            if held and not any(self._holds(text, answers) is True for text in against):
                return frozenset(answers.items())
        return None

    def _field(self, name: str, answered: frozenset[str]) -> Field | None:
        form_id, _, key = name.partition(".")
        form = self._release.forms.get(form_id)
        return form.field(key) if form is not None and form_id in answered else None

    @staticmethod
    def _values(field: Field) -> list[Any]:
        if field.type == "oui_non":
            return [None, True, False]
        return [None, *(option.value for option in field.options)]

    def _holds(self, text: str, answers: Mapping[str, Any]) -> object:
        """Return whether a condition holds; ``_UNKNOWN`` when it reads what is not known here."""
        names: dict[str, Any] = {"reglages": dict(self._release.settings.rules)}
        for name in check(text):
            form_id, dot, key = name.partition(".")
            if form_id == "reglages":
                continue
            if form_id not in self._release.forms or not dot:
                return _UNKNOWN
            field = self._release.forms[form_id].field(key)
            if field is None or field.type == "calcul":
                return _UNKNOWN
            names.setdefault(form_id, {})[key] = answers.get(name)
        try:
            return evaluate(text, names, self._functions) is True
        except ExpressionError:
            return _UNKNOWN
