"""Branches that nothing can move any more, told at the step that strands them.

A parallel gateway waits for a token on each of its arrows. Once no living token can reach one of them, the
gateway waits for ever, and while others of the case go on nobody would notice. A stranded branch is no
fault as long as something may still close it: an end that stops everything, an event on the border around.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.util.task import TaskState

from app.engine.case import Case, attached_events
from app.engine.evaluation import fault
from app.engine.events import Raised
from app.engine.mends import arrived, upstream
from app.engine.specs import LIVE, InclusiveGateway


def refuse_stalls(case: Case, current: Any, *, idle: bool) -> None:
    """Refuse a position from which a branch, or the whole case, could never go on.

    ``idle`` says that nobody has a step to do and that nothing is waited for; ``current`` is then blamed.

    Raises:
        StepFault: naming the gateway that waits in vain, else ``current``.
    """
    stuck = stranded(case)
    if stuck is not None:
        raise fault(stuck, "le processus resterait bloqué ici : une des branches attendues ne viendra plus")
    if idle and not case.completed:
        raise fault(
            current,
            "le processus resterait bloqué : plus personne n'a d'étape à faire et plus rien n'est attendu",
        )


def stranded(case: Case) -> Any:
    """Return a task waiting at a gateway for a branch that can never come, None when there is none."""
    for workflow in case.workflows():
        if workflow.completed:
            continue
        waiting = [task for task in workflow.tasks.values() if _waits_at_a_gateway(task)]
        hopeless = _without_hope(workflow, waiting) if waiting else []
        if hopeless and not _may_be_closed(workflow):
            return hopeless[0]
    return None


def _waits_at_a_gateway(task: Any) -> bool:
    spec = task.task_spec
    return bool(
        task.state == TaskState.WAITING and isinstance(spec, UnstructuredJoin) and spec.bpmn_id is not None
    )


def _without_hope(workflow: Any, waiting: list[Any]) -> list[Any]:
    """Return the tasks at gateways that no living token can free, even by freeing another gateway first."""
    living = {task.task_spec.name for task in _living(workflow)}
    hopeless = list(waiting)
    freed = True
    while freed and hopeless:
        freed = False
        for task in list(hopeless):
            if _may_be_freed(task, living):
                hopeless.remove(task)
                living.add(task.task_spec.name)
                freed = True
    return hopeless


def _living(workflow: Any) -> Iterator[Any]:
    for task in workflow.tasks.values():
        begun = task.state == TaskState.FUTURE and task.parent.state == TaskState.COMPLETED
        if (task.has_state(LIVE) and not _waits_at_a_gateway(task)) or begun:
            yield task


def _may_be_freed(task: Any, living: Iterable[str]) -> bool:
    spec = task.task_spec
    came_from = {token.parent.task_spec.name for token in arrived(spec, task)}
    empty = [name for name in spec._inputs if name not in came_from]
    ways = [not upstream(spec, {name}).isdisjoint(living) for name in empty]
    return any(ways) if isinstance(spec, InclusiveGateway) else all(ways)


def _may_be_closed(workflow: Any) -> bool:
    """Say whether something may still end a process as a whole, from inside or from around it."""
    while True:
        stops = {spec.name for spec in workflow.spec.task_specs.values() if _stops_all(spec)}
        if any(
            not upstream(workflow.spec.task_specs[name], {name}).isdisjoint(_names(workflow))
            for name in stops
        ):
            return True
        owner = workflow.owner
        if owner is None:
            return False
        if any(event.task_spec.cancel_activity for event in attached_events(owner)):
            return True
        if getattr(owner.parent.task_spec, "condition", None):
            return True  # other instances may fill the completion condition first
        workflow = owner.workflow


def _stops_all(spec: Any) -> bool:
    return isinstance(getattr(spec, "event_definition", None), TerminateEventDefinition | Raised) and not (
        hasattr(spec, "cancel_activity")
    )


def _names(workflow: Any) -> set[str]:
    return {task.task_spec.name for task in _living(workflow)}
