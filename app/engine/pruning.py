"""Finished history leaves the state: what is kept, and why it is enough.

SpiffWorkflow keeps every task ever done, with a copy of its data; a case grows slow and deep with age.
A finished task is needed only as (1) the root, (2) the parent of an open task, (3) the parent of a
token standing at a join, with its data, (4) a child of the split that holds boundary events, as long
as something below it lives. Everything else is cut out, its living descendants going to the nearest
ancestor kept. The journal remembers what was done.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.util.task import TaskState

from app.engine.mends import stands


def prune(case: Any) -> None:
    """Cut finished history out of every workflow of a case that stands between two steps."""
    _drop_ended_subprocesses(case)
    for workflow in case.workflows():
        _prune(workflow)


def _drop_ended_subprocesses(case: Any) -> None:
    """Drop what an ended or interrupted activity held, and what that held in turn."""
    for task_id, inner in list(case.subprocesses.items()):
        if not _held(case, inner):
            del case.subprocesses[task_id]


def _held(case: Any, workflow: Any) -> bool:
    while workflow is not case:
        owner = workflow.owner
        if owner.has_state(TaskState.FINISHED_MASK) or owner.workflow.tasks.get(owner.id) is not owner:
            return False
        workflow = owner.workflow
    return True


def _prune(workflow: Any) -> None:
    needed, with_data = _needed(workflow)
    _keep_under_splits(workflow, needed)
    _relink(workflow, needed)
    for task in workflow.tasks.values():
        if task.has_state(TaskState.FINISHED_MASK) and task.id not in with_data:
            task.data = {}


def _needed(workflow: Any) -> tuple[set[Any], set[Any]]:
    """Return the ids of tasks to keep, and of the finished ones whose data are still to be read."""
    needed: set[Any] = {workflow.task_tree.id}
    with_data: set[Any] = set()
    if workflow.completed:
        return needed, with_data
    for task in workflow.tasks.values():
        finished = task.has_state(TaskState.FINISHED_MASK)
        at_join = isinstance(task.task_spec, UnstructuredJoin)
        if finished and not (at_join and stands(task)):
            continue
        needed.add(task.id)
        if task._parent is not None:
            needed.add(task._parent)
            if at_join:
                with_data.add(task._parent)
    return needed, with_data


def _keep_under_splits(workflow: Any, needed: set[Any]) -> None:
    tasks = workflow.tasks
    for task_id in list(needed):
        below, parent_id = tasks[task_id], tasks[task_id]._parent
        while parent_id is not None and parent_id not in needed:
            below, parent_id = tasks[parent_id], tasks[parent_id]._parent
        if parent_id is not None and isinstance(tasks[parent_id].task_spec, BoundaryEventSplit):
            needed.add(below.id)


def _relink(workflow: Any, needed: set[Any]) -> None:
    """Rebuild the tree over the kept tasks, in the same order, without recursion."""
    tasks = workflow.tasks
    if len(needed) == len(tasks):
        return
    children: dict[Any, list[Any]] = {task_id: [] for task_id in needed}
    stack: list[tuple[Any, Any]] = [(workflow.task_tree.id, None)]
    while stack:
        task_id, ancestor = stack.pop()
        if task_id in needed:
            if ancestor is not None:
                children[ancestor].append(task_id)
                tasks[task_id]._parent = ancestor
            ancestor = task_id
        stack.extend((child, ancestor) for child in reversed(tasks[task_id]._children))
    for task_id in [key for key in tasks if key not in needed]:
        del tasks[task_id]
    for task_id, kept in children.items():
        tasks[task_id]._children = kept
