"""Acts done by hand in a simulated run: now and then, while each is offered, by somebody of its roles.

How often stands in ``[simulation.gestes]``: for each open case, or for the territory. The time an act takes
counts in the hours of its role, beside the steps that wait in its inbox.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from app import clock
from app.catalog.acts import Act
from app.errors import Conflict, DesignFault, Forbidden, Invalid, NotFound
from app.expressions.calendar import is_working_day
from app.ids import new_id
from app.services import act_view, acts
from app.services.acts import Beginning
from app.services.releases import LoadedRelease
from app.services.task_view import TaskView
from app.simulator.answers import Voices
from app.simulator.counts import Tally
from app.simulator.plan import Plan
from app.simulator.staff import OPENING, Person

_MONTH: Final = 30.44
_DAY: Final = timedelta(days=1)
At = Callable[[datetime, Callable[[], None]], None]


class ByHand:
    """What people start by themselves.

    Args:
        at: plans an action for an instant of the run.
        people: who works in the territory.
    """

    def __init__(
        self,
        plan: Plan,
        release: LoadedRelease,
        *,
        people: Sequence[Person],
        voices: Voices,
        tally: Tally,
        at: At,
    ) -> None:
        self._plan, self._release, self._people = plan, release, people
        self._voices, self._tally, self._at = voices, tally, at
        self._turns: Counter[tuple[str, str]] = Counter()
        self.lives: dict[UUID, str] = {}

    def begin(self, case_id: UUID | None, life: str) -> None:
        """Plan the first time of each act of a case (or of the territory), from now on."""
        for act in self._release.settings.acts.values():
            if act.of_case == (case_id is not None):
                self._plan_next(act, case_id, life)

    def _plan_next(self, act: Act, case_id: UUID | None, life: str) -> None:
        rate = float(self._release.settings.simulation.acts.get(act.id, 0))
        if rate <= 0:
            return
        self._turns[life, act.id] += 1
        dice = self._plan.dice(life, "geste", act.id, self._turns[life, act.id])
        day = (clock.now() + _DAY * (dice.expovariate(rate / _MONTH))).astimezone(clock.PARIS).date()
        day = max(day, clock.today() + _DAY)
        while not is_working_day(day, self._release.settings.closing_days):
            day += _DAY
        moment = datetime.combine(day, OPENING, clock.PARIS) + timedelta(seconds=dice.randrange(3600))
        self._at(moment, partial(self._do, act, case_id, life))

    def _do(self, act: Act, case_id: UUID | None, life: str) -> None:
        """Do an act if somebody may, then plan the next time; a closed case has none any more."""
        turn = self._turns[life, act.id]
        by = self._somebody(act, life, turn)
        if by is not None:
            try:
                begun, view = act_view.opened(act.id, case_id, by.colleague.actor)
            except (NotFound, Forbidden, DesignFault):
                return
            if begun.case is not None and begun.case.status != "open":
                return
            if begun.reason is None:
                self._start(begun, view, by, life if case_id is not None else f"{life}-{act.id}-{turn}")
        self._plan_next(act, case_id, life)

    def _start(self, begun: Beginning, view: TaskView, by: Person, life: str) -> None:
        act, actor = begun.act, by.colleague.actor
        step = f"{act.process}/{begun.step.element}"
        process_id = new_id()
        self.lives[process_id] = life
        try:
            answers = self._voices.by_hand(view, life, step)
            acts.start(act.id, begun.case_id, answers, by=actor, process_id=process_id)
        except Invalid as refusal:
            self._tally.refuse(step, refusal)
        except (DesignFault, Conflict):
            return  # an incident holds it, or it closed at this very instant
        else:
            minutes = self._voices.usual_minutes(view.task.form, view.task.lane)
            self._tally.by_hand(step)
            self._tally.worked(by.colleague.role, minutes)

    def _somebody(self, act: Act, life: str, turn: int) -> Person | None:
        able = [one for one in self._people if set(one.colleague.actor.roles) & set(act.roles)]
        return self._plan.dice(life, act.id, turn, "qui").choice(able) if able else None
