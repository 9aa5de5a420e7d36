"""The measured course: the shipped route, and what is answered on the way (``files/parcours.json``).

The file names a shipped territory and steps of its diagrams: the answers that keep a case on its way, the two
steps it then goes round for ever, and the boundary timer that is measured.
"""

import json
import random
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import engine
from app.catalog.forms import Answers
from app.database import db, end_read
from app.models import ProcessInstance, Task
from app.services import actors, cases, releases, task_view, tasks
from app.services.actors import Actor
from app.services.releases import LoadedRelease
from app.services.task_view import TaskView

_COURSE: Final[Mapping[str, Any]] = json.loads(
    files("app.bench").joinpath("files", "parcours.json").read_text(encoding="utf-8")
)
SHIPPED: Final[str] = _COURSE["territoire"]
"""The shipped territory whose route this is."""
WANTED: Final[Mapping[str, Mapping[str, Any]]] = _COURSE["reponses"]
"""``{element: {field: answer}}``: the rest is drawn by the forms themselves."""
LOOP: Final[tuple[str, ...]] = tuple(_COURSE["boucle"])
TIMER: Final[str] = _COURSE["echeance"]
_TRIES: Final = 2000


def processes(release: LoadedRelease) -> tuple[str, ...]:
    """Return the process that an alert starts and those it calls, near or far."""
    found = [release.entry.process]
    for process in found:
        called = (step.called for step in release.programme.described[process])
        found += [one for one in dict.fromkeys(called) if one and one not in found]
    return tuple(found)


def roles(release: LoadedRelease) -> list[str]:
    """Return roles that may answer every step of the course."""
    described = release.programme.described
    lanes = {step.lane for process in processes(release) for step in described[process] if step.lane}
    known = release.settings.lanes
    return sorted({role for lane in lanes & known.keys() for role in known[lane].roles})


def names(release: LoadedRelease) -> tuple[str, ...]:
    """Return the loop's steps as people read them."""
    known = {
        step.element: step.name for one in processes(release) for step in release.programme.described[one]
    }
    return tuple(known[element] for element in LOOP)


def open_case(rng: random.Random) -> UUID:
    """Open a case by a public alert; return its process."""
    release = releases.current()
    sender = actors.public(release.settings)
    answers = release.forms[release.entry.form].sample(rng, {}, classes=sender.rights.collect)
    opened = cases.open_alert(answers, by=sender)
    query = select(ProcessInstance.id).where(ProcessInstance.case_id == opened.case_id)
    return db.session.scalars(query).one()


def sample(view: TaskView, rng: random.Random) -> Answers:
    """Draw answers of a step until they keep the case on its course.

    Raises:
        LookupError: none did.
    """
    wanted = WANTED.get(view.task.element, {})
    for _ in range(_TRIES):
        answers = view.form.sample(rng, view.context, classes=view.classes)
        if all(answers.get(key) == value for key, value in wanted.items()):
            return answers
    raise LookupError(f"{view.form.id} never gives {wanted}")


def answer(task_id: UUID, actor: Actor, rng: random.Random) -> None:
    """Complete a step by the service, as its page does."""
    tasks.complete(task_id, sample(task_view.open_task(task_id, actor), rng), by=actor)


class Standing:
    """Where a case stands: its one open step of the course, and the data that its process holds there."""

    def __init__(self, process_id: UUID) -> None:
        end_read()
        row = db.session.scalars(select(ProcessInstance).where(ProcessInstance.id == process_id)).one()
        position = engine.read(releases.of(row.release_id).programme, row.state)
        (self.task_id,) = db.session.scalars(
            select(Task.id).where(Task.process_id == process_id, Task.status == "open")
        )
        (task,) = position.open_tasks
        self.element = task.element
        self.data: dict[str, Any] = json.loads(json.dumps(dict(task.variables), default=str))


def other(element: str) -> str:
    """Return the step of the loop that follows one of its steps."""
    return LOOP[(LOOP.index(element) + 1) % len(LOOP)]
