"""A position that is only read, or saved without a token having moved."""

from SpiffWorkflow.util.task import TaskState

from app.engine.case import Case
from app.engine.evaluation import Evaluator
from app.engine.position import Position
from app.engine.programme import Programme
from app.engine.projection import depth_of, duties, open_tasks, waits
from app.engine.pruning import prune
from app.engine.state import restore, save


def read(programme: Programme, state: bytes) -> Position:
    """Return the position stored in ``state`` without moving it.

    Raises:
        StateFault: the state is no state of this programme.
    """
    return _still(restore(programme, state, Evaluator(None)), state)


def under_way(programme: Programme, state: bytes) -> frozenset[str]:
    """Return the processes that are under way in ``state``: the main one and those it has called.

    Raises:
        StateFault: the state is no state of this programme.
    """
    case = restore(programme, state, Evaluator(None))
    return frozenset(
        programme.process_of(workflow.spec.name)
        for workflow in case.workflows()
        if not workflow.completed
        and (workflow.owner is None or not workflow.owner.has_state(TaskState.FINISHED_MASK))
    )


def stand(case: Case) -> Position:
    """Save a case whose tokens have not moved (an instant or a value has changed); return its position."""
    prune(case)
    return _still(case, save(case))


def _still(case: Case, state: bytes) -> Position:
    return Position(
        state=state,
        open_tasks=open_tasks(case),
        waits=waits(case),
        sent=(),
        steps=(),
        finished=case.completed,
        depth=depth_of(case),
        duties=duties(case),
    )
