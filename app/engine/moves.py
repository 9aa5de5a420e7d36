"""A token moved by hand: to another step, back to an earlier one, past one, or with its facts corrected.

Every function takes a state and gives a ``Position``; the state handed in never changes. What a move may do
is in ``targets``: only positions that the diagram could have reached by itself (docs/adr/0014).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

from app.engine.advance import Advance, answer, deliver, moved
from app.engine.case import Case, cancel
from app.engine.data import STAMPS, merge, write
from app.engine.evaluation import Evaluator, scope_of
from app.engine.faults import MoveRefused, NotReady
from app.engine.position import Hooks, Position
from app.engine.programme import Programme
from app.engine.projection import ready_tasks, waiting
from app.engine.specs import LIVE, HumanTask, put
from app.engine.standing import stand
from app.engine.state import restore
from app.engine.targets import Target, targets_of, token_of
from app.engine.values import clone

_SHOWN: Final = 12
"""How many possible targets a refusal names."""


def move(programme: Programme, state: bytes, wanted: UUID, target: str, hooks: Hooks) -> Position:
    """Take a token from an open step (or a wait) to another element, and run to the next stop.

    What it leaves is over: the events on its border, the sub-processes gone out of with all that is open
    in them. Nothing of it is answered.

    Args:
        wanted: the id of an open task or of a wait.
        target: the key of a ``Target``, or the id of an element when it is the only one of that id.

    Raises:
        NotReady: nothing waits under this id.
        MoveRefused: the process could not go on from there as its diagram says.
        StepFault: the step reached cannot run; ``state`` is as it was.
    """

    def act(advance: Advance) -> None:
        token = token_of(advance.case, wanted)
        advance.current = token
        _carry(advance, token, _chosen(list(targets_of(advance.case, token)), target))

    return moved(programme, state, hooks, act)


def repeat(
    programme: Programme, state: bytes, target: str, hooks: Hooks, wanted: UUID | None = None
) -> Position:
    """Go back to a step from which an open one came.

    Args:
        target: the key of a ``Target`` or the id of an element.
        wanted: the open step that goes back; None when only one can.

    Raises:
        NotReady: nothing waits under this id.
        MoveRefused: no open step came through there, or several did.
        StepFault: the step reached cannot run; ``state`` is as it was.
    """

    def act(advance: Advance) -> None:
        token, chosen = _come_through(advance.case, target, wanted)
        advance.current = token
        _carry(advance, token, chosen)

    return moved(programme, state, hooks, act)


def _come_through(case: Case, target: str, wanted: UUID | None) -> tuple[Any, Target]:
    if wanted is not None:
        token = token_of(case, wanted)
        earlier = [item for item in targets_of(case, token) if item.before]
        return token, _chosen(earlier, target)
    found = []
    for token in _tokens(case):
        named = [item for item in targets_of(case, token) if item.before and _names(item, target)]
        found += [(token, item) for item in named[:1]]
    if len(found) == 1:
        return found[0]
    if found:
        raise MoveRefused(cause="Plusieurs étapes ouvertes en viennent : choisissez celle qui doit revenir.")
    raise MoveRefused(cause="Aucune étape ouverte n'est passée par là : il n'y a rien à y faire revenir.")


def _tokens(case: Case) -> Iterable[Any]:
    """Yield the tokens that may be moved: open steps and waits that are on nobody's border."""
    found = {id(task): task for task in (*ready_tasks(case), *(item[0] for item in waiting(case)))}
    for task in found.values():
        try:
            yield token_of(case, task.id)
        except (MoveRefused, NotReady):
            continue


def _names(item: Target, target: str) -> bool:
    return target in (item.key, item.element)


def _chosen(possible: list[Target], target: str) -> Target:
    found = [item for item in possible if _names(item, target)]
    if found:
        return found[0]
    names = list(dict.fromkeys(item.name for item in possible))
    if not names:
        raise MoveRefused(
            cause="Cette étape ne peut être déplacée nulle part : ce qui avance à côté d'elle, ou la fin de "
            "sa branche, l'attend. Passez-la, ou terminez d'abord les étapes voisines."
        )
    shown = ", ".join(f"« {name} »" for name in names[:_SHOWN])
    raise MoveRefused(
        cause="Le parcours ne pourrait pas se poursuivre normalement depuis cette étape-là : d'autres "
        f"branches l'attendraient, ou elle serait faite deux fois. D'ici, on peut aller à : {shown}."
    )


