"""A running case carried to another release, where it stands (docs/adr/0028).

State, old programme, new programme and a plan in; a position, or the reasons why not, out. The state handed
in never changes. What stands keeps its id, so that drafts, links, dates and reminders stay attached to it; a
position that the new diagram could not have come to by itself is refused, as for a move by hand.
"""

from typing import Any
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from app.catalog import frequency
from app.engine import duties
from app.engine.advance import Advance, blaming, position_of
from app.engine.boundaries import EventGateway
from app.engine.case import Case, process_data
from app.engine.evaluation import Evaluator
from app.engine.events import DUE, due_instant
from app.engine.faults import StateFault, StepFault
from app.engine.markings import marking_of
from app.engine.migrating_base import Put
from app.engine.migrating_instants import counted, recount
from app.engine.migrating_notes import Told, noted
from app.engine.migrating_plan import Migrated, MigrationRefused, Obstacle, Plan
from app.engine.migrating_specs import positions, timers_of
from app.engine.migrating_tokens import Carrier
from app.engine.moments import DEADLINES
from app.engine.position import Hooks
from app.engine.programme import Programme
from app.engine.projection import ready_tasks, waiting
from app.engine.specs import LIVE, put
from app.engine.state import build, read_record, restore
from app.engine.values import clone


def migrate(old: Programme, new: Programme, state: bytes, plan: Plan, hooks: Hooks) -> Migrated:
    """Return where a case stands once carried from ``old`` to ``new``.

    Args:
        hooks: those of the new release; asked only for what begins, or is counted anew.

    Raises:
        MigrationRefused: with each thing in the way.
        StateFault: the state is no state of ``old``.
    """
    before = restore(old, state, Evaluator(None))
    carrier = Carrier(old, new, read_record(state), plan)
    carrier.run()
    if carrier.obstacles:
        raise MigrationRefused(*carrier.obstacles)
    try:
        advance = Advance(build(new, carrier.record(), Evaluator(hooks)))
        with blaming(advance):
            unknown = _Settling(advance, carrier, plan).settle()
            _refuse_unsound(advance.case, carrier)
            position = position_of(advance)
    except StepFault as fault:
        place = next(iter(carrier.stood.values()), ("", ""))
        raise MigrationRefused(
            Obstacle("fault", place[0], fault.element, fault.element_name, fault.cause)
        ) from fault
    except StateFault as fault:
        raise MigrationRefused(Obstacle("fault", "", "", "", fault.sentence)) from fault
    told = Told(before, advance.case, carrier, plan, position, unknown)
    notes, ahead = noted(told)
    return Migrated(position, notes.all, dict(carrier.renamed), notes.unchanged, ahead, _held(advance.case))


def _held(case: Case) -> frozenset[str]:
    """Return the names that the process data of a case hold, wherever one of its tokens stands."""
    found: set[str] = set()
    for workflow in case.workflows():
        for name, value in process_data(workflow).items() if not workflow.completed else ():
            found.add(name)
            if isinstance(value, dict):
                found |= {f"{name}.{field}" for field in value}
    return frozenset(found)


