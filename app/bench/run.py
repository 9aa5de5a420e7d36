"""The whole bench, in one run."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app import tenancy
from app.bench.crowd import fill, time_inbox
from app.bench.floor import Floor
from app.bench.house import PROCESS, House, Visitor, open_house
from app.bench.steps import StepBench
from app.services import releases


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    ``completed``: steps behind a case when it is measured; ``cases`` × ``samples`` times each;
    ``inbox``: open tasks of the two territories; ``turns``: how often each list is opened.
    """

    completed: tuple[int, ...] = (10, 50, 200)
    cases: int = 4
    samples: int = 12
    timers: int = 8
    inbox: tuple[int, int] = (1_000, 10_000)
    turns: int = 15


SMALL = Scale(completed=(2, 4), cases=1, samples=2, timers=2, inbox=(20, 40), turns=1)
"""Everything, hardly: to see that the bench runs."""


def measure(scale: Scale | None = None, *, postgresql: bool = False) -> dict[str, Any]:
    """Measure everything on a temporary server; about a minute at full scale. Times in milliseconds.

    Raises:
        MissingSetting: PostgreSQL is wanted and cannot be started.
    """
    chosen = scale or Scale()
    with open_house(postgresql=postgresql) as house:
        steps = _steps(house, chosen)
        crowd = _crowd(house, chosen)
    return {
        "base": "PostgreSQL" if postgresql else "SQLite",
        "machine": f"Python {platform.python_version()}, {os.cpu_count()} cœurs",
        **steps,
        "corbeille": crowd,
    }


def _steps(house: House, scale: Scale) -> dict[str, Any]:
    territory_id = house.territory(PROCESS)
    visitor = house.visitor(PROCESS, territory_id, _roles(house, territory_id))
    with Floor(house.folder, house.diagram, PROCESS) as floor:
        bench = StepBench(house, territory_id, visitor, floor)
        bench.open_cases(scale.cases)
        steps = {str(completed): bench.at(completed, scale.samples) for completed in scale.completed}
        return {
            "elements": floor.elements,
            "mesures": scale.cases * scale.samples,
            "etapes": steps,
            "echeance": bench.timer(scale.timers),
        }


def _crowd(house: House, scale: Scale) -> Mapping[str, Any]:
    visitors: dict[int, Visitor] = {}
    for size in scale.inbox:
        code = f"{PROCESS}-{size}"
        territory_id = house.territory(code)
        visitors[size] = house.visitor(code, territory_id, _roles(house, territory_id))
        fill(house, territory_id, size)
    return time_inbox(visitors, scale.turns)


def _roles(house: House, territory_id: Any) -> list[str]:
    """Return the roles that answer the lane of the measured diagram."""
    with house.app.app_context(), tenancy.serving(territory_id):
        release = releases.current()
        (lane,) = {item.lane for item in release.programme.described[PROCESS] if item.lane}
        return list(release.settings.lanes[lane].roles)
