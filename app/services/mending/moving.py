"""A step moved, repeated or passed by hand: the engine runs on to its next stop, as after an answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import select

from app import engine
from app.database import db
from app.engine import MoveRefused, NotReady, Position, StepFault, Target
from app.handlers import effects
from app.models import Case, Incident, Orientation, ProcessInstance, Task
from app.services import incidents, positions, releases, starting
from app.services.actors import Actor
from app.services.mending.record import Asked, Kept, MendRefused, apply, look
from app.services.releases import LoadedRelease
from app.services.steps import StepHooks

T = TypeVar("T")
Act = Callable[[engine.Programme, bytes, StepHooks], Position]

LEAVES: Final[Mapping[type, str]] = {
    effects.QueueMessage: "un message partira",
    effects.MakeDocument: "un document sera produit",
    effects.SendOrientation: "une demande partira chez un partenaire",
    effects.FollowOrientation: "l'état d'une demande à un partenaire changera",
    effects.SendEvent: "une décision sera transmise à d'autres parcours",
    effects.StartProcess: "un autre parcours commencera",
    effects.CloseCase: "le dossier sera clos",
}
"""What a mend sets going besides moving the process; people read it before they confirm."""


@dataclass(frozen=True)
class Foreseen:
    """What a mend would do, in words: shown before it is done; nothing of it has happened."""

    opened: Sequence[str]
    left: Sequence[str]
    sets_going: Sequence[str]
    finished: bool


def targets(process_id: UUID, wanted: UUID) -> list[Target]:
    """Return where an open step, or what waits under this id, may be moved, the nearest first.

    Raises:
        NotFound: no such process in the territory.
        MendRefused: it may not be moved; the sentence says why.
        Conflict: it is no longer open.
    """
    process = db.session.get(ProcessInstance, process_id)
    if process is None or not process.state:
        return []
    programme = releases.of(process.release_id).programme
    return guarded(lambda: engine.possible_targets(programme, process.state, wanted))


def guarded(act: Callable[[], T]) -> T:
    """Run the engine; turn its refusals into sentences for whoever mends. No incident: nothing was due.

    Raises:
        MendRefused: with the reason.
    """
    try:
        return act()
    except MoveRefused as refused:
        raise MendRefused(cause=refused.sentence) from refused
    except NotReady as gone:
        raise MendRefused(cause=gone.sentence) from gone
    except StepFault as fault:
        raise MendRefused(
            cause=f"{fault.sentence} Rien n'a été changé : choisissez une autre étape, "
            "ou indiquez ce qui manque."
        ) from fault


def move(
    process_id: UUID, wanted: UUID, target: str, *, reason: str, by: Actor, expected: int | None = None
) -> UUID:
    """Take an open step to another one; what it leaves is abandoned unanswered; return the mend's id.

    Args:
        wanted: the id of an open task or of a wait.
        target: the key of one of ``targets``, or an element's id.

    Raises:
        MendRefused: the process could not go on from there; the sentence names where it may go.
        Forbidden, Invalid, NotFound, Conflict: as every mend (``record.look``).
    """
    asked = Asked("move", process_id, by, reason, expected)
    return carry_out(asked, moving(wanted, target), element=_element(wanted), target=element_in(target))


def moving(wanted: UUID, target: str) -> Act:
    """Return the engine's part of a move."""
    return lambda programme, state, hooks: engine.move(programme, state, wanted, target, hooks)


def repeat(
    process_id: UUID,
    target: str,
    *,
    reason: str,
    by: Actor,
    wanted: UUID | None = None,
    expected: int | None = None,
) -> UUID:
    """Go back to a step already done on the way of an open one; return the mend's id.

    Its earlier answers stay; its new ones will replace them.

    Args:
        target: the key of one of ``targets``, or an element's id.
        wanted: the open step that goes back; None when only one can.

    Raises:
        MendRefused: no open step came through there, or several did.
        Forbidden, Invalid, NotFound, Conflict: as every mend (``record.look``).
    """
    asked = Asked("repeat", process_id, by, reason, expected)
    element = _element(wanted) if wanted else None
    return carry_out(asked, repeating(target, wanted), element=element, target=element_in(target))


