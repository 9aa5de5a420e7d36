"""What the processes of trials do: live a simulation, replay scenarios. No database is known."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from app.catalog.bundle import Bundle, bundle_from_text
from app.simulator import Plan, Progress, simulate
from app.simulator.assumptions import Assumptions

Tell = Callable[[Mapping[str, Any]], None]
_READ: Final = 2
"""Percent once the files are read."""
SIMULATE: Final = "app.publishing.child:live"


def live(asked: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Live a trial and its reference, if any; tell the percent and the day reached.

    Args:
        asked: ``files`` (name to text), ``label``, ``plan`` (households, months, seed, start),
            ``assumptions`` (``Assumptions.as_json``), ``reference`` and ``reference_label`` or None.

    Raises:
        RelaisError: the files cannot be lived.
    """
    assumed = Assumptions.from_json(asked["assumptions"])
    sides = [(asked["label"], asked["files"])]
    if asked["reference"] is not None:
        sides.append((asked["reference_label"], asked["reference"]))
    found: list[dict[str, Any]] = []
    start: date | None = None
    for place, (label, files) in enumerate(sides):
        tell({"percent": max(1, 100 * place // len(sides)), "stage": f"{label} : lecture", "told": ""})
        bundle = assumed.laid_over(bundle_from_text(files))
        plan = _plan(asked["plan"], bundle, start)
        start = plan.first_day(bundle.settings)
        told = _telling(tell, label, place, len(sides))
        found.append(simulate(bundle, plan, progress=told).as_json())
    return {"result": found[0], "reference": found[1] if len(found) > 1 else {}}


def _plan(said: Mapping[str, Any], bundle: Bundle, start: date | None) -> Plan:
    """Return the plan; a programme that starts from no alert is lived without households."""
    households = said["households"] if bundle.settings.entry is not None else 0
    return Plan(households, said["months"], said["seed"], start)


def _telling(tell: Tell, label: str, place: int, sides: int) -> Callable[[Progress], None]:
    def told(progress: Progress) -> None:
        whole = (place + progress.share) / sides
        tell(
            {
                "percent": min(99, max(_READ, round(100 * whole))),
                "stage": label,
                "day": progress.day.isoformat(),
                "started": progress.started,
                "closed": progress.closed,
            }
        )

    return told
