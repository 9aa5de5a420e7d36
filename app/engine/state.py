"""The stored state: tasks and data only, no specification, nothing predicted.

JSON, compressed with zstandard. Tasks stand in tree order, so that parents come before their children
and the same position always gives the same bytes.
"""

import json
from typing import Any
from uuid import UUID

import zstandard
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.case import Case, preorder
from app.engine.evaluation import Evaluator
from app.engine.faults import StateFault
from app.engine.values import pack, unpack

FORMAT = 1
MAX_STATE = 64_000_000
"""Bytes of an uncompressed state, beyond which it is refused: a real one has some thousands."""

_KEPT = TaskState.FINISHED_MASK | TaskState.WAITING | TaskState.READY | TaskState.STARTED


def save(case: Case) -> bytes:
    """Return the state of a pruned case that stands still."""
    main, *inner = case.workflows()
    record = {
        "format": FORMAT,
        "process": case.spec.name,
        "writes": case.writes,
        "main": _dump(main),
        "inner": [{"of": workflow.owner.id.hex, **_dump(workflow)} for workflow in inner],
    }
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return zstandard.ZstdCompressor(level=3).compress(text.encode())


def _dump(workflow: Any) -> dict[str, Any]:
    places: dict[UUID, int] = {}
    rows: list[list[Any]] = []
    for task in preorder(workflow):
        if not task.has_state(_KEPT):
            continue
        places[task.id] = len(rows)
        rows.append(
            [
                task.id.hex,
                places.get(task._parent, -1),
                task.task_spec.name,
                task.state,
                int(task.triggered),
                pack(task.internal_data),
                pack(task.data),
            ]
        )
    return {"done": workflow.completed, "tasks": rows}


def restore(programme: Any, state: bytes, evaluator: Evaluator) -> Case:
    """Return the case whose state is ``state``, with what may come predicted again.

    Raises:
        StateFault: the bytes are no state, or name elements that the programme does not have.
    """
    return build(programme, read_record(state), evaluator)


def build(programme: Any, record: dict[str, Any], evaluator: Evaluator) -> Case:
    """Return the case that a state's record tells, with what may come predicted again.

    Raises:
        StateFault: it names elements that the programme does not have.
    """
    try:
        case = Case(programme.specs[record["process"]], programme, evaluator, deserializing=True)
        case.writes = record["writes"]
        _load(case, record["main"])
        for inner in record["inner"]:
            owner = case.find(UUID(inner["of"]))
            workflow = BpmnSubWorkflow(
                programme.specs[owner.task_spec.spec], owner.id, case, deserializing=True
            )
            workflow.owner = owner
            case.subprocesses[owner.id] = workflow
            workflow.completed_event.connect(owner.task_spec._on_subworkflow_completed, owner)
            _load(workflow, inner)
    except (KeyError, AttributeError, ValueError, TypeError, IndexError) as error:
        raise StateFault(cause=f"un élément n'y est plus ({error}).") from error
    for workflow in case.workflows():
        _predict(workflow)
    return case


def read_record(state: bytes) -> dict[str, Any]:
    """Return what a state holds, as it was written.

    Raises:
        StateFault: the bytes are no state.
    """
    try:
        text = zstandard.ZstdDecompressor().decompress(state, max_output_size=MAX_STATE)
        record: dict[str, Any] = json.loads(text)
    except (zstandard.ZstdError, ValueError) as error:
        raise StateFault(cause="il est illisible.") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise StateFault(cause="son format est inconnu.")
    return record


def _load(workflow: Any, record: dict[str, Any]) -> None:
    tasks: list[Any] = []
    for hexed, parent, spec_name, state, triggered, internal, data in record["tasks"]:
        task = Task(
            workflow,
            workflow.spec.task_specs[spec_name],
            tasks[parent] if parent >= 0 else None,
            state,
            UUID(hexed),
        )
        task.triggered = bool(triggered)
        task.internal_data = unpack(internal)
        task.data = unpack(data)
        tasks.append(task)
    workflow.task_tree = tasks[0]
    workflow.completed = record["done"]


def _predict(workflow: Any) -> None:
    for task in list(workflow.tasks.values()):
        if task.has_state(TaskState.WAITING | TaskState.READY | TaskState.STARTED):
            task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
