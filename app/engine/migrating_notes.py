"""What a migration does to a case, item by item: what people read before it is done, and after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from app.engine.case import Case
from app.engine.loops import ParallelInstances
from app.engine.mends import stands
from app.engine.migrating_plan import Note, Place, Plan
from app.engine.migrating_specs import ahead, holds, is_join, signature
from app.engine.migrating_tokens import Carrier
from app.engine.position import OpenTask, Position, Wait
from app.engine.projection import duties, open_tasks, waits
from app.engine.specs import LIVE, HumanTask

_DELAYS: Final = ("delai", "rappel", "escalade", "manquement")
_QUIET: Final = frozenset({"renamed", "past"})
"""Notes that change nothing for a case."""


@dataclass(frozen=True)
class Told:
    """A case before and after; ``unknown`` are the dates that could not be counted anew."""

    before: Case
    after: Case
    carrier: Carrier
    plan: Plan
    position: Position
    unknown: frozenset[UUID]


@dataclass(frozen=True)
class Notes:
    """The notes, and whether nothing changes for the case."""

    all: tuple[Note, ...]
    unchanged: bool


def noted(told: Told) -> tuple[Notes, frozenset[Place]]:
    """Return what there is to say, and every place of the new release that may still come."""
    old, new = told.carrier.old, told.carrier.new
    behind, coming = ahead(old, _starts(told.before)), ahead(new, _starts(told.after))
    notes = [*_steps(told), *_dates(told), *_ended(told), *_promises(told)]
    notes += [Note("list_kept", *place, new.element_name(place[1])) for place in told.carrier.listed]
    notes += [*_added(told, coming), *_dropped(told, behind)]
    same = behind == coming and all(
        signature(old.specs[owner].task_specs[name]) == signature(new.specs[owner].task_specs[name])
        for owner, name in coming
    )
    places = frozenset((new.process_of(owner), name) for owner, name in coming)
    return Notes(tuple(notes), same and all(note.kind in _QUIET for note in notes)), places


def _starts(case: Case) -> Iterator[tuple[Any, str, bool]]:
    """Yield where the tokens of a case stand, and whether what they hold inside is still to begin."""
    for workflow in case.workflows():
        if workflow.completed:
            continue
        for task in workflow.tasks.values():
            spec = task.task_spec
            if isinstance(spec, _EndJoin):
                continue
            if task.has_state(LIVE) or (is_join(spec) and stands(task)):
                fresh = isinstance(spec, LoopTask) and not isinstance(spec, ParallelInstances)
                yield workflow.spec, spec.name, fresh and not holds(spec)


def _place(task: OpenTask | Wait) -> Place:
    return task.process, task.element


def _steps(told: Told) -> Iterator[Note]:
    """Yield what becomes of the open steps."""
    known = {task.id: task for task in open_tasks(told.before)}
    now = {task.id: task for task in told.position.open_tasks}
    for key, task in now.items():
        if key in known:
            yield from _step(told, known[key], task)
        else:
            yield Note("opens", *_place(task), task.name)
    for key, task in known.items():
        if key not in now:
            yield Note("ends", *_place(task), task.name)
    if told.position.finished:
        process = told.after.spec.name
        yield Note("finished", process, process, told.carrier.new.names.get(process) or process)


def _step(told: Told, was: OpenTask, task: OpenTask) -> Iterator[Note]:
    place, lanes = _place(task), (was.lane or "", task.lane or "")
    if place != _place(was):
        yield Note("goes_on", *place, task.name, was.name, task.name)
    elif was.name != task.name:
        yield Note("renamed", *place, task.name, was.name, task.name)
    if lanes[0] != lanes[1]:
        yield Note("lane", *place, task.name, *lanes)
    if was.form != task.form:
        yield Note("form", *place, task.name, was.form or "", task.form or "")
    if was.instructions != task.instructions:
        yield Note("instructions", *place, task.name)
    yield from _due(told, was, task)


def _due(told: Told, was: OpenTask, task: OpenTask) -> Iterator[Note]:
    instants = [(one.due_at, one.remind_at, one.escalate_at, one.breach_at) for one in (was, task)]
    changed = any(was.properties.get(name) != task.properties.get(name) for name in _DELAYS)
    if instants[0] != instants[1]:
        yield Note("due", *_place(task), task.name, _told(was.due_at), _told(task.due_at))
    elif changed and told.plan.recompute and task.id in told.plan.by_hand:
        yield Note("by_hand", *_place(task), task.name, _told(was.due_at))
    elif changed:
        yield Note("due_kept", *_place(task), task.name, _told(was.due_at), _told(task.due_at))


def _told(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _dates(told: Told) -> Iterator[Note]:
    """Yield what becomes of the dates and events that are waited for."""
    known = {wait.id: wait for wait in waits(told.before)}
    for wait in told.position.waits:
        was = known.get(wait.id) or next((one for one in known.values() if _goes_on(told, one, wait)), None)
        name = told.carrier.new.element_name(wait.element)
        if was is None:
            if wait.kind == "timer" and _is_border(told, wait):
                yield Note("border_new", *_place(wait), name, "", _told(wait.due_at))
            continue
        if wait.kind != "timer":
            if was.name != wait.name:
                yield Note("event", *_place(wait), name, was.name or "", wait.name or "")
        else:
            yield from _date(told, was, wait, name)


def _date(told: Told, was: Wait, wait: Wait, name: str) -> Iterator[Note]:
    """Yield what becomes of one date that stays waited for."""
    dates = _told(was.due_at), _told(wait.due_at)
    other = _delay(told, was, old=True) != _delay(told, wait, old=False)
    if was.due_at != wait.due_at:
        yield Note("date", *_place(wait), name, *dates)
    elif wait.id in told.unknown:
        yield Note("entry_unknown", *_place(wait), name, *dates)
    elif other and not told.plan.recompute:
        yield Note("date_kept", *_place(wait), name, *dates)
    elif other and wait.id in told.plan.by_hand:
        yield Note("by_hand", *_place(wait), name, dates[0])


def _goes_on(told: Told, was: Wait, wait: Wait) -> bool:
    return told.carrier.renamed.get(_place(was)) == _place(wait) and was.scope == wait.scope


def _described(told: Told, wait: Wait, *, old: bool) -> Any:
    programme = told.carrier.old if old else told.carrier.new
    return next((one for one in programme.described[wait.process] if one.element == wait.element), None)


def _is_border(told: Told, wait: Wait) -> bool:
    found = _described(told, wait, old=False)
    return found is not None and found.attached_to is not None


def _delay(told: Told, wait: Wait, *, old: bool) -> str | None:
    found = _described(told, wait, old=old)
    delay: str | None = found.delays.get("timer") if found is not None else None
    return delay


def _promises(told: Told) -> Iterator[Note]:
    """Yield the frequencies that begin with the release, or end with it."""
    before = {duty.id: duty for duty in duties(told.before)}
    after = {duty.id: duty for duty in told.position.duties}
    known = {task.id for task in open_tasks(told.before)}
    for key, duty in after.items():
        if key not in before and key in known:
            yield Note("promised", duty.process, duty.element, duty.name)
    for key, duty in before.items():
        if key not in after:
            yield Note("unpromised", duty.process, duty.element, duty.name)


def _ended(told: Told) -> Iterator[Note]:
    for process, element, name in told.carrier.ended:
        yield Note("border_gone", process, element, name)


def _people(programme: Any, owners: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Yield the steps of people drawn in some specifications, by specification; no turn of a loop."""
    for owner in owners:
        spec = programme.specs.get(owner)
        for name, item in (spec.task_specs if spec is not None else {}).items():
            turn = spec.task_specs.get(f"{name} [child]", item)
            if isinstance(turn, HumanTask) and not name.endswith(" [child]"):
                yield owner, item


