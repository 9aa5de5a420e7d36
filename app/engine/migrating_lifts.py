"""An activity whose content goes on outside of it: gone, or replaced by what it held."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from app.engine.migrating_base import Carrying, Level, Put
from app.engine.migrating_plan import Place
from app.engine.migrating_rows import Row, merged
from app.engine.migrating_specs import family, holds, is_border, is_join, path_to
from app.engine.specs import CallActivity
from app.engine.values import unpack


class Lifts(Carrying):
    """What becomes of all that is open inside an activity that is given up."""

    def _lifted(self, level: Level, row: Row, item: Any) -> bool:
        """Take what is open inside an activity out of it when it must; say whether it was dealt with.

        An activity that is gone, or calls another process, is given up once all that is open in it goes on
        elsewhere; else what goes on nowhere is refused, each by its own name.
        """
        inner = list(self._inner(row.id, item))
        found = level.new.task_specs.get(item.name)
        fit = self._unfit(item, found) is None
        leaves = fit and any(self._leaves(found, place) for _, _, place in inner)
        if (fit and not leaves) or not inner:
            return False
        lost = [place for _, _, place in inner if place not in self.plan.mapping]
        for place in lost:
            self._refuse("gone" if not isinstance(found, CallActivity) else "called", place)
        if any(spec is None for _, spec, _ in inner):
            self._refuse("loop", self._place(level.old, item))
        elif not lost:
            for stand, spec, place in inner:
                self._take_out(level, row, (stand, spec, place))
            self._remove(level, row)
        return True

    def _leaves(self, found: Any, place: Place) -> bool:
        targets = self.plan.mapping.get(place, ())
        inner = self.new.specs[found.spec]
        return any(path_to(self.new, inner, target) is None for target in targets)

    def _inner(self, owner: str, item: Any) -> Iterator[tuple[Row, Any, Place]]:
        """Yield what is open inside an activity, however deep; its spec is None inside a repeated step."""
        spec = self.old.specs[item.spec]
        for row in self.trees[owner].rows() if owner in self.trees else ():
            held = spec.task_specs[row.name]
            if not row.living or is_border(held) or isinstance(held, _EndJoin) or self._is_turn(spec, row):
                continue
            if isinstance(held, LoopTask) or is_join(held):
                yield row, None if isinstance(held, LoopTask) else held, self._place(spec, held)
            elif holds(held) and row.id in self.trees:
                yield from self._inner(row.id, held)
            else:
                yield row, held, self._place(spec, held)

    def _take_out(self, level: Level, owner: Row, token: tuple[Row, Any, Place]) -> None:
        row, item, place = token
        data, carries = merged(row.data, owner.data), family(item) == "step"
        self.stood[row.id] = place
        for target in self.plan.mapping[place]:
            path = path_to(self.new, level.new, target)
            if path is None:
                self._refuse("target", place)
                return
            step = carries and family(self._spec(target)) == "step"
            carries = carries and not step
            carried = (UUID(row.id), unpack(row.internal)) if step else None
            self.puts.append(Put(level.owner, path, target[1], data, place, carried))
            self.renamed.setdefault(place, target)
