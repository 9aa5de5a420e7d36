"""What is counted while time runs: steps, flows, waits, lateness, hours."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app import clock
from app.engine import Position
from app.errors import Invalid
from app.simulator.answers import Asked
from app.simulator.result import StepFigures

_DAY = 86400


@dataclass
class _Step:
    entered: int = 0
    late: int = 0
    cancelled: int = 0
    waits: list[float] = field(default_factory=list)
    since_start: list[float] = field(default_factory=list)


@dataclass
class Tally:
    """Everything counted so far. Steps and flows are named ``process/element`` and ``process/flow``."""

    elements: Counter[str] = field(default_factory=Counter)
    flows: Counter[str] = field(default_factory=Counter)
    timers: int = 0
    reminders: int = 0
    escalations: int = 0
    hours: defaultdict[tuple[str, str], list[float]] = field(
        default_factory=lambda: defaultdict(lambda: [0.0, 0.0])
    )
    begun: dict[UUID, datetime] = field(default_factory=dict)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    _steps: dict[str, _Step] = field(default_factory=dict)

    def moved(self, position: Position) -> None:
        """Count what a step of the engine went through."""
        for step in position.steps:
            self.elements[f"{step.process}/{step.element}"] += 1
            for flow in step.flows:
                self.flows[f"{step.process}/{flow}"] += 1

    def entered(self, asked: Asked) -> None:
        """Count a step that begins to wait."""
        self._steps.setdefault(asked.step, _Step()).entered += 1

    def left(self, asked: Asked, *, done: bool) -> None:
        """Count a step that was answered, or taken back by the route."""
        step, now = self._steps[asked.step], clock.now()
        if done:
            step.waits.append((now - asked.entered).total_seconds() / _DAY)
            if asked.turn == 1:
                step.since_start.append((now - self.begun[asked.process_id]).total_seconds() / _DAY)
        else:
            step.cancelled += 1
        self.overdue(asked, now)

    def by_hand(self, step: str) -> None:
        """Count a step that was answered as it began, by an act."""
        figures = self._steps.setdefault(step, _Step())
        figures.entered += 1
        figures.waits.append(0.0)

    def refuse(self, step: str, refusal: Invalid) -> None:
        """Note that a form leaves no plausible answer."""
        told = "; ".join(f"{key} : {' '.join(lines)}" for key, lines in sorted(refusal.problems.items()))
        self.refused[step, f"aucune réponse plausible ne convient à ce formulaire ({told})"] += 1

    def overdue(self, asked: Asked, now: datetime) -> None:
        """Count a step that is late at ``now``."""
        if asked.due is not None and asked.due <= now:
            self._steps[asked.step].late += 1

    def worked(self, role: str, minutes: float) -> None:
        """Count a step that somebody of a role has done, in the month of the present day."""
        figures = self.hours[role, clock.today().strftime("%Y-%m")]
        figures[0] += 1
        figures[1] += minutes / 60

    def steps(self) -> Iterator[tuple[str, StepFigures]]:
        """Yield the figures of each step that people do."""
        for name, step in sorted(self._steps.items()):
            waits = sorted(step.waits)
            yield (
                name,
                StepFigures(
                    entered=step.entered,
                    done=len(waits),
                    cancelled=step.cancelled,
                    late=step.late,
                    p50_days=_rank(waits, 0.5),
                    p90_days=_rank(waits, 0.9),
                    since_start=_rank(sorted(step.since_start), 0.5),
                ),
            )

    @property
    def completed(self) -> int:
        """How many steps people have answered."""
        return sum(len(step.waits) for step in self._steps.values())

    @property
    def late(self) -> int:
        """How many steps went past their date."""
        return sum(step.late for step in self._steps.values())


def _rank(ordered: list[float], share: float) -> float | None:
    """Return the nearest-rank quantile, None of nothing."""
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else None
