"""A situation played again: the programme's own route, driven with its days and answers, nothing sent.

The real services start the case, answer its steps, fire its dates and deliver its events, each at the instant
at which it happened: what follows is computed as it would have been here (docs/adr/0020). All of it is one
transaction: the case lands whole at its step, or not at all.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock, withheld
from app.access import CLASSES, Rights
from app.database import db, transaction
from app.engine.ways import Node
from app.errors import DesignFault, Invalid, RelaisError
from app.models import Event, ProcessInstance, Task, Timer
from app.services import cases, events, tasks, timers
from app.services.actors import Actor
from app.services.takeover import answering, replay_acts, settling, standing
from app.services.takeover.errors import RowRefused
from app.services.takeover.reader import Reader
from app.services.takeover.route import way_to
from app.services.takeover.situations import Acted, Done, Situation
from app.services.takeover.whole import moment

MOST: Final = 400
"""Steps, dates and acts of one case: beyond, its dates make the route turn in circles."""
_TICK: Final = timedelta(microseconds=1)


def player(name: str, partner_id: UUID | None = None) -> Actor:
    """Return who answers in the past: the take-over itself, in the name of whoever asked for it.

    Like the public form it collects every class and reads none back; its answers are nobody's own. With a
    structure, its cases are those that this structure brings.
    """
    rights = Rights(collect=frozenset(CLASSES))
    named = f"Reprise ({name})"
    return Actor(kind="system", name=named, person="reprise", rights=rights, partner_id=partner_id)


@dataclass
class Played:
    """A case as it stands once played again."""

    case_id: UUID
    reference: str
    sent: int


@contextmanager
def _told() -> Iterator[None]:
    """Say what keeps a line from being played in the words of a line."""
    try:
        yield
    except RowRefused:
        raise
    except Invalid as refusal:
        told = "; ".join(sentence for lines in refusal.problems.values() for sentence in lines)
        raise RowRefused(cause=told or refusal.sentence) from refusal
    except DesignFault as fault:
        raise RowRefused(cause=f"« {fault.facts['element']} » : {fault.facts['cause']}") from fault
    except RelaisError as fault:
        raise RowRefused(cause=fault.sentence) from fault


class Replay:
    """Plays the situations of one sheet."""

    def __init__(self, reader: Reader, by: Actor) -> None:
        self.reader, self.by = reader, by

    def play(self, situation: Situation) -> Played:
        """Play a situation inside ``as_one``; the caller commits it, or looks at it and lets it go.

        Raises:
            RowRefused: the route does not go where the sheet says; nothing may be kept.
        """
        with withheld.everything({"repris_le": clock.now().isoformat()}) as kept, _told():
            run = _Run(self, situation, kept)
            run.run()
            settling.settle(run.case_id, breaches=self.reader.matching.breaches)
        return Played(run.case_id, run.reference, sum(kept.kinds.values()))


@dataclass
class _Run:
    """One situation under way."""

    replay: Replay
    situation: Situation
    kept: withheld.Withheld
    at: datetime = field(init=False)
    case_id: UUID = field(init=False)
    reference: str = field(init=False)
    pending: list[Done] = field(init=False)
    acts: list[Acted] = field(init=False)
    _answered: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.at = moment(self.situation.opened)
        self.pending, self.acts = list(self.situation.done), list(self.situation.acts)

    def run(self) -> None:
        """Open the case, pass every step up to its own, then let time come up to now."""
        self._open()
        for _ in range(MOST):
            if not self._pass_one():
                break
        else:
            raise RowRefused(cause="Ces dates font tourner le parcours en rond. Vérifiez-les.")
        now = clock.now()
        while self._let_time_run(now):
            pass
        self._arrived()

    def _open(self) -> None:
        entry = self.replay.reader.meanings.entry
        with clock.at(self.at):
            alert = self.replay.reader.forms.parse(entry.id, self.situation.alert, self.replay.reader.lists)
            opened = cases.open_alert(alert, by=self.replay.by)
            self.case_id, self.reference = opened.case_id, opened.reference
            if not db.session.get_one(ProcessInstance, opened.process_id).state:
                raise RowRefused(cause="Le parcours n'a pas pu commencer avec ce qui est dit du signalement.")
            self._deliver()

    # What comes next

    def _pass_one(self) -> bool:
        """Pass one step of the way; return False when the case stands where the sheet says."""
        open_now = self._open_tasks()
        dated = [
            (done, task) for done in self.pending for task in open_now if standing.node_of(task) == done.node
        ]
        if dated:
            done, task = dated[0]
            return self._at_instant(
                moment(done.on) if done.on else self.at, partial(self._answer, task, done)
            )
        here = self._stands(open_now)
        passed = {*self.situation.way.passed} - {self.situation.stop.node}
        on_the_way = [task for task in open_now if standing.node_of(task) in passed]
        if here and not on_the_way and not self.pending:
            return False
        if not on_the_way and self.pending:
            on_the_way = self._before_pending(open_now)
        if on_the_way:
            task = on_the_way[0]
            return self._at_instant(self._when(task), partial(self._answer, task, None))
        if not here and self._wait():
            return True
        told = self._left_over() if here else standing.elsewhere(self.case_id, self.situation, open_now)
        raise RowRefused(cause=told)

    def _before_pending(self, open_now: list[Task]) -> list[Task]:
        """Return the open steps that lead to one that was done, beside the way or again."""
        for done in self.pending:
            stop = next(one for one in self.replay.reader.meanings.stops if one.node == done.node)
            way = way_to(self.replay.reader.release, stop)
            found = [task for task in open_now if way is not None and standing.node_of(task) in way.passed]
            if found:
                return found
        return []

    def _left_over(self) -> str:
        done = self.pending[0]
        stop = next(one for one in self.replay.reader.meanings.stops if one.node == done.node)
        when = f" ({done.on:%d/%m/%Y})" if done.on else ""
        return (
            f"« {stop.name} »{when} n'a pas pu se placer avant « {self.situation.stop.name} ». "
            "Corrigez l'étape ou videz cette date."
        )

    def _when(self, task: Task) -> datetime:
        """Return when a step without a day was done: the last one, when the case came to its own."""
        way, since = self.situation.way, self.situation.since
        last = bool(way.passed) and way.passed[-1] == standing.node_of(task) and not self.pending
        return moment(since) if last and since is not None else self.at

    def _at_instant(self, wanted: datetime, act: Callable[[], None]) -> bool:
        """Do something at its instant, once what was due before has happened."""
        moved = self._let_time_run(max(wanted, self.at))
        if not moved:
            with clock.at(self.at):
                act()
                self._deliver()
        return True

    def _let_time_run(self, until: datetime) -> bool:
        """Go to an instant; return True when something on the way moved the case: it is to be looked at."""
        timer = db.session.scalars(
            select(Timer)
            .join(ProcessInstance, ProcessInstance.id == Timer.process_id)
            .where(ProcessInstance.case_id == self.case_id, Timer.due_at <= until)
            .order_by(Timer.due_at, Timer.id)
            .limit(1)
        ).first()
        act = self.acts[0] if self.acts and moment(self.acts[0].on) <= until else None
        if act is not None and (timer is None or moment(act.on) < timer.due_at):
            self._act(act)
        elif timer is not None:
            self._fire(timer)
        else:
            self.at = max(self.at, until)
            return False
        return True

    def _fire(self, timer: Timer) -> None:
        self.at = max(self.at, timer.due_at)
        with clock.at(self.at):
            timers.fire(timer.id, timer.process_id, element=timer.element)
            self._deliver()

    def _act(self, act: Acted) -> None:
        self.acts.remove(act)
        self.at = max(self.at, moment(act.on))
        with clock.at(self.at):
            replay_acts.do(self.replay.reader, act, self.case_id, self.replay.by)
            self._deliver()

    def _wait(self) -> bool:
        """Let come what the way waits for: a date not yet past for the case, a message that was sent."""
        for process in standing.running(self.case_id):
            for wait in process.waits:
                node = (wait["process"], wait["element"])
                if node not in self.situation.way.passed:
                    continue
                if wait["kind"] == "timer":
                    due = db.session.scalar(select(Timer.due_at).where(Timer.id == UUID(wait["id"])))
                    return due is not None and due <= clock.now() and self._let_time_run(due)
                if wait["kind"] == "message":
                    return self._at_instant(self._sent_on(node), partial(self._send, wait["name"]))
        return False

    def _sent_on(self, node: Node) -> datetime:
        done = next((one for one in self.pending if one.node == node), None)
        if done is not None and done.on is not None:
            self.pending.remove(done)
            return moment(done.on)
        return moment(self.situation.since) if self.situation.since else self.at

    def _send(self, name: str) -> None:
        with transaction() as session:
            event = Event(name=name, payload={}, case_id=self.case_id, at=clock.now())
            session.add(event)
            session.flush()
            event_id = event.id
        events.deliver(str(event_id))

    # What is done

    def _answer(self, task: Task, done: Done | None) -> None:
        if done is not None:
            self.pending.remove(done)
        raw = done.raw if done is not None else self.situation.answers.get(task.form, {})
        answers = answering.answers_to(self.replay.reader, task, raw)
        if self._answered.get(task.form) == clock.now():  # the latest answer wins: it must be the latest
            self.at += _TICK
        self._answered[task.form] = self.at
        with clock.at(self.at):
            tasks.complete(task.id, answers, by=self.replay.by)

    def _deliver(self) -> None:
        """Deliver what the steps told each other, as of now; other work for later is let go."""
        while self.kept.jobs:
            name, ids = self.kept.jobs.pop(0)
            if name == "deliver_event":
                events.deliver(ids["event_id"])

    def _arrived(self) -> None:
        """Refuse a case that time has carried past its step."""
        open_now = self._open_tasks()
        if not self._stands(open_now):
            raise RowRefused(cause=standing.elsewhere(self.case_id, self.situation, open_now))

    def _open_tasks(self) -> list[Task]:
        return standing.open_tasks(self.case_id, self.situation.way)

    def _stands(self, open_now: list[Task]) -> bool:
        return standing.at_stop(self.case_id, self.situation.stop, open_now)
