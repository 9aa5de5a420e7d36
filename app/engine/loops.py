"""Loops and multi-instances that survive storage, loops around them and interruption.

SpiffWorkflow tells a loop that one of its turns is done by a signal of the turn's specification.
Specifications are shared and compiled once, so the signal is connected once, by the parser.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.spiff.specs.defaults import ParallelMultiInstanceTask, SequentialMultiInstanceTask
from SpiffWorkflow.spiff.specs.defaults import StandardLoopTask as StockStandardLoop
from SpiffWorkflow.util.task import TaskState

from app.engine.case import cancel
from app.engine.data import STAMPS, merge, visible, write
from app.engine.evaluation import fault
from app.engine.values import clone

MAX_INSTANCES = 500
"""Instances of a multi-instance, turns of a loop: beyond, the diagram or its data are wrong."""


def scope_value(item: Any, index: int) -> str:
    """Return what tells an instance from its siblings: the item, its ``id`` or its rank from 0."""
    if isinstance(item, Mapping):
        return str(item.get("id", index))
    if isinstance(item, str | int):
        return str(item)
    return str(index)


def is_turn(task: Any) -> bool:
    """Say whether a task is one turn of a repeated one; what comes after that hangs under it too."""
    loop = task.parent.task_spec if task.parent is not None else None
    return isinstance(loop, LoopTask) and loop.task_spec == task.task_spec.name


class StandardLoop(StockStandardLoop):
    """A task repeated while its condition holds."""

    def create_child(self, my_task: Any) -> None:
        """Open the next turn, within measure."""
        if len(my_task.internal_data["merged"]) >= MAX_INSTANCES:
            raise fault(my_task, f"la boucle dépasse {MAX_INSTANCES} tours")
        super().create_child(my_task)

    def merge_child(self, _workflow: Any, child: Any) -> None:
        """Take a finished turn's data; open the next turn or finish."""
        my_task = child.parent
        if my_task.state != TaskState.STARTED:
            return
        merge(my_task.data, child.data)
        my_task.internal_data["merged"].append(1)
        if self.loop_complete(my_task):
            my_task._set_state(TaskState.READY)
        else:
            self.create_child(my_task)


class _Instances(BpmnTaskSpec):
    """What parallel and sequential multi-instances share.

    The items are fixed on entry. Results (``outputDataItem``) come back as a list in the order of the
    items, written when the last instance is done; without an output item the instances' data are merged.
    """

    sequential = False

    def _update_hook(self, my_task: Any) -> bool:
        BpmnTaskSpec._update_hook(self, my_task)
        items = self._items(my_task)
        my_task.internal_data.update(total=len(items), done=0, results=[None] * len(items))
        if self.sequential:
            my_task.internal_data["items"] = clone(items)
        if not items:
            self._finish(my_task)
            return True
        my_task._set_state(TaskState.STARTED)
        for index, item in enumerate(items[:1] if self.sequential else items):
            self._open(my_task, index, item)
        return False

    def _items(self, my_task: Any) -> list[Any]:
        engine = my_task.workflow.script_engine
        if self.data_input is None:
            count = engine.evaluate(my_task, self.cardinality)
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                raise fault(my_task, "le nombre de répétitions doit être un nombre entier positif")
            self._within_measure(my_task, count)
            return list(range(count))
        found = engine.evaluate(my_task, self.data_input.bpmn_id)
        if found is None:
            return []
        if isinstance(found, Mapping):
            found = list(found)
        if isinstance(found, str) or not isinstance(found, Sequence):
            raise fault(my_task, f"« {self.data_input.bpmn_id} » n'est pas une liste")
        self._within_measure(my_task, len(found))
        return list(found)

    @staticmethod
    def _within_measure(my_task: Any, count: int) -> None:
        if count > MAX_INSTANCES:
            raise fault(my_task, f"{count} répétitions demandées, {MAX_INSTANCES} au plus")

    def _open(self, my_task: Any, index: int, item: Any) -> None:
        spec = my_task.workflow.spec.task_specs[self.task_spec]
        child = my_task._add_child(spec, TaskState.WAITING)
        child.triggered = True
        child.internal_data.update(index=index, scope=scope_value(item, index))
        if self.input_item is not None:
            write(child, self.input_item.bpmn_id, item)
        spec._update(child)

    def merge_child(self, _workflow: Any, child: Any) -> None:
        """Take a finished instance's result; finish, or open the next one."""
        my_task = child.parent
        if my_task.state != TaskState.STARTED:
            return
        internal = my_task.internal_data
        internal["done"] += 1
        if self.output_item is not None:
            internal["results"][child.internal_data["index"]] = clone(
                child.data.get(self.output_item.bpmn_id)
            )
        else:
            merge(my_task.data, child.data, without=self.input_item and self.input_item.bpmn_id)
        if internal["done"] >= internal["total"] or self._enough(my_task, child):
            for other in my_task.children:
                if other is not child and other.triggered:
                    cancel(other)
            self._finish(my_task)
            my_task._set_state(TaskState.READY)
        elif self.sequential:
            index = internal["done"]
            self._open(my_task, index, internal["items"][index])

    def _enough(self, my_task: Any, child: Any) -> bool:
        if self.condition is None:
            return False
        internal = my_task.internal_data
        data = {
            **visible(my_task.data),
            **{key: value for key, value in child.data.items() if key != STAMPS},
            "termines": internal["done"],
            "total": internal["total"],
        }
        return bool(my_task.workflow.script_engine.on(my_task, self.condition, data))

    def _finish(self, my_task: Any) -> None:
        results = my_task.internal_data.pop("results")
        my_task.internal_data.pop("items", None)
        if self.data_output is not None:
            write(my_task, self.data_output.bpmn_id, results)


class ParallelInstances(_Instances, ParallelMultiInstanceTask):
    """All instances at once."""


class SequentialInstances(_Instances, SequentialMultiInstanceTask):
    """One instance after the other."""

    sequential = True
