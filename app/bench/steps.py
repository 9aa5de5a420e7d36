"""Completions by the page and due timers, each beside the same step on the bare engine."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter, process_time
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.bench import course
from app.bench.figures import Counter, counting, percentiles, ratio
from app.bench.floor import Floor, Step
from app.bench.house import House, Visitor, expect
from app.bench.weight import weight
from app.database import db, end_read
from app.models import Timer
from app.services import task_view, timers
from app.services.actors import Actor

_MOMENT: Final = timedelta(minutes=1)
Times = dict[str, float]
"""``ms`` on the clock, ``cpu_ms`` on the processor; the floor adds ``bare_ms`` and ``bytes``."""


@dataclass
class Runner:
    """A case under measure, here and on the floor (under ``number``).

    ``behind``: steps completed here that the floor has still to complete. ``after``: the data that the
    process holds once a step of the loop is completed.
    """

    number: int
    process_id: UUID
    task_id: UUID
    element: str
    done: int = 0
    behind: list[Step] = field(default_factory=list)
    after: dict[str, Mapping[str, Any]] = field(default_factory=dict)


class StepBench:
    """The measures of one territory: its cases move together, the floor's beside them."""

    def __init__(self, house: House, visitor: Visitor, actor: Actor, floor: Floor) -> None:
        self._house = house
        self._visitor = visitor
        self._actor = actor
        self._floor = floor
        self._typed: dict[str, dict[str, list[str]]] = {}
        self._opened = 0
        self.runners: list[Runner] = []

    def open_cases(self, count: int) -> None:
        """Open cases by public alerts and carry them to the loop."""
        for _ in range(count):
            runner = self._open_case()
            while runner.element not in course.LOOP:
                self._answer(runner)
            self.runners.append(runner)

    def _open_case(self) -> Runner:
        with self._here():
            process_id = course.open_case(self._house.rng)
            stands = course.Standing(process_id)
        runner = Runner(self._opened, process_id, stands.task_id, stands.element)
        self._opened += 1
        self._floor.start(runner.number, stands.data)
        return runner

    def _answer(self, runner: Runner) -> None:
        """Complete the step that waits by the service, not measured."""
        with self._here():
            course.answer(runner.task_id, self._actor, self._house.rng)
        self._completed(runner, self._standing(runner))

    def at(self, completed: int, samples: int) -> dict[str, Any]:
        """Measure completions of cases that have ``completed`` steps behind them (and a few more)."""
        for runner in self.runners:
            while runner.done < completed:
                self._post(runner)
            self._compare(runner)
        ours: list[Times] = []
        floor: list[Times] = []
        with counting(self._engine()) as counter:
            for _ in range(samples):
                for runner in self.runners:
                    ours.append(self._post(runner))
                    floor.append(self._floor.answer(runner.number, runner.behind.pop()))
        for runner in self.runners:
            self._compare(runner)
        return {
            **_beside(ours, floor),
            **counter.per(len(ours)),
            **self._weigh(),
            "etat_moteur_nu": int(floor[-1]["bytes"]),
        }

    def _compare(self, runner: Runner) -> None:
        """Bring the floor level, and stop the bench when it stands elsewhere or holds other data."""
        found = self._floor.grow(runner.number, runner.behind)
        runner.behind.clear()
        stands = self._standing(runner)
        if (found["element"], found["data"]) != (stands.element, stands.data):
            raise RuntimeError(f"the floor stands at {found}, the case at {stands.element}: {stands.data}")

    def saves(self, count: int) -> list[float]:
        """Post so many steps, one case after the other; return what each took in milliseconds."""
        return [self._post(self.runners[turn % len(self.runners)])["ms"] for turn in range(count)]

    def timer(self, samples: int) -> dict[str, Any]:
        """Measure due timers whole: lease, engine, commit; one at a time, each of a case of its own."""
        ours: list[Times] = []
        floor: list[Times] = []
        counter = Counter()
        for _ in range(samples):
            runner = self._open_case()
            while self._due(runner) is None:
                self._answer(runner)
            self._floor.grow(runner.number, runner.behind)
            with counting(self._engine(), counter):
                ours.append(self._wake(runner))
            floor.append(self._floor.wake(runner.number, course.TIMER))
        return {
            **_beside(ours, floor),
            "instructions": round((counter.read + counter.write) / len(ours), 1),
            "validations": round(counter.commits / len(ours), 1),
        }

    def _due(self, runner: Runner) -> Timer | None:
        with self._here():
            end_read()
            mine = select(Timer).where(Timer.process_id == runner.process_id, Timer.element == course.TIMER)
            return db.session.scalar(mine)

    def _wake(self, runner: Runner) -> Times:
        due = self._due(runner)
        if due is None:
            raise LookupError(course.TIMER)
        with self._house.app.app_context(), clock.at(due.due_at + _MOMENT):
            start, busy = perf_counter(), process_time()
            fired = timers.wake_due(1)
            took = _since(start, busy)
        if fired != 1:
            raise RuntimeError("the timer did not fire")
        return took

    def _post(self, runner: Runner) -> Times:
        """Post the form of the step that waits; return what the request took."""
        address = f"/t/{self._visitor.code}/taches/{runner.task_id}"
        form = {"csrf_token": self._visitor.token, **self._form(runner)}
        start, busy = perf_counter(), process_time()
        response = self._visitor.client.post(address, data=form)
        took = _since(start, busy)
        expect(response.status_code, 302)
        with self._visitor.client.session_transaction() as session:
            session.pop("_flashes", None)  # the next page would have shown the sentence and forgotten it
        ahead = UUID(response.headers["Location"].rpartition("/taches/")[2])
        if runner.element in runner.after:  # the second turn of the loop changes no data any more
            self._move_on(runner, runner.after[runner.element], ahead, course.other(runner.element))
        else:
            self._completed(runner, self._standing(runner))
        return took

    def _form(self, runner: Runner) -> dict[str, list[str]]:
        """Return what a person types at this step of the loop, drawn once."""
        if runner.element not in self._typed:
            with self._here():
                view = task_view.open_task(runner.task_id, self._actor)
                self._typed[runner.element] = view.form.spread(course.sample(view, self._house.rng)).values
        return self._typed[runner.element]

    def _completed(self, runner: Runner, stands: course.Standing) -> None:
        if runner.element in course.LOOP and runner.done > len(course.LOOP) * 2:
            runner.after[runner.element] = stands.data
        self._move_on(runner, stands.data, stands.task_id, stands.element)

    @staticmethod
    def _move_on(runner: Runner, data: Mapping[str, Any], task_id: UUID, element: str) -> None:
        runner.behind.append((runner.element, data))
        runner.done += 1
        runner.task_id, runner.element = task_id, element

    def _standing(self, runner: Runner) -> course.Standing:
        with self._here():
            return course.Standing(runner.process_id)

    @contextmanager
    def _here(self) -> Iterator[None]:
        with self._house.app.app_context(), tenancy.serving(self._visitor.territory_id):
            yield

    def _engine(self) -> Any:
        with self._house.app.app_context():
            return db.engine

    def _weigh(self) -> dict[str, int]:
        """Return the mean bytes of a case's state and of all its rows."""
        with self._here():
            found = [weight(runner.process_id) for runner in self.runners]
        return {"etat": _mean([state for state, _ in found]), "dossier": _mean([rows for _, rows in found])}


def _since(start: float, busy: float) -> Times:
    return {"ms": (perf_counter() - start) * 1000, "cpu_ms": (process_time() - busy) * 1000}


def _beside(ours: Sequence[Times], floor: Sequence[Times]) -> dict[str, Any]:
    """Return our times, the floor's and how many times the floor we take."""
    whole, row, bare = _percentiles(ours, "ms"), _percentiles(floor, "ms"), _percentiles(floor, "bare_ms")
    cpu, row_cpu = _percentiles(ours, "cpu_ms"), _percentiles(floor, "cpu_ms")
    return {
        "ms": whole,
        "plancher_ms": row,
        "moteur_nu_ms": bare,
        "rapport": ratio(whole, row),
        "rapport_moteur_nu": ratio(whole, bare),
        "processeur_ms": cpu,
        "processeur_plancher_ms": row_cpu,
        "rapport_processeur": ratio(cpu, row_cpu),
    }


def _percentiles(found: Sequence[Times], key: str) -> dict[str, float]:
    return percentiles([item[key] for item in found])


def _mean(numbers: Sequence[int]) -> int:
    return round(sum(numbers) / len(numbers))
