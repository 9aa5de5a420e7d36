"""How long steps take and which ways are taken: measured on the latest answers, bounded by an index read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from app import engine
from app.database import db
from app.engine import Described
from app.errors import Forbidden
from app.models import ProcessInstance, Task
from app.services import releases, tallies
from app.services.actors import Actor
from app.services.releases import LoadedRelease

LATEST: Final = 200
"""Answers of a step on which its times are measured, the latest ones."""
ROUTES: Final = 2000
"""Runs on which passages are counted, the latest ones."""
TALLY: Final = "mesures"
_HUMAN: Final = frozenset({"userTask", "manualTask"})
_NINETY: Final = 90


@dataclass(frozen=True)
class Pace:
    """How long a step takes, from its arrival to its answer, over its latest ``done`` answers.

    ``average`` and ``ninetieth`` (nine answers of ten take no longer) are in days; ``late`` of the ``dated``
    answers came after their date.
    """

    done: int
    average: float
    ninetieth: float
    dated: int
    late: int


@dataclass(frozen=True)
class Measures:
    """What was measured: the pace of each step, how often each way was taken over the latest ``runs``.

    ``paces`` by ``<process>/<element>``, ``passes`` (elements done) and ``flows`` by their id as drawn;
    ``flows`` by ``<process>/<flow>``.
    """

    paces: Mapping[str, Pace]
    passes: Mapping[str, int]
    flows: Mapping[str, int]
    runs: int

    def as_json(self) -> dict[str, Any]:
        """Return the measures as a tally keeps them."""
        return {
            "paces": {step: list(vars(pace).values()) for step, pace in self.paces.items()},
            "passes": dict(self.passes),
            "flows": dict(self.flows),
            "runs": self.runs,
        }


@dataclass(frozen=True)
class Measured:
    """Measures and when they were taken: None when it was for this very look."""

    measures: Measures
    at: datetime | None


def latest(actor: Actor) -> Measured | None:
    """Return the measures of the territory; None in a big one that has not been measured yet.

    Raises:
        Forbidden: the role does not supervise.
    """
    if not actor.rights.may("supervision.voir"):
        raise Forbidden
    if not tallies.big():
        return Measured(measured(), None)
    found = tallies.kept(TALLY)
    return Measured(read(found[0]), found[1]) if found is not None else None


def read(content: Mapping[str, Any]) -> Measures:
    """Return the measures that a tally keeps."""
    paces = {step: Pace(*values) for step, values in content["paces"].items()}
    return Measures(paces, content["passes"], content["flows"], content["runs"])


def measured() -> Measures:
    """Measure the steps of the release in force, and the ways that the latest runs have taken."""
    release = releases.current()
    paces = {
        f"{process}/{step.element}": pace
        for process, step in human_steps(release)
        if (pace := _pace(process, step.element)) is not None
    }
    passes: Counter[str] = Counter()
    flows: Counter[str] = Counter()
    runs = _latest_runs()
    for run in runs:
        passes.update(run.done_elements)
        flows.update(run.done_flows)
    return Measures(paces, passes, flows, len(runs))


def human_steps(release: LoadedRelease) -> Iterator[tuple[str, Described]]:
    """Yield the steps that people do with their process, in the order of the route."""
    for process in engine.process_ids(release.programme):
        for step in engine.describe(release.programme, process):
            if step.kind in _HUMAN:
                yield process, step


def _latest_runs() -> Sequence[Any]:
    return db.session.execute(
        select(ProcessInstance.done_elements, ProcessInstance.done_flows)
        .order_by(ProcessInstance.started_at.desc())
        .limit(ROUTES)
    ).all()


def _pace(process: str, element: str) -> Pace | None:
    rows = db.session.execute(
        select(Task.entered_at, Task.completed_at, Task.due_at)
        .where(
            Task.called_process == process,
            Task.element == element,
            Task.status == "done",
            Task.completed_at.is_not(None),
        )
        .order_by(Task.completed_at.desc())
        .limit(LATEST)
    ).all()
    return pace_of([(row.entered_at, row.completed_at, row.due_at) for row in rows])


def pace_of(answers: Sequence[tuple[datetime, datetime, datetime | None]]) -> Pace | None:
    """Return the pace of answers (entered, completed, due); None without any."""
    if not answers:
        return None
    spans = sorted((completed - entered) / timedelta(days=1) for entered, completed, _ in answers)
    dated = [(completed, due) for _, completed, due in answers if due is not None]
    return Pace(
        done=len(spans),
        average=sum(spans) / len(spans),
        ninetieth=spans[-(-len(spans) * _NINETY // 100) - 1],
        dated=len(dated),
        late=sum(completed >= due for completed, due in dated),
    )


def never_taken(measures: Measures, release: LoadedRelease) -> dict[str, list[str]]:
    """Return the flows of each process that no run has taken, in the order of the route.

    Only of processes that some run has entered: of the others there is nothing to say yet.
    """
    found = {}
    for process in engine.process_ids(release.programme):
        flows = [
            f"{process}/{way.flow}"
            for step in engine.describe(release.programme, process)
            for way in step.outgoing
        ]
        if any(flow in measures.flows for flow in flows):
            found[process] = [flow for flow in flows if flow not in measures.flows]
    return found
