"""The only evaluator given to SpiffWorkflow: ``app.expressions`` behind the engine's own door."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NoReturn

from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment, PythonScriptEngine

from app.engine.data import STAMPS, Layered, visible
from app.engine.faults import StepFault
from app.engine.position import Hooks
from app.expressions import ExpressionError, check, evaluate

SETTINGS = "reglages"
"""The one name of the passing view that conditions may read besides process data (look: territoire.toml)."""


def fault(task: Any, cause: str) -> StepFault:
    """Return the fault of a task's element."""
    spec = task.task_spec
    element = spec.bpmn_id or spec.name
    name = spec.bpmn_name or task.workflow.top_workflow.programme.element_name(element)
    ended = cause if cause.endswith((".", "!", "?")) else f"{cause}."
    return StepFault(element=element, element_name=name, cause=ended)


def scope_of(task: Any) -> str | None:
    """Return the value of the nearest multi-instance item around ``task``."""
    here = task
    while here is not None:
        scope = here.internal_data.get("scope")
        if scope is not None:
            return str(scope)
        here = here.workflow.owner
    return None


def _reads_names(expression: str) -> bool:
    try:
        return bool(check(expression.strip()))
    except ExpressionError:
        return True  # evaluating it will say what is wrong


class _NoPython(BasePythonScriptEngineEnvironment):
    """Refuses what SpiffWorkflow would hand to Python's own evaluation."""

    def evaluate(
        self, expression: str, context: Any, external_context: Any = None
    ) -> NoReturn:  # pragma: no cover - no path leads here
        raise NotImplementedError("expressions are evaluated by app.expressions only")

    def execute(self, script: str, context: Any, external_context: Any = None) -> NoReturn:
        raise NotImplementedError("scripts are refused when a diagram is compiled")

    def call_service(self, context: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError("service tasks call hooks.call")


class Evaluator(PythonScriptEngine):
    """Evaluates the expressions of one advance. ``hooks`` is None when nothing may run (reading)."""

    def __init__(self, hooks: Hooks | None) -> None:
        super().__init__(_NoPython())
        self._hooks = hooks

    @property
    def hooks(self) -> Hooks:
        """The caller's hooks.

        Raises:
            RuntimeError: a read tried to run something.
        """
        if self._hooks is None:
            raise RuntimeError("a position that is only read runs nothing")
        return self._hooks

    @property
    def now(self) -> datetime:
        """The instant of this advance, aware."""
        return self.hooks.now

    def names(self, task: Any) -> Mapping[str, Any]:
        """Return the passing view at ``task``: process data over answers, facts and settings."""
        spec = task.task_spec
        return Layered(visible(task.data), self.hooks.names(spec.bpmn_id or spec.name, scope_of(task)))

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:  # noqa: ARG002
        """Evaluate a condition or a collection over process data and the territory's settings."""
        return self.on(task, expression, task.data)

    def over(
        self,
        task: Any,
        expression: str,
        names: Mapping[str, object],
        functions: Mapping[str, Callable[..., object]] | None = None,
    ) -> Any:
        """Evaluate over ``names``.

        Raises:
            StepFault: naming the task's element and why, in French.
        """
        if functions is None:
            functions = self.hooks.functions()
        try:
            return evaluate((expression or "").strip(), names, functions)
        except ExpressionError as error:
            raise fault(task, str(error)) from error

    def widely(self, task: Any, expression: str, at: datetime | None = None) -> Any:
        """Evaluate over the passing view, which is asked for only when the text reads a name.

        Functions count from ``at``, else from now. For timers, deadlines and payloads.
        """
        names = self.names(task) if _reads_names(expression) else {}
        return self.over(task, expression, names, self.hooks.functions(at) if at else None)

    def on(self, task: Any, expression: str, data: Mapping[str, Any]) -> Any:
        """Evaluate a condition over other process data than the task's own."""
        names = {key: value for key, value in data.items() if key != STAMPS}
        if SETTINGS not in names and SETTINGS in (expression or ""):
            spec = task.task_spec
            settings = self.hooks.names(spec.bpmn_id or spec.name, scope_of(task)).get(SETTINGS)
            if settings is not None:
                names[SETTINGS] = settings
        return self.over(task, expression, names)

    def execute(self, task: Any, script: str, external_context: Any = None) -> NoReturn:  # noqa: ARG002
        """Refuse: scripts have no place in a diagram."""
        raise fault(task, "les scripts ne sont pas acceptés dans un diagramme")

    def call_service(self, task: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002
        """Refuse: service tasks go through ``hooks.call``."""
        raise fault(task, "cette étape automatique n'a pas d'opération")
