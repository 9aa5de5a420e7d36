"""What is late, what is stuck, and how to get it moving."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.answers import decode
from app.database import db, transaction
from app.errors import Conflict, Forbidden, NotFound
from app.models import (
    Case,
    Draft,
    Event,
    Incident,
    Orientation,
    ProcessInstance,
    Task,
    Timer,
    User,
)
from app.services import actors, events, inbox, incidents, journal, releases, reviews, starting, tasks, timers
from app.services.actors import Actor
from app.services.inbox import TaskRow


@dataclass(frozen=True)
class IncidentRow:
    """An open incident with its element, its cause and the case it holds up."""

    id: UUID
    element: str
    element_name: str
    cause: str
    case_reference: str | None
    at: datetime
    times: int
    kind: str
    process_id: UUID | None


@dataclass(frozen=True)
class WaitingEvent:
    """An event that nobody has caught."""

    name: str
    case_reference: str | None
    at: datetime
    status: str


def late(actor: Actor) -> list[TaskRow]:
    """Return every open task of the territory past its due date, the oldest first (all lanes).

    Raises:
        Forbidden: the role does not supervise.
    """
    _may(actor, "supervision.voir")
    rows = db.session.scalars(
        select(Task)
        .where(Task.status == "open", Task.due_at <= clock.now())
        .options(*inbox.SHOWN)
        .order_by(Task.due_at, Task.id)
        .limit(500)
    )
    return inbox.rows(list(rows), actor)


def open_incidents(actor: Actor) -> list[IncidentRow]:
    """Return the open incidents, the newest first.

    Raises:
        Forbidden: the role does not supervise.
    """
    _may(actor, "supervision.voir")
    rows = db.session.scalars(
        select(Incident).where(Incident.status == "open").order_by(Incident.at.desc()).limit(200)
    )
    return [
        IncidentRow(
            id=row.id,
            element=row.element,
            element_name=row.element_name,
            cause=row.cause,
            case_reference=_reference(row.case_id),
            at=row.at,
            times=row.times,
            kind=row.command["kind"],
            process_id=row.process_id,
        )
        for row in rows
    ]


def waiting_events(actor: Actor) -> list[WaitingEvent]:
    """Return the events nobody has caught, and those lost because the process ended first.

    Raises:
        Forbidden: the role does not supervise.
    """
    _may(actor, "supervision.voir")
    rows = db.session.scalars(
        select(Event).where(Event.status.in_(("waiting", "lost"))).order_by(Event.at.desc()).limit(200)
    )
    words = reviews.decision_words(releases.current())
    return [
        WaitingEvent(_event_words(row, words), _reference(row.case_id), row.at, row.status) for row in rows
    ]


def _event_words(event: Event, decisions: Mapping[str, str]) -> str:
    decision = decisions.get(str(event.payload.get("decision")))
    return f"Décision de la revue : {decision}" if decision else event.name.replace("_", " ").capitalize()


def retry(incident_id: UUID, actor: Actor) -> None:
    """Replay the command of an incident, with the answers it kept.

    Raises:
        Forbidden: the role may not act.
        NotFound: no such open incident.
        DesignFault: it fails again; the incident stays open and counts it.
        Conflict: the step has been done meanwhile.
    """
    _may(actor, "supervision.agir")
    incident = db.session.scalar(
        select(Incident).where(Incident.id == incident_id, Incident.status == "open")
    )
    if incident is None or incident.process_id is None:
        raise NotFound
    command, process_id = dict(incident.command), incident.process_id
    if command["kind"] != incidents.WARNING:
        _replay(command, process_id)
    _settle(incident_id, actor)


def _replay(command: dict[str, str], process_id: UUID) -> None:
    kind = command["kind"]
    if kind == "start":
        starting.begin_again(process_id)
    elif kind == "wake":
        _revive(UUID(command["timer_id"]))
        timers.fire(UUID(command["timer_id"]), process_id)
    elif kind == "catch":
        events.deliver(command["event_id"])
    else:
        task_id, person = UUID(command["task_id"]), command["person"]
        draft = db.session.scalar(select(Draft).where(Draft.task_id == task_id, Draft.person == person))
        if draft is None or "answers" not in draft.raw:
            raise Conflict
        answers = decode(draft.raw["answers"])
        tasks.complete(task_id, answers, by=_author(person, draft, process_id))


def _author(person: str, draft: Draft, process_id: UUID) -> Actor:
    """Return the person who gave the answers, as they are today."""
    if person.startswith("lien:"):
        process = db.session.scalars(select(ProcessInstance).where(ProcessInstance.id == process_id)).one()
        release = releases.of(process.release_id)
        row = db.session.scalars(
            select(Orientation).where(Orientation.id == UUID(person.removeprefix("lien:")))
        ).one()
        kind = release.settings.partner_kinds[row.partner.kind]
        return actors.link_holder(row.partner.name, str(row.id), kind.receives, release.settings)
    del draft
    return actors.actor_for(db.session.get_one(User, UUID(person)))


def _revive(timer_id: UUID) -> None:
    with transaction() as session:
        row = session.scalar(select(Timer).where(Timer.id == timer_id))
        if row is not None:
            row.status, row.lease_until, row.attempts = "waiting", None, 0


def _settle(incident_id: UUID, actor: Actor) -> None:
    with transaction() as session:
        row = session.scalars(select(Incident).where(Incident.id == incident_id)).one()
        if row.status == "open":
            row.status, row.resolved_at = "resolved", clock.now()
        journal.write(
            "incident.rejoue",
            actor=actor.name,
            user_id=actor.user_id,
            case_id=row.case_id,
            process_id=row.process_id,
            subject=str(incident_id),
        )


def _reference(case_id: UUID | None) -> str | None:
    return db.session.scalar(select(Case.reference).where(Case.id == case_id)) if case_id else None


def _may(actor: Actor, permission: str) -> None:
    if not actor.rights.may(permission):
        raise Forbidden
