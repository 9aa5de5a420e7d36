"""Some lines of a lot played for its preview, and let go: where they land and what falls due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock, perimeter
from app.database import as_one, db, end_read
from app.models import Duty, ProcessInstance, Task, Timer
from app.services import releases, windows
from app.services.actors import Actor
from app.services.takeover.batches import Sent
from app.services.takeover.errors import RowRefused
from app.services.takeover.reader import Reader
from app.services.takeover.replay import Replay, player
from app.services.takeover.situations import Situation

MOST: Final = 10


@dataclass(frozen=True)
class Due:
    """A step, a date that is waited for, or the present window of a frequency: since when, until when."""

    name: str
    kind: str
    since: datetime | None
    due: datetime | None
    told: str = ""

    @property
    def late(self) -> bool:
        """Whether it is past."""
        return self.kind == "step" and self.due is not None and self.due <= clock.now()


@dataclass(frozen=True)
class Sample:
    """A line played for the preview: where it lands with what falls due, or why it cannot."""

    line: int
    household: str
    stop: str
    dues: tuple[Due, ...] = ()
    refusal: str = ""


class _Seen(Exception):
    """The case has been looked at: let it go."""


def play(sent: Sent, ready: Sequence[Situation], by: Actor) -> tuple[Sample, ...]:
    """Play some lines of a lot, of as many steps as there are; nothing is kept."""
    replay = Replay(Reader(releases.current(), sent.matching), player(by.name, by.within))
    with perimeter.lifted("step"):
        return tuple(_played(replay, one) for one in _spread(ready))


def _spread(ready: Sequence[Situation]) -> list[Situation]:
    """Return ten situations at most, of every step in turn."""
    left: dict[str, list[Situation]] = {}
    for one in ready:
        left.setdefault(one.stop.name, []).append(one)
    found: list[Situation] = []
    while len(found) < MOST and any(left.values()):
        found += [some.pop(0) for some in left.values() if some]
    return sorted(found[:MOST], key=lambda one: one.line)


def _played(replay: Replay, situation: Situation) -> Sample:
    found: list[Due] = []
    refusal = ""
    end_read()
    try:
        with as_one():
            played = replay.play(situation)
            found += dues(played.case_id)
            raise _Seen  # noqa: TRY301  # the way out that keeps nothing
    except _Seen:
        pass
    except RowRefused as refused:
        refusal = refused.sentence
    return Sample(situation.line, situation.household, situation.stop.name, tuple(found), refusal)


def dues(case_id: UUID) -> list[Due]:
    """Return what falls due in a case: its open steps, the dates it waits for, its frequencies."""
    tasks = db.session.scalars(
        select(Task).where(Task.case_id == case_id, Task.status == "open").order_by(Task.due_at, Task.id)
    )
    found = [Due(task.name, "step", task.entered_at, task.due_at) for task in tasks]
    timers = db.session.execute(
        select(Timer, ProcessInstance)
        .join(ProcessInstance, ProcessInstance.id == Timer.process_id)
        .where(ProcessInstance.case_id == case_id)
        .order_by(Timer.due_at, Timer.id)
    )
    for timer, process in timers:
        name = releases.of(process.release_id).programme.element_name(timer.element)
        found.append(Due(name, "timer", None, timer.due_at))
    duties = db.session.scalars(select(Duty).where(Duty.case_id == case_id, Duty.status == "watching"))
    return found + [_window(duty) for duty in duties]


def _window(duty: Duty) -> Due:
    release = releases.of(db.session.get_one(ProcessInstance, duty.process_id).release_id)
    standing = windows.as_it_stands(duty, duty.window_to, release)
    noun = duty.rule.get("noun") or "fait"
    told = f"{standing.found} {noun} sur {standing.expected}"
    if standing.expected_within:
        inner = duty.rule.get("within_noun") or "selon la règle"
        told += f", {standing.found_within} {inner} sur {standing.expected_within}"
    return Due(duty.name, "window", duty.window_from, duty.window_to, told)
