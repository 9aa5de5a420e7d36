"""The whole bench, in one run."""

import os
import platform
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app import tenancy
from app.bench import course
from app.bench.clockwork import Clockwork
from app.bench.course import SHIPPED
from app.bench.crowd import SUPERVISION, fill, inbox_pages, time_pages
from app.bench.floor import Floor
from app.bench.house import House, Visitor, open_house
from app.bench.steps import StepBench
from app.bench.trials import TrialBench, designers
from app.database import db
from app.models import User
from app.services import actors, releases


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    ``completed``: steps behind a case when it is measured; ``cases`` × ``samples`` times each;
    ``timers``: due timers, a case each; ``inbox``: open tasks of the two territories; ``history``: finished
    ones in the larger; ``turns``: how often each list is opened; ``backlog``: due timers given to workers;
    ``standing``: open cases while nothing is due; ``saves``: what a person saves at rest; ``trial``: the
    households and months of the simulation that runs meanwhile.
    """

    completed: tuple[int, ...] = (10, 100, 300)
    cases: int = 4
    samples: int = 12
    timers: int = 32
    inbox: tuple[int, int] = (1_000, 10_000)
    turns: int = 8
    history: int = 20_000
    backlog: int = 600
    standing: int = 10_000
    looks: int = 30
    saves: int = 40
    trial: tuple[int, int] = (200, 12)


LARGE = Scale(inbox=(1_000, 100_000), history=1_000_000, turns=8, backlog=2_000)
"""The size of a country after ten years; a quarter of an hour."""
SMALL = Scale(
    completed=(8, 10), cases=1, samples=2, timers=2, inbox=(20, 40), turns=1,
    history=100, backlog=12, standing=20, looks=3, saves=3,
)  # fmt: skip
"""Everything, hardly: to see that the bench runs."""


def measure(scale: Scale | None = None, *, postgresql: bool = False) -> dict[str, Any]:
    """Measure everything on a temporary server; some minutes at full scale. Times in milliseconds.

    Raises:
        MissingSetting: PostgreSQL is wanted and cannot be started.
    """
    chosen = scale or Scale()
    with open_house(postgresql=postgresql) as house:
        steps = _steps(house, chosen, postgresql=postgresql)
        crowd = _crowd(house, chosen)
    return {
        "base": "PostgreSQL" if postgresql else "SQLite",
        "machine": f"Python {platform.python_version()}, {os.cpu_count()} cœurs",
        **steps,
        **crowd,
    }


def _steps(house: House, scale: Scale, *, postgresql: bool) -> dict[str, Any]:
    visitor = _visitor(house, SHIPPED)
    with house.app.app_context(), tenancy.serving(visitor.territory_id):
        release = releases.current()
        actor = actors.actor_for(db.session.scalars(select(User).where(User.email == visitor.email)).one())
    diagrams = {name: text for name, text in release.bundle.files.items() if name.startswith("bpmn/")}
    with Floor(house.folder, diagrams, release.entry.process) as floor:
        bench = StepBench(house, visitor, actor, floor)
        bench.open_cases(scale.cases)
        steps = {str(completed): bench.at(completed, scale.samples) for completed in scale.completed}
        return {
            "territoire": release.settings.name,
            "diagrammes": len(course.processes(release)),
            "elements": floor.elements,
            "boucle": list(course.names(release)),
            "mesures": scale.cases * scale.samples,
            "etapes": steps,
            "echeance": bench.timer(scale.timers),
            "essai": TrialBench(visitor).felt(
                bench, scale.saves, households=scale.trial[0], months=scale.trial[1]
            ),
            "moteur": _clockwork(Clockwork(house, visitor, actor), bench, scale, postgresql=postgresql),
        }


def _clockwork(works: Clockwork, bench: StepBench, scale: Scale, *, postgresql: bool) -> dict[str, Any]:
    """Measure what falls due; the standing cases last, so that they weigh on nothing else."""
    felt = works.felt(bench, scale.saves, scale.backlog)
    rates = {str(workers): works.rate(scale.backlog, workers) for workers in (1, 2)}
    found: dict[str, Any] = {"par_seconde": rates, "sauvegarde": felt}
    if postgresql:
        found["procrastinate"] = {
            str(workers): works.rate(scale.backlog, workers, runner="procrastinate") for workers in (1, 2)
        }
    found["regard"] = works.look(scale.standing, scale.looks)
    return found


def _crowd(house: House, scale: Scale) -> dict[str, Any]:
    visitors: dict[int, Visitor] = {}
    for size in scale.inbox:
        visitors[size] = _visitor(house, f"{SHIPPED}-{size}")
        finished = scale.history if size == max(scale.inbox) else 0
        fill(house, visitors[size].territory_id, size, finished=finished)
    return {
        "terminees": scale.history,
        "corbeille": time_pages(visitors, inbox_pages(), scale.turns),
        "supervision": time_pages(visitors, SUPERVISION, scale.turns),
    }


def _visitor(house: House, code: str) -> Visitor:
    """Load a territory; return somebody who may answer every step of the course there."""
    territory_id = house.territory(code)
    with house.app.app_context(), tenancy.serving(territory_id):
        release = releases.current()
        roles = [*course.roles(release), *designers(release)]
    return house.visitor(code, territory_id, roles)
