"""What a supervisor does to tasks from the list, one or many: entrust, move a deadline, remind, suspend.

Each task is a transaction of its own: what is refused is told with the reason, the rest is done.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound, RelaisError, TaskAlreadyDone
from app.models import JournalLine, Task
from app.services import claims, journal, mail, mending, releases
from app.services.actors import Actor

REMINDED: Final = "tache.relancee"
"""Journal word of a reminder that a person asked for."""
MOST: Final = claims.MOST_AT_ONCE
_DAY: Final = timedelta(days=1)


class RemindedToday(Conflict):
    """One reminder a day and task is enough."""

    sentence_template = "Déjà relancée aujourd'hui : attendez demain, ou appelez."


class NoReminder(Conflict):
    """The territory's settings name no message for reminders."""

    sentence_template = (
        "Ce territoire n'a pas de message de rappel. Nommez-le dans territoire.toml ([messages] rappel)."
    )


class NothingChosen(Invalid):
    """No task, or more than one action touches."""

    sentence_template = "Cochez au moins une tâche, et au plus {most}."


@dataclass(frozen=True)
class Refusal:
    """A task left as it was, by its name and its case, and the sentence that says why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What was done to how many tasks, and what was refused."""

    done: int
    refused: Sequence[Refusal]


def entrust(task_ids: Sequence[UUID], to_user: UUID | None, actor: Actor) -> Outcome:
    """Give tasks to somebody, or back to their teams (None).

    Raises:
        Forbidden: the role may not act.
        NothingChosen: no task, or too many.
    """
    return _each(task_ids, actor, lambda task_id: claims.assign(task_id, to_user, actor))


def postpone(task_ids: Sequence[UUID], last_day: date, reason: str, actor: Actor) -> Outcome:
    """Make tasks due on a day, that day included.

    Raises:
        Forbidden, NothingChosen: as ``entrust``.
    """
    day = last_day + _DAY
    moment = datetime(day.year, day.month, day.day, tzinfo=clock.PARIS)
    return _each(
        task_ids, actor, lambda task_id: mending.change_due(task_id, moment, reason=reason, by=actor)
    )


def remind(task_ids: Sequence[UUID], actor: Actor) -> Outcome:
    """Send now the reminder of tasks to whoever should do them, once a day at most.

    Raises:
        Forbidden, NothingChosen: as ``entrust``.
    """
    return _each(task_ids, actor, lambda task_id: _remind(task_id, actor))


def suspend(task_ids: Sequence[UUID], reason: str, actor: Actor) -> Outcome:
    """Put the processes of tasks in suspense; several tasks of one process suspend it once.

    Raises:
        Forbidden, NothingChosen: as ``entrust``.
    """
    done: set[UUID] = set()

    def stop(task_id: UUID) -> None:
        task = db.session.scalar(select(Task).where(Task.id == task_id))
        if task is None:
            raise NotFound
        process_id = task.process_id
        if process_id not in done:
            mending.suspend(process_id, reason=reason, by=actor)
            done.add(process_id)

    return _each(task_ids, actor, stop)


def _each(task_ids: Sequence[UUID], actor: Actor, act: Callable[[UUID], object]) -> Outcome:
    if not actor.rights.may("supervision.agir"):
        raise Forbidden
    wanted = list(dict.fromkeys(task_ids))
    if not 0 < len(wanted) <= MOST:
        raise NothingChosen({"tache": [NothingChosen.sentence_template.format(most=MOST)]}, most=MOST)
    refused = []
    for task_id in wanted:
        try:
            act(task_id)
        except RelaisError as refusal:
            refused.append(Refusal(_name(task_id), _sentence(refusal)))
    return Outcome(len(wanted) - len(refused), refused)


def _sentence(refusal: RelaisError) -> str:
    """Return why: the sentences of the fields when it is about them."""
    if isinstance(refusal, Invalid) and refusal.problems:
        return " ".join(sentence for several in refusal.problems.values() for sentence in several)
    return refusal.sentence


def _name(task_id: UUID) -> str:
    task = db.session.scalar(select(Task).where(Task.id == task_id))
    if task is None:
        return "Tâche inconnue"
    return f"{task.name} ({task.case.reference})" if task.case is not None else task.name


def _remind(task_id: UUID, actor: Actor) -> None:
    with transaction() as session:
        task = session.scalar(select(Task).where(Task.id == task_id).with_for_update(of=Task))
        if task is None:
            raise NotFound
        if task.status != "open":
            raise TaskAlreadyDone
        if not task.active:
            raise Conflict
        release = releases.of(task.process.release_id)
        if release.settings.messages.reminder is None:
            raise NoReminder
        if _reminded_today(task):
            raise RemindedToday
        mail.remind(task, release, asked=clock.today().isoformat())
        journal.write(
            REMINDED,
            actor=actor.name,
            user_id=actor.user_id,
            case_id=task.case_id,
            process_id=task.process_id,
            subject=str(task_id),
        )


def _reminded_today(task: Task) -> bool:
    """Whether somebody asked for it today; of a step without a case, its messages are told once anyway."""
    if task.case_id is None:
        return False
    today = clock.today()
    query = select(JournalLine.id).where(
        JournalLine.case_id == task.case_id,
        JournalLine.action == REMINDED,
        JournalLine.subject == str(task.id),
        JournalLine.at >= datetime(today.year, today.month, today.day, tzinfo=clock.PARIS),
    )
    return db.session.scalar(query.limit(1)) is not None
