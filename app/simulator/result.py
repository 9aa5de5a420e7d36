"""What a simulation found: plain values, the same for the same seed but for the time it took."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class StepFigures:
    """A step that people do: entered, answered, taken back by the route, late; days waited (median, 9 in 10).

    A step is late when it was left, or still stood at the end, past its date. ``since_start`` is the median
    of days from the start of its process to the first time it was done.
    """

    entered: int
    done: int
    cancelled: int
    late: int
    p50_days: float | None
    p90_days: float | None
    since_start: float | None = None


@dataclass(frozen=True)
class RoleMonth:
    """The month of a role: steps done, hours they took, hours that its people had."""

    tasks: int
    hours: float
    capacity: float


@dataclass(frozen=True)
class IncidentFigure:
    """Why a step could not run, and how often; ``process`` is the one that was started."""

    process: str
    element: str
    element_name: str
    cause: str
    times: int


@dataclass(frozen=True)
class Cost:
    """What one nature of expense came to: how many commitments, their euros as text (« 1250.00 »)."""

    times: int
    amount: str


@dataclass(frozen=True)
class Result:
    """One run.

    ``started = closed + open``; without households they count processes. Steps are named
    ``process/element``, flows ``process/flow``. ``flows`` holds every flow of the programme, zero when
    never taken; ``elements`` how often each element was completed; ``open_tasks`` what waits at the end, by
    step; ``decisions`` by table, how often each rule matched (« 2 » or « 2+5 »); ``closures`` how many cases
    by reason. ``breaches`` holds how often each frequency or promise was not kept, by ``process/element``;
    ``warnings`` how often somebody was told in time. ``timers_fired`` adds up drawn timers, reminders and
    escalations. ``costs`` holds what was engaged, by nature of expense, less what was given back. ``seconds``
    alone differs from run to run.
    """

    code: str
    fingerprint: str
    seed: int
    first: date
    last: date
    months: int
    households: int
    started: int
    closed: int
    open: int
    incidents: int
    tasks_completed: int
    timers_fired: int
    late_tasks: int
    never_taken: tuple[str, ...]
    by_step: Mapping[str, StepFigures]
    by_role_month: Mapping[str, Mapping[str, RoleMonth]]
    flows: Mapping[str, int]
    elements: Mapping[str, int]
    open_tasks: Mapping[str, int]
    decisions: Mapping[str, Mapping[str, int]]
    closures: Mapping[str, int]
    timers: Mapping[str, int]
    breaches: Mapping[str, int]
    warnings: int
    incidents_list: tuple[IncidentFigure, ...]
    seconds: float
    costs: Mapping[str, Cost] = field(default_factory=dict)

    @property
    def speed(self) -> float:
        """Household-years a minute."""
        return self.households * self.months / 12 / max(self.seconds, 0.001) * 60

    def as_json(self) -> dict[str, Any]:
        """Return the values of the command line's contract, then those that reports draw on."""
        values = asdict(self)
        values["first"], values["last"] = self.first.isoformat(), self.last.isoformat()
        values["never_taken"] = list(self.never_taken)
        values["incidents_list"] = [asdict(item) for item in self.incidents_list]
        seconds = values.pop("seconds")
        return {**values, "seconds": seconds, "household_years_per_minute": round(self.speed)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Result":
        """Return what ``as_json`` gave."""
        kept = {name: value for name, value in values.items() if name in cls.__dataclass_fields__}
        by_role = {
            role: {month: RoleMonth(**one) for month, one in months.items()}
            for role, months in values["by_role_month"].items()
        }
        return cls(
            **{
                **kept,
                "first": date.fromisoformat(values["first"]),
                "last": date.fromisoformat(values["last"]),
                "never_taken": tuple(values["never_taken"]),
                "by_step": {step: StepFigures(**one) for step, one in values["by_step"].items()},
                "by_role_month": by_role,
                "incidents_list": tuple(IncidentFigure(**one) for one in values["incidents_list"]),
                "costs": {nature: Cost(**one) for nature, one in values.get("costs", {}).items()},
            }
        )