def repeating(target: str, wanted: UUID | None) -> Act:
    """Return the engine's part of a repetition."""
    return lambda programme, state, hooks: engine.repeat(programme, state, target, hooks, wanted)


def skip(
    process_id: UUID,
    wanted: UUID,
    outcomes: Mapping[str, object],
    *,
    reason: str,
    by: Actor,
    expected: int | None = None,
) -> UUID:
    """Leave an open step without its answers; return the mend's id.

    Args:
        wanted: the id of an open task, or of a wait.
        outcomes: what the diagram reads of the step (``visite.issue``) → value; the others become empty.

    Raises:
        MendRefused: what follows cannot be decided without an outcome; the sentence says which gateway.
        Forbidden, Invalid, NotFound, Conflict: as every mend (``record.look``).
    """
    asked = Asked("skip", process_id, by, reason, expected)
    return carry_out(asked, skipping(wanted, outcomes), element=_element(wanted))


def skipping(wanted: UUID, outcomes: Mapping[str, object]) -> Act:
    """Return the engine's part of passing a step."""
    return lambda programme, state, hooks: engine.skip(programme, state, wanted, outcomes, hooks)


def foresee(process_id: UUID, act: Act) -> Foreseen:
    """Return what a mend would do, without doing it.

    Raises:
        MendRefused: it cannot be done; the sentence says why.
    """
    process = db.session.get_one(ProcessInstance, process_id)
    release = releases.of(process.release_id)
    hooks = starting.hooks_for(process, release)
    position = guarded(lambda: act(release.programme, process.state, hooks))
    open_now = {task.id: task.name for task in position.open_tasks}
    rows = db.session.execute(
        select(Task.id, Task.name).where(Task.process_id == process_id, Task.status == "open")
    ).all()
    known = {row.id for row in rows}
    done = dict.fromkeys(LEAVES[type(effect)] for effect in hooks.effects if type(effect) in LEAVES)
    return Foreseen(
        opened=[name for task_id, name in open_now.items() if task_id not in known],
        left=[row.name for row in rows if row.id not in open_now],
        sets_going=list(done),
        finished=position.finished,
    )


def carry_out(asked: Asked, act: Act, *, element: str | None = None, target: str | None = None) -> UUID:
    """Run the engine for a mend and store where it comes to; return the mend's id."""
    seen = look(asked)
    release = releases.of(seen.process.release_id)
    hooks = starting.hooks_for(seen.process, release)
    position = guarded(lambda: act(release.programme, seen.state, hooks))

    def store(process: ProcessInstance) -> Kept:
        kept = Kept(element, target, seen.state, snapshot(process))
        store_position(process, position, hooks, release)
        return kept

    return apply(asked, seen, store)


def store_position(
    process: ProcessInstance, position: Position, hooks: StepHooks, release: LoadedRelease
) -> None:
    """Store where a mend has come to; incidents of what is no longer open are settled."""
    before = positions.known(process)
    positions.record(process, position, hooks.effects, hooks.decisions, release, before=before)
    still = {str(task.id) for task in position.open_tasks} | {str(wait.id) for wait in position.waits}
    settle_incidents(process.id, still)


def settle_incidents(process_id: UUID, still: set[str]) -> None:
    """Settle the incidents of steps and timers that are open no more (``still`` are the open ones)."""
    rows = db.session.scalars(
        select(Incident).where(Incident.process_id == process_id, Incident.status == "open")
    )
    for row in rows:
        held = row.command.get("task_id") or row.command.get("timer_id")
        if held is not None and held not in still:
            incidents.settle(row)


def snapshot(process: ProcessInstance) -> dict[str, Any]:
    """Return what undoing needs besides the state: counts, the case's status, that of its orientations."""
    case = db.session.get(Case, process.case_id) if process.case_id else None
    asked = select(Orientation.id, Orientation.status).where(Orientation.process_id == process.id)
    return {
        "status": process.status,
        "done": dict(process.done_elements),
        "flows": dict(process.done_flows),
        "case": case.status if case else None,
        "orientations": {str(row.id): row.status for row in db.session.execute(asked)},
    }


def element_in(target: str) -> str:
    """Return the element that a target's key names."""
    return target.rpartition("/")[2]


def _element(wanted: UUID) -> str | None:
    found: str | None = db.session.scalar(select(Task.element).where(Task.id == wanted))
    return found
