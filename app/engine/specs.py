"""Task specifications: steps of people, verbs, decisions, gateways, sub-processes."""

from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import ExclusiveGateway as StockExclusiveGateway
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway as StockInclusiveGateway
from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway as StockParallelGateway
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.spiff.specs.defaults import CallActivity as StockCallActivity
from SpiffWorkflow.spiff.specs.defaults import NoneTask, UserTask
from SpiffWorkflow.spiff.specs.defaults import SubWorkflowTask as StockSubProcess
from SpiffWorkflow.spiff.specs.spiff_task import SpiffBpmnTask
from SpiffWorkflow.util.task import TaskState

from app.engine import duties
from app.engine.data import write
from app.engine.evaluation import fault, scope_of
from app.engine.mends import arrived, upstream
from app.engine.values import UnfitValue, clone
from app.expressions import ExpressionError
from app.expressions.calendar import counted_from, deadline, escalation

LIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED


def keep(task: Any, variable: str, value: object) -> None:
    """Write a step's result in process data.

    Raises:
        StepFault: the result is not something a process can hold.
    """
    try:
        write(task, variable, value)
    except UnfitValue as error:
        raise fault(task, str(error)) from error


class HumanTask(UserTask):
    """A step that a person does. Its deadlines are computed once, on entry."""

    extensions: dict[str, Any]

    @property
    def properties(self) -> dict[str, str]:
        """The properties set in the diagram."""
        found: dict[str, str] = self.extensions.get("properties", {})
        return found

    def _on_ready_hook(self, my_task: Any) -> None:
        entered: datetime = my_task.workflow.script_engine.now
        my_task.internal_data.update(entered_at=entered, **self.instants(my_task, entered))
        duties.begin(my_task)
        super()._on_ready_hook(my_task)

    def instants(self, my_task: Any, entered: datetime) -> dict[str, datetime]:
        """Return the deadlines of a step entered at that instant, those that the diagram sets.

        Raises:
            StepFault: one of them cannot be computed.
        """
        due = self._deadline(my_task, "delai", entered)
        found = {"due_at": due, "remind_at": self._deadline(my_task, "rappel", entered)}
        for name, key in (("escalade", "escalate_at"), ("manquement", "breach_at")):
            text = self.properties.get(name, "").strip()
            found[key] = self._escalation(my_task, text, due or entered) if text else None
        return {key: moment for key, moment in found.items() if moment is not None}

    def _deadline(self, task: Any, name: str, entered: datetime) -> datetime | None:
        text = self.properties.get(name, "").strip()
        if not text:
            return None
        value = task.workflow.script_engine.widely(task, text, entered)
        try:
            return deadline(value, entered)
        except ExpressionError as error:
            raise fault(task, str(error)) from error

    @staticmethod
    def _escalation(task: Any, text: str, due: datetime) -> datetime:
        value = task.workflow.script_engine.widely(task, text, counted_from(due))
        try:
            return escalation(value, due)
        except ExpressionError as error:
            raise fault(task, str(error)) from error


class PlainTask(NoneTask):
    """An untyped task: drawn for the reader, passed through."""

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = False


