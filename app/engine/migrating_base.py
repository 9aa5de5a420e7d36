"""What carrying a state over keeps at hand, and how its parts are named."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from app.engine import migrating_turns
from app.engine.migrating_plan import Obstacle, Place, Plan
from app.engine.migrating_rows import Data, Row, Tree
from app.engine.migrating_specs import container, family
from app.engine.programme import Programme
from app.engine.specs import CallActivity


@dataclass(frozen=True)
class Put:
    """A token to be put at an element: in which sub-process, through which activities, with what it knows.

    ``carried`` is the id and the inner data of the person's step that goes on there, drafts and all.
    """

    owner: str | None
    path: tuple[str, ...]
    element: str
    data: Data
    place: Place
    carried: tuple[UUID, Data] | None = None


@dataclass(frozen=True)
class Level:
    """One process or sub-process under way, in both releases."""

    owner: str | None
    tree: Tree
    old: Any
    new: Any


class Carrying:
    """A state under way from one release to another; what cannot be carried over is in ``obstacles``.

    Attributes:
        puts: tokens to be put once the rest stands.
        arms: events that an activity has on its border only now: (its row, its split's row, their names).
        joins: tokens at gateways of a process that changed: they may have all they wait for.
        stood: the place in the old release of each thing that stands, by its id.
        renamed: where what was open goes on.
        same: the sub-processes (by owner) in which nothing changed its way.
        ended: events on a border that are there no longer: (process, element, name).
        listed: the repeated steps, in the new release, whose list is another and that keep their own.
    """

    def __init__(self, old: Programme, new: Programme, record: dict[str, Any], plan: Plan) -> None:
        self.old, self.new, self.plan, self._record = old, new, plan, record
        inner = {item["of"]: Tree(item, item["of"]) for item in record["inner"]}
        self.trees: dict[str | None, Tree] = {None: Tree(record["main"], None), **inner}
        self.obstacles: list[Obstacle] = []
        self.puts: list[Put] = []
        self.arms: list[tuple[str, str, tuple[str, ...]]] = []
        self.joins: list[str] = []
        self.stood: dict[str, Place] = {}
        self.renamed: dict[Place, Place] = {}
        self.same: set[str | None] = set()
        self.ended: list[tuple[str, str, str]] = []
        self.listed: list[Place] = []
        self._settled: set[str] = set()

    def _place(self, spec: Any, item: Any) -> Place:
        return self.old.process_of(spec.name), item.bpmn_id or item.name

    def _refuse(self, code: str, place: Place, detail: str = "") -> None:
        self.obstacles.append(Obstacle(code, *place, self.old.element_name(place[1]), detail))

    @staticmethod
    def _is_turn(spec: Any, row: Row) -> bool:
        parent = spec.task_specs.get(row.parent.name) if row.parent is not None else None
        return isinstance(parent, LoopTask) and parent.task_spec == row.name

    def _unfit(self, item: Any, found: Any, row: Row | None = None) -> str | None:
        """Say why what stands at ``item`` cannot stand at ``found``; None when it can."""
        repeated = isinstance(item, LoopTask)
        if found is None:
            return "loop" if repeated else "gone"
        if repeated:
            return migrating_turns.unfit(item, found, row)
        if family(item) != family(found):
            return "loop" if isinstance(found, LoopTask) else "kind"
        if isinstance(item, CallActivity) and item.spec != found.spec:
            return "called"
        return None

    def _spec(self, target: Place) -> Any:
        return self.new.specs[container(self.new, target) or target[0]].task_specs[target[1]]

    def _remove(self, level: Level, row: Row) -> None:
        """Cut out what stands, with the events on its border and all that is inside it."""
        split = row.parent
        if split is not None and isinstance(level.old.task_specs.get(split.name), BoundaryEventSplit):
            for event in [child for child in split.children if child is not row]:
                if event.living:
                    self._note_end(level, event)
                level.tree.cut(event)
            level.tree.cut(split)
        self._drop_inside(row.id)
        level.tree.cut(row)

    def _drop_inside(self, owner: str) -> None:
        tree = self.trees.pop(owner, None)
        for row in tree.rows() if tree is not None else ():
            self._drop_inside(row.id)

    def _note_end(self, level: Level, event: Row) -> None:
        spec = level.old.task_specs[event.name]
        place = self._place(level.old, spec)
        self.ended.append((*place, self.old.element_name(place[1])))
