"""The figures a monitoring tool reads: queues, deadlines, lateness. Counts by territory, of nobody.

Read from the database, so that every process of the server answers the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select

from app import __version__, clock, jobs, tenancy
from app.database import db, end_read
from app.models import Breach, Heartbeat, Incident, Job, Message, ProcessInstance, Task, Timer
from app.services import releases

MOST: Final = 100_000
"""Rows of one kind counted at most: a figure at this height means « at least »."""


@dataclass(frozen=True)
class Figure:
    """One value with its labels; ``help`` says in French what it counts."""

    name: str
    help: str
    labels: Mapping[str, str]
    value: float


def read() -> Iterator[Figure]:
    """Read every figure."""
    yield Figure("relais_info", "Version de Relais.", {"version": __version__}, 1)
    with tenancy.unscoped("maintenance"):
        figures = [*_jobs(), *_timers(), *_messages(), *_processes(), *_life()]
    yield from figures
    for territory_id, code in [(row.id, row.code) for row in releases.all_territories()]:
        with tenancy.serving(territory_id):
            figures = list(_territory(code))
        yield from figures
    end_read()


def _jobs() -> Iterator[Figure]:
    now = clock.now()
    waiting = select(Job.name, Job.run_at, Job.attempts).where(Job.status == "waiting").limit(MOST).subquery()
    due = waiting.c.run_at <= now
    rows = db.session.execute(
        select(
            waiting.c.name,
            func.count().filter(due),
            func.count().filter(~due),
            func.count().filter(waiting.c.attempts > 0),
            func.min(waiting.c.run_at),
        ).group_by(waiting.c.name)
    ).all()
    counts = dict.fromkeys(((queue, state) for queue in _queues() for state in ("due", "later", "retry")), 0)
    oldest = dict.fromkeys(_queues(), 0.0)
    for name, count_due, count_later, count_retry, first in rows:
        queue = jobs.queue_of(name)
        for state, count in (("due", count_due), ("later", count_later), ("retry", count_retry)):
            counts[queue, state] += count
        oldest[queue] = max(oldest[queue], _age(first))
    for (queue, state), count in counts.items():
        yield Figure("relais_jobs", "Travaux qui attendent.", {"queue": queue, "state": state}, count)
    for queue, age in oldest.items():
        yield Figure("relais_job_oldest_seconds", "Retard du travail le plus ancien.", {"queue": queue}, age)
    dead = _count(select(Job.id).where(Job.status == "dead"))
    yield Figure("relais_jobs_dead", "Travaux abandonnés.", {}, dead)


def _queues() -> tuple[str, ...]:
    return jobs.QUEUES


def _timers() -> Iterator[Figure]:
    late = (
        select(Timer.due_at)
        .join(ProcessInstance, ProcessInstance.id == Timer.process_id)
        .where(Timer.status == "waiting", Timer.due_at <= clock.now(), ProcessInstance.status == "running")
    )
    yield Figure("relais_timers_overdue", "Échéances passées et pas encore déclenchées.", {}, _count(late))
    oldest = db.session.scalar(late.order_by(Timer.due_at).limit(1))
    yield Figure(
        "relais_timer_oldest_seconds", "Retard de la plus ancienne échéance à déclencher.", {}, _age(oldest)
    )
    dead = _count(select(Timer.id).where(Timer.status == "dead"))
    yield Figure("relais_timers_dead", "Échéances abandonnées.", {}, dead)


def _messages() -> Iterator[Figure]:
    for status in ("queued", "dead"):
        count = _count(select(Message.id).where(Message.status == status))
        yield Figure("relais_messages", "Messages, par état.", {"state": status}, count)


def _processes() -> Iterator[Figure]:
    for status in ("running", "suspended"):
        count = _count(select(ProcessInstance.id).where(ProcessInstance.status == status))
        yield Figure("relais_processes", "Parcours, par état.", {"state": status}, count)


def _life() -> Iterator[Figure]:
    rows = db.session.execute(select(Heartbeat.kind, func.max(Heartbeat.beat_at)).group_by(Heartbeat.kind))
    for kind, last in rows.all():
        yield Figure(
            "relais_heartbeat_age_seconds",
            "Temps depuis le dernier signe de vie.",
            {"kind": kind},
            _age(last),
        )


def _territory(code: str) -> Iterator[Figure]:
    opened = select(Task.id).where(Task.status == "open")
    late = opened.where(Task.due_at <= clock.now(), Task.active)
    for state, query in (("open", opened), ("late", late)):
        yield Figure("relais_tasks", "Tâches.", {"territory": code, "state": state}, _count(query))
    incidents = select(Incident.id).where(Incident.status == "open")
    yield Figure("relais_incidents_open", "Incidents ouverts.", {"territory": code}, _count(incidents))
    breaches = select(Breach.id).where(Breach.status == "open")
    yield Figure("relais_breaches_open", "Manquements ouverts.", {"territory": code}, _count(breaches))


def _count(query: Select[Any]) -> int:
    found = query.limit(MOST).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def _age(moment: datetime | None) -> float:
    return max(0.0, (clock.now() - moment).total_seconds()) if moment is not None else 0.0
