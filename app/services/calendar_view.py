"""What stands in somebody's calendar: visits, steps due, follow-ups, review meetings; and the days off."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final, Literal
from uuid import UUID

import holidays
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased, joinedload

from app import clock, tenancy
from app.database import db
from app.expressions.calendar import midnight
from app.models import Appointment, Case, Meeting, ProcessInstance, Task, Territory, Timer, User
from app.services import appointments, delegations, releases
from app.services.actors import Actor
from app.services.inbox import full_name
from app.services.reviews import process_name

Whose = Literal["moi", "equipe"]
WHOSE: Final[tuple[Whose, ...]] = ("moi", "equipe")
Kind = Literal["rendez_vous", "tache", "rappel", "reunion"]
MOST: Final = 400
"""Entries of one kind that are read for one calendar: more are no calendar any more, but a list."""
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Entry:
    """One thing on one day. ``start`` and ``end`` are None when it has the whole day.

    ``id`` never changes, whatever moves. ``task_id`` is a step that the actor may answer there, ``household``
    is None for whoever may not know (LAW-1).
    """

    id: str
    kind: Kind
    title: str
    day: date
    start: datetime | None = None
    end: datetime | None = None
    reference: str | None = None
    household: str | None = None
    commune: str | None = None
    person: str | None = None
    task_id: UUID | None = None
    late: bool = False
    cancelled: bool = False


@dataclass(frozen=True)
class Calendar:
    """The entries between two days, in order; ``cut`` when there were too many to show them all."""

    entries: tuple[Entry, ...]
    cut: bool


def calendar(
    actor: Actor, first: date, last: date, *, whose: Whose = "moi", cancelled: bool = False
) -> Calendar:
    """Return what ``actor`` has, or the team, from ``first`` to ``last`` included.

    Args:
        cancelled: also the appointments that have been called off or moved, marked as such.
    """
    window = _Window(actor, first, last, whose)
    found = [
        list(window.visits(cancelled=cancelled)),
        list(window.deadlines()),
        list(window.follow_ups()),
        list(window.meetings(cancelled=cancelled)),
    ]
    entries = sorted((entry for kind in found for entry in kind), key=_order)
    return Calendar(tuple(entries), any(len(kind) >= MOST for kind in found))


def _order(entry: Entry) -> tuple[date, bool, datetime, str]:
    return entry.day, entry.start is not None, entry.start or midnight(entry.day), entry.id


@dataclass(frozen=True)
class _Window:
    actor: Actor
    first: date
    last: date
    whose: Whose

    def visits(self, *, cancelled: bool) -> Iterator[Entry]:
        stands = appointments.standing()
        query = (
            select(Appointment, Case, stands.label("stands"), User.name)
            .join(Task, Task.id == Appointment.task_id)
            .join(ProcessInstance, ProcessInstance.id == Appointment.process_id)
            .outerjoin(Case, Case.id == Appointment.case_id)
            .outerjoin(User, User.id == Appointment.user_id)
            .where(Appointment.starts_at < self._end, Appointment.ends_at > self._start)
            .where(self._visited())
            .order_by(Appointment.starts_at, Appointment.id)
            .limit(MOST)
        )
        rows = db.session.execute(query if cancelled else query.where(stands)).all()
        steps = self._steps([row.Appointment for row in rows])
        for row in rows:
            visit: Appointment = row.Appointment
            start, end = _hours(visit)
            yield Entry(
                id=f"rendez-vous-{visit.id}",
                kind="rendez_vous",
                title=visit.title,
                day=visit.starts_at.astimezone(clock.PARIS).date(),
                start=start,
                end=end,
                person=row.name,
                task_id=steps.get((visit.process_id, visit.lane)),
                cancelled=not row.stands,
                **self._whose_case(row.Case, visit.lane),
            )

    def _visited(self) -> ColumnElement[bool]:
        """Those of a person: theirs by name, and those of a step that they have taken."""
        of_my_lanes = Appointment.lane.in_(sorted(self.actor.lanes))
        if self.whose == "equipe":
            return of_my_lanes
        step = aliased(Task)
        taken = select(step.id).where(
            step.process_id == Appointment.process_id,
            step.lane == Appointment.lane,
            step.claimed_by.in_(self.people),
            step.status == "open",
        )
        unnamed = and_(of_my_lanes, Appointment.user_id.is_(None), taken.exists())
        return or_(
            Appointment.user_id == self.actor.user_id,
            and_(of_my_lanes, Appointment.user_id.in_(self.people)),
            unnamed,
        )

    def _steps(self, visits: Iterable[Appointment]) -> Mapping[tuple[UUID, str], UUID]:
        """Return the open step of each visit's process and lane, when the actor may answer it."""
        processes = {visit.process_id for visit in visits}
        if not processes:
            return {}
        rows = db.session.execute(
            select(Task.process_id, Task.lane, Task.id)
            .where(Task.process_id.in_(processes), Task.status == "open", Task.active)
            .where(Task.lane.in_(sorted(self.actor.lanes)))
            .order_by(Task.entered_at.desc(), Task.id)
        )
        return {(row.process_id, row.lane): row.id for row in rows}

    def deadlines(self) -> Iterator[Entry]:
        query = self._tasks().where(Task.due_at > self._start, Task.due_at <= self._end)
        for task, holder in db.session.execute(query.order_by(Task.due_at, Task.id).limit(MOST)):
            if task.due_at is not None:
                yield self._of_task(task, "tache", holder, *_last_moment(task.due_at))

    def follow_ups(self) -> Iterator[Entry]:
        query = self._tasks().where(Task.follow_up_on >= self.first, Task.follow_up_on <= self.last)
        for task, holder in db.session.execute(query.order_by(Task.follow_up_on, Task.id).limit(MOST)):
            if task.follow_up_on is not None:
                yield self._of_task(task, "rappel", holder, task.follow_up_on, None)

    def _tasks(self) -> Select[Task, str]:
        query: Select[Task, str] = (
            select(Task, User.name)
            .outerjoin(User, User.id == Task.claimed_by)
            .where(Task.status == "open", Task.active, Task.lane.in_(sorted(self.actor.lanes)))
            .options(joinedload(Task.case))
        )
        return query if self.whose == "equipe" else query.where(Task.claimed_by.in_(self.people))

    def _of_task(self, task: Task, kind: Kind, holder: str | None, day: date, due: datetime | None) -> Entry:
        return Entry(
            id=f"{kind}-{task.id}",
            kind=kind,
            title=task.name,
            day=day,
            start=due,
            end=due,
            person=holder,
            task_id=task.id,
            late=task.due_at is not None and task.due_at <= clock.now(),
            **self._whose_case(task.case, task.lane),
        )

    def meetings(self, *, cancelled: bool) -> Iterator[Entry]:
        """Yield the sittings of the territory, and those that the calendar will open, without a date yet."""
        if not self.actor.rights.may("revue.voir"):
            return
        sat = select(Meeting.process_id).where(Meeting.meets_at.is_not(None))
        rows = db.session.execute(
            select(Meeting, ProcessInstance)
            .join(ProcessInstance, ProcessInstance.id == Meeting.process_id)
            .where(Meeting.meets_at >= self._start, Meeting.meets_at < self._end)
            .limit(MOST)
        )
        for meeting, process in rows:
            gone = meeting.status == "cancelled" or process.status == "cancelled"
            if meeting.meets_at is not None and (cancelled or not gone):
                yield _meeting(process, meeting.meets_at, cancelled=gone)
        armed = db.session.execute(
            select(ProcessInstance, Timer.due_at)
            .join(Timer, Timer.process_id == ProcessInstance.id)
            .where(ProcessInstance.case_id.is_(None), ProcessInstance.status == "running")
            .where(Timer.due_at >= self._start, Timer.due_at < self._end, Timer.status == "waiting")
            .where(ProcessInstance.id.not_in(sat))
            .order_by(Timer.due_at)
            .limit(MOST)
        )
        for process, due_at in armed:
            if not process.done_elements:
                yield _meeting(process, due_at, cancelled=False)

    def _whose_case(self, case: Case | None, lane: str) -> dict[str, Any]:
        if case is None:
            return {}
        knows = lane in self.actor.lanes or self.actor.rights.may("dossiers.voir")
        return {
            "reference": case.reference,
            "commune": case.dwelling.commune,
            "household": full_name(case.household) if knows else None,
        }

    @cached_property
    def people(self) -> list[UUID]:
        """Whose tasks the actor answers today: their own, and those of people they stand in for."""
        own = self.actor.user_id
        if own is None:
            return []
        return [own, *sorted(delegations.standing_in_for(own, clock.today()))]

    @property
    def _start(self) -> datetime:
        return midnight(self.first)

    @property
    def _end(self) -> datetime:
        return midnight(self.last + timedelta(days=1))


