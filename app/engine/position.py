"""What goes in and comes out of the engine room: plain values, no engine type, no database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from app.catalog.frequency import Frequency

WaitKind = Literal["timer", "message", "signal"]


class Hooks(Protocol):
    """What the engine asks of its caller during an advance. Everything is asked at most when needed."""

    now: datetime
    """The present instant, aware."""

    def functions(self, at: datetime | None = None) -> Mapping[str, Callable[..., object]]:
        """Return the designer functions, counting from ``at`` (``now`` when absent)."""
        ...

    def names(self, element: str, scope: str | None) -> Mapping[str, object]:
        """Return answers, facts and settings readable by timers, deadlines, decisions and verbs."""
        ...

    def decide(
        self, decision: str, element: str, scope: str | None, names: Mapping[str, object]
    ) -> Mapping[str, object] | Sequence[Mapping[str, object]]:
        """Evaluate a decision table and return its outputs."""
        ...

    def call(
        self,
        operation: str,
        element: str,
        scope: str | None,
        parameters: Mapping[str, object],
        names: Mapping[str, object],
    ) -> object:
        """Run a verb; what it returns is stored under the task's ``resultVariable``."""
        ...


@dataclass(frozen=True)
class OpenTask:
    """A step that a person can do now.

    ``scope`` is the value of the nearest multi-instance item. Deadlines are aware instants,
    exclusive: a task due on a day is due at the midnight that ends it, in Paris.
    """

    id: UUID
    element: str
    process: str
    name: str
    lane: str | None
    form: str | None
    instructions: str | None
    properties: Mapping[str, str]
    scope: str | None
    entered_at: datetime
    due_at: datetime | None
    remind_at: datetime | None
    escalate_at: datetime | None
    variables: Mapping[str, object]
    breach_at: datetime | None = None


@dataclass(frozen=True)
class OpenDuty:
    """A frequency that an activity under way has to keep (AST-6); ``id`` is the engine's own task.

    ``minimum`` and ``within`` were evaluated when the activity was entered; ``rule`` holds the other texts.
    """

    id: UUID
    element: str
    process: str
    name: str
    lane: str | None
    scope: str | None
    entered_at: datetime
    minimum: int
    within: int
    rule: Frequency


@dataclass(frozen=True)
class Wait:
    """Something the process waits for: hand its id to ``wake`` (timer) or ``catch`` (message, signal)."""

    id: UUID
    element: str
    process: str
    kind: WaitKind
    name: str | None
    due_at: datetime | None
    scope: str | None


@dataclass(frozen=True)
class SentEvent:
    """A message or a signal thrown during this advance, for the caller to deliver."""

    kind: Literal["message", "signal"]
    name: str
    payload: Mapping[str, object]


@dataclass(frozen=True)
class Step:
    """An element completed during this advance and the sequence flows taken out of it."""

    element: str
    process: str
    at: datetime
    scope: str | None = None
    flows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Position:
    """Where a process instance stands after an advance.

    ``depth`` is the depth of the engine's task tree: it stays small because finished history leaves
    the state; the caller may watch it.
    """

    state: bytes
    open_tasks: tuple[OpenTask, ...]
    waits: tuple[Wait, ...]
    sent: tuple[SentEvent, ...]
    steps: tuple[Step, ...]
    finished: bool
    depth: int
    duties: tuple[OpenDuty, ...] = ()


@dataclass(frozen=True)
class Outgoing:
    """A sequence flow out of an element: its label, its condition and where it leads."""

    flow: str
    label: str | None
    condition: str | None
    default: bool
    target: str


@dataclass(frozen=True)
class Described:
    """One element of a diagram, for the list that stands beside it.

    ``kind`` is the BPMN tag (``userTask``, ``boundaryEvent``…), ``event`` what it waits for or throws
    (``timer``, ``message``…), ``delays`` the texts of ``delai``, ``rappel``, ``escalade``,
    ``manquement`` and ``timer``, and a ``frequence`` already in words.
    """

    element: str
    kind: str
    name: str
    lane: str | None
    lane_name: str | None
    form: str | None
    event: str | None
    event_name: str | None
    attached_to: str | None
    interrupting: bool
    called: str | None
    within: str | None
    multiple: bool
    documentation: str | None
    delays: Mapping[str, str] = field(default_factory=dict)
    outgoing: tuple[Outgoing, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def next(self) -> tuple[str, ...]:
        """Ids of the elements that come next."""
        return tuple(flow.target for flow in self.outgoing)
