"""Counting open tasks by all that a supervisor narrows by, in one pass; no rows, no clock of its own.

The same count serves a page (few tasks, counted at once) and the background (many, kept as a tally).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from app import clock

State = Literal["retard", "bientot", "avenir", "sans", "suspendu"]
STATES: Final[tuple[State, ...]] = ("retard", "bientot", "avenir", "sans", "suspendu")
HORIZONS: Final = (2, 7, 14, 30)
"""Days within which « bientôt » may be asked."""
BUCKETS: Final = ("retard", "2", "7", "14", "30", "loin", "sans", "suspendu")
"""Where a task falls: late, due within each horizon (the nearest that holds), later, no date, suspended."""
DIMENSIONS: Final = ("role", "etape", "parcours", "personne", "partenaire", "commune", "priorite")
NOBODY: Final = "aucune"
"""Value of ``personne`` for a task that nobody has taken."""
AGES: Final = (7, 15, 30, 60)
"""Days that bound the brackets of age; the last bracket is open."""
WEEKS: Final = 8
"""Weeks of the forecast, the present one included."""

Sizes = list[int]
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Facts:
    """What is counted of one open task."""

    due_at: datetime | None
    entered_at: datetime
    active: bool
    role: str
    process: str
    element: str
    person: UUID | None
    partner: UUID | None
    commune: str | None
    priority: str | None

    @property
    def step(self) -> str:
        """The step as one value: ``<process>/<element>``."""
        return f"{self.process}/{self.element}"

    def values(self) -> dict[str, str | None]:
        """Return the value of each dimension, None where the task has none."""
        return {
            "role": self.role,
            "etape": self.step,
            "parcours": self.process,
            "personne": str(self.person) if self.person else NOBODY,
            "partenaire": str(self.partner) if self.partner else None,
            "commune": self.commune,
            "priorite": self.priority,
        }


def _none() -> Sizes:
    return [0] * len(BUCKETS)


def _by_value() -> dict[str, Sizes]:
    return defaultdict(_none)


@dataclass
class Census:
    """How many open tasks there are: by state, by value of each dimension, by holder, by age, by week.

    ``held`` is keyed by role, then by person; ``ages`` by step, one count a bracket of ``AGES`` and a last
    one of those that are late; ``weeks`` by role, then by the Monday of the week they are due in.
    """

    total: Sizes = field(default_factory=_none)
    by: dict[str, dict[str, Sizes]] = field(
        default_factory=lambda: {name: _by_value() for name in DIMENSIONS}
    )
    held: dict[str, dict[str, Sizes]] = field(default_factory=lambda: defaultdict(_by_value))
    ages: dict[str, Sizes] = field(default_factory=lambda: defaultdict(lambda: [0] * (len(AGES) + 2)))
    weeks: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def add(self, task: Facts, now: datetime) -> None:
        """Count one more task."""
        place = bucket(task.due_at, active=task.active, now=now)
        self.total[place] += 1
        values = task.values()
        for name, value in values.items():
            if value is not None:
                self.by[name][value][place] += 1
        self.held[task.role][values["personne"] or NOBODY][place] += 1
        ages = self.ages[task.step]
        ages[age(task.entered_at, now)] += 1
        ages[-1] += place == 0
        week = week_of(task.due_at, now) if task.active and task.due_at else None
        if week is not None:
            self.weeks[task.role][week.isoformat()] += 1

    def as_json(self) -> dict[str, Any]:
        """Return the count as a tally keeps it."""
        return {
            "total": self.total,
            "by": self.by,
            "held": self.held,
            "ages": self.ages,
            "weeks": self.weeks,
        }


def taken(tasks: Iterable[Facts], now: datetime) -> Census:
    """Return the count of ``tasks``."""
    census = Census()
    for task in tasks:
        census.add(task, now)
    return census


def taken_by(
    tasks: Iterable[Facts], now: datetime, keys: Callable[[Facts], Iterable[str]]
) -> dict[str, Census]:
    """Return one count for each key, in one pass; a task counts under every key it has."""
    found: dict[str, Census] = defaultdict(Census)
    for task in tasks:
        for key in keys(task):
            found[key].add(task, now)
    return found


def read(content: Mapping[str, Any]) -> Census:
    """Return the count that a tally keeps."""
    return Census(
        total=list(content["total"]),
        by={name: dict(content["by"].get(name, {})) for name in DIMENSIONS},
        held={role: dict(people) for role, people in content["held"].items()},
        ages=dict(content["ages"]),
        weeks={role: dict(weeks) for role, weeks in content["weeks"].items()},
    )


def bucket(due_at: datetime | None, *, active: bool, now: datetime) -> int:
    """Return where a task falls among ``BUCKETS``."""
    if not active:
        return BUCKETS.index("suspendu")
    if due_at is None:
        return BUCKETS.index("sans")
    if due_at <= now:
        return 0
    for place, days in enumerate(HORIZONS, 1):
        if due_at <= now + timedelta(days=days):
            return place
    return BUCKETS.index("loin")


def sum_of(sizes: Sequence[int], state: State | None, within: int) -> int:
    """Return how many of ``sizes`` are in a state (all without one), « bientôt » meaning ``within`` days."""
    near = sum(size for days, size in zip(HORIZONS, sizes[1:], strict=False) if days <= within)
    if state is None:
        return sum(sizes)
    if state == "retard":
        return sizes[0]
    if state == "bientot":
        return near
    if state == "avenir":
        return sum(sizes[1:6]) - near
    return sizes[BUCKETS.index(state)]


def age(entered_at: datetime, now: datetime) -> int:
    """Return the bracket of ``AGES`` in which a task stands, by days begun in Paris."""
    days = (_day(now) - _day(entered_at)).days
    return next((place for place, most in enumerate(AGES) if days <= most), len(AGES))


def age_bounds(bracket: int, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return between which instants the tasks of a bracket have entered (from inclusive, to exclusive)."""
    today = _day(now)
    oldest = _midnight(today - AGES[bracket] * _DAY) if bracket < len(AGES) else None
    newest = _midnight(today - AGES[bracket - 1] * _DAY) if bracket else None
    return oldest, newest


def week_of(due_at: datetime, now: datetime) -> date | None:
    """Return the Monday of the week a task is due in, None past the forecast; what is late is due now."""
    due = max(_day(due_at - timedelta(microseconds=1)), _day(now))
    monday, present = due - due.weekday() * _DAY, monday_of(now)
    return monday if (monday - present).days < 7 * WEEKS else None


def monday_of(now: datetime) -> date:
    """Return the Monday of the present week in Paris."""
    return _day(now) - _day(now).weekday() * _DAY


def _day(moment: datetime) -> date:
    return moment.astimezone(clock.PARIS).date()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.PARIS)
