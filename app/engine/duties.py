"""Frequencies: an activity that stays remembers when it was entered and how much its rule asks for."""

from typing import Any, Final

from SpiffWorkflow.util.task import TaskState

from app.catalog import frequency
from app.catalog.frequency import Frequency
from app.engine.evaluation import fault
from app.expressions import ExpressionError
from app.expressions.windows import length_of

DUTY: Final = "duty"
"""Key of what an activity remembers of its duty, in the engine's own data of its task."""
UNDER_WAY: Final = TaskState.READY | TaskState.STARTED


def rule_of(task: Any) -> Frequency | None:
    """Return the frequency that the diagram sets on an activity."""
    return frequency.read(task.task_spec.extensions.get("properties", {}))


def begin(task: Any) -> None:
    """Remember the duty of an activity that is entered; a minimum of zero asks for nothing.

    Raises:
        StepFault: a number of the rule cannot be evaluated.
    """
    rule = rule_of(task)
    if rule is None or DUTY in task.internal_data:
        return
    minimum = _number(task, rule.minimum, frequency.MINIMUM)
    within = _number(task, rule.within, frequency.WITHIN) if rule.within else 0
    try:
        length_of(rule.window)
    except ExpressionError as error:
        raise fault(task, str(error)) from error
    if minimum or within:
        entered = task.workflow.script_engine.now
        task.internal_data[DUTY] = {"entered_at": entered, "minimum": minimum, "within": within}


def _number(task: Any, text: str, name: str) -> int:
    value = task.workflow.script_engine.widely(task, text)
    try:
        return frequency.number(value, name)
    except ExpressionError as error:
        raise fault(task, str(error)) from error