class _Settling:
    """Lets what stands begin what is new about it, puts what goes on elsewhere, runs to the next stop."""

    def __init__(self, advance: Advance, carrier: Carrier, plan: Plan) -> None:
        self.advance, self.case = advance, advance.case
        self.carrier, self.plan = carrier, plan
        self._known = {task.id for workflow in self.case.workflows() for task in workflow.tasks.values()}

    def settle(self) -> frozenset[UUID]:
        """Bring the case to its next stop; return the dates that could not be counted anew."""
        for activity, split, events in self.carrier.arms:
            self._arm(UUID(activity), UUID(split), events)
        for workflow in list(self.case.workflows()):
            for task in list(workflow.tasks.values()):
                self._begin(task)
        unknown = recount(self.case, self.plan) if self.plan.recompute else frozenset()
        for item in self.carrier.puts:
            self._put(item)
        for key in self.carrier.joins:
            token = self.case.find(UUID(key))
            if token is not None and token.state == TaskState.WAITING:
                self.advance.current = token
                token.task_spec._update(token)
        self.advance.run()
        self._give_back()
        return unknown

    def _arm(self, activity: UUID, split: UUID, events: tuple[str, ...]) -> None:
        """Let an activity be watched by events that its border has only now; their dates count from now."""
        holder, held = self.case.find(split), self.case.find(activity)
        for name in events:
            spec = held.workflow.spec.task_specs[name]
            event = holder._add_child(spec, TaskState.WAITING)
            event.data = clone(held.data)
            self.advance.current = event
            spec._predict(event, mask=TaskState.NOT_FINISHED_MASK)
            spec._update(event)

    def _begin(self, task: Any) -> None:
        """Let an open activity begin a frequency, or a race a date, that it has only now."""
        if not task.has_state(LIVE):
            return
        self.advance.current = task
        if isinstance(task.task_spec, EventGateway) and task.id in self._known:
            self._race(task)
        elif task.has_state(duties.UNDER_WAY) and not self._promised(task):
            duties.begin(task)

    def _promised(self, task: Any) -> bool:
        """Whether the old release had a frequency there: then what was promised on entry stays."""
        if not getattr(task.task_spec, "extensions", None):
            return True
        place = self.carrier.stood.get(task.id.hex)
        described = self.carrier.old.described.get(place[0], ()) if place is not None else ()
        found = next((item for item in described if place is not None and item.element == place[1]), None)
        return found is not None and frequency.read(found.properties) is not None

    def _race(self, task: Any) -> None:
        wanted = timers_of(task.task_spec)
        renamed = {old[1]: new[1] for old, new in self.carrier.renamed.items()}
        held = {renamed.get(name, name): due for name, due in task.internal_data.get(DUE, {}).items()}
        task.internal_data[DUE] = {
            name: held[name] if name in held else due_instant(definition, task)
            for name, definition in wanted.items()
        }

    def _put(self, item: Put) -> None:
        """Put a token, through the activities that lie around it."""
        holder = self.case if item.owner is None else self.case.subprocesses[UUID(item.owner)]
        anchor, case = holder.task_tree, self.case
        if not item.path:
            put(anchor, item.element, item.data)
            return
        case.detour = [*item.path, item.element]
        put(anchor, item.path[0], item.data)
        while len(case.detour) > 1:
            entering = next((task for task in self._fresh() if self._leads(task)), None)
            if entering is None:
                break
            self.advance.do(entering)
        case.detour = []

    def _fresh(self) -> list[Any]:
        return [
            task
            for workflow in (self.case, *self.case.subprocesses.values())
            for task in workflow.tasks.values()
            if task.id not in self._known and task.state == TaskState.READY
        ]

    def _leads(self, task: Any) -> bool:
        wanted = self.case.detour[0]
        return task.task_spec.name in (wanted, f"{wanted}.BoundaryEventSplit")

    def _give_back(self) -> None:
        """Give steps that go on elsewhere the id and the instants they had: what hangs on them stays."""
        for item in self.carrier.puts:
            if item.carried is None:
                continue
            key, internal = item.carried
            fresh = [t for t in ready_tasks(self.case) if t.id not in self._known]
            task = next((t for t in fresh if t.task_spec.bpmn_id == item.element), None)
            if task is None:
                continue
            _rename(task, key)
            self._known.add(key)
            kept: dict[str, Any] = {
                name: internal[name] for name in ("entered_at", *DEADLINES) if name in internal
            }
            if self.plan.recompute and key not in self.plan.by_hand:
                for name in DEADLINES:
                    task.internal_data.pop(name, None)
                kept = {"entered_at": internal["entered_at"]}
                kept.update(counted(task, key, internal["entered_at"], self.plan))
            elif not any(name in internal for name in DEADLINES):
                for name in DEADLINES:
                    task.internal_data.pop(name, None)
            task.internal_data.update(kept)


def _rename(task: Any, key: UUID) -> None:
    """Let a task that has just begun bear another id."""
    tasks, siblings = task.workflow.tasks, task.parent._children
    siblings[siblings.index(task.id)] = key
    del tasks[task.id]
    for child in task.children:
        child._parent = key
    task.id = key
    tasks[key] = task


def _refuse_unsound(case: Case, carrier: Carrier) -> None:
    """Refuse a position from which the new diagram could not go on as it says.

    Raises:
        MigrationRefused: naming what is open in the process that would be stranded.
    """
    found: list[Obstacle] = []
    if not case.completed and not ready_tasks(case) and next(waiting(case), None) is None:
        raise MigrationRefused(*_stranded(case, carrier, "unsound"))
    moved = {put.owner for put in carrier.puts}
    for workflow in case.workflows():
        owner = None if workflow is case else workflow.owner.id.hex
        if workflow.completed or (owner in carrier.same and owner not in moved):
            continue
        known = positions(workflow.spec)
        if known is not None and marking_of(workflow) in known:
            continue
        found += _stranded(workflow, carrier, "many" if known is None else "unsound")
    if found:
        raise MigrationRefused(*found)


def _stranded(workflow: Any, carrier: Carrier, code: str) -> list[Obstacle]:
    here = [carrier.stood.get(task.id.hex) for task in workflow.tasks.values() if task.has_state(LIVE)]
    here += [
        *(item.place for item in carrier.puts),
        *(key for key, way in carrier.plan.mapping.items() if not way),
    ]
    old = carrier.old
    places = dict.fromkeys(place for place in here if place is not None and not _beside(carrier, place))
    return [Obstacle(code, *place, old.element_name(place[1])) for place in places] or [
        Obstacle(code, workflow.spec.name, workflow.spec.name, workflow.spec.name)
    ]


def _beside(carrier: Carrier, place: tuple[str, str]) -> bool:
    described = carrier.old.described.get(place[0], ())
    return any(item.element == place[1] and item.attached_to for item in described)