def _names(programme: Any, elements: Iterable[str]) -> set[str]:
    """Return what people call some steps: one that only got another id is the same step to them."""
    return {programme.element_name(element) for element in elements}


def _added(told: Told, coming: set[tuple[str, str]]) -> Iterator[Note]:
    """Yield the steps that the new release adds: still to come, or behind where the case stands."""
    old, new = told.carrier.old, told.carrier.new
    opened = {task.element for task in told.position.open_tasks}
    renamed = {place[1] for place in told.carrier.renamed.values()}
    main = told.after.spec
    owners = {owner for owner, _ in ahead(new, [(main, main.start.name, True)])}
    known = {item.bpmn_id for _, item in _people(old, old.specs)}
    gone = _names(old, known - {item.bpmn_id for _, item in _people(new, new.specs)})
    for owner, item in _people(new, sorted(owners)):
        if item.bpmn_id in known | opened | renamed or new.element_name(item.bpmn_id) in gone:
            continue
        kind = "ahead" if (owner, item.name) in coming else "past"
        yield Note(kind, new.process_of(owner), item.bpmn_id, new.element_name(item.bpmn_id))


def _dropped(told: Told, behind: set[tuple[str, str]]) -> Iterator[Note]:
    """Yield the steps that were still to come and are gone."""
    old, new = told.carrier.old, told.carrier.new
    here = {place[1] for place in told.carrier.stood.values()}
    known = {item.bpmn_id for _, item in _people(new, new.specs)}
    added = _names(new, known - {item.bpmn_id for _, item in _people(old, old.specs)})
    for owner, item in _people(old, sorted({owner for owner, _ in behind})):
        same = old.element_name(item.bpmn_id) in added
        if (owner, item.name) in behind and item.bpmn_id not in known | here and not same:
            yield Note("dropped", old.process_of(owner), item.bpmn_id, old.element_name(item.bpmn_id))
