"""One invented case lived by hand: the services and clock of a simulation, a person in place of the crews.

Nothing is kept between two replays: the recorded actions are played again from the first, with the same ids
and the same dice, in a private house. An action names its step by process and element, so that a replay
still means something once the diagrams have changed.
"""

import heapq
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from app import clock, ids
from app.catalog.bundle import Bundle
from app.catalog.submission import Flat
from app.engine import Position
from app.errors import Conflict, DesignFault, Forbidden, Invalid, NotFound
from app.models import ProcessInstance
from app.services import act_view, actors, acts, cases, form_lists, task_view, tasks
from app.services.actors import Actor
from app.simulator.answers import Asked
from app.simulator.clockwork import World
from app.simulator.happenings import Happenings, Seen
from app.simulator.house import House, open_house
from app.simulator.plan import Period, Plan, SeededIds
from app.simulator.sheet import LIFE, Sheet, Unplayable
from app.simulator.words import NO_BREAK, counted

MOST_ACTIONS: Final = 200
MOST_DAYS: Final = 400
"""Days that one action may let go by, and days looked ahead for the next thing due."""
_MONTHS: Final = 120
_MORNING: Final = time(9)
_GESTURE: Final = timedelta(minutes=1)
"""What an action takes, so that two answers are never of the same instant."""
Action = Mapping[str, Any]


