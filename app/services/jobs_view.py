"""What the page « Travaux » shows: queues, what waits, what tries again, what gave up, and who does it.

Everything is counted up to ``MOST`` rows by kind of question, on indexes: millions of jobs that were done
long ago cost nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, case, func, select

from app import clock, jobs
from app.database import db
from app.errors import Forbidden
from app.models import Heartbeat, Job, ProcessInstance, Timer
from app.services import dead_letters, heartbeats
from app.services.actors import Actor
from app.services.dead_letters import JOB_WORDS, Stuck
from app.services.heartbeats import Pulse

MOST: Final = 20_000
"""Rows counted at most: beyond, the page says « 20 000 ou plus »."""
SHOWN: Final = 100
DAY: Final = timedelta(days=1)

QUEUE_WORDS: Final[Mapping[str, str]] = {
    "parcours": "Parcours : événements, rappels, calendrier",
    "messages": "Messages : courriels et SMS",
    "documents": "Documents et décomptes : ce qui prend du temps",
}
PROCESS_WORDS: Final[Mapping[str, str]] = {
    "pump": "Échéances et messages",
    "press": "Documents et décomptes",
    "worker": "Travaux",
}
_CAUSES: Final[Mapping[str, str]] = {
    "TemporaryRefusal": "le serveur d'envoi n'a pas pris le message",
    "OperationalError": "la base de données n'a pas répondu à temps",
    "InterfaceError": "la base de données n'a pas répondu à temps",
    "IntegrityError": "la base de données a refusé l'écriture",
    "Conflict": "le dossier changeait au même moment",
    "ProcessSuspended": "le parcours est suspendu",
    "DocumentFault": "la mise en page a échoué",
    "DesignFault": "une étape du parcours n'a pas pu se faire : voir l'incident du dossier",
    "NotFound": "ce que le travail concerne n'existe plus",
    "UnreadableRelease": "la version du dispositif n'est pas lisible par cette version de Relais",
    "interrupted at every attempt, without an error": "le serveur s'est arrêté à chaque essai",
}
_OTHER_CAUSE: Final = "une erreur du programme : le journal technique du serveur dit laquelle"
"""Causes in general words: an error may quote what not everybody here may read (LAW-1)."""


@dataclass(frozen=True)
class Kind:
    """The jobs of one kind that are not done."""

    name: str
    words: str
    queue: str
    due: int = 0
    later: int = 0
    running: int = 0
    retrying: int = 0
    dead: int = 0
    oldest: datetime | None = None
    next_run: datetime | None = None


@dataclass(frozen=True)
class Queue:
    """A queue and what stands in it; ``done`` counts the last 24 hours, ``oldest`` waits most."""

    name: str
    words: str
    due: int
    later: int
    running: int
    retrying: int
    dead: int
    done: int
    oldest: datetime | None


@dataclass(frozen=True)
class Attempt:
    """One job that failed and tries again at ``run_at``, or gave up."""

    id: UUID
    words: str
    cause: str
    attempts: int
    run_at: datetime
    created_at: datetime


@dataclass(frozen=True)
class Deadlines:
    """The deadlines drawn in the diagrams: past and not fired yet, given up, and the oldest of the first."""

    overdue: int
    dead: int
    oldest: datetime | None
    next_due: datetime | None


@dataclass(frozen=True)
class Works:
    """The whole page."""

    pulse: Pulse
    processes: Sequence[Heartbeat]
    queues: Sequence[Queue]
    kinds: Sequence[Kind]
    retrying: Sequence[Attempt]
    dead: Sequence[Attempt]
    stuck: Sequence[Stuck]
    deadlines: Deadlines


def overview(actor: Actor) -> Works:
    """Return the state of the works of the territory being served.

    Raises:
        Forbidden: the role neither supervises nor administers.
    """
    if not (actor.rights.may("supervision.voir") or actor.rights.may("territoire.administrer")):
        raise Forbidden
    kinds = _kinds()
    failed = select(Job).where(Job.status == "waiting", Job.attempts > 0, Job.last_error.is_not(None))
    gave_up = select(Job).where(Job.status == "dead")
    return Works(
        pulse=heartbeats.pulse(),
        processes=heartbeats.everyone(12),
        queues=[_queue(name, kinds) for name in jobs.QUEUES],
        kinds=kinds,
        retrying=_attempts(failed),
        dead=_attempts(gave_up),
        stuck=_others_stuck(actor),
        deadlines=_deadlines(),
    )


def cause(error: str | None) -> str:
    """Return why a job failed, in words that quote nothing."""
    known = (error or "").partition(":")[0]
    return _CAUSES.get(error or "", _CAUSES.get(known, _OTHER_CAUSE))


def words(name: str) -> str:
    """Return how a kind of job is said."""
    return JOB_WORDS.get(name, name.replace("_", " ").capitalize())


def _kinds() -> list[Kind]:
    now = clock.now()
    rows = (
        select(Job.name, Job.run_at, Job.attempts, Job.lease_until, Job.status, Job.last_error)
        .where(Job.status.in_(("waiting", "dead")))
        .order_by(Job.run_at)
        .limit(MOST)
        .subquery()
    )
    dead = rows.c.status == "dead"
    running = ~dead & rows.c.lease_until.is_not(None) & (rows.c.lease_until > now)
    idle = ~dead & ~running
    retrying = idle & (rows.c.attempts > 0) & rows.c.last_error.is_not(None)
    found = db.session.execute(
        select(
            rows.c.name,
            func.count().filter(idle & (rows.c.run_at <= now)),
            func.count().filter(idle & (rows.c.run_at > now)),
            func.count().filter(running),
            func.count().filter(retrying),
            func.count().filter(dead),
            func.min(case((idle & (rows.c.run_at <= now), rows.c.run_at))),
            func.min(case((idle & (rows.c.run_at > now), rows.c.run_at))),
        )
        .group_by(rows.c.name)
        .order_by(rows.c.name)
    )
    return [Kind(row[0], words(row[0]), jobs.queue_of(row[0]), *row[1:]) for row in found.all()]


def _queue(name: str, kinds: Sequence[Kind]) -> Queue:
    mine = [kind for kind in kinds if kind.queue == name]
    return Queue(
        name=name,
        words=QUEUE_WORDS.get(name, name),
        due=sum(kind.due for kind in mine),
        later=sum(kind.later for kind in mine),
        running=sum(kind.running for kind in mine),
        retrying=sum(kind.retrying for kind in mine),
        dead=sum(kind.dead for kind in mine),
        done=_done_lately(name),
        oldest=min((kind.oldest for kind in mine if kind.oldest), default=None),
    )


def _done_lately(queue: str) -> int:
    known = sorted(jobs.registered(queue=queue))
    return _count(
        select(Job.id).where(Job.status == "done", Job.run_at >= clock.now() - DAY, Job.name.in_(known))
    )


def _others_stuck(actor: Actor) -> list[Stuck]:
    """Return the deadlines and messages that gave up, for whoever supervises."""
    if not actor.rights.may("supervision.voir"):
        return []
    return [item for item in dead_letters.stuck(actor) if item.kind != "travail"]


def _attempts(query: Select[Job]) -> list[Attempt]:
    rows = db.session.scalars(query.order_by(Job.run_at, Job.id).limit(SHOWN))
    return [
        Attempt(row.id, words(row.name), cause(row.last_error), row.attempts, row.run_at, row.created_at)
        for row in rows
    ]


def _deadlines() -> Deadlines:
    now = clock.now()
    waiting = (
        select(Timer.due_at)
        .join(ProcessInstance, ProcessInstance.id == Timer.process_id)
        .where(Timer.status == "waiting", ProcessInstance.status == "running")
    )
    late = waiting.where(Timer.due_at <= now)
    return Deadlines(
        overdue=_count(late),
        dead=_count(select(Timer.id).where(Timer.status == "dead")),
        oldest=db.session.scalar(late.order_by(Timer.due_at).limit(1)),
        next_due=db.session.scalar(waiting.where(Timer.due_at > now).order_by(Timer.due_at).limit(1)),
    )


def _count(query: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.limit(MOST).subquery())) or 0
