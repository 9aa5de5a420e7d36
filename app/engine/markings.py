"""Which positions a diagram can reach by itself: what a token may be put back into without stranding it.

A marking says how many tokens stand where, in one process or sub-process: at an activity or a waiting
event by its name, before a joining gateway by the arrow they came by. All markings reachable from the start
are laid out, a choice taking any of its ways. A position made by hand is sound when it is one of them: what
happens after it could have happened anyway, so no gateway waits for a branch that will not come and
nothing is done twice that the diagram does once.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import chain, combinations
from typing import Any, Final

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit, _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import ExclusiveGateway
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition, TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin

from app.engine.boundaries import EventGateway
from app.engine.events import Raised
from app.engine.loops import is_turn
from app.engine.mends import stands, upstream
from app.engine.specs import LIVE, CallActivity, HumanTask, InclusiveGateway, SubProcess

Place = tuple[str, str]
"""``(element, "")``, or ``(where it came from, gateway)`` before a joining gateway."""

Marking = frozenset[tuple[Place, int]]
"""How many tokens stand at each place; 2 means several."""

MANY: Final = 2
MAX_MARKINGS: Final = 5_000
"""Beyond, the diagram has too many branches at once for its positions to be told one by one."""


class TooManyPositions(Exception):
    """The positions of a process are too many to be listed."""


def marking_of(workflow: Any) -> Marking:
    """Return where the tokens of a workflow stand; events on a border stand with their activity."""
    found: Counter[Place] = Counter()
    for task in workflow.tasks.values():
        place = _place_of(task)
        if place is not None:
            found[place] += 1
    return _marking(found)


def _place_of(task: Any) -> Place | None:
    spec = task.task_spec
    if isinstance(spec, _EndJoin | BoundaryEvent):
        return None
    if isinstance(spec, UnstructuredJoin):
        return (task.parent.task_spec.name, spec.name) if stands(task) else None
    if not task.has_state(LIVE):
        return None
    if is_turn(task):
        return None  # a turn: the loop stands for it
    return (spec.name, "")


def without(marking: Marking, element: str) -> Marking:
    """Return a marking less one token at ``element``."""
    left = Counter(dict(marking))
    left[element, ""] -= 1
    return _marking(left)


def with_one(marking: Marking, element: str) -> Marking:
    """Return a marking with one token more, at ``element``."""
    return _marking(Counter(dict(marking)) + Counter({(element, ""): 1}))


def _marking(tokens: Counter[Place]) -> Marking:
    """Count no further than several; tokens that come to a gateway by the same arrow are taken as one."""
    return frozenset(
        (place, 1 if place[1] else min(count, MANY)) for place, count in tokens.items() if count > 0
    )


def reachable(spec: Any) -> frozenset[Marking]:
    """Return every marking that a process may reach from its start.

    Raises:
        TooManyPositions: more than ``MAX_MARKINGS``.
    """
    moves = _Moves(spec)
    first = _marking(Counter({(spec.start.name, ""): 1}))
    seen, waiting = {first}, [first]
    while waiting:
        for marking in moves.after(waiting.pop()):
            if marking not in seen:
                if len(seen) >= MAX_MARKINGS:
                    raise TooManyPositions
                seen.add(marking)
                waiting.append(marking)
    return frozenset(seen)


class _Moves:
    """What may happen next in one process."""

    def __init__(self, spec: Any) -> None:
        self.specs = spec.task_specs

    def after(self, marking: Marking) -> Iterator[Marking]:
        """Yield the markings one step after ``marking``: what goes by itself goes before anything else."""
        tokens = Counter(dict(marking))
        went = False
        for gateway in sorted({gateway for (_, gateway), _ in marking if gateway}):
            for found in self._joined(self.specs[gateway], tokens):
                went = True
                yield _marking(found)
        here = sorted((element, count) for (element, gateway), count in marking if not gateway)
        passing = [item for item in here if not _rests(self.specs[item[0]])]
        if went and not passing:
            return
        for element, count in passing or here:
            for left in (1, MANY) if count == MANY else (0,):
                rest = Counter({**tokens, (element, ""): left})
                yield from (_marking(found) for found in self._left_by(self.specs[element], rest, tokens))

    def _left_by(self, spec: Any, rest: Counter[Place], tokens: Counter[Place]) -> Iterator[Counter[Place]]:
        """Yield what may follow when a token leaves ``spec``; ``rest`` is the others."""
        if isinstance(spec, BoundaryEventSplit):
            inner = next(name for name in spec._outputs if not isinstance(self.specs[name], BoundaryEvent))
            yield rest + Counter({(inner, ""): 1})
            return
        if isinstance(getattr(spec, "event_definition", None), TerminateEventDefinition):
            yield Counter()
            return
        if isinstance(getattr(spec, "event_definition", None), Raised):
            yield Counter()  # caught outside, it may close this process
        yield from (rest + way for way in self._ways(spec))
        for event in self._borders(spec):
            stays = rest if event.cancel_activity else tokens
            yield stays + self._sent(event, event._outputs)

    def _ways(self, spec: Any) -> Iterator[Counter[Place]]:
        if isinstance(spec, ExclusiveGateway | EventGateway):
            yield from (self._sent(spec, [name]) for name in spec._outputs)
        elif isinstance(spec, InclusiveGateway):
            names = spec._outputs
            some = chain.from_iterable(combinations(names, size) for size in range(1, len(names) + 1))
            yield from (self._sent(spec, list(chosen)) for chosen in some)
        else:
            yield self._sent(spec, spec._outputs)

    def _sent(self, spec: Any, names: list[str]) -> Counter[Place]:
        found: Counter[Place] = Counter()
        for name in names:
            target = self.specs[name]
            if isinstance(target, _EndJoin):
                continue  # a token that has come to an end
            if isinstance(target, UnstructuredJoin):
                found[spec.name, name] += 1
            else:
                found[name, ""] += 1
        return found

    def _borders(self, spec: Any) -> list[Any]:
        return borders_of(self.specs, spec.name)

    def _joined(self, gateway: Any, tokens: Counter[Place]) -> Iterator[Counter[Place]]:
        """Yield what may follow when a gateway has all it waits for; it takes all that stands there."""
        came_from = {source for source, held in tokens if held == gateway.name}
        empty = {name for name in gateway._inputs if name not in came_from}
        if isinstance(gateway, InclusiveGateway):
            if empty and self._may_come(gateway, empty, came_from, tokens):
                return
        elif empty:
            return
        rest = Counter({place: count for place, count in tokens.items() if place[1] != gateway.name})
        yield from (rest + way for way in self._ways(gateway))

    def _may_come(self, gateway: Any, empty: set[str], came_from: set[str], tokens: Counter[Place]) -> bool:
        before = upstream(gateway, empty) - upstream(gateway, came_from)
        names = {held or source for source, held in tokens} - {gateway.name}
        names |= {event.name for name in names for event in borders_of(self.specs, name)}
        return not names.isdisjoint(before)


def _rests(spec: Any) -> bool:
    """Say whether a token stays at an element until somebody, a date or an event takes it on."""
    if isinstance(spec, BoundaryEvent):
        return False
    if isinstance(spec, CatchingEvent):
        return not isinstance(spec.event_definition, NoneEventDefinition)
    return isinstance(spec, HumanTask | SubProcess | CallActivity | LoopTask)


def borders_of(specs: Any, element: str) -> list[Any]:
    """Return the specifications of the events on the border of an activity."""
    split = specs.get(f"{element}.BoundaryEventSplit")
    names = split._outputs if split is not None else ()
    return [specs[name] for name in names if isinstance(specs[name], BoundaryEvent)]
