"""One step, one transaction: read, run the engine on a copy, check versions, store it all or nothing.

Whoever may open the process may take its step; within it, everybody's cases count (a quota, a duplicate),
whatever the person's own perimeter. A conflict is tried once more. When the engine or a verb fails, nothing
is stored but an incident that holds the command, so that the step can be replayed once the cause is mended.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import lazyload

from app import clock, logs, perimeter, tenancy
from app.database import db, end_read, transaction
from app.decisions import DecisionFault, Evaluation
from app.engine import NotReady, Position, Programme, StateFault, StepFault
from app.errors import Conflict, DesignFault, NotFound, ProcessSuspended
from app.expressions import designer_functions
from app.handlers import Context, dispatch
from app.handlers.effects import Effect
from app.models import Case, ProcessInstance, Territory
from app.services import incidents, positions, releases, views
from app.services.releases import LoadedRelease

_log = logging.getLogger(__name__)

Act = Callable[[Programme, bytes, "StepHooks"], Position]


@dataclass(frozen=True)
class DecisionTaken:
    """One evaluation of a table during a step, to be kept with its rule."""

    evaluation: Evaluation
    name: str
    element: str


@dataclass
class StepHooks:
    """What the engine asks for during an advance: the clock, names, decisions and verbs.

    Collects the effects and the decisions; nothing is written here.
    """

    process: ProcessInstance
    release: LoadedRelease
    territory: Territory
    now: datetime
    pending: views.Pending | None = None
    effects: list[Effect] = field(default_factory=list)
    decisions: list[DecisionTaken] = field(default_factory=list)
    _views: dict[str | None, views.Names] = field(default_factory=dict)

    @cached_property
    def _functions(self) -> Mapping[str, Callable[..., object]]:
        return designer_functions(self.now, releases.closing_days(self.territory))

    def functions(self, at: datetime | None = None) -> Mapping[str, Callable[..., object]]:
        """Return the designer's functions for this territory, counting from ``at`` or from now."""
        if at is None or at == self.now:
            return self._functions
        return designer_functions(at, releases.closing_days(self.territory))

    def names(self, element: str, scope: str | None) -> Mapping[str, object]:  # noqa: ARG002
        """Return the passing view for one branch."""
        if scope not in self._views:
            self._views[scope] = views.Names(self.process, self.release, scope, self.pending, self.effects)
        return self._views[scope]

    def decide(
        self, decision: str, element: str, scope: str | None, names: Mapping[str, object]
    ) -> Mapping[str, object] | list[dict[str, object]]:
        """Evaluate a table of this release and remember which rule matched.

        Raises:
            DecisionFault: unknown table, no rule or several.
        """
        del scope
        table = self.release.decisions.get(decision)
        if table is None:
            raise DecisionFault(decision, "cette table n'existe pas dans cette version du dispositif.")
        evaluation = table.evaluate(names, self.functions())
        self.decisions.append(DecisionTaken(evaluation, table.name, element))
        return evaluation.outputs

    def call(
        self,
        operation: str,
        element: str,
        scope: str | None,
        parameters: Mapping[str, object],
        names: Mapping[str, object],
    ) -> object:
        """Run a verb; keep its effects for the transaction."""
        result = dispatch(
            operation,
            parameters,
            Context(
                territory_id=self.territory.id,
                territory_name=self.territory.name,
                live=self.territory.live,
                bundle=self.release.bundle,
                process_id=self.process.id,
                case_id=self.process.case_id,
                element=element,
                scope=scope,
                now=self.now,
                names=names,
                earlier=tuple(self.effects),
            ),
        )
        self.effects.extend(result.effects)
        return result.output


@dataclass(frozen=True)
class Command:
    """What is being done, by ids, so that it can be replayed: ``kind`` and the ids it needs."""

    kind: str
    ids: Mapping[str, str]
    element: str = ""


