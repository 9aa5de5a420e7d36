"""Parallel joins that two tokens may reach by one way: the second would be merged and lost.

The route is played with tokens, every choice both ways, as BPMN defines it; what people do inside a step
does not matter, so plain steps are skipped. A route with too many situations gets no verdict.
"""

from collections.abc import Iterator
from itertools import chain, combinations
from typing import Final

from app.engine.checks.sheet import CONDITIONAL, Route, Sheet
from app.engine.diagram import is_true, local

_MOST: Final = 2
"""Tokens counted in one place: two are already one too many."""
_WIDEST: Final = 5
"""Ways out of an inclusive gateway of which every mix is tried; beyond, one by one and all at once."""

Situation = frozenset[tuple[int, int]]
"""Where tokens stand: (arrow, how many)."""


def check_joins(sheet: Sheet, route: Route) -> None:
    """Refuse each parallel join of a route that tokens may reach twice by one of its arrows."""
    for element in _Game(sheet, route).overrun():
        sheet.say_of(
            element,
            "join-reached-twice",
            "Cette passerelle parallèle peut être atteinte deux fois par la même flèche : une des arrivées "
            "serait perdue. Réunissez d'abord, par une autre passerelle, les branches qui y mènent ensemble.",
        )


class _Game:
    """The tokens of one route. A place is a sequence flow, by its rank."""

    def __init__(self, sheet: Sheet, route: Route) -> None:
        self.sheet = sheet
        self.route = route
        self.flows = [flow for flows in route.out.values() for flow in flows]
        ranks = {id(flow): rank for rank, flow in enumerate(self.flows)}
        self.target = [flow.get("targetRef") for flow in self.flows]
        self.out = {key: tuple(ranks[id(flow)] for flow in flows) for key, flows in route.out.items()}
        self.into = {key: tuple(ranks[id(flow)] for flow in flows) for key, flows in route.into.items()}
        self.joins = [
            key for key in route.nodes if route.kind(key) == "parallelGateway" and len(self.into[key]) > 1
        ]
        self.upstream = {
            key: {place: self._leading_to(place, key) for place in self.into[key]}
            for key in route.nodes
            if route.kind(key) == "inclusiveGateway" and len(self.into[key]) > 1
        }

    def overrun(self) -> list[str]:
        """Return the joins that a second token may reach by the same arrow, in document order."""
        if not self.joins:
            return []
        watched = {place: key for key in self.joins for place in self.into[key]}
        found: set[str] = set()
        seen: set[Situation] = set()
        stack = [self._settled(self._begun())]
        while stack:
            here = stack.pop()
            if here in seen:
                continue
            seen.add(here)
            found |= {watched[place] for place, count in here if count > 1 and place in watched}
            nexts = [self._settled(then) for then in self._moves(dict(here))]
            self.sheet.moves_left -= len(nexts)
            if self.sheet.moves_left < 0:
                return []
            stack.extend(nexts)
        return [key for key in self.joins if key in found]

    def _begun(self) -> dict[int, int]:
        starts = [key for key in self.route.nodes if self.route.kind(key) == "startEvent"]
        return _put({}, *(place for key in starts for place in self.out[key]))

    def _settled(self, tokens: dict[int, int]) -> Situation:
        """Let parallel joins go on that have a token on every arrow: nothing can come between."""
        moving = True
        while moving:
            moving = False
            for key in self.joins:
                places = self.into[key]
                if all(tokens.get(place) for place in places) and all(
                    tokens[place] < _MOST for place in places
                ):
                    tokens = _put(_take(tokens, *places), *self.out[key])
                    moving = bool(self.out[key])
        return frozenset(tokens.items())

    def _moves(self, tokens: dict[int, int]) -> Iterator[dict[int, int]]:
        """Yield every situation that may come next, one element at a time."""
        for place in tokens:
            key = self.target[place]
            kind, out = self.route.kind(key), self.out[key]
            if key in self.joins:
                continue
            if key in self.upstream:
                if self._may_go_on(tokens, key):
                    rest = {at: count for at, count in tokens.items() if at not in self.into[key]}
                    yield from (_put(rest, *some) for some in _mixes(out))
                continue
            rest = _take(tokens, place)
            if kind == "endEvent" and self._stops_all(key):
                yield {}
            elif kind in CONDITIONAL or kind == "eventBasedGateway":
                yield from (
                    _put(rest, *some) for some in (_mixes(out) if kind == "inclusiveGateway" else _each(out))
                )
                if not out:
                    yield rest
            else:
                yield _put(rest, *out)
                yield from self._interrupted(tokens, rest, key)

    def _interrupted(
        self, tokens: dict[int, int], rest: dict[int, int], key: str
    ) -> Iterator[dict[int, int]]:
        for event in self.route.attached[key]:
            beside = self.out.get(event.get("id"), ())
            if beside:
                stays = not is_true(event.get("cancelActivity", "true"))
                yield _put(tokens if stays else rest, *beside)

    def _stops_all(self, key: str) -> bool:
        ends = {"terminateEventDefinition", "errorEventDefinition"}
        return any(local(kid) in ends for kid in self.route.nodes[key])

    def _may_go_on(self, tokens: dict[int, int], key: str) -> bool:
        """Say whether an inclusive join waits for nobody: no token can still reach an empty arrow alone."""
        empty = [place for place in self.into[key] if not tokens.get(place)]
        filled = [place for place in self.into[key] if tokens.get(place)]
        again = set().union(*(self.upstream[key][place] for place in filled))
        return not any(at in self.upstream[key][place] - again for place in empty for at in tokens)

    def _leading_to(self, place: int, join: str) -> set[int]:
        """Return the arrows from which a token can reach ``place`` without passing ``join``."""
        found, stack = {place}, [place]
        while stack:
            source = str(self.flows[stack.pop()].get("sourceRef"))
            node = self.route.nodes[source]
            before = self.into[source]
            if local(node) == "boundaryEvent":
                before = self.into.get(node.get("attachedToRef"), ())
            if source == join:
                continue
            for at in before:
                if at not in found:
                    found.add(at)
                    stack.append(at)
        return found


def _mixes(out: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if len(out) > _WIDEST:
        return chain(_each(out), [out])
    return chain.from_iterable(combinations(out, size) for size in range(1 if out else 0, len(out) + 1))


def _each(out: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return ((place,) for place in out)


def _put(tokens: dict[int, int], *places: int) -> dict[int, int]:
    found = dict(tokens)
    for place in places:
        found[place] = min(found.get(place, 0) + 1, _MOST)
    return found


def _take(tokens: dict[int, int], *places: int) -> dict[int, int]:
    found = dict(tokens)
    for place in places:
        found[place] -= 1
        if not found[place]:
            del found[place]
    return found
