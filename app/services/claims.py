"""Whose task it is: taken, given back, handed over, entrusted by a supervisor, one or many at once.

Who may move a task: its holder, whoever replaces the holder today, anybody of the lane when nobody holds it,
and who may act in Supervision (any task of the territory). Whoever receives it must be able to answer it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import delete, select

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound, RelaisError, TaskAlreadyDone
from app.models import Task, TaskVisit, User
from app.services import arrivals, delegations, journal, perimeter, releases, teams
from app.services.actors import Actor
from app.services.tasks import find

MOST_AT_ONCE: Final = 200
"""Tasks that one bulk action may touch (more than two pages of a list)."""
NOTE_LENGTH: Final = 1_000

Seen = UUID | None | Literal["any"]
"""Who held the task on the page of whoever moves it; ``any``: they did not look."""


class HeldByAnother(Conflict):
    """Somebody else took the task first."""

    sentence_template = (
        "{name} vient de prendre cette tâche. Rechargez la page ; pour la faire à sa place, "
        "demandez-lui de vous la transmettre."
    )


class MovedMeanwhile(Conflict):
    """The task changed hands since the page was read."""

    sentence_template = (
        "Cette tâche a changé de mains entre-temps : {now}. Rechargez la page avant de la confier."
    )


class NotYours(Forbidden):
    """Somebody else holds the task: only they, their replacement or a supervisor move it."""

    sentence_template = (
        "Cette tâche est prise par {name}. Demandez-lui de la rendre, ou adressez-vous à la personne "
        "qui supervise."
    )


class CannotReceive(Invalid):
    """The person chosen may not answer this task."""

    sentence_template = (
        "{name} ne peut pas recevoir « {task} » : cette étape revient à l'équipe « {lane} ». "
        "Choisissez une personne de cette équipe."
    )


class CaseOfOthers(CannotReceive):
    """The person chosen is limited to their structure, and the case is not entrusted to it."""

    sentence_template = (
        "{name} ne peut pas recevoir « {task} » : le dossier n'est pas confié à sa structure. "
        "Choisissez quelqu'un qui voit ce dossier, ou confiez d'abord le dossier à sa structure."
    )


class TooManyAtOnce(Invalid):
    """More tasks than one bulk action touches."""

    sentence_template = "Choisissez au plus {most} tâches à la fois."


@dataclass(frozen=True)
class Refused:
    """A task that a bulk action left as it was, and the sentence that says why."""

    task_id: UUID
    name: str
    reason: str


@dataclass(frozen=True)
class Report:
    """What a bulk action did."""

    done: Sequence[UUID]
    refused: Sequence[Refused]


def claim(task_id: UUID, actor: Actor) -> None:
    """Take a task of one's lane, or that of somebody one replaces; taking one's own changes nothing.

    Raises:
        HeldByAnother: somebody else holds it.
    """
    find(task_id, actor, to_write=True)
    with transaction():
        task = _locked(task_id)
        held_by = task.claimed_by
        if held_by == actor.user_id:
            return
        if held_by is not None and held_by not in _replaced_by(actor):
            raise HeldByAnother(name=_name(held_by))
        _move(task, actor.user_id, "tache.prise", actor)


def hold(task: Task, actor: Actor, refusal: type[Conflict]) -> None:
    """Take a locked task that nobody holds, inside a transaction; one's own stays.

    Raises:
        Conflict: ``refusal``, with the name of whoever holds it.
    """
    if task.claimed_by is None:
        _move(task, actor.user_id, "tache.prise", actor)
    elif task.claimed_by != actor.user_id:
        raise refusal(name=_name(task.claimed_by))


def release(task_id: UUID, actor: Actor) -> None:
    """Give a task back to the team; one that nobody holds stays as it is.

    Raises:
        HeldByAnother: somebody else holds it.
    """
    find(task_id, actor, to_write=True)
    with transaction():
        task = _locked(task_id)
        held_by = task.claimed_by
        if held_by is not None and held_by != actor.user_id and held_by not in _replaced_by(actor):
            raise HeldByAnother(name=_name(held_by))
        if held_by is not None:
            _move(task, None, "tache.rendue", actor)


def hand_over(task_id: UUID, to_user: UUID, note: str, actor: Actor, *, seen: Seen = "any") -> None:
    """Give a task to a colleague of its lane, with a word that its page will show.

    Raises:
        NotFound: no such task here.
        Forbidden: neither the holder, nor of the lane of a task that nobody holds, nor a supervisor.
        TaskAlreadyDone: it is no longer open.
        MovedMeanwhile: it changed hands since ``seen``.
        CannotReceive: the colleague may not answer it.
        Invalid: the note is too long.
    """
    text = note.strip()
    if len(text) > NOTE_LENGTH:
        raise Invalid({"mot": [f"Écrivez au plus {NOTE_LENGTH} caractères."]})
    with transaction():
        _give(_locked(task_id), to_user, actor, seen, note=text)


def assign(task_id: UUID, to_user: UUID | None, actor: Actor, *, seen: Seen = "any") -> None:
    """Entrust a task to somebody, or give it back to its team (None); to its holder, nothing changes.

    Raises:
        NotFound, Forbidden, TaskAlreadyDone, MovedMeanwhile, CannotReceive: as ``hand_over``.
    """
    with transaction():
        _give(_locked(task_id), to_user, actor, seen)


def assign_many(
    task_ids: Sequence[UUID], to_user: UUID | None, actor: Actor, *, seen: Mapping[UUID, Seen] | None = None
) -> Report:
    """Entrust several tasks at once; each that cannot be is left as it was and told with the reason.

    Raises:
        TooManyAtOnce: more than ``MOST_AT_ONCE``.
    """
    wanted = list(dict.fromkeys(task_ids))
    if len(wanted) > MOST_AT_ONCE:
        raise TooManyAtOnce({"tache": [TooManyAtOnce.sentence_template]}, most=MOST_AT_ONCE)
    done: list[UUID] = []
    refused: list[Refused] = []
    with transaction() as session:
        query = select(Task).where(Task.id.in_(wanted)).order_by(Task.id).with_for_update()
        rows = {row.id: row for row in session.scalars(query)}
        for task_id in wanted:
            task = rows.get(task_id)
            try:
                _give(task, to_user, actor, (seen or {}).get(task_id, "any"))
            except RelaisError as refusal:
                known = task is not None and _may_know(task, actor)
                refused.append(Refused(task_id, task.name if task and known else "?", refusal.sentence))
            else:
                done.append(task_id)
    return Report(done, refused)


def _give(task: Task | None, to_user: UUID | None, actor: Actor, seen: Seen, *, note: str = "") -> None:
    if task is None:
        raise NotFound
    _may_move(task, actor)
    if task.status != "open":
        raise TaskAlreadyDone
    if task.claimed_by == to_user:
        if note:
            task.note = _written(note, actor)
        return
    if seen not in ("any", task.claimed_by):
        now = f"{_name(task.claimed_by)} s'en occupe" if task.claimed_by else "elle est rendue à l'équipe"
        raise MovedMeanwhile(now=now)
    if to_user is not None:
        _may_receive(task, to_user)
    _move(task, to_user, "tache.confiee" if to_user else "tache.rendue", actor, note=note)


def _may_know(task: Task, actor: Actor) -> bool:
    return task.lane in actor.lanes or actor.rights.may("supervision.agir")


def _may_move(task: Task, actor: Actor) -> None:
    if actor.kind == "system" or actor.rights.may("supervision.agir"):
        return
    if task.lane not in actor.lanes or actor.branch is not None:
        raise Forbidden
    if task.claimed_by not in (None, actor.user_id) and task.claimed_by not in _replaced_by(actor):
        raise NotYours(name=_name(task.claimed_by))


def _may_receive(task: Task, to_user: UUID) -> None:
    person = teams.colleague(to_user)
    if person is not None and task.lane in person.lanes:
        if perimeter.who_sees([to_user], task.case_id):
            return
        told = {"name": person.name, "task": task.name}
        raise CaseOfOthers({"a": [CaseOfOthers.sentence_template.format_map(told)]}, **told)
    lane = releases.current().settings.lanes.get(task.lane)
    facts = {
        "name": person.name if person else "Cette personne",
        "task": task.name,
        "lane": lane.label if lane else task.lane,
    }
    raise CannotReceive({"a": [CannotReceive.sentence_template.format_map(facts)]}, **facts)


def _move(task: Task, to_user: UUID | None, action: str, actor: Actor, *, note: str = "") -> None:
    """Change whose task it is; what its former holder had noted for themselves goes.

    The receiver has not read it yet, even when they had before.
    """
    before, task.claimed_by = task.claimed_by, to_user
    task.follow_up_on, task.set_aside = None, False
    if action != "tache.prise":
        task.note = _written(note, actor) if note else None
    if to_user is not None and to_user != actor.user_id:
        unread = delete(TaskVisit).where(TaskVisit.task_id == task.id, TaskVisit.user_id == to_user)
        db.session.execute(unread.execution_options(synchronize_session=False))
        arrivals.entrusted(task, to_user, clock.now().isoformat())
    told = {"de": before, "a": to_user if action == "tache.confiee" else None}
    journal.write(
        action,
        actor=actor.name,
        user_id=actor.user_id,
        case_id=task.case_id,
        process_id=task.process_id,
        subject=str(task.id),
        details={name: str(who) for name, who in told.items() if who not in (None, actor.user_id)},
    )


def _written(note: str, actor: Actor) -> dict[str, str]:
    return {"text": note, "by": actor.name, "at": clock.now().isoformat()}


def _locked(task_id: UUID) -> Task:
    task = db.session.scalar(select(Task).where(Task.id == task_id).with_for_update())
    if task is None:
        raise NotFound
    return task


def _replaced_by(actor: Actor) -> frozenset[UUID]:
    if actor.user_id is None:
        return frozenset()
    return delegations.standing_in_for(actor.user_id, clock.today())


def _name(user_id: UUID | None) -> str:
    return (teams.names([user_id]).get(user_id) if user_id else None) or "une autre personne"


def holder_name(task: Task) -> str | None:
    """Return the name of whoever holds the task."""
    return db.session.scalar(select(User.name).where(User.id == task.claimed_by)) if task.claimed_by else None