class ByHandWorld(World):
    """A world in which nobody answers but who plays; time stands still between two actions."""

    def __init__(self, house: House, plan: Plan, period: Period) -> None:
        super().__init__(house, plan, period, None)
        self.now = datetime.combine(period.first, _MORNING, clock.PARIS)
        self.case_id: UUID | None = None
        self._moved = 0
        self._arriving = LIFE
        self.happenings = Happenings(self.release)

    # What the crews would do is left to the person

    def _pile(self, asked: Asked) -> None:
        del asked

    def _ask_partner(self, asked: Asked) -> None:
        del asked

    def _on_position(self, process: ProcessInstance, position: Position) -> None:
        self._moved += 1
        super()._on_position(process, position)

    # Playing

    def begin(self) -> None:
        """Let the first morning come."""
        self._settle()

    def play(self, action: Action) -> list[str]:
        """Do one action; return what happened, in sentences.

        Raises:
            Unplayable: it cannot be done where the case stands.
            Invalid: the answers do not fit the form.
        """
        before = self.seen()
        kind = action["do"]
        if kind == "days":
            self._pass_days(int(action["days"]))
        elif kind == "next":
            self._pass_to_next()
        else:
            self.now += _GESTURE
            with clock.at(self.now):
                self._answer(kind, action)
        self._settle()
        with clock.at(self.now):
            return self.happenings.between(before, self.happenings.seen())

    def seen(self) -> Seen:
        """Return what can be seen of the house now."""
        with clock.at(self.now):
            return self.happenings.seen()

    def _answer(self, kind: str, action: Action) -> None:
        typed = Flat(action["typed"])
        sheet = self.sheet(action)
        answers = sheet.answers(typed)
        try:
            if kind == "alert":
                self.case_id = cases.open_alert(answers, by=sheet.by).case_id
                self.started += 1
            elif kind == "act":
                acts.start(action["act"], self.case_id, answers, by=sheet.by)
            else:
                asked = self.waiting(action)
                self._answered = asked.task_id
                tasks.complete(asked.task_id, answers, by=sheet.by)
        except (DesignFault, Conflict, Forbidden, NotFound) as fault:
            raise Unplayable(why=fault.sentence) from fault
        finally:
            self._answered = None
        self.voices.remember(sheet.life, sheet.form.id, sheet.scope, answers)

    # Finding what an action is about

    def steps(self) -> list[Asked]:
        """Return the steps that wait, in the order in which they came."""
        return sorted(self.open.values(), key=lambda asked: asked.key)

    def place_of(self, asked: Asked) -> int:
        """Return which of the steps of the same name this one is."""
        same = [one.key for one in self.steps() if one.step == asked.step]
        return same.index(asked.key)

    def waiting(self, action: Action) -> Asked:
        """Return the step that an action answers.

        Raises:
            Unplayable: it does not wait.
        """
        same = [one for one in self.steps() if one.step == action["step"]]
        place = int(action.get("place", 0))
        if place < len(same):
            return same[place]
        others = ", ".join(f"«{NO_BREAK}{one.name}{NO_BREAK}»" for one in self.steps())
        name = action.get("name") or action["step"].rpartition("/")[2]
        raise Unplayable(
            why=f"«{NO_BREAK}{name}{NO_BREAK}» n'attend pas de réponse à ce moment. "
            + (f"Attendent : {others}." if others else "Aucune étape n'attend.")
        )

    def sheet(self, action: Action) -> Sheet:
        """Return the form that an action fills, by whom, and what is proposed.

        Raises:
            Unplayable: nothing asks for it here.
        """
        with clock.at(self.now):
            if action["do"] == "alert":
                return self._alert()
            if action["do"] == "act":
                return self._act(str(action["act"]))
            return self.sheet_of(self.waiting(action))

    def _alert(self) -> Sheet:
        if self.settings.entry is None or self.case_id is not None:
            raise Unplayable(why="Le signalement n'est pas attendu à ce moment.")
        by = actors.public(self.settings)
        form = self.release.forms[self.release.entry.form]
        return Sheet(form, by, form_lists.given(form.reads, self.release), self.voices.alert(LIFE, form, by))

    def sheet_of(self, asked: Asked) -> Sheet:
        """Return the form of a step that waits, as who answers it sees it."""
        by = self.person_for(asked)
        view = task_view.open_task(asked.task_id, by)
        try:
            proposed = self.voices.answer(asked, by)
        except Invalid:  # nothing plausible fits: the person will
            proposed = dict(view.initial)
        return Sheet(view.form, by, view.context, proposed, asked.life, asked.scope)

    def _act(self, act_id: str) -> Sheet:
        for actor in self._colleagues():
            try:
                begun, view = act_view.opened(act_id, self.case_id, actor)
            except (NotFound, Forbidden, DesignFault):
                continue
            if begun.reason is not None:
                raise Unplayable(why=begun.reason)
            try:
                proposed = self.voices.by_hand(view, LIFE, f"{begun.act.process}/{begun.step.element}")
            except Invalid:
                proposed = dict(view.initial)
            return Sheet(view.form, actor, view.context, proposed)
        raise Unplayable(why="Ce geste n'est proposé à personne à ce moment.")

    def acts_offered(self) -> dict[str, str]:
        """Return the acts that somebody may do now in the case, by id, with their names."""
        if self.case_id is None:
            return {}
        found: dict[str, str] = {}
        with clock.at(self.now):
            for actor in self._colleagues():
                for act in acts.offered(actor, self.case_id):
                    if act.reason is None:
                        found.setdefault(act.id, act.label)
        return found

    def _colleagues(self) -> list[Actor]:
        """Return one person of each role."""
        first: dict[str, Actor] = {}
        for person in self.people:
            first.setdefault(person.colleague.role, person.colleague.actor)
        return list(first.values())

    def person_for(self, asked: Asked) -> Actor:
        """Return who answers a step: the partner by their link, else the first who holds its lane.

        Raises:
            Unplayable: nobody does.
        """
        lane = self.settings.lanes.get(asked.lane)
        if lane is not None and lane.external and asked.scope is not None:
            try:
                return self.voices.link_holder(asked)
            except NotFound:
                pass
        for person in self.people:
            if asked.lane in person.lanes:
                return person.colleague.actor
        label = lane.label if lane is not None else asked.lane
        raise Unplayable(
            why=f"Personne ne tient le couloir «{NO_BREAK}{label}{NO_BREAK}» : donnez-lui un rôle dans les "
            "réglages."
        )

    # Time

    def _settle(self) -> None:
        """Do what is due now: jobs that carry processes on, deadlines of this very instant."""
        self._live_until(self.now)

    def _pass_days(self, days: int) -> None:
        if not 1 <= days <= MOST_DAYS:
            raise Unplayable(why=f"Avancez de 1 à {MOST_DAYS} jours.")
        here = self.now.astimezone(clock.PARIS)
        then = datetime.combine(here.date() + timedelta(days=days), here.time(), clock.PARIS)
        self._live_until(then)
        self.now = then

    def _pass_to_next(self) -> None:
        """Let time run until something moves or is late: a timer, a reminder, a breach, a meeting, a date."""
        late = min((one.due for one in self.open.values() if one.due and one.due > self.now), default=None)
        last = min(filter(None, (late, self.now + timedelta(days=MOST_DAYS))))
        before = self._signs()
        while self._due and self._due[0][0] <= last:
            at, _, action = heapq.heappop(self._due)
            with clock.at(max(at, self.now)):
                action()
                moved = self._signs() != before
            if moved:
                self._come_to(at)
                return
        if late is None or late > last:
            raise Unplayable(
                why=f"Plus rien n'est attendu avant {counted(MOST_DAYS, 'jour')} : ni échéance, ni rappel."
            )
        self._come_to(late)

    def _come_to(self, moment: datetime) -> None:
        """Stand at that instant, or at the morning in which people find what the night has brought."""
        self.now = max(self.now, moment, _morning_of(moment))

    def _signs(self) -> tuple[int, ...]:
        with clock.at(self.now):
            told = self.happenings.signs()
        return (self._moved, self.tally.reminders, self.tally.escalations, *told)


def _morning_of(moment: datetime) -> datetime:
    """Return the hour at which people who come in the morning find what the night has brought."""
    return datetime.combine(moment.astimezone(clock.PARIS).date(), _MORNING, clock.PARIS)


@contextmanager
def lived_by_hand(bundle: Bundle, *, begins_on: date, seed: int) -> Iterator[ByHandWorld]:
    """Open a house on the programme, on the morning of a day; nothing of it is left after the block.

    Raises:
        BundleFault, ProgrammeFault, DecisionFault: a file cannot run.
        Invalid: the day is out of the years that calendars know.
    """
    plan = Plan(0, _MONTHS, seed, begins_on)
    settings = replace(bundle.settings, simulation=replace(bundle.settings.simulation, acts={}))
    period = plan.period(settings)
    quiet = replace(bundle, settings=settings)
    with ids.drawn_from(SeededIds(plan)), clock.at(period.opening), open_house(quiet) as house:
        world = ByHandWorld(house, plan, period)
        with world.living():
            world.begin()
            yield world
