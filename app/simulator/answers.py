"""What people answer: drawn by the forms themselves, for each household by its own dice."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app import clock
from app.catalog.forms import Answers, Form
from app.catalog.kinds.base import Habits
from app.catalog.simulation import Crew
from app.database import db
from app.engine import OpenTask
from app.errors import NotFound
from app.models import Orientation
from app.services import actors, form_lists, task_view
from app.services.actors import Actor
from app.services.releases import LoadedRelease
from app.services.task_view import TaskView
from app.simulator.plan import Plan

_SPREAD: Final = (0.7, 1.3)
"""How far a step's effort varies around what its form says."""
_DEFAULT_CREW: Final = Crew()


@dataclass(frozen=True)
class Asked:
    """A step waiting for an answer. ``life`` names the household, or the process of the territory."""

    key: int
    task_id: UUID
    process_id: UUID
    life: str
    process: str
    element: str
    name: str
    lane: str
    form: str
    scope: str | None
    turn: int
    entered: datetime
    due: datetime | None
    remind: datetime | None
    escalate: datetime | None
    breach: datetime | None = None

    @classmethod
    def of(cls, key: int, process_id: UUID, life: str, turn: int, task: OpenTask) -> "Asked":
        """Return a step that the engine has opened."""
        return cls(
            key, task.id, process_id, life, task.process, task.element, task.name,
            task.lane or "", task.form or "", task.scope, turn,
            task.entered_at, task.due_at, task.remind_at, task.escalate_at, task.breach_at,
        )  # fmt: skip

    @property
    def step(self) -> str:
        """The step, as figures name it."""
        return f"{self.process}/{self.element}"


class Voices:
    """Draws answers and efforts; remembers what each household answered last to each form."""

    def __init__(self, plan: Plan, release: LoadedRelease) -> None:
        self._plan = plan
        self._release = release
        self._last: dict[tuple[str, str, str | None], Mapping[str, Any]] = {}
        self._acts: Counter[tuple[str, str]] = Counter()

    def alert(self, life: str, form: Form, by: Actor) -> Answers:
        """Return what is told of a household."""
        given = form_lists.given(form.reads, self._release)
        answers = form.sample(self._plan.dice(life, form.id), given, classes=by.rights.collect)
        self._last[life, form.id, None] = answers
        return answers

    def answer(self, asked: Asked, by: Actor) -> Answers:
        """Return what ``by`` answers to a step, read as its page reads it.

        Raises:
            Invalid: the form leaves no plausible answer.
        """
        view = task_view.open_task(asked.task_id, by)
        habits = self._habits(view, asked.life, asked.scope)
        dice = self._plan.dice(asked.life, asked.step, asked.turn)
        answers = view.form.sample(dice, view.context, classes=view.classes, habits=habits)
        self._last[asked.life, asked.form, asked.scope] = answers
        return answers

    def by_hand(self, view: TaskView, life: str, step: str) -> Answers:
        """Return what is answered to the first step of an act, which no task waits for yet.

        Raises:
            Invalid: the form leaves no plausible answer.
        """
        self._acts[life, step] += 1
        dice = self._plan.dice(life, step, "geste", self._acts[life, step])
        answers = view.form.sample(
            dice, view.context, classes=view.classes, habits=self._habits(view, life, None)
        )
        self._last[life, view.form.id, None] = answers
        return answers

    def _habits(self, view: TaskView, life: str, scope: str | None) -> Habits:
        proposes = any(item.initial or item.taken_from for item in view.form.fields)
        return Habits(
            earlier=self._last.get((life, view.form.id, scope), {}),
            proposed=view.initial if proposes else {},
        )

    def remember(self, life: str, form_id: str, scope: str | None, answers: Answers) -> None:
        """Let what a person answered be what the household answered last to a form."""
        self._last[life, form_id, scope] = answers

    def usual_minutes(self, form_id: str, lane: str) -> int:
        """Return what answering a form takes, in minutes, as it says itself or as its lane does."""
        form = self._release.forms.get(form_id)
        return form.effort.minutes if form and form.effort.minutes else self.crew(lane).minutes

    def minutes(self, asked: Asked) -> float:
        """Return what a step takes, in minutes."""
        usual = self.usual_minutes(asked.form, asked.lane)
        return usual * self._plan.dice(asked.life, asked.step, asked.turn, "effort").uniform(*_SPREAD)

    def day(self, asked: Asked) -> date | None:
        """Return the day of the appointment that a step waits for (« le »), None when there is none."""
        form = self._release.forms.get(asked.form)
        dotted = form.effort.not_before if form else None
        if dotted is None:
            return None
        source, _, key = dotted.partition(".")
        for scope in (asked.scope, None):
            value = self._last.get((asked.life, source, scope), {}).get(key)
            if isinstance(value, datetime):
                return value.astimezone(clock.PARIS).date()
            if isinstance(value, date):
                return value
        return None

    def held_up(self, asked: Asked) -> int:
        """Return for how many days a step waits for the household or for a paper."""
        form = self._release.forms.get(asked.form)
        dice = self._plan.dice(asked.life, asked.step, asked.turn, "attente")
        if form is None or dice.random() >= float(form.effort.held_up):
            return 0
        return dice.randint(*form.effort.held_days)

    def partner(self, asked: Asked) -> tuple[int | None, bool]:
        """Return after how many days a partner answers (None: never), and whether the team then notes it."""
        crew, form = self.crew(asked.lane), self._release.forms.get(asked.form)
        dice = self._plan.dice(asked.life, asked.step, asked.turn, "partenaire")
        silent, noted = _happens(dice.random(), crew.unanswered), _happens(dice.random(), crew.noted)
        days = dice.randint(*((form.effort.answer_days if form else None) or crew.answer_days))
        return (None if silent else days), silent and noted

    def crew(self, lane: str) -> Crew:
        """Return what was said of a lane's people."""
        return self._release.settings.simulation.crews.get(lane, _DEFAULT_CREW)

    def link_holder(self, asked: Asked) -> Actor:
        """Return the partner whose orientation a step belongs to.

        Raises:
            NotFound: the step belongs to none.
        """
        try:
            row = db.session.get(Orientation, UUID(asked.scope or ""))
        except ValueError:
            row = None
        if row is None:
            raise NotFound
        settings = self._release.settings
        kind = settings.partner_kinds[row.partner.kind]
        return actors.link_holder(row.partner.name, str(row.id), kind.receives, settings)


def _happens(drawn: float, share: Decimal) -> bool:
    return drawn < float(share)
