"""Comparing the specifications of two releases: what one element is, where a place lies, what leads where."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin

from app.engine.boundaries import EventGateway
from app.engine.events import Timer
from app.engine.markings import Marking, TooManyPositions, reachable
from app.engine.migrating_plan import Place
from app.engine.programme import Programme
from app.engine.specs import CallActivity, HumanTask, SubProcess

MAX_DOWN: Final = 4
"""How many activities deep a place may lie below the process in which a case stands."""

_TOLD: Final = ("event_definition", "condition", "cardinality", "data_input", "data_output", "input_item",
                "output_item", "maximum", "test_before", "cancel_activity", "default_task_spec", "lane",
                "operation", "parameters", "variable", "decision", "spec", "task_spec")  # fmt: skip
_COSMETIC: Final = frozenset({"documentation"})


def family(spec: Any) -> str:
    """Return what an element is, as far as a case that stands at it is concerned."""
    if isinstance(spec, EventGateway):
        return "race"
    if isinstance(spec, HumanTask):
        return "step"
    if isinstance(spec, LoopTask):
        return f"loop:{type(spec).__name__}"
    if isinstance(spec, CatchingEvent):
        return f"wait:{getattr(spec.event_definition, 'kind', type(spec.event_definition).__name__)}"
    return type(spec).__name__


def holds(spec: Any) -> bool:
    """Say whether an element has a process of its own inside."""
    return isinstance(spec, SubProcess | CallActivity)


def is_join(spec: Any) -> bool:
    """Say whether an element is a drawn gateway at which tokens may wait for others."""
    return isinstance(spec, UnstructuredJoin) and spec.bpmn_id is not None


def split_of(spec: Any, element: str) -> Any:
    """Return the split that arms the events on the border of an activity, None without one."""
    return spec.task_specs.get(f"{element}.BoundaryEventSplit")


def container(programme: Programme, place: Place) -> str | None:
    """Return the process or sub-process in which a place is drawn, None when it is not."""
    process, element = place
    found = next((item for item in programme.described.get(process, ()) if item.element == element), None)
    return None if found is None else found.within or process


def path_to(programme: Programme, spec: Any, place: Place) -> tuple[str, ...] | None:
    """Return the activities to go into from a process to a place; None when it cannot be reached so."""
    wanted = container(programme, place)
    if wanted is None or place[1] not in programme.specs[wanted].task_specs:
        return None
    return _down(programme, spec, wanted, ())


def _down(programme: Programme, spec: Any, wanted: str, path: tuple[str, ...]) -> tuple[str, ...] | None:
    if spec.name == wanted:
        return path
    if len(path) >= MAX_DOWN:
        return None
    for name, inner in spec.task_specs.items():
        if holds(inner) and name == inner.bpmn_id:
            found = _down(programme, programme.specs[inner.spec], wanted, (*path, name))
            if found is not None:
                return found
    return None


@lru_cache(maxsize=128)
def positions(spec: Any) -> frozenset[Marking] | None:
    """Return every position that a process may reach, None when they are too many; worked out once."""
    try:
        return reachable(spec)
    except TooManyPositions:
        return None


def same_shape(one: Any, other: Any) -> bool:
    """Say whether two releases of a process lead from the same elements to the same ones."""
    return _shape(one) == _shape(other)


@lru_cache(maxsize=256)
def _shape(spec: Any) -> dict[str, Any]:
    return {
        name: (type(item).__name__, tuple(item._outputs), getattr(item, "cancel_activity", None))
        for name, item in spec.task_specs.items()
    }


def signature(spec: Any) -> str:
    """Return all that an element means; two of one signature differ in their looks at most."""
    told = {name: _plain(getattr(spec, name)) for name in _TOLD if getattr(spec, name, None) is not None}
    conditions = [(_plain(test), name) for test, name in getattr(spec, "cond_task_specs", ())]
    held = getattr(spec, "extensions", {})
    extensions = {key: value for key, value in held.items() if key not in _COSMETIC}
    events = sorted(getattr(spec, "events", {}))
    outputs = sorted(spec._outputs) if not isinstance(spec, BoundaryEventSplit) else list(spec._outputs)
    return repr((type(spec).__name__, told, conditions, sorted(extensions.items(), key=str), events, outputs))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, dict):
        return sorted((key, _plain(item)) for key, item in value.items())
    if hasattr(value, "args"):
        return [_plain(item) for item in value.args]
    if hasattr(value, "bpmn_id"):
        return value.bpmn_id
    keys = ("kind", "code", "expression", "variable") + (() if isinstance(value, Timer) else ("name",))
    return (type(value).__name__, *(str(getattr(value, key, "")) for key in keys))


def ahead(programme: Programme, starts: Iterable[tuple[Any, str, bool]]) -> set[tuple[str, str]]:
    """Return all that may come from some elements on: ``(specification, element)``, they included.

    Args:
        starts: the process specification and the element of each token, and whether what it holds inside is
            still to be begun.
    """
    seen: set[tuple[str, str, bool]] = set()
    waiting = list(starts)
    while waiting:
        spec, name, fresh = waiting.pop()
        if (spec.name, name, fresh) in seen:
            continue
        seen.add((spec.name, name, fresh))
        item = spec.task_specs[name]
        waiting += [(spec, after, True) for after in item._outputs]
        split = split_of(spec, name)
        if split is not None:
            waiting += [(spec, after, True) for after in split._outputs if after != name]
        if fresh and isinstance(item, LoopTask):
            waiting.append((spec, item.task_spec, True))
        elif fresh and holds(item):
            inner = programme.specs[item.spec]
            waiting.append((inner, inner.start.name, True))
    return {(owner, name) for owner, name, _ in seen}


def timers_of(spec: Any) -> dict[str, Any]:
    """Return the dates that an element waits for: element → definition."""
    if isinstance(spec, EventGateway):
        return {name: item for name, item in spec.events.items() if isinstance(item, Timer)}
    definition = getattr(spec, "event_definition", None)
    return {spec.name: definition} if isinstance(definition, Timer) else {}


def is_border(spec: Any) -> bool:
    """Say whether an element stands on the border of an activity."""
    return isinstance(spec, BoundaryEvent)
