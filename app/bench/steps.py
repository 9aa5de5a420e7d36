"""Completions by the page and due timers, each beside the same step on the bare engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter, process_time
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select

from app import clock, tenancy
from app.bench.figures import counting, percentiles, ratio
from app.bench.floor import Floor
from app.bench.house import PROCESS, House, Visitor, expect
from app.bench.weight import weight
from app.database import db, end_read, transaction
from app.models import ProcessInstance, Task
from app.services import actors, cases, releases, starting, timers

GO_ON: Final = {"suite": "continuer"}
WAIT: Final = {"suite": "attendre"}
Times = dict[str, float]
"""``ms`` on the clock, ``cpu_ms`` on the processor; the floor adds ``bare_ms`` and ``bytes``."""


@dataclass
class Runner:
    """A case under measure, here and on the floor (under ``number``)."""

    number: int
    process_id: UUID
    task_id: UUID
    done: int = 0


class StepBench:
    """The measures of one territory: its cases move together, the floor's beside them."""

    def __init__(self, house: House, territory_id: UUID, visitor: Visitor, floor: Floor) -> None:
        self._house = house
        self._territory = territory_id
        self._visitor = visitor
        self._floor = floor
        self.runners: list[Runner] = []

    def open_cases(self, count: int) -> None:
        """Open cases by real alerts and start the measured process in each."""
        with self._house.app.app_context(), tenancy.serving(self._territory):
            for number in range(count):
                process_id = self._open_case()
                self.runners.append(Runner(number, process_id, self._waiting(process_id)))
                self._floor.grow(number, 0, GO_ON)

    def _open_case(self) -> UUID:
        release = releases.current()
        sender = actors.public(release.settings)
        form = release.forms[cases.ALERT_FORM]
        answers = form.sample(self._house.rng, {}, classes=sender.rights.collect)
        opened = cases.open_alert(answers, by=sender)
        with transaction() as session:
            process = ProcessInstance(
                id=uuid4(),
                case_id=opened.case_id,
                release_id=release.id,
                process=PROCESS,
                state=b"",
                started_at=clock.now(),
                done_elements={},
            )
            session.add(process)
            session.flush()
            starting.begin(process, release, {})
            return process.id

    @staticmethod
    def _waiting(process_id: UUID) -> UUID:
        end_read()
        query = select(Task.id).where(Task.process_id == process_id, Task.status == "open")
        return db.session.scalars(query).one()

    def at(self, completed: int, samples: int) -> dict[str, Any]:
        """Measure completions of cases that have ``completed`` steps behind them (and a few more)."""
        for runner in self.runners:
            while runner.done < completed:
                self._complete(runner, GO_ON)
            self._floor.grow(runner.number, completed, GO_ON)
        ours: list[Times] = []
        floor: list[Times] = []
        with counting(self._engine()) as counter:
            for _ in range(samples):
                for runner in self.runners:
                    ours.append(self._complete(runner, GO_ON))
                    floor.append(self._floor.answer(runner.number, GO_ON))
        return {
            **_beside(ours, floor),
            **counter.per(len(ours)),
            **self._weigh(),
            "etat_moteur_nu": int(floor[-1]["bytes"]),
        }

    def timer(self, samples: int) -> dict[str, Any]:
        """Measure due timers whole: lease, engine, commit; one at a time."""
        ours: list[Times] = []
        floor: list[Times] = []
        statements = 0
        for _ in range(samples):
            for runner in self.runners:
                self._stand_before_timer(runner)
                with counting(self._engine()) as counter:
                    ours.append(self._wake(runner))
                statements += counter.read + counter.write
                floor.append(self._floor.wake(runner.number))
        return {**_beside(ours, floor), "instructions": round(statements / len(ours), 1)}

    def _stand_before_timer(self, runner: Runner) -> None:
        """Answer until the case waits for its timer, here and on the floor."""
        if runner.done % 2:  # the other step of the loop has no choice to wait
            self._complete(runner, GO_ON)
            self._floor.answer(runner.number, GO_ON)
        self._complete(runner, WAIT)
        self._floor.answer(runner.number, WAIT)

    def _wake(self, runner: Runner) -> Times:
        with self._house.app.app_context(), clock.at(clock.now() + timedelta(days=1, minutes=1)):
            start, busy = perf_counter(), process_time()
            fired = timers.wake_due(1)
            took = _since(start, busy)
            if fired != 1:
                raise RuntimeError("the timer did not fire")
            with tenancy.serving(self._territory):
                runner.task_id = self._waiting(runner.process_id)
        runner.done += 1
        return took

    def _complete(self, runner: Runner, answers: dict[str, str]) -> Times:
        """Post the form of the step that waits; return what the request took."""
        address = f"/t/{self._visitor.code}/taches/{runner.task_id}"
        form = {
            "csrf_token": self._visitor.token,
            **answers,
            "le": clock.today().isoformat() if answers == GO_ON else "",
            "personnes": "3",
            "depense": "182,40",
            "constat": "Le séjour reste froid, une fenêtre sur deux ferme mal.",
            "situation": "Le ménage attend une réponse de son bailleur.",
        }
        start, busy = perf_counter(), process_time()
        response = self._visitor.client.post(address, data=form)
        took = _since(start, busy)
        expect(response.status_code, 302)
        with self._visitor.client.session_transaction() as session:
            session.pop("_flashes", None)  # the next page would have shown the sentence and forgotten it
        runner.done += 1
        ahead = response.headers["Location"].rpartition("/taches/")
        if ahead[1]:
            runner.task_id = UUID(ahead[2])
        return took

    def _engine(self) -> Any:
        with self._house.app.app_context():
            return db.engine

    def _weigh(self) -> dict[str, int]:
        """Return the mean bytes of a case's state and of all its rows."""
        with self._house.app.app_context(), tenancy.serving(self._territory):
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
