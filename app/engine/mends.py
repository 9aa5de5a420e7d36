"""Mends of SpiffWorkflow 3.2.0, applied once when the engine room is imported (docs/adr).

Each replaces one internal that is wrong or slow for stored, shared, repeatable processes. Read with
SpiffWorkflow's source beside it; the version is pinned for their sake.
"""

import logging
from types import SimpleNamespace
from typing import Any

import SpiffWorkflow.task as spiff_task
from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from app import ids
from app.engine.data import merge

_PREDICTED = TaskState.PREDICTED_MASK

JOINED = "joined"
"""Internal mark of a token that a join has already taken."""


def _inherit_data(task: Any) -> None:
    """Copy the parent's data: the stock version shares nested values between parallel branches."""
    merge(task.data, task.parent.data)


def _set_state(task: Any, value: int) -> None:
    """Set the state: the stock version reads the wall clock and builds a log record each time."""
    task._state = value


def _predict(spec: Any, my_task: Any, *_others: Any, mask: int = _PREDICTED) -> None:
    """Predict one level only: the stock version walks the whole route, for ever when it is a loop."""
    if my_task.has_state(mask):
        spec._predict_hook(my_task)


def _update(spec: Any, my_task: Any) -> None:
    """Predict what comes next when a task is reached, then let it run or wait."""
    if my_task.has_state(_PREDICTED | TaskState.FUTURE) or not my_task._children:
        spec._predict_hook(my_task)
    if spec._update_hook(my_task):
        my_task._ready()


def arrived(spec: Any, my_task: Any) -> list[Any]:
    """Return the tokens standing at a join, ``my_task`` included."""
    return [
        task
        for task in my_task.workflow.tasks.values()
        if task.task_spec is spec and (task is my_task or stands(task))
    ]


def upstream(spec: Any, inputs: set[str]) -> set[str]:
    """Return the elements from which a token can reach one of ``inputs`` without passing ``spec`` before."""
    seen, stack = set(inputs), list(inputs)
    while stack:
        for name in spec._wf_spec.task_specs[stack.pop()]._inputs:
            if name not in seen and name != spec.name:
                seen.add(name)
                stack.append(name)
    return seen


def stands(task: Any) -> bool:
    """Say whether a task at a join is a token that no join has taken yet."""
    if task.state == TaskState.WAITING:
        return True
    return task.state == TaskState.CANCELLED and JOINED not in task.internal_data


def _join_update(spec: Any, my_task: Any) -> bool:
    """Let the latest token wait for all; the others stand cancelled until they are joined.

    A token that adds nothing to what is waited for (another from the same flow, or another end of the
    process) is taken in at once, so that a path taken many times leaves no trail.
    """
    may_fire = bool(spec._check_threshold_unstructured(my_task))
    for task in list(my_task.workflow.tasks.values()):
        if task.task_spec is spec and task is not my_task and stands(task):
            if task.state == TaskState.WAITING:
                task.cancel()
            if isinstance(spec, _EndJoin) or task.parent.task_spec is my_task.parent.task_spec:
                _take(my_task, task)
    if may_fire:
        my_task._inherit_data()
    else:
        my_task._set_state(TaskState.WAITING)
    return may_fire


def _join_run(spec: Any, my_task: Any) -> bool:
    """Merge the tokens, the last write of each field winning; each is taken once."""
    for task in arrived(spec, my_task):
        if task is not my_task and task.state == TaskState.CANCELLED:
            _take(my_task, task)
    return True


def _take(my_task: Any, token: Any) -> None:
    merge(my_task.data, token.data)
    merge(my_task.data, token.parent.data)
    token.internal_data[JOINED] = True


for _name in ("spiff.workflow", "spiff.task", "spiff.data"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # each line of theirs walks the whole tree
spiff_task.uuid4 = ids.new_id
spiff_task.time = SimpleNamespace(time=lambda: 0.0)  # nothing here may depend on a clock
spiff_task.Task._inherit_data = _inherit_data
spiff_task.Task._set_state = _set_state
TaskSpec._predict = _predict
TaskSpec._update = _update
UnstructuredJoin._update_hook = _join_update
UnstructuredJoin._run_hook = _join_run
