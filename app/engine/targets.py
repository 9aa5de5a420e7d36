"""Where a token may be put by hand: every element whose position the diagram can reach by itself.

A token may go to another element of its own process or sub-process, out to one around it (what it leaves
is then abandoned whole), and down to an element inside an activity there. It never leaves one of several
instances of an activity: the others would be abandoned with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent

from app.engine.case import Case
from app.engine.evaluation import Evaluator
from app.engine.faults import MoveRefused, NotReady
from app.engine.loops import is_turn
from app.engine.markings import Marking, TooManyPositions, marking_of, reachable, with_one, without
from app.engine.programme import Programme
from app.engine.projection import ready_tasks, waiting
from app.engine.specs import CallActivity, SubProcess
from app.engine.state import restore

KINDS: Final = frozenset(
    {
        "task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "businessRuleTask",
        "callActivity", "subProcess", "intermediateCatchEvent", "eventBasedGateway",
    }
)  # fmt: skip
"""Elements at which something is done or waited for. A gateway or an end is reached through them."""

MAX_DOWN: Final = 4
"""How many activities deep a target may lie."""

TOO_MANY: Final = (
    "Ce diagramme mène trop de choses de front pour qu'un déplacement y soit sûr. "
    "Terminez d'abord les étapes ouvertes à côté de celle-ci."
)


@dataclass(frozen=True)
class Target:
    """An element that a token may be put at.

    ``process`` is the one in whose diagram it is drawn, ``kind`` its BPMN tag, ``up`` how many activities
    are left (and abandoned) on the way, ``path`` those gone into, ``before`` whether the way of the token
    may have come through it.
    """

    element: str
    name: str
    process: str
    kind: str
    up: int
    path: tuple[str, ...]
    before: bool

    @property
    def key(self) -> str:
        """What names this target among those of one token."""
        return "/".join((str(self.up), *self.path, self.element))


def possible_targets(programme: Programme, state: bytes, wanted: UUID) -> list[Target]:
    """Return where an open step (or what waits under this id) may be moved, the nearest first.

    Raises:
        NotReady: nothing waits under this id.
        MoveRefused: this token may not be moved at all; the sentence says why.
    """
    case = restore(programme, state, Evaluator(None))
    return list(targets_of(case, token_of(case, wanted)))


def token_of(case: Case, wanted: UUID) -> Any:
    """Return the token that stands at an open step or a wait.

    Raises:
        NotReady: nothing waits under this id.
        MoveRefused: an event on a border, or one turn of a repeated step.
    """
    found = next((task for task in ready_tasks(case) if task.id == wanted), None)
    if found is None:
        found = next((task for task, _, _, wait_id in waiting(case) if wait_id == wanted), None)
    if found is None:
        raise NotReady
    if isinstance(found.task_spec, BoundaryEvent):
        raise MoveRefused(
            cause="Cette échéance accompagne une étape : déplacez l'étape, l'échéance partira avec elle."
        )
    if is_turn(found):
        raise MoveRefused(
            cause="Cette étape est ouverte plusieurs fois à la fois, une par élément d'une liste. En "
            "déplacer une laisserait les autres sans suite : passez-la, ou attendez sa réponse."
        )
    return found


def targets_of(case: Case, token: Any) -> Iterator[Target]:
    """Yield where ``token`` may go: in its own process, then in those around it, outwards.

    Raises:
        MoveRefused: the diagram has too many positions to tell.
    """
    maps = _Maps(case.programme)
    up, leaving = 0, token
    while True:
        workflow = leaving.workflow
        yield from _at_level(maps, workflow, leaving.task_spec.bpmn_id, up)
        owner = workflow.owner
        if owner is None or is_turn(owner):
            return
        up, leaving = up + 1, owner


class _Maps:
    """The reachable markings of each process, laid out once."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self._known: dict[str, frozenset[Marking]] = {}

    def of(self, spec: Any) -> frozenset[Marking]:
        if spec.name not in self._known:
            try:
                self._known[spec.name] = reachable(spec)
            except TooManyPositions as many:
                raise MoveRefused(cause=TOO_MANY) from many
        return self._known[spec.name]

    def inside(self, spec: Any) -> list[str]:
        """Return the elements of a sub-process at which it may be begun, alone."""
        alone = self.of(spec)
        return [name for name in spec.task_specs if with_one(frozenset(), name) in alone]


def _at_level(maps: _Maps, workflow: Any, here: str, up: int) -> Iterator[Target]:
    spec = workflow.spec
    others = without(marking_of(workflow), here)
    known, earlier = maps.of(spec), _earlier(spec, here)
    for name in spec.task_specs:
        if with_one(others, name) not in known:
            continue
        way = _Way(up, (), name in earlier or name == here)
        if up or name != here:
            yield from _target(maps, spec, name, way)
        if name != here:
            yield from _inside(maps, spec.task_specs[name], way)


@dataclass(frozen=True)
class _Way:
    """How a target is come to: activities left, activities gone into, whether it lies behind."""

    up: int
    path: tuple[str, ...]
    before: bool


def _inside(maps: _Maps, activity: Any, way: _Way) -> Iterator[Target]:
    if not isinstance(activity, SubProcess | CallActivity) or len(way.path) >= MAX_DOWN:
        return
    spec = maps.programme.specs[activity.spec]
    deeper = _Way(way.up, (*way.path, activity.bpmn_id), way.before)
    for name in maps.inside(spec):
        yield from _target(maps, spec, name, deeper)
        yield from _inside(maps, spec.task_specs[name], deeper)


def _target(maps: _Maps, spec: Any, name: str, way: _Way) -> Iterator[Target]:
    process = maps.programme.process_of(spec.name)
    described = next((item for item in maps.programme.described[process] if item.element == name), None)
    if described is not None and described.kind in KINDS:
        yield Target(name, described.name, process, described.kind, way.up, way.path, way.before)


def _earlier(spec: Any, here: str) -> frozenset[str]:
    """Return the elements from which a token can come to ``here``."""
    seen: set[str] = set()
    stack = [f"{here}.BoundaryEventSplit" if f"{here}.BoundaryEventSplit" in spec.task_specs else here]
    while stack:
        for name in spec.task_specs[stack.pop()]._inputs:
            if name not in seen:
                seen.add(name)
                stack.append(name)
    return frozenset(seen)
