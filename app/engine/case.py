"""The running instance: SpiffWorkflow's workflow, with our sub-processes, events and cancelling."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from app.engine.data import merge, visible
from app.engine.evaluation import Evaluator, fault
from app.engine.mends import stands
from app.engine.position import SentEvent

MAX_NESTING = 20
"""Sub-processes inside sub-processes: beyond, a process is calling itself."""


class Case(BpmnWorkflow):
    """A process instance in memory, for the time of one advance.

    Attributes:
        programme: the compiled programme it runs on.
        writes: how many writes its data have seen; the stamp of the next one.
        sent: messages and signals thrown so far, for the caller to deliver.
        owner: the task that holds a workflow: None here, the activity for a sub-process.
        detour: activities to go into and the element to begin at, in place of the start (``moves``).
    """

    owner: Any = None

    def __init__(self, spec: Any, programme: Any, evaluator: Evaluator, **kwargs: Any) -> None:
        self.programme = programme
        self.writes = 0
        self.sent: list[SentEvent] = []
        self.detour: list[str] = []
        super().__init__(spec, programme.specs, script_engine=evaluator, **kwargs)

    def create_subprocess(self, my_task: Any, spec_name: str) -> Any:
        """Start a sub-process, unless they nest without end."""
        nesting, owner = 1, my_task.workflow.owner
        while owner is not None:
            nesting += 1
            owner = owner.workflow.owner
        if nesting > MAX_NESTING:
            raise fault(my_task, f"plus de {MAX_NESTING} processus s'appellent les uns les autres")
        inner = super().create_subprocess(my_task, spec_name)
        inner.owner = my_task
        return inner

    def catch(self, event: Any) -> None:
        """Ignore: terminate events cancel by themselves, the others use ``send`` and ``raise_out``."""

    def send(self, kind: Literal["message", "signal"], name: str, payload: Mapping[str, object]) -> None:
        """Keep a thrown message or signal for the caller, who delivers it in its own transaction."""
        self.sent.append(SentEvent(kind, name, payload))

    def raise_out(self, my_task: Any, definition: Any, payload: Any) -> bool:
        """Carry an error or an escalation out to the nearest boundary event that catches it."""
        workflow = my_task.workflow
        while workflow.owner is not None:
            activity = workflow.owner
            for event in attached_events(activity):
                spec = event.task_spec
                if spec.event_definition.stops(definition):
                    event.internal_data.update(event_fired=True, payload=payload)
                    spec._update(event)
                    return True
            workflow = activity.workflow
        return False

    def workflows(self) -> Iterator[Any]:
        """Yield the main workflow, then the sub-processes in tree order, outer ones first."""
        holders = {id(inner.owner.workflow) for inner in self.subprocesses.values()}
        stack: list[Any] = [self]
        while stack:
            workflow = stack.pop()
            yield workflow
            if id(workflow) in holders:
                held = [task.id for task in preorder(workflow) if task.id in self.subprocesses]
                stack.extend(self.subprocesses[key] for key in reversed(held))

    def living(self) -> list[Any]:
        """Return unfinished workflows, the deepest first, as they must be run."""
        open_ones = [workflow for workflow in self.workflows() if not workflow.completed]
        return sorted(open_ones, key=lambda workflow: -workflow.depth)

    def find(self, task_id: Any) -> Any:
        """Return the task of that id in any workflow, or None."""
        task = self.tasks.get(task_id)
        if task is not None:
            return task
        inner = (workflow.tasks.get(task_id) for workflow in self.subprocesses.values())
        return next((task for task in inner if task is not None), None)


def attached_events(activity: Any) -> list[Any]:
    """Return the boundary events waiting around an activity (or around the loop it is a turn of)."""
    main = activity
    if main.parent is not None and isinstance(main.parent.task_spec, LoopTask):
        main = main.parent
    split = main.parent
    if split is None or not isinstance(split.task_spec, BoundaryEventSplit):
        return []
    return [
        task
        for task in split.children
        if isinstance(task.task_spec, BoundaryEvent) and task.state == TaskState.WAITING
    ]


def cancel(task: Any) -> None:
    """Cancel a task and everything inside it: loop turns, sub-processes, what they wait for."""
    if task.has_state(TaskState.FINISHED_MASK):
        return
    for child in task.children:
        if child.has_state(TaskState.WAITING | TaskState.READY | TaskState.STARTED):
            cancel(child)
    task.cancel()


def preorder(workflow: Any) -> Iterator[Any]:
    """Yield the tasks of one workflow in tree order, without recursion and without a depth limit."""
    stack = [workflow.task_tree]
    while stack:
        task = stack.pop()
        yield task
        if task.has_state(TaskState.FINISHED_MASK | TaskState.STARTED):
            stack.extend(reversed(task.children))


def process_data(workflow: Any) -> dict[str, Any]:
    """Return the present data of a workflow: what its open tasks know, the last write winning."""
    merged: dict[str, Any] = {}
    for task in preorder(workflow):
        if isinstance(task.task_spec, UnstructuredJoin) and stands(task):
            merge(merged, task.parent.data)
        if task.has_state(TaskState.WAITING | TaskState.READY | TaskState.STARTED):
            merge(merged, task.data)
    return visible(merged)
