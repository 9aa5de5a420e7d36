"""One advance: restore a copy, move it to its next stop, save it. The state handed in never changes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from app import ids
from app.engine.boundaries import EventGateway
from app.engine.case import Case, preorder
from app.engine.data import write
from app.engine.evaluation import Evaluator, fault, scope_of
from app.engine.events import FIRED, PAYLOAD
from app.engine.faults import NotReady, StateFault, StepFault
from app.engine.position import Hooks, Position, Step
from app.engine.programme import Programme
from app.engine.projection import depth_of, duties, open_tasks, ready_tasks, waiting, waits
from app.engine.pruning import prune
from app.engine.stalls import refuse_stalls
from app.engine.state import restore, save
from app.engine.values import UnfitValue, admit
from app.errors import Conflict, RelaisError

MAX_STEPS = 2000
"""Automatic steps in one advance: beyond, a loop of the diagram never stops."""

DEEP = 700
"""Depth of the task tree from which a case is watched: branches left open pile up in it."""

MAX_DEPTH = 900
"""Depth beyond which a case stops: the engine no longer sees tasks deeper than 1000."""

PRUNE_EVERY = 100
"""Automatic steps after which finished history is cut, so that a long advance stays fast."""


class Advance:
    """The steps of one advance and what to blame when one fails."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.steps: list[Step] = []
        self.current: Any = case.task_tree

    def run(self) -> None:
        """Run every automatic step until people, timers or messages are waited for."""
        count = 0
        while ready := self._ready():
            for task in ready:
                if task.state != TaskState.READY or task.workflow.completed:
                    continue
                count += 1
                if count > MAX_STEPS:
                    raise fault(
                        task,
                        f"plus de {MAX_STEPS} étapes automatiques d'affilée : une boucle ne s'arrête pas",
                    )
                self.do(task)
                if count % PRUNE_EVERY == 0:
                    prune(self.case)

    def _ready(self) -> list[Any]:
        """Return the automatic tasks to run: the deepest sub-process first, in tree order.

        Usually there is one at most, and no need to walk the trees.
        """
        found = [
            task
            for workflow in (self.case, *self.case.subprocesses.values())
            if not workflow.completed
            for task in workflow.tasks.values()
            if task._state == TaskState.READY and not task.task_spec.manual
        ]
        if len(found) < 2:
            return found
        wanted = {id(task) for task in found}
        return [task for workflow in self.case.living() for task in preorder(workflow) if id(task) in wanted]

    def do(self, task: Any) -> None:
        """Complete one task and remember what was done."""
        self.current = task
        task.run()
        spec = task.task_spec
        if spec.bpmn_id is None or isinstance(spec, LoopTask) or task.state != TaskState.COMPLETED:
            self._note_loop(task)
            return
        self.steps.append(
            Step(
                spec.bpmn_id,
                self.case.programme.process_of(task.workflow.spec.name),
                self.case.script_engine.now,
                scope_of(task),
                self._flows(task),
            )
        )

    def _note_loop(self, task: Any) -> None:
        """The turns of a loop are steps; the loop itself only adds the flow it leaves by."""
        flows = self._flows(task)
        if flows and isinstance(task.task_spec, LoopTask):
            spec = task.task_spec
            process = self.case.programme.process_of(task.workflow.spec.name)
            for index in range(len(self.steps) - 1, -1, -1):
                step = self.steps[index]
                if step.element == spec.bpmn_id and step.process == process:
                    self.steps[index] = Step(step.element, process, step.at, step.scope, flows)
                    return

    def _flows(self, task: Any) -> tuple[str, ...]:
        named = self.case.programme.flows.get((task.workflow.spec.name, task.task_spec.name), {})
        taken = [named.get(child.task_spec.name) for child in task.children]
        return tuple(flow for flow in taken if flow is not None)


@contextmanager
def blaming(advance: Advance) -> Iterator[None]:
    """Turn whatever a step raises into the fault of its element; conflicts pass."""
    try:
        yield
    except (StepFault, Conflict, StateFault):
        raise
    except RelaisError as error:
        raise fault(advance.current, error.sentence) from error
    except UnfitValue as error:
        raise fault(advance.current, str(error)) from error
    except SpiffWorkflowException as error:
        raise fault(advance.current, f"le moteur a refusé cette étape ({error})") from error
    except RecursionError as error:
        raise fault(advance.current, "le diagramme s'imbrique ou boucle trop profondément") from error
    except Exception as error:  # the guard of one step: whatever a verb raises becomes an incident
        cause = f"une erreur imprévue est survenue ({type(error).__name__})"
        raise fault(advance.current, cause) from error


