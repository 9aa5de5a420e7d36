"""Where a process stands on its diagrams, and the same as ordered lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from app import clock, engine
from app.engine import Described
from app.models import ProcessInstance, Task
from app.services import releases
from app.services.releases import LoadedRelease


@dataclass(frozen=True)
class Diagram:
    """One diagram of the case: where it stands, and the same as an ordered list."""

    process: str
    name: str
    active: Sequence[str]
    done: Sequence[str]
    late: Sequence[str]
    steps: Sequence[Described]


def diagrams(process: ProcessInstance, tasks: Sequence[Task]) -> list[Diagram]:
    """Return the diagrams of a process that have begun, with where each stands."""
    release = releases.of(process.release_id)
    names = engine.process_ids(release.programme)
    mine = [task for task in tasks if task.process_id == process.id and task.status == "open"]
    found = []
    for called in _called(process.process, release):
        steps = engine.describe(release.programme, called)
        ids = {step.element for step in steps}
        done = [element for element in process.done_elements if element in ids]
        open_here = [task for task in mine if task.called_process == called]
        borders = {step.element for step in steps if step.attached_to}
        active = [task.element for task in open_here] + [
            wait["element"]
            for wait in process.waits
            if wait["process"] == called and wait["element"] not in borders
        ]
        where = {task.called_process for task in mine} | {wait["process"] for wait in process.waits}
        active += _open_calls(steps, where - {called}, release)
        if done or active:
            found.append(
                Diagram(
                    process=called,
                    name=names.get(called, called),
                    active=list(dict.fromkeys(active)),
                    done=done,
                    late=[t.element for t in open_here if t.due_at and t.due_at <= clock.now()],
                    steps=steps,
                )
            )
    return found


def _called(process_id: str, release: LoadedRelease) -> list[str]:
    """Return a process and those it calls, outermost first."""
    order = [process_id]
    for called in order:
        for step in engine.describe(release.programme, called):
            if step.called and step.called not in order:
                order.append(step.called)
    return order


def _open_calls(steps: Sequence[Described], where: set[str], release: LoadedRelease) -> list[str]:
    """Return the call activities in which something is under way; ``where`` names the busy processes."""
    return [step.element for step in steps if step.called and where & set(_called(step.called, release))]
