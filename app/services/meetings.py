"""A meeting of the territory as people prepare and hold it: when, who, which situations, how far (CAR-11).

Any step of a territory process with the property ``seance`` is held here, whatever the programme calls it:
the property names the table of its form that has one row for each situation (or for each point, typed).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.catalog.fields import Field
from app.catalog.forms import Form
from app.database import db
from app.engine import Described
from app.errors import Conflict, Forbidden, NotFound, TaskAlreadyDone
from app.handlers.agenda import Criteria, Standing, open_situations, standings
from app.models import Case, Document, Meeting, ProcessInstance, ReviewItem, Task, Timer
from app.services import form_lists, releases, reviews
from app.services.actors import Actor
from app.services.releases import LoadedRelease

SITTING: Final = "seance"
"""Property of the step that is held as a meeting."""
STATES: Final = {"finished": "tenue", "cancelled": "annulee", "suspended": "suspendue"}


class MeetingOver(TaskAlreadyDone):
    """Somebody closed the meeting first."""

    sentence_template = (
        "Cette séance est close : rien n'y change plus. Ouvrez le compte rendu pour voir ce qui a été décidé."
    )


class ChangedMeanwhile(Conflict):
    """Somebody else saved first."""

    sentence_template = (
        "{who} a enregistré entre-temps : rien de votre saisie n'a été appliqué. "
        "Relisez ce qui est affiché, puis enregistrez à nouveau."
    )


def sitting_step(release: LoadedRelease, process: str) -> Described | None:
    """Return the step of a process that is held as a meeting, None when it has none."""
    steps = release.programme.described.get(process, ())
    return next((step for step in steps if step.properties.get(SITTING) and step.form), None)


@dataclass(frozen=True)
class View:
    """One meeting as ``actor`` sees it; each part is read when asked for."""

    process: ProcessInstance
    release: LoadedRelease
    step: Described
    form: Form
    rows: Field
    actor: Actor

    @cached_property
    def name(self) -> str:
        """What people call this meeting."""
        return reviews.process_name(self.process, self.release)

    @cached_property
    def task(self) -> Task | None:
        """The open step, once its agenda is made."""
        query = select(Task).where(Task.process_id == self.process.id, Task.element == self.step.element)
        return db.session.scalar(query.where(Task.status == "open"))

    @cached_property
    def timer(self) -> Timer | None:
        """What the meeting waits for before its agenda is made."""
        if self.task is not None or self.process.done_elements:
            return None
        return db.session.scalar(select(Timer).where(Timer.process_id == self.process.id).limit(1))

    @cached_property
    def meeting(self) -> Meeting | None:
        """What was prepared of it."""
        return db.session.scalar(select(Meeting).where(Meeting.process_id == self.process.id))

    @property
    def version(self) -> int:
        """What fences the date and the attendance."""
        return self.meeting.version if self.meeting else 0

    @property
    def state(self) -> str:
        """``a_venir``, ``en_cours``, ``en_preparation``, ``tenue``, ``annulee`` or ``suspendue``."""
        if self.process.status in STATES:
            return STATES[self.process.status]
        if self.task is not None:
            return "en_cours"
        if self.meeting is not None and self.meeting.status == "held":
            return "tenue"
        return "a_venir" if self.timer is not None else "en_preparation"

    @property
    def planned(self) -> datetime | None:
        """When it meets: the date that was fixed, else that of the calendar."""
        fixed = self.meeting.meets_at if self.meeting else None
        return fixed or (self.timer.due_at if self.timer else None)

    @property
    def may_hold(self) -> bool:
        """Whether this person answers the step."""
        return self.task is not None and self.task.active and self.step.lane in self.actor.lanes

    @property
    def may_prepare(self) -> bool:
        """Whether this person prepares it: those who hold it, and who supervises."""
        ours = self.step.lane in self.actor.lanes or self.may_move
        return ours and self.state in ("a_venir", "en_cours", "en_preparation")

    @property
    def may_move(self) -> bool:
        """Whether this person may put it off."""
        return self.actor.rights.may("supervision.agir")

    @property
    def by_case(self) -> bool:
        """Whether an agenda of situations was made for it."""
        return self.rows.rows_from is not None and bool(self.meeting and self.meeting.criteria is not None)

    @cached_property
    def items(self) -> Sequence[ReviewItem]:
        """The agenda, in the order in which the meeting takes it."""
        return db.session.scalars(
            select(ReviewItem)
            .where(ReviewItem.process_id == self.process.id)
            .order_by(ReviewItem.rank, ReviewItem.listed_at, ReviewItem.id)
        ).all()

    @cached_property
    def standing(self) -> dict[UUID, Standing]:
        """Where each situation stands now."""
        return standings([item.case_id for item in self.items])

    @cached_property
    def newcomers(self) -> Sequence[Case]:
        """The open situations that fit this meeting and are not on its agenda: opened since it was made."""
        if self.task is None or self.meeting is None or self.meeting.criteria is None:
            return []
        listed = {item.case_id for item in self.items}
        found = open_situations(Criteria.read(self.meeting.criteria), self.process.id)
        return sorted((case for case in found if case.id not in listed), key=lambda case: case.opened_at)

    @cached_property
    def documents(self) -> Sequence[Document]:
        """Its papers that this person may read, the oldest first."""
        rows = db.session.scalars(
            select(Document).where(Document.process_id == self.process.id).order_by(Document.at, Document.id)
        )
        return [row for row in rows if set(row.classes) <= self.actor.rights.read]

    @cached_property
    def lists(self) -> dict[str, Any]:
        """The lists that its form reads: who may be given an action, the situations of the agenda."""
        return form_lists.lists(self.form.reads, self.process.id, self.release)

    @cached_property
    def sheets(self) -> dict[bool, Form]:
        """The form of one situation, strict or not, made once a page (``meeting_items.sheet``)."""
        return {}

    @property
    def attendance(self) -> Sequence[dict[str, Any]]:
        """Who was noted as expected, present or not."""
        return list(self.meeting.attendance) if self.meeting else []


def look(process_id: UUID, actor: Actor) -> View:
    """Return a meeting of the territory.

    Raises:
        Forbidden: the role does not see meetings.
        NotFound: no such meeting in the territory.
    """
    if not actor.rights.may("revue.voir"):
        raise Forbidden
    process = db.session.scalar(
        select(ProcessInstance).where(ProcessInstance.id == process_id, ProcessInstance.case_id.is_(None))
    )
    if process is None:
        raise NotFound
    release = releases.of(process.release_id)
    step = sitting_step(release, process.process)
    form = release.forms.get(step.form or "") if step else None
    rows = form.field(step.properties[SITTING]) if step and form else None
    if step is None or form is None or rows is None:
        raise NotFound
    return View(process, release, step, form, rows, actor)


def is_sitting(process_id: UUID) -> bool:
    """Whether a process of the territory is held as a meeting."""
    row = db.session.get(ProcessInstance, process_id)
    return row is not None and sitting_step(releases.of(row.release_id), row.process) is not None


def meeting_of_task(task: Task) -> UUID | None:
    """Return the meeting that a task is held as, None for an ordinary task."""
    if task.case_id is not None:
        return None
    step = sitting_step(releases.of(task.process.release_id), task.called_process)
    return task.process_id if step is not None and step.element == task.element else None


def to_hold(process_id: UUID, actor: Actor) -> tuple[View, Task]:
    """Return a meeting that this person may write in, and its open step.

    Raises:
        Forbidden: another lane's.
        NotFound: no such meeting in the territory.
        MeetingOver: it is closed.
        Conflict: its agenda is not made yet, or it is suspended.
    """
    view = look(process_id, actor)
    if view.step.lane not in actor.lanes:
        raise Forbidden
    if view.task is None:
        raise MeetingOver if view.state in ("tenue", "annulee") else Conflict
    if not view.task.active:
        raise Conflict
    return view, view.task
