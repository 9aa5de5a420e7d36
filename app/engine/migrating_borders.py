"""The events on the border of what goes on: kept with their dates, ended, or armed for the first time."""

from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.util.task import TaskState

from app.engine.migrating_base import Carrying, Level
from app.engine.migrating_rows import Row
from app.engine.migrating_specs import family, is_border, split_of
from app.engine.values import pack
from app.ids import new_id


class Borders(Carrying):
    """What becomes of the events on a border."""

    def _borders(self, level: Level, row: Row, found: Any) -> None:
        """Bring the events around an activity in line with those that the new release draws."""
        held = row.parent
        if held is None or not isinstance(level.old.task_specs.get(held.name), BoundaryEventSplit):
            held = None
        wanted = split_of(level.new, found.bpmn_id or found.name)
        if wanted is None:
            if held is not None:
                self._disarm(level, row, held)
            return
        names = {name for name in wanted._outputs if is_border(level.new.task_specs[name])}
        if held is None:
            held = Row(new_id().hex, wanted.name, int(TaskState.COMPLETED), 0, pack({}), pack({}))
            row.replace_by(held)
        else:
            names -= self._kept_borders(level, held, names)
            held.name = wanted.name
        self._settled.add(held.id)
        if names:
            self.arms.append((row.id, held.id, tuple(sorted(names))))

    def _disarm(self, level: Level, row: Row, split: Row) -> None:
        for event in [child for child in split.children if child is not row]:
            if event.living:
                self._note_end(level, event)
            level.tree.cut(event)
        level.tree.cut(split)

    def _kept_borders(self, level: Level, split: Row, names: set[str]) -> set[str]:
        """Carry the events on a border over; return those of the new release not to be armed again."""
        specs, known = level.old.task_specs, set()
        of_old = [name for name in specs[split.name]._outputs if is_border(specs[name])]
        for name in of_old:
            place = self._place(level.old, specs[name])
            target = self.plan.mapping.get(place, (place,))[0][1]
            fits = target in names and family(specs[name]) == family(level.new.task_specs[target])
            known |= {target} if fits else set()
            for event in [child for child in split.children if child.name == name]:
                if fits:
                    event.name = target
                    self._settled.add(event.id)
                    self.stood[event.id] = place
                    self.renamed[place] = (self.new.process_of(level.new.name), target)
                    continue
                if event.living:
                    self._note_end(level, event)
                level.tree.cut(event)
        return known
