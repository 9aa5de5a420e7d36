"""Time runs: the clock jumps to the next thing due, and the real services do it.

What is due next is known from the positions that services store: tasks that open and close, timers that
begin and stop to wait. Nobody polls.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import event, func, select
from sqlalchemy.orm import object_session

from app import clock, jobs
from app.database import db
from app.engine import Position
from app.errors import Conflict, DesignFault, Forbidden, Invalid, NotFound
from app.models import Case, Job, ProcessInstance
from app.services import actors, breach_answers, cases, events, positions, reminders, starting, tasks, timers
from app.services.actors import Actor
from app.simulator.acts import ByHand
from app.simulator.answers import Asked, Voices
from app.simulator.counts import Tally
from app.simulator.duties import DutyWatch
from app.simulator.house import House
from app.simulator.households import Arrival, arrivals
from app.simulator.outsiders import Outsiders
from app.simulator.plan import Period, Plan, Progress
from app.simulator.staff import Desk, Taken, Work, everybody

JOBS: Final = frozenset({"deliver_event", "arm_calendar", "answer_breach", "call_places"})
"""The only jobs that run: those that carry a process on. What sends and what renders never does."""
_ROOMS: Final = (breach_answers, events, starting)  # they register these jobs
_WEEK: Final = 7 * timedelta(days=1)
_MORNING: Final = time(9)
Report = Callable[[Progress], None]


class World:
    """The simulated months of one territory. Everything happens in ``run``, one thing at a time."""

    def __init__(self, house: House, plan: Plan, period: Period, report: Report | None) -> None:
        self.release, self.settings = house.release, house.release.settings
        self.plan, self.period, self.report = plan, period, report
        self.voices, self.tally = Voices(plan, house.release), Tally()
        self.open: dict[UUID, Asked] = {}
        self.people = everybody(house, plan, period)
        self.desk = Desk(self.people)
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self.started = self._count = 0
        self._by_key: dict[int, Asked] = {}
        self._of_process: dict[UUID, set[UUID]] = {}
        self._timers: dict[UUID, tuple[UUID, int]] = {}
        self._lives: dict[UUID, str] = {}
        self._turns: Counter[tuple[str, str]] = Counter()
        self._looks: set[datetime] = set()
        self._noted: dict[UUID, bool] = {}
        self._answered: UUID | None = None
        self._arriving, self._session = "", db.session()
        self._duties, self._others = DutyWatch(self._at), Outsiders(plan, self.release, self._at)
        self._by_hand = ByHand(
            plan, self.release, people=self.people, voices=self.voices, tally=self.tally, at=self._at
        )

    def run(self) -> None:
        """Live the period, from the moment before its first day to the midnight after its last."""
        with self.living():
            if self.settings.entry is not None:
                for arrival in arrivals(self.plan, self.period, self.settings):
                    self._at(arrival.at, partial(self._arrive, arrival))
            if self.report is not None:
                self._at(self.period.begin, self._tell)
            self._let_time_run()

    @contextmanager
    def living(self) -> Iterator[None]:
        """Hear what services tell for the time of the block; the calendar is armed."""
        event.listen(Job, "after_insert", self._on_job)
        try:
            with positions.watched_by(self._on_position), self._duties.listening(), self._others.listening():
                with clock.at(self.period.opening):
                    starting.arm_all()
                    self._by_hand.begin(None, "territoire")
                yield
        finally:
            event.remove(Job, "after_insert", self._on_job)

    def _let_time_run(self) -> None:
        end = self.period.end
        self._live_until(end - timedelta(microseconds=1))
        with clock.at(end):
            for asked in self.open.values():
                self.tally.overdue(asked, end)

    def _live_until(self, moment: datetime) -> None:
        while self._due and self._due[0][0] <= moment:
            at, _, action = heapq.heappop(self._due)
            with clock.at(max(at, self.period.opening)):
                action()

    def _at(self, moment: datetime, action: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._due, (moment, self._count, action))

    def _tell(self) -> None:
        if self.report is None:
            return
        closed = db.session.scalar(select(func.count()).select_from(Case).where(Case.status == "closed"))
        now = clock.now()
        self.report(Progress(clock.today(), self.period.first, self.period.last, self.started, closed or 0))
        self._at(now + _WEEK, self._tell)

    def _on_job(self, mapper: Any, connection: Any, row: Job) -> None:
        del mapper, connection
        if row.name in JOBS and object_session(row) is self._session:
            self._at(row.run_at, self._run_jobs)

    def _on_position(self, process: ProcessInstance, position: Position) -> None:
        self.tally.moved(position)
        self.tally.begun[process.id] = process.started_at
        now_open = {task.id: task for task in position.open_tasks}
        known = self._of_process.setdefault(process.id, set())
        for task_id in sorted(known - now_open.keys()):
            known.discard(task_id)
            self._close(task_id)
        for task_id, task in now_open.items():
            if task_id in known:
                continue
            known.add(task_id)
            life = self._life(process)
            step = f"{task.process}/{task.element}"
            self._turns[life, step] += 1
            self._count += 1
            self._open(Asked.of(self._count, process.id, life, self._turns[life, step], task))
        self._mind_timers(process.id, position)

    def _life(self, process: ProcessInstance) -> str:
        if process.case_id is None:
            return self._by_hand.lives.get(process.id, f"{process.process}-{process.rank}")
        return self._lives.setdefault(process.case_id, self._arriving)

    def _mind_timers(self, process_id: UUID, position: Position) -> None:
        waits = {wait.id: wait.due_at for wait in position.waits if wait.kind == "timer" and wait.due_at}
        for timer_id in [key for key, (owner, _) in self._timers.items() if owner == process_id]:
            if timer_id not in waits:
                del self._timers[timer_id]
        for timer_id, due in waits.items():
            if timer_id not in self._timers:
                self._timers[timer_id] = (process_id, 0)
                self._at(due, partial(self._wake, timer_id))

    # Steps that open and close

    def _open(self, asked: Asked) -> None:
        self.open[asked.task_id] = self._by_key[asked.key] = asked
        self.tally.entered(asked)
        if asked.remind is not None:
            self._at(asked.remind, partial(self._remind, asked))
        if asked.escalate is not None:
            self._at(asked.escalate, partial(self._escalate, asked))
        self._duties.due(asked.breach)
        lane = self.settings.lanes.get(asked.lane)
        if lane is not None and lane.external and asked.scope is not None:
            self._ask_partner(asked)
        else:
            self._pile(asked)

    def _pile(self, asked: Asked) -> None:
        """Put a step before the people of its lane."""
        day, now = self.voices.day(asked), clock.now()
        ready = now + timedelta(days=self.voices.held_up(asked))
        if day is not None:
            ready = max(ready, _morning(day))
        self.desk.add(Work(asked.key, asked.lane, ready, asked.due, self.voices.minutes(asked), day))
        self._look(now)

    def _ask_partner(self, asked: Asked) -> None:
        days, noted = self.voices.partner(asked)
        self._noted[asked.task_id] = noted
        if days is not None:
            morning = _morning((clock.now() + timedelta(days=days)).astimezone(clock.PARIS).date())
            self._at(max(morning, clock.now()), partial(self._hear_partner, asked))
        elif noted and asked.remind is None:
            self._at(clock.now() + timedelta(days=self.voices.crew(asked.lane).answer_days[1]),
                     partial(self._note_for_partner, asked))  # fmt: skip

    def _close(self, task_id: UUID) -> None:
        asked = self.open.pop(task_id, None)
        if asked is None:
            return
        self.tally.left(asked, done=task_id == self._answered)
        del self._by_key[asked.key]
        self.desk.remove(asked.key, asked.lane, clock.now())
        self._noted.pop(task_id, None)
        self._look(clock.now())

    def _arrive(self, arrival: Arrival) -> None:
        self.started += 1
        self._arriving = str(arrival.household)
        by = actors.public(self.settings)
        form = self.release.forms[self.release.entry.form]
        try:
            opened = cases.open_alert(self.voices.alert(self._arriving, form, by), by=by)
        except Invalid as refusal:
            self.started -= 1
            self.tally.refuse(form.id, refusal)
        else:
            self._by_hand.begin(opened.case_id, self._arriving)

    def _wake(self, timer_id: UUID) -> None:
        if timer_id not in self._timers:
            return
        self.tally.timers += timers.wake_due()
        if timer_id in self._timers:  # it failed: it waits for its next try, if it has one
            owner, tries = self._timers[timer_id]
            self._timers[timer_id] = (owner, tries + 1)
            if tries + 1 < timers.MAX_ATTEMPTS:
                later = clock.now() + timers.PUSH_BACK + timedelta(seconds=1)
                self._at(later, partial(self._wake, timer_id))

    def _remind(self, asked: Asked) -> None:
        if asked.task_id not in self.open:
            return
        self.tally.reminders += reminders.remind_due()
        if self._noted.pop(asked.task_id, False):
            self._pile(asked)

    def _escalate(self, asked: Asked) -> None:
        if asked.task_id in self.open:
            self.tally.escalations += reminders.escalate_due()

    def _note_for_partner(self, asked: Asked) -> None:
        if asked.task_id in self.open:
            self._pile(asked)

    def _run_jobs(self) -> None:
        while jobs.run_due(only=JOBS):
            pass
        later = db.session.scalar(
            select(func.min(Job.run_at)).where(Job.status == "waiting", Job.name.in_(sorted(JOBS)))
        )
        if later is not None and later > clock.now():
            self._at(later, self._run_jobs)

    def _look(self, moment: datetime) -> None:
        if moment not in self._looks:
            self._looks.add(moment)
            self._at(moment, partial(self._give_out, moment))

    def _give_out(self, moment: datetime) -> None:
        self._looks.discard(moment)
        for taken in list(self.desk.assign(clock.now())):
            self._at(taken.until, partial(self._finish, taken))
        for person in self.people:
            if person.called_at is not None:
                self._look(person.called_at)

    def _finish(self, taken: Taken) -> None:
        person, key = taken.person, taken.work.key
        if person.doing != key:
            return
        person.drop(clock.now())
        asked = self._by_key.get(key)
        if asked is not None and self._complete(asked, person.colleague.actor):
            self.tally.worked(person.colleague.role, taken.work.minutes)
        self._look(clock.now())

    def _hear_partner(self, asked: Asked) -> None:
        if asked.task_id not in self.open:
            return
        try:
            by = self.voices.link_holder(asked)
        except NotFound:
            self._pile(asked)
            return
        self._complete(asked, by)

    def _complete(self, asked: Asked, by: Actor) -> bool:
        """Answer a step; one that cannot be answered stays where it is, with its incident."""
        self._answered = asked.task_id
        try:
            tasks.complete(asked.task_id, self.voices.answer(asked, by), by=by)
        except Invalid as refusal:
            self.tally.refuse(asked.step, refusal)
        except (DesignFault, Conflict, Forbidden, NotFound):
            return False
        else:
            return True
        finally:
            self._answered = None
        return False


def _morning(day: Any) -> datetime:
    return datetime.combine(day, _MORNING, clock.PARIS)