def advance(
    process_id: UUID,
    act: Act,
    *,
    command: Command,
    store: Callable[[ProcessInstance, Position], None],
    pending: views.Pending | None = None,
    on_fault: Callable[[], None] | None = None,
) -> Position:
    """Move a process to its next stop.

    Args:
        act: calls the engine with the programme, the state read and the hooks.
        store: writes what belongs to this command, inside the transaction, before the position.
        pending: the answers of this step, visible to decisions and verbs before they are stored.
        on_fault: writes what must survive a fault (a draft), inside the incident's transaction.

    Raises:
        NotFound: no such process in the territory.
        Conflict: someone else moved the process, twice in a row; or the step is no longer waiting.
        DesignFault: the step cannot run; nothing was stored but the incident.
    """
    _pass_the_door(process_id)
    for last_try in (False, True):
        if last_try:
            end_read()  # what was read before the first try is older than the conflict
        try:
            told = {"process_id": process_id, "step": command.kind, **_ids(command)}
            with perimeter.lifted("step"), logs.about(**told):
                return _advance_once(process_id, act, command, store, pending)
        except NotReady as gone:
            if last_try:
                raise Conflict from gone
        except (StepFault, StateFault) as fault:
            raise _told(fault, process_id, command, on_fault) from fault
        except Conflict:
            if last_try:
                raise
    raise Conflict


def _pass_the_door(process_id: UUID) -> None:
    """Refuse a process out of the person's perimeter; behind this door, everybody's cases count."""
    if perimeter.narrowed() and db.session.get(ProcessInstance, process_id) is None:
        raise NotFound


def _ids(command: Command) -> dict[str, str]:
    """Return the ids of a command that a line of the log may carry."""
    return {name: value for name, value in command.ids.items() if name in logs.FIELDS}


@perimeter.lifted("step")
def _told(
    fault: StepFault | StateFault, process_id: UUID, command: Command, also: Callable[[], None] | None
) -> DesignFault:
    """Keep a fault as an incident that replays the command; return what the person is told."""
    end_read()
    if isinstance(fault, StateFault):
        element, name, cause = command.element, "", fault.sentence
    else:
        element, name, cause = fault.element, fault.element_name, fault.cause
    incidents.record(
        process_id=process_id, element=element, element_name=name, cause=cause, command=command, also=also
    )
    return DesignFault(element=name or element or "étape suivante", cause=cause)


def _advance_once(
    process_id: UUID,
    act: Act,
    command: Command,
    store: Callable[[ProcessInstance, Position], None],
    pending: views.Pending | None,
) -> Position:
    process = db.session.get(ProcessInstance, process_id)
    if process is None:
        raise NotFound
    if process.status == "suspended":
        raise ProcessSuspended
    if process.status != "running":
        raise Conflict
    version, state = process.version, process.state
    release = releases.of(process.release_id)
    hooks = StepHooks(
        process=process,
        release=release,
        territory=db.session.get_one(Territory, tenancy.current_id()),
        now=clock.now(),
        pending=pending,
    )
    position = act(release.programme, state, hooks)
    with transaction() as session:
        found = session.execute(_held(process_id, version)).one_or_none()
        if found is None:
            raise Conflict
        row, _case = found  # held here: the session forgets a row nobody holds, and would read it again
        row.version = version + 1
        with session.no_autoflush:  # what is looked up is not what is written: one flush for all
            store(row, position)
            before = positions.known(row)
            if before.incidents:
                incidents.resolve(process_id, command)
        positions.record(row, position, hooks.effects, hooks.decisions, release, before=before)
        case_id = row.case_id
    with logs.about(case_id=case_id, element=command.element or None):
        _log.info("step stored")
    return position


def _held(process_id: UUID, version: int) -> Select[ProcessInstance, Case]:
    """Return what locks a process that still has this version, and reads its case beside it.

    The household and the dwelling stay out: most steps do not touch them.
    """
    return (
        select(ProcessInstance, Case)
        .outerjoin(Case, Case.id == ProcessInstance.case_id)
        .where(ProcessInstance.id == process_id, ProcessInstance.version == version)
        .where(ProcessInstance.status == "running")
        .options(lazyload(Case.household), lazyload(Case.dwelling))
        .with_for_update(key_share=True, of=ProcessInstance)
    )
