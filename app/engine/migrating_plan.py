"""What a migration is told, and why it may not be: plain values (docs/adr/0028)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.engine.position import Position
from app.errors import Conflict

Place = tuple[str, str]
"""``(process, element)``, as drawn."""

MAPPABLE: Final = frozenset({"gone", "kind", "called", "branch", "join", "unsound", "target"})
"""What saying where a step goes on can settle."""


@dataclass(frozen=True)
class Plan:
    """How a case is carried to another release.

    ``mapping`` says where what is open at a place of the old release goes on in the new one: one place,
    several at once when the step was split between branches, none when its branch stops there. ``recompute``
    counts running deadlines anew from the entry; ``entered`` says when drawn timers were entered (wait id →
    instant), which a state does not keep.

    What a deadline waited does not count, and what somebody decided stays: ``pauses`` are the pauses of the
    process that are over (the instant at which it was taken up again, how long it was in suspense), ``held``
    how long a step's deadlines were stopped (task id), ``by_hand`` the steps and waits whose date was
    chosen by hand.
    """

    mapping: Mapping[Place, tuple[Place, ...]] = field(default_factory=dict)
    recompute: bool = False
    entered: Mapping[UUID, datetime] = field(default_factory=dict)
    pauses: tuple[tuple[datetime, timedelta], ...] = ()
    held: Mapping[UUID, timedelta] = field(default_factory=dict)
    by_hand: frozenset[UUID] = frozenset()

    def waited(self, wanted: UUID, since: datetime) -> timedelta:
        """Return how long what was entered at ``since`` stood still since then."""
        still = sum((pause for at, pause in self.pauses if at > since), timedelta())
        return still + self.held.get(wanted, timedelta())


@dataclass(frozen=True)
class Obstacle:
    """Why a case cannot be carried over: ``code``, and the place of the old release that it is about.

    ``gone``: what is open there no longer exists. ``kind``: it is something else now. ``called``: it calls
    another process now. ``join``, ``branch``: a branch waits at a gateway that is gone, or by an arrow that
    is. ``loop``, ``loop_order``, ``loop_item``, ``loop_results``: a repeated step that changed
    (``migrating_turns``). ``unsound``: the new diagram cannot stand so. ``target``: the
    place named cannot be reached from there. ``process``: the process itself is gone. ``many``: the diagram
    has too many positions to tell. ``fault``: a step cannot run; ``detail`` is its French cause. ``lacks``:
    what is still to come reads a name that nothing will have given (``detail``).
    """

    code: str
    process: str
    element: str
    name: str
    detail: str = ""

    @property
    def place(self) -> Place:
        """Where it is drawn in the old release."""
        return self.process, self.element

    @property
    def mappable(self) -> bool:
        """Whether saying where the step goes on can settle it."""
        return self.code in MAPPABLE


class MigrationRefused(Conflict):
    """A case cannot be carried to another release as things stand; nothing of it was changed."""

    sentence_template = "Ce parcours ne peut pas passer à cette version."

    def __init__(self, *obstacles: Obstacle) -> None:
        self.obstacles = tuple(dict.fromkeys(obstacles))
        super().__init__()


@dataclass(frozen=True)
class Note:
    """Something that the migration does to a case, or leaves as it was.

    ``kind``: ``goes_on`` (an open step goes on elsewhere), ``renamed``, ``lane``, ``form``, ``instructions``,
    ``due`` (``before`` and ``after`` tell the instants), ``due_kept`` (the new release gives another deadline
    that is not applied), ``entry_unknown``, ``date``, ``date_kept``, ``border_gone``, ``border_new``,
    ``event``, ``opens`` (a step that begins at once), ``ends`` (one given up), ``ahead`` (an added step still
    to come), ``past`` (an added step that lies behind), ``dropped`` (a step to come that is gone),
    ``empty`` (it will read as unanswered ``after``, which nothing gives it), ``promised`` and
    ``unpromised`` (a frequency that begins or ends), ``list_kept`` (a repeated step keeps the list it began
    with),
    ``finished`` (the process comes to its end at once).
    """

    kind: str
    process: str
    element: str
    name: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Migrated:
    """A case as it stands once carried over.

    ``renamed`` says under which element of the new release what was open goes on (old place → new).
    ``unchanged``: neither where it stands nor anything that may still come to it differs. ``ahead`` is
    where it stands and all that may still come; ``held`` the dotted names that its process data hold
    (``visite``, ``visite.issue``).
    """

    position: Position
    notes: tuple[Note, ...]
    renamed: Mapping[Place, Place]
    unchanged: bool
    ahead: frozenset[Place]
    held: frozenset[str] = frozenset()