class VerbTask(SpiffBpmnTask):
    """A service task: its parameters are evaluated, then the verb is the caller's business."""

    def __init__(
        self,
        wf_spec: Any,
        bpmn_id: str,
        operation: str,
        parameters: dict[str, str],
        variable: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.operation = operation
        self.parameters = parameters
        self.variable = variable

    def _run_hook(self, my_task: Any) -> bool:
        engine = my_task.workflow.script_engine
        names = engine.names(my_task)
        parameters = {key: engine.over(my_task, text, names) for key, text in self.parameters.items()}
        result = engine.hooks.call(self.operation, self.bpmn_id, scope_of(my_task), parameters, names)
        if self.variable:
            keep(my_task, self.variable, result)
        return True


class DecisionTask(SpiffBpmnTask):
    """A business rule task: the outputs of its table are kept under the table's id."""

    def __init__(self, wf_spec: Any, bpmn_id: str, decision: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.decision = decision

    def _run_hook(self, my_task: Any) -> bool:
        engine = my_task.workflow.script_engine
        names = engine.names(my_task)
        keep(
            my_task,
            self.decision,
            engine.hooks.decide(self.decision, self.bpmn_id, scope_of(my_task), names),
        )
        return True


class ExclusiveGateway(StockExclusiveGateway):
    """Takes the first flow whose condition holds, else the default one."""

    def _run_hook(self, my_task: Any) -> bool:
        chosen = self.default_task_spec
        for condition, name in self.cond_task_specs:
            if condition is not None and condition._matches(my_task):
                chosen = name
                break
        if chosen is None:
            raise fault(
                my_task, "aucune de ses conditions n'est remplie et aucune sortie par défaut n'existe"
            )
        _follow(my_task, [self._wf_spec.task_specs[chosen]])
        return True


class ParallelGateway(StockParallelGateway):
    """Waits for one token on each incoming flow; each token is taken once, so it works in loops."""

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        came_from = {task.parent.task_spec.name for task in arrived(self, my_task)}
        return all(name in came_from for name in self._inputs)


class InclusiveGateway(StockInclusiveGateway):
    """Waits for the tokens that still come, then takes each flow whose condition holds.

    A token still comes when it can reach an arrow that is empty and none that has a token already (BPMN
    2.0.2, 13.4.3): one that would have to go round a loop first is not waited for.
    """

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        came_from = {task.parent.task_spec.name for task in arrived(self, my_task)}
        empty = {name for name in self._inputs if name not in came_from}
        if not empty:
            return True
        before = upstream(self, empty) - upstream(self, came_from)
        return not any(self._may_come(task, before) for task in my_task.workflow.tasks.values())

    def _may_come(self, task: Any, before: set[str]) -> bool:
        if task.task_spec is self or task.task_spec.name not in before:
            return False
        if task.has_state(LIVE):
            return True
        return bool(task.state == TaskState.FUTURE and task.parent.state == TaskState.COMPLETED)

    def _run_hook(self, my_task: Any) -> bool:
        UnstructuredJoin._run_hook(self, my_task)
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            raise fault(
                my_task, "aucune de ses conditions n'est remplie et aucune sortie par défaut n'existe"
            )
        _follow(my_task, matches or defaults)
        return True


def _follow(my_task: Any, specs: list[Any]) -> None:
    my_task._sync_children(specs, TaskState.FUTURE)
    for child in my_task.children:
        child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)


def entry_of(spec: Any, element: str) -> Any:
    """Return where a token comes in to reach ``element``: the split that arms the events on its border."""
    return spec.task_specs.get(f"{element}.BoundaryEventSplit", spec.task_specs[element])


def put(parent: Any, element: str, data: dict[str, Any]) -> None:
    """Put a token at ``element`` of the process of ``parent``, a finished task, with ``data``."""
    spec = entry_of(parent.workflow.spec, element)
    token = parent._add_child(spec, TaskState.WAITING)
    token.data = clone(data)
    spec._update(token)


def begin_at(inner: Any, element: str) -> None:
    """Begin a sub-process in its midst."""
    root = inner.task_tree
    root._drop_children(force=True)
    root._set_state(TaskState.COMPLETED)
    put(root, element, root.data)


class _Inner:
    """What sub-processes and call activities share: data go in and come back as copies."""

    spec: str

    def start_workflow(self, my_task: Any) -> None:
        """Create the inner process with a copy of the data, and start it."""
        duties.begin(my_task)
        top = my_task.workflow.top_workflow
        inner = top.create_subprocess(my_task, self.spec)
        inner.completed_event.connect(self._on_subworkflow_completed, my_task)
        inner.task_tree.data = clone(my_task.data)
        if top.detour and top.detour[0] == my_task.task_spec.bpmn_id:
            top.detour.pop(0)
            begin_at(inner, top.detour[0])
        else:
            inner.task_tree.run()

    def _on_subworkflow_completed(self, subworkflow: Any, my_task: Any) -> None:
        if my_task.state != TaskState.STARTED:
            return  # it was interrupted, or completed before
        my_task.data = clone(subworkflow.last_task.data)
        my_task._set_state(TaskState.READY)


class SubProcess(_Inner, StockSubProcess):
    """An embedded sub-process."""


class CallActivity(_Inner, StockCallActivity):
    """A call of another process of the programme."""