def _last_moment(due_at: datetime) -> tuple[date, datetime | None]:
    """Return the last day to do it, and the hour when it is not the end of that day."""
    due = due_at.astimezone(clock.PARIS)
    return (due - _INSTANT).date(), due if (due.hour, due.minute) != (0, 0) else None


def _hours(visit: Appointment) -> tuple[datetime, datetime] | tuple[None, None]:
    """Return the hours of an appointment; none when it runs from midnight to midnight."""
    start, end = visit.starts_at.astimezone(clock.PARIS), visit.ends_at.astimezone(clock.PARIS)
    whole = start.hour == start.minute == end.hour == end.minute == 0 and end.date() > start.date()
    return (None, None) if whole else (start, end)


def _meeting(process: ProcessInstance, at: datetime, *, cancelled: bool) -> Entry:
    here = at.astimezone(clock.PARIS)
    exact = here.hour > 0 or here.minute > 0
    return Entry(
        id=f"reunion-{process.id}",
        kind="reunion",
        title=process_name(process, releases.of(process.release_id)),
        day=here.date(),
        start=at if exact else None,
        end=at + timedelta(hours=2) if exact else None,
        cancelled=cancelled,
    )


def days_off(first: date, last: date) -> dict[date, str]:
    """Return the public holidays, by their names, and the closing days of the territory being served."""
    territory = db.session.get_one(Territory, tenancy.current_id())
    found = {
        day: name
        for year in range(first.year, last.year + 1)
        for day, name in _holidays(year).items()
        if first <= day <= last
    }
    for day in releases.closing_days(territory):
        if first <= day <= last:
            found.setdefault(day, "Fermeture")
    return found


@lru_cache(maxsize=64)
def _holidays(year: int) -> Mapping[date, str]:
    """Return the public holidays of metropolitan France by their French names (Code du travail, L3133-1)."""
    return dict(holidays.country_holidays("FR", years=year, language="fr"))