def _carry(advance: Advance, token: Any, target: Target) -> None:
    """Let a token leave where it is and stand at its target, with what has been said so far."""
    leaving, data = token, clone(token.data)
    for _ in range(target.up):
        inner = leaving.workflow
        leaving = inner.owner
        for task in (task for task in inner.tasks.values() if task.has_state(LIVE)):
            merge(data, task.data)
        merge(data, leaving.data)
    anchor = _leave(leaving)
    if target.path:
        advance.case.detour = [*target.path, target.element]
    put(anchor, target.path[0] if target.path else target.element, data)


def _leave(task: Any) -> Any:
    """Cancel a token, all inside it and the events on its border; return where its successor hangs."""
    parent = task.parent
    cancel(task)
    if not isinstance(parent.task_spec, BoundaryEventSplit):
        return parent
    for event in parent.children:
        if isinstance(event.task_spec, BoundaryEvent) and event.state == TaskState.WAITING:
            cancel(event)
    return parent.parent


def skip(
    programme: Programme, state: bytes, wanted: UUID, outcomes: Mapping[str, object], hooks: Hooks
) -> Position:
    """Leave an open step without its answers, or a wait without its event, and run to the next stop.

    Args:
        wanted: the id of an open task, or of a wait that is on no border.
        outcomes: declared outcome (``visite.issue``) → value; one left out becomes None.

    Raises:
        NotReady: nothing waits under this id.
        MoveRefused: an event on a border has nothing to be skipped.
        StepFault: what follows cannot do without the outcomes left out; ``state`` is as it was.
    """

    def act(advance: Advance) -> None:
        if any(task.id == wanted for task in ready_tasks(advance.case)):
            answer(advance, wanted, outcomes)
            return
        held = token_of(advance.case, wanted)
        payload: dict[str, object] | None = None if _is_a_timer(advance.case, wanted) else {}
        advance.current = held
        deliver(advance, wanted, ("timer", "message", "signal"), payload)

    return moved(programme, state, hooks, act)


def _is_a_timer(case: Case, wanted: UUID) -> bool:
    return any(wait_id == wanted and event.kind == "timer" for _, _, event, wait_id in waiting(case))


def correct(
    programme: Programme, state: bytes, outcomes: Mapping[str, object], scope: str | None = None
) -> Position:
    """Write outcomes anew wherever the answer that gave them is still read; nothing is decided again.

    Args:
        outcomes: declared outcome → its right value. One that the process has never known is left out.
        scope: the branch in which it was answered, None for the process as a whole.

    Raises:
        UnfitValue: a value that process data cannot hold.
    """
    case = restore(programme, state, Evaluator(None))
    for path, value in outcomes.items():
        held = [task for task in _holders(case) if _knows(task, path)]
        theirs = {_stamp(task, path) for task in held if scope_of(task) == scope}
        for task in held:
            if _stamp(task, path) in theirs:
                write(task, path, value)
    return stand(case)


def _holders(case: Case) -> list[Any]:
    """Return the tasks whose data are still to be read."""
    return [
        task
        for workflow in case.workflows()
        if not workflow.completed
        for task in workflow.tasks.values()
        if task.has_state(LIVE) or (task.has_state(TaskState.FINISHED_MASK) and task.data)
    ]


def _knows(task: Any, path: str) -> bool:
    root, _, field = path.partition(".")
    held = task.data.get(root)
    return field in held if field and isinstance(held, dict) else not field and root in task.data


def _stamp(task: Any, path: str) -> int:
    stamps: dict[str, int] = task.data.get(STAMPS, {})
    return max(stamps.get(path, 0), stamps.get(path.partition(".")[0], 0))


def outcomes_of(programme: Programme, process: str, element: str) -> tuple[str, ...]:
    """Return the outcomes that a user task of a process declares, as dotted names."""
    for spec in programme.specs.values():
        if programme.process_of(spec.name) != process:
            continue
        task = spec.task_specs.get(f"{element} [child]", spec.task_specs.get(element))
        if isinstance(task, HumanTask):
            return programme.outcomes(task)
    return ()
