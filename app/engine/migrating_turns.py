"""A repeated step that is open in a case: what of its repetition may change, and what it keeps."""

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from app.engine.data import STAMPS
from app.engine.loops import ParallelInstances, SequentialInstances
from app.engine.migrating_rows import Row
from app.engine.migrating_specs import family
from app.engine.specs import CallActivity
from app.engine.values import pack, unpack

_INSTANCES = (ParallelInstances, SequentialInstances)


def unfit(item: Any, found: Any, row: Row | None) -> str | None:
    """Say why a repeated step cannot go on as another element; None when what is open of it can.

    The list, the number and the condition that ends it may change: the items are fixed on entry, what is
    open keeps its own. ``loop_order``: all at once has become one after the other, or the reverse.
    ``loop_item``: what is open inside a called process or a sub-process knows its item by another name, or
    by none. ``loop_results``: repetitions already done kept no result, or the results that they kept would
    not be given any more. ``loop``: anything else.
    """
    if isinstance(item, _INSTANCES) and isinstance(found, _INSTANCES) and family(item) != family(found):
        return "loop_order"
    if not isinstance(found, LoopTask) or family(item) != family(found):
        return "loop"
    turn, other = (spec._wf_spec.task_specs[spec.task_spec] for spec in (item, found))
    called = isinstance(turn, CallActivity) and turn.spec != getattr(other, "spec", None)
    if family(turn) != family(other) or called:
        return "loop"
    before, after = input_name(item), input_name(found)
    if before != after and (before is None or after is None or family(turn) != "step"):
        return "loop_item"
    given = [getattr(spec, "output_item", None) is not None for spec in (item, found)]
    done = (unpack(row.internal) or {}).get("done", 0) if row is not None else 0
    return "loop_results" if done and given[0] != given[1] else None


def input_name(spec: Any) -> str | None:
    """Return the name under which each repetition knows its item."""
    found = getattr(spec, "input_item", None)
    return found.bpmn_id if found is not None else None


def other_list(item: Any, found: Any) -> bool:
    """Say whether what gives the items, or their number, is no longer the same."""
    return _source(item) != _source(found)


def _source(spec: Any) -> tuple[str | None, str | None]:
    given = getattr(spec, "data_input", None)
    return (given.bpmn_id if given is not None else None), getattr(spec, "cardinality", None)


def rename_item(turn: Row, before: str | None, after: str | None) -> None:
    """Let an open repetition know its item by its new name."""
    data = unpack(turn.data)
    if before is None or after is None or before == after or before not in data:
        return
    data[after] = data.pop(before)
    stamps = data.get(STAMPS, {})
    if before in stamps:
        stamps[after] = stamps.pop(before)
    turn.data = pack(data)
