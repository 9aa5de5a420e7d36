"""Everything promised and not kept yet, in words: steps, delays, frequencies, meetings, what is suspended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import select

from app import clock, engine
from app.catalog.promise_words import to_do
from app.database import db
from app.errors import UnreadableRelease
from app.expressions import ExpressionError
from app.expressions.calendar import midnight
from app.models import Agreement, Case, Duty, Meeting, Mend, Partner, ProcessInstance, Timer
from app.services import breach_words, releases, supervised, supervision_view, windows
from app.services.actors import Actor
from app.services.delay_words import Drawings
from app.services.supervised import Filters
from app.services.supervision_view import Supervised

Kind = Literal["tache", "delai", "frequence", "seance", "convention"]
SPANS: Final = (7, 14, 30)
"""Days ahead that may be asked for."""
MOST: Final = 60
"""Promises of each kind that a page shows, the soonest ones; the list of tasks has them all."""


@dataclass(frozen=True)
class Promise:
    """Something due at ``at``. ``words`` are a sentence without its date; ``then`` is what follows by itself.

    ``task`` is the step of a promise that a person keeps.
    """

    at: datetime
    kind: Kind
    words: str
    then: str | None = None
    who: str | None = None
    case_reference: str | None = None
    process_id: UUID | None = None
    task: Supervised | None = None


@dataclass(frozen=True)
class Paused:
    """A suspended process; ``reason`` is None for who may not know the case: people write names there."""

    process_id: UUID
    name: str
    since: datetime | None
    reason: str | None
    case_reference: str | None


@dataclass(frozen=True)
class Promised:
    """What is late, what is due within the span (the soonest first), what stands still.

    ``more``: there are more late or coming steps than a page shows.
    """

    late: Sequence[Promise]
    coming: Sequence[Promise]
    paused: Sequence[Paused]
    more: bool


def promised(actor: Actor, *, days: int = SPANS[0]) -> Promised:
    """Return what has been promised in the territory, by everyone.

    Raises:
        Forbidden: the role does not supervise.
    """
    supervision_view.require(actor)
    now = clock.now()
    until = now + timedelta(days=days)
    late = _steps(actor, Filters(state="retard"))
    soon = _steps(actor, Filters(state="bientot", within=days))
    meetings = _meetings(until)
    # A delay or a window that has ended is being carried out: the pump is at it.
    itself = [*_delays(until), *_duties(until), *meetings, *_agreements(until)]
    coming = [*soon, *(one for one in itself if one.at > now)]
    return Promised(
        late=[*(one for one in meetings if one.at <= now), *late[:MOST]],
        coming=sorted(coming, key=lambda one: (one.at, one.words)),
        paused=_paused(actor),
        more=len(late) > MOST or len(soon) > MOST,
    )


def threatened(actor: Actor, *, days: int = SPANS[0]) -> list[Promise]:
    """Return the frequencies that will be missed if nothing is done by the end of their window.

    Raises:
        Forbidden: the role does not supervise.
    """
    supervision_view.require(actor)
    now = clock.now()
    return [one for one in _duties(now + timedelta(days=days)) if one.at > now]


def _steps(actor: Actor, filters: Filters) -> list[Promise]:
    ids = supervision_view.ordered(supervised.matching(filters, actor), "echeance").limit(MOST + 1)
    return [
        Promise(
            at=row.task.due_at,
            kind="tache",
            words=to_do(row.task.name),
            who=row.task.partner or row.task.claimed_by_name or row.task.lane_label,
            case_reference=row.task.case_reference,
            process_id=row.process_id,
            task=row,
        )
        for row in supervision_view.rows(list(db.session.scalars(ids)), actor)
        if row.task.due_at is not None
    ]


_PROCESS: Final = (
    ProcessInstance.id.label("process_id"),
    ProcessInstance.process,
    ProcessInstance.release_id,
    Case.reference,
)


def _delays(until: datetime) -> list[Promise]:
    """Return the delays drawn in the diagrams: what happens by itself when nobody has acted by then."""
    rows = db.session.execute(
        select(Timer.id, Timer.element, Timer.due_at, ProcessInstance.waits, *_PROCESS)
        .join(ProcessInstance, ProcessInstance.id == Timer.process_id)
        .outerjoin(Case, Case.id == ProcessInstance.case_id)
        .where(Timer.status == "waiting", Timer.due_at <= until, ProcessInstance.status == "running")
        .order_by(Timer.due_at, Timer.id)
        .limit(MOST)
    ).all()
    known, partners = Drawings(), _partners(rows)
    return [
        Promise(
            at=row.due_at,
            kind="delai" if row.reference else "seance",
            words=known.delay(row),
            then=known.then(row),
            who=partners.get(row.id),
            case_reference=row.reference,
            process_id=row.process_id,
        )
        for row in rows
    ]


def _partners(rows: Sequence[Any]) -> dict[UUID, str]:
    """Return the partner that each delay waits for, when it is that of one branch."""
    scopes = {
        row.id: wait["scope"]
        for row in rows
        for wait in row.waits
        if wait["scope"] and wait["id"] == str(row.id)
    }
    branches = supervised.partners_of(set(scopes.values()))
    if not branches:
        return {}
    found = db.session.execute(select(Partner.id, Partner.name).where(Partner.id.in_(set(branches.values()))))
    names = {row.id: row.name for row in found}
    return {key: names[branches[scope]] for key, scope in scopes.items() if scope in branches}


def _duties(until: datetime) -> list[Promise]:
    """Return the frequencies whose window closes by then with something missing."""
    rows = db.session.execute(
        select(Duty, ProcessInstance.release_id, Case.reference)
        .outerjoin(ProcessInstance, ProcessInstance.id == Duty.process_id)
        .outerjoin(Case, Case.id == Duty.case_id)
        .where(Duty.status == "watching", Duty.window_to <= until)
        .where((ProcessInstance.id.is_(None)) | (ProcessInstance.status == "running"))
        .order_by(Duty.window_to, Duty.id)
        .limit(MOST)
    )
    return [found for row in rows if (found := _duty(row)) is not None]


def _duty(row: Any) -> Promise | None:
    duty: Duty = row.Duty
    try:
        release = releases.of(row.release_id) if row.release_id else releases.current()
        standing = windows.as_it_stands(duty, duty.window_to, release)
    except (UnreadableRelease, ExpressionError):  # its own incident tells of it
        return None
    if not standing.short:
        return None
    lane = release.settings.lanes.get(duty.rule.get("lane") or "")
    return Promise(
        at=duty.window_to,
        kind="frequence",
        words=f"{duty.name} : il manque {breach_words.of_window(duty, standing)['manque']}",
        who=lane.label if lane is not None else None,
        case_reference=row.reference,
        process_id=duty.process_id,
    )


def _meetings(until: datetime) -> list[Promise]:
    rows = db.session.execute(
        select(Meeting.meets_at, ProcessInstance.process, ProcessInstance.id)
        .join(ProcessInstance, ProcessInstance.id == Meeting.process_id)
        .where(Meeting.status == "planned", Meeting.meets_at <= until, ProcessInstance.status == "running")
        .order_by(Meeting.meets_at)
        .limit(MOST)
    )
    names = engine.process_ids(releases.current().programme)
    return [
        Promise(row.meets_at, "seance", f"{names.get(row.process, row.process)} : séance", process_id=row.id)
        for row in rows
    ]


def _agreements(until: datetime) -> list[Promise]:
    """Return the agreements that end by then: somebody prepares what follows (CAR-1)."""
    rows = db.session.scalars(
        select(Agreement)
        .where(Agreement.ended_on.is_(None), Agreement.ends_on <= until.astimezone(clock.PARIS).date())
        .where(Agreement.ends_on >= clock.today())
        .order_by(Agreement.ends_on, Agreement.title)
        .limit(MOST)
    )
    return [
        Promise(
            at=midnight(row.ends_on + timedelta(days=1)),
            kind="convention",
            words=f"{row.title} : fin de la convention",
        )
        for row in rows
        if row.ends_on is not None
    ]


def _paused(actor: Actor) -> list[Paused]:
    rows = db.session.execute(
        select(ProcessInstance.suspended_at, *_PROCESS)
        .outerjoin(Case, Case.id == ProcessInstance.case_id)
        .where(ProcessInstance.status == "suspended")
        .order_by(ProcessInstance.suspended_at, ProcessInstance.id)
        .limit(MOST)
    ).all()
    reasons = _reasons([row.process_id for row in rows]) if actor.rights.may("dossiers.voir") else {}
    names = engine.process_ids(releases.current().programme)
    return [
        Paused(
            row.process_id,
            names.get(row.process, row.process),
            row.suspended_at,
            reasons.get(row.process_id),
            row.reference,
        )
        for row in rows
    ]


def _reasons(processes: Sequence[UUID]) -> dict[UUID, str]:
    """Return why each process was suspended the last time."""
    if not processes:
        return {}
    rows = db.session.execute(
        select(Mend.process_id, Mend.reason)
        .where(Mend.process_id.in_(processes), Mend.kind == "suspend", Mend.undone_at.is_(None))
        .order_by(Mend.at)
    )
    return {row.process_id: row.reason for row in rows}
