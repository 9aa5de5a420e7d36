"""Each thing that stands in a stored state finds its element in another release, or says why it has none."""

from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit, _EndJoin
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from app.engine.boundaries import EventGateway
from app.engine.migrating_base import Level, Put
from app.engine.migrating_borders import Borders
from app.engine.migrating_joins import Joins
from app.engine.migrating_lifts import Lifts
from app.engine.migrating_plan import Obstacle, Place
from app.engine.migrating_rows import Row
from app.engine.migrating_specs import family, holds, is_border, is_join, path_to, same_shape
from app.engine.migrating_turns import input_name, other_list, rename_item
from app.engine.values import unpack


class Carrier(Borders, Joins, Lifts):
    """Carries the rows of a state over; what it could not is in ``obstacles``."""

    def run(self) -> None:
        """Carry every level over, the main process first."""
        process = self._record["process"]
        if process not in self.new.names:
            self.obstacles.append(
                Obstacle("process", process, process, self.old.names.get(process) or process)
            )
            return
        self._level(None, self.old.specs[process], self.new.specs[process])

    def record(self) -> dict[str, Any]:
        """Return the state's record, for the new release."""
        inner = [{"of": key, **tree.dump()} for key, tree in self.trees.items() if key is not None]
        return {**self._record, "main": self.trees[None].dump(), "inner": inner}

    # One process or sub-process

    def _level(self, owner: str | None, old: Any, new: Any) -> None:
        level = Level(owner, self.trees[owner], old, new)
        process = self.old.process_of(old.name)
        if same_shape(old, new) and not any(place[0] == process for place in self.plan.mapping):
            self.same.add(owner)
        level.tree.root.name = new.start.name
        self._settled.add(level.tree.root.id)
        joins = [row for row in level.tree.rows() if is_join(old.task_specs[row.name]) and row.stands]
        for row in [row for row in level.tree.rows() if self._is_stand(level, row)]:
            self._stand(level, row)
        for row in joins:
            self._join(level, row)
        if owner not in self.same:
            self._history(level)

    def _is_stand(self, level: Level, row: Row) -> bool:
        """Say whether a row is something open of its own: no turn of a loop, no event on a border."""
        spec = level.old.task_specs[row.name]
        if not row.living or is_border(spec) or is_join(spec) or isinstance(spec, _EndJoin):
            return False
        return not self._is_turn(level.old, row)

    # What stands

    def _stand(self, level: Level, row: Row) -> None:
        item = level.old.task_specs[row.name]
        place = self._place(level.old, item)
        self.stood[row.id] = place
        if place in self.plan.mapping:
            self._send(level, row, item, self.plan.mapping[place])
            return
        if holds(item) and self._lifted(level, row, item):
            return
        found = level.new.task_specs.get(item.name)
        unfit = self._unfit(item, found, row)
        if unfit is not None:
            self._refuse(unfit, place)
        else:
            self._keep(level, row, item, found)

    def _keep(self, level: Level, row: Row, item: Any, found: Any) -> None:
        """Let a row stand at its element of the new release."""
        place = self._place(level.old, item)
        self._borders(level, row, found)
        row.name = found.name
        self._settled.add(row.id)
        self.renamed[place] = (self.new.process_of(level.new.name), found.bpmn_id or found.name)
        if isinstance(item, LoopTask):
            if other_list(item, found):
                self.listed.append(self.renamed[place])
            for turn in [child for child in row.children if child.name == item.task_spec]:
                rename_item(turn, input_name(item), input_name(found))
                turn.name = found.task_spec
                self._settled.add(turn.id)
                self.stood[turn.id] = place
                self._inside(turn, level.old.task_specs[item.task_spec], level.new.task_specs[turn.name])
        elif isinstance(item, EventGateway):
            self._race(level, item, found)
        else:
            self._inside(row, item, found)

    def _inside(self, row: Row, item: Any, found: Any) -> None:
        if holds(item) and row.id in self.trees:
            self._level(row.id, self.old.specs[item.spec], self.new.specs[found.spec])

    def _race(self, level: Level, item: Any, found: Any) -> None:
        for name in item.events:
            place = self._place(level.old, level.old.task_specs[name])
            wanted = self.plan.mapping.get(place, ((place[0], name),))
            target = found.events.get(wanted[0][1])
            if target is None:
                self._refuse("gone", place)
            elif getattr(target, "kind", None) != getattr(item.events[name], "kind", None):
                self._refuse("kind", place)
            else:
                self.renamed[place] = (self.new.process_of(level.new.name), wanted[0][1])

    def _send(self, level: Level, row: Row, item: Any, wanted: tuple[Place, ...]) -> None:
        """Let a token go on at the places that the mapping names; the first fit one keeps its row."""
        place = self._place(level.old, item)
        again = level.new.task_specs.get(item.name)
        unfit = self._unfit(item, again, row) if wanted == (place,) else "loop"
        if isinstance(item, LoopTask) and unfit is not None:
            self._refuse(unfit, place)  # its turns would be lost
            return
        if not wanted:  # this branch stops here
            self._remove(level, row)
            return
        ways = [(target, path_to(self.new, level.new, target)) for target in wanted]
        if any(path is None for _, path in ways):
            self._refuse("target", place)
            return
        here = [target for target, path in ways if not path]
        kept = next((t for t in here if self._unfit(item, level.new.task_specs[t[1]]) is None), None)
        data, internal = unpack(row.data), unpack(row.internal)
        carries = kept is None
        for target, path in ways:
            if target == kept:
                continue
            step = carries and family(item) == family(self._spec(target)) == "step"
            carries = carries and not step
            carried = (UUID(row.id), internal) if step else None
            self.puts.append(Put(level.owner, path or (), target[1], data, place, carried))
        if kept is not None:
            self._keep(level, row, item, level.new.task_specs[kept[1]])
        else:
            self._remove(level, row)
        self.renamed[place] = kept or wanted[0]

    # What is over

    def _history(self, level: Level) -> None:
        """Cut out the finished rows that the new release does not know as they were."""
        for row in list(level.tree.rows()):
            spec = level.old.task_specs.get(row.name)
            if row.id in self._settled:
                continue
            if isinstance(spec, _EndJoin):
                row.name = level.new.end.name
                continue
            found = level.new.task_specs.get(row.name)
            stays = found is not None and type(found) is type(spec) and not row.living
            if not stays or isinstance(found, BoundaryEventSplit | LoopTask):
                level.tree.cut(row)