def position_of(advance: Advance) -> Position:
    """Return where an advance has come to, its finished history cut out.

    Raises:
        StepFault: nothing could ever move it again, or it has grown too deep.
    """
    case = advance.case
    prune(case)
    people = open_tasks(case)
    refuse_stalls(case, advance.current, idle=not people and next(waiting(case), None) is None)
    depth = depth_of(case)
    if depth > MAX_DEPTH:
        raise fault(
            advance.current,
            f"ce parcours garde plus de {MAX_DEPTH} niveaux d'étapes ouvertes les unes derrière les autres. "
            "Terminez les étapes restées ouvertes et reprenez celle-ci ; sinon renouvelez le dossier : "
            "clôturez-le et ouvrez-en un nouveau, qui le continue",
        )
    return Position(
        state=save(case),
        open_tasks=people,
        waits=waits(case),
        sent=tuple(case.sent),
        steps=tuple(advance.steps),
        finished=case.completed,
        depth=depth,
        duties=duties(case),
    )


def moved(programme: Programme, state: bytes, hooks: Hooks, move: Callable[[Advance], None]) -> Position:
    """Restore a copy, let ``move`` act on it, run to the next stop; return where it stands.

    Raises:
        StepFault: a step on the way cannot run.
    """
    advance = Advance(restore(programme, state, Evaluator(hooks)))
    with blaming(advance):
        move(advance)
        advance.run()
        return position_of(advance)


def start(
    programme: Programme,
    process_id: str,
    data: Mapping[str, object],
    hooks: Hooks,
    *,
    instance_id: UUID | None = None,
) -> Position:
    """Start an instance of ``process_id`` with ``data`` and run it to its first stop.

    ``instance_id`` becomes the id of its first task, else one is drawn.

    Raises:
        StepFault: a step on the way cannot run.
        KeyError: the programme has no such process.
    """
    spec = programme.specs[programme.known(process_id)]
    with ids.first_is(instance_id):
        case = Case(spec, programme, Evaluator(hooks))
    advance = Advance(case)
    with blaming(advance):
        for name, value in data.items():
            write(case.task_tree, name, value)
        advance.run()
        return position_of(advance)


def complete(
    programme: Programme, state: bytes, task_id: UUID, answers: Mapping[str, object], hooks: Hooks
) -> Position:
    """Answer a person's step and run to the next stop.

    Of ``answers`` (the form's fields, or grouped by form) only the outcomes declared in the property
    ``resultats`` enter process data; a declared outcome without an answer becomes None.

    Raises:
        NotReady: the step is not open any more.
        StepFault: a step further on cannot run; ``state`` is as it was.
    """

    return moved(programme, state, hooks, lambda advance: answer(advance, task_id, answers))


def answer(advance: Advance, task_id: UUID, answers: Mapping[str, object]) -> None:
    """Write the declared outcomes of a person's step and complete it."""
    task = next((task for task in ready_tasks(advance.case) if task.id == task_id), None)
    if task is None:
        raise NotReady
    advance.current = task
    for path in advance.case.programme.outcomes(task.task_spec):
        write(task, path, _answer(answers, path))
    advance.do(task)


def _answer(answers: Mapping[str, object], path: str) -> object:
    root, _, field = path.partition(".")
    group = answers.get(root)
    if not field:
        return group
    if isinstance(group, Mapping) and field in group:
        return group[field]
    return answers.get(path, answers.get(field))


def wake(programme: Programme, state: bytes, timer_id: UUID, hooks: Hooks) -> Position:
    """Fire that timer, and only that one, whatever the hour.

    Raises:
        NotReady: nothing waits for it any more.
        StepFault: a step further on cannot run; ``state`` is as it was.
    """
    return moved(programme, state, hooks, lambda advance: deliver(advance, timer_id, ("timer",), None))


def catch(
    programme: Programme, state: bytes, wait_id: UUID, payload: Mapping[str, object], hooks: Hooks
) -> Position:
    """Deliver a message or a signal to one of the waits of a position.

    Raises:
        NotReady: nothing waits for it any more.
        StepFault: a step further on cannot run; ``state`` is as it was.
    """
    return moved(
        programme,
        state,
        hooks,
        lambda advance: deliver(advance, wait_id, ("message", "signal"), payload),
    )


def deliver(
    advance: Advance, wait_id: UUID, kinds: tuple[str, ...], payload: Mapping[str, object] | None
) -> None:
    """Let a waiting event happen, with what it brings."""
    found = next((item for item in waiting(advance.case) if item[3] == wait_id), None)
    if found is None or found[2].kind not in kinds:
        raise NotReady
    task, name = found[:2]
    advance.current = task
    kept = None if payload is None else admit(payload)
    spec = task.task_spec
    if isinstance(spec, EventGateway):
        spec.choose(task, name, kept)
    else:
        task.internal_data.update({FIRED: True, PAYLOAD: kept})
        spec._update(task)
